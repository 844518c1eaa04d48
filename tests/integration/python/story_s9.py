"""Story S9, the convention of 2019: an hour with a referral, the fifth session without a second one, the ninth of the year."""

from cell import Cell, cents, euro, run_claims, say
from facts import Person, Registry, at, individual
from elp.v1 import intake_pb2, types_pb2

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
