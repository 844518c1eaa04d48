"""Story S9, the convention of 2019: an hour with a referral, the fifth session without a second one, the ninth of the year.

Then, in a cell of that time, what the hour pays: 90 % with the orders of the month after the list, the rest with those of the
month after the insurers paid it.
"""

from cell import Cell, cents, euro, run_claims, say
from facts import Person, Registry, at, individual
from elp.v1 import intake_pb2, ledger_pb2, types_pb2

with Cell() as cell:
    world = Registry()
    money = {"care.base": "10000.00"}
    world.network("A01", budget={2024: money})
    provider = world.provider("P1", "A01", convention="2019", from_="2019-04-01", functions=(), sessions_per_year=400)
    patient, neighbour = Person("1980-01-01"), Person("1990-01-01", increased=True)
    cell.start()
    cell.set_clock(at("2024-01-10"))
    cell.load_book("2019")
    cell.load_registry(world.text())

    def session(key, date, referral, person=patient, **rest):
        line = individual(key, "A01", provider, date, person, **{"minutes": 60, **rest})
        line.function = types_pb2.FUNCTION_UNSPECIFIED
        line.referral_date, line.referrer = referral, types_pb2.REFERRER_GENERAL_PRACTITIONER
        return line

    def is_exhausted(line):
        answer, = cell.submit([line])
        reason = next(reason for reason in answer.verdict.reasons)
        say(f"  {line.date}: {reason.code} [{reason.article}] {reason.reason}")
        assert answer.verdict.kind == intake_pb2.VERDICT_KIND_REFUSED and len(answer.verdict.reasons) == 1
        assert reason.code == "series-exhausted" and reason.patient_billable and "S3" in reason.article

    def an_hour_on_2019_05_06_is_60_00_of_which_the_patient_bears_11_00():
        global first
        first, = cell.accept([session("first", "2019-05-06", "2019-04-29")])
        rated = cell.rated(first.number)
        say(f"  fee {euro(rated.fee_cents)}, share {euro(rated.share_cents)}, insurer {euro(rated.insurer_cents)}")
        assert (rated.fee_cents, rated.share_cents, rated.insurer_cents) == (6000, 1100, 4900)
        assert rated.convention == "2019" and rated.column == 2019 and not rated.provisional

    def the_late_list_is_a_warning():
        assert [warning.code for warning in first.warnings] == ["deadline-passed"]

    def with_increased_intervention_the_share_is_4_00_and_45_minutes_are_45_00():
        verdict, = cell.accept([session("neighbour", "2019-05-07", "2019-05-06", neighbour, minutes=45)])
        rated = cell.rated(verdict.number)
        assert (rated.fee_cents, rated.share_cents) == (cents("45.00"), cents("4.00"))

    def the_fifth_session_without_a_second_referral_is_exhausted_and_billable():
        cell.accept([session(f"s{month}", f"2019-{month:02d}-03", "2019-04-29") for month in (6, 7, 8)])
        is_exhausted(session("fifth", "2019-09-03", "2019-04-29"))

    def a_second_referral_opens_a_second_series():
        cell.accept([session(f"s{month}", f"2019-{month:02d}-04", "2019-09-01") for month in (9, 10, 11, 12)])

    def the_ninth_of_the_calendar_year_is_exhausted_whatever_the_referral():
        is_exhausted(session("ninth", "2019-12-20", "2019-09-01"))
        is_exhausted(session("third", "2019-12-20", "2019-12-19"))
        is_exhausted(session("early", "2019-05-20", "2019-04-29"))

    def the_next_calendar_year_counts_anew():
        cell.accept([session("new-year", "2020-01-06", "2019-12-19")])

    run_claims(an_hour_on_2019_05_06_is_60_00_of_which_the_patient_bears_11_00, the_late_list_is_a_warning,
               with_increased_intervention_the_share_is_4_00_and_45_minutes_are_45_00,
               the_fifth_session_without_a_second_referral_is_exhausted_and_billable,
               a_second_referral_opens_a_second_series,
               the_ninth_of_the_calendar_year_is_exhausted_whatever_the_referral, the_next_calendar_year_counts_anew)

with Cell(clock_from="2019-05-01") as cell:
    world = Registry()
    world.network("A01", budget={2019: {"care.base": "10000.00"}})
    provider = world.provider("P1", "A01", convention="2019", from_="2019-04-01", functions=(), sessions_per_year=400)
    cell.start()
    cell.set_clock(at("2019-05-20"))
    cell.load_book("2019")
    cell.load_registry(world.text())

    def hour(key, date, person):
        line = individual(key, "A01", provider, date, person, minutes=60)
        line.function = types_pb2.FUNCTION_UNSPECIFIED
        line.referral_date, line.referrer = "2019-04-29", types_pb2.REFERRER_GENERAL_PRACTITIONER
        return line

    def orders(month):
        return {payee: euro(order.cents) for payee, order in cell.payments("A01", month).items()}

    def accounts(prefix):
        return {entry.account: euro(-entry.cents) for entry in
                cell.request("ledger", ledger_pb2.TrialBalanceQuery(prefix=prefix)).accounts if entry.cents}

    def an_hour_of_may_is_owed_in_two_parts():
        global kept
        kept, = cell.accept([hour("a", "2019-05-06", Person("1980-01-01"))])
        cell.wait_caught_up("ledger")
        assert accounts("liabilities:") == {"liabilities:deferred:A01:P1:201906": "44.10",
                                            "liabilities:insurers:A01:P1:201905": "4.90"}, accounts("liabilities:")

    def the_month_of_the_list_pays_nothing_and_the_next_one_44_10():
        cell.set_clock(at("2019-06-01"))
        assert orders(201905) == {}
        cell.set_clock(at("2019-07-01"))
        assert orders(201906) == {"P1": "44.10"}, orders(201906)

    def a_list_is_not_paid_before_its_month_has_ended():
        run = cell.elpctl("payment", "insurers", "A01", "2019-07", "--reason", "statement 87")
        assert run.code == 1 and "wrong-month" in run.out, run.out

    def the_month_after_the_insurers_paid_pays_the_rest_of_4_90():
        cell.set_clock(at("2019-07-12"))
        cell.do("payment", "insurers", "A01", "2019-05", "--paid-on", "2019-07-10", "--reason", "statement 88")
        run = cell.elpctl("payment", "insurers", "A01", "2019-05", "--reason", "statement 88")
        assert run.code == 1 and "already-paid" in run.out
        run = cell.elpctl("payment", "insurers", "A01", "2019-06", "--reason", "statement 89")
        assert run.code == 1 and "not-found" in run.out, "nothing was attested in June"
        cell.set_clock(at("2019-08-01"))
        assert orders(201907) == {}
        cell.set_clock(at("2019-09-01"))
        assert orders(201908) == {"P1": "4.90"}, orders(201908)

    def an_order_is_confirmed_whole_and_once():
        run = cell.elpctl("payment", "confirm", "A01", "P1", "2019-06", "44.09", "--reason", "statement 90")
        assert run.code == 1 and "wrong-amount" in run.out and "44.10" in run.out
        cell.do("payment", "confirm", "A01", "P1", "2019-06", "44.10", "--paid-on", "2019-08-05", "--reason", "statement 90")
        run = cell.elpctl("payment", "confirm", "A01", "P1", "2019-06", "44.10", "--reason", "statement 90")
        assert run.code == 1 and "already-paid" in run.out
        assert "1 orders: 0.00 ordered, 44.10 paid" in cell.do("payments", "A01", "--month", "2019-06")
        assert accounts("assets:bank:") == {"assets:bank:A01": "44.10"}
        assert [event.month for event in cell.events("A01", kinds=["payment.paid"])] == [201906]

    def a_correction_is_deducted_from_the_next_payment():
        cell.set_clock(at("2019-09-05"))
        cell.cancel(kept.id, b"undo", "a test", as_="operator")
        cell.accept([hour("b", "2019-09-02", Person("1990-01-01"))] + [hour("c", "2019-09-03", Person("1991-01-01"))])
        cell.set_clock(at("2019-11-01"))
        assert orders(201910) == {"P1": "39.20"}, orders(201910)
        assert cell.trial_balance() == 0

    run_claims(an_hour_of_may_is_owed_in_two_parts, the_month_of_the_list_pays_nothing_and_the_next_one_44_10,
               a_list_is_not_paid_before_its_month_has_ended, the_month_after_the_insurers_paid_pays_the_rest_of_4_90,
               an_order_is_confirmed_whole_and_once, a_correction_is_deducted_from_the_next_payment)
