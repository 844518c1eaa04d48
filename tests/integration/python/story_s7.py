"""Story S7, the quota, out of order: eight sessions of an adult in a shuffled batch, a ninth before, between and after."""

import json
import random

from cell import Cell, run_claims, say
from facts import Person, Registry, at, individual
from elp.v1 import intake_pb2

DATES = [f"2026-{month:02d}-01" for month in range(3, 11)]

with Cell() as cell:
    world = Registry()
    money = {"care.base": "10000.00", "operating": "500.00"}
    world.network("A01", budget={2026: money, 2027: money})
    world.network("A02", budget={2026: money, 2027: money})
    provider, elsewhere = world.provider("P1", "A01"), world.provider("P2", "A02")
    adult = Person("1985-07-30")
    world.insurability(adult, "2026-01-01", resolved_on="2026-10-01")
    world.facts["insurability"][-1]["until"] = "2026-12-31"
    cell.start()
    cell.set_clock(at("2026-10-02"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())

    def line(key, date, **rest):
        return individual(key, "A01", provider, date, adult, **rest)

    def is_over(verdict):
        reason, = verdict.reasons
        say(f"  {reason.code} [{reason.article}] {reason.reason}")
        assert verdict.kind == intake_pb2.VERDICT_KIND_REFUSED and reason.code == "quota-exceeded"
        assert reason.field == "beneficiaries[0]" and reason.patient_billable and reason.article

    def quota(date, network="A01", **options):
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        out = cell.do("quota", "-", "--network", network, "--date", date, "--json", *words, input=adult.niss + "\n")
        reply = json.loads(out)
        return reply, {(position["function"], position["service"]): position for position in reply["positions"]}

    def eight_sessions_in_shuffled_order_are_accepted():
        dates = DATES[:]
        random.Random(7).shuffle(dates)
        say(f"  {', '.join(dates)}")
        cell.accept([line(date, date) for date in dates])

    def a_ninth_before_or_between_is_over_the_quota_also_in_a_dry_run():
        for date in ("2026-02-15", "2026-06-15"):
            dry, = cell.submit([line(f"ninth-{date}", date)], dry_run=True)
            real, = cell.submit([line(f"ninth-{date}", date)])
            is_over(real.verdict)
            assert dry.verdict.reasons == real.verdict.reasons

    def in_another_network_it_is_the_same_quota():
        answer, = cell.submit([individual("a02", "A02", elsewhere, "2026-09-15", adult)])
        is_over(answer.verdict)

    def the_question_before_a_session_of_2026_11_02_says_used_8_left_0_next_free_2027_03_01():
        reply, positions = quota("2026-11-02")
        position = positions["F2", "individual"]
        say(f"  used {position['used']}, left {position['left']}, next free {position['next_free']} [{position['article']}]")
        assert (position["used"], position["left"], position["most"]) == (8, 0, 8)
        assert position["next_free"] == "2027-03-01" and reply["convention"] == "2024" and reply["age"] == 41
        assert positions["F3", "individual"]["left"] == 20 and ("F2", "group") not in positions
        assert reply["known"] and not reply["first_session"]
        assert quota("2026-11-02", network="A02")[1]["F2", "individual"] == position
        print(cell.do("quota", adult.niss, "--network", "A01", "--date", "2026-11-02").rstrip())

    def an_integrator_asks_for_providers_that_it_represents():
        cell.new_principal("another", "integrator")
        denied = cell.elpctl("quota", "-", "--network", "A01", "--provider", provider, "--as", "another",
                             input=adult.niss)
        nobody = cell.elpctl("quota", "-", "--network", "A01", "--as", "integrator", input=adult.niss)
        assert denied.code == 4 and nobody.code == 2, (denied, nobody)
        mine = quota("2026-11-02", provider=provider, **{"as": "integrator"})[1]
        assert mine["F2", "individual"]["left"] == 0

    def a_network_asks_within_its_scope():
        cell.new_principal("net-1", "network", "A01")
        own = cell.elpctl("quota", "-", "--network", "A01", "--as", "net-1", input=adult.niss)
        other = cell.elpctl("quota", "-", "--network", "A02", "--as", "net-1", input=adult.niss)
        assert own.code == 0 and other.code == 4, (own, other)

    def a_question_records_nothing():
        head = cell.head("intake")
        quota("2026-11-02")
        assert cell.head("intake") == head

    def on_2027_02_28_the_ninth_is_over_the_quota():
        cell.set_clock(at("2027-03-02"))
        answer, = cell.submit([line("february", "2027-02-28")])
        is_over(answer.verdict)

    def on_2027_03_01_it_is_accepted():
        assert quota("2027-03-01")[1]["F2", "individual"]["left"] == 1
        cell.accept([line("march", "2027-03-01")])
        assert quota("2027-03-01")[1]["F2", "individual"]["left"] == 0

    run_claims(eight_sessions_in_shuffled_order_are_accepted,
               a_ninth_before_or_between_is_over_the_quota_also_in_a_dry_run, in_another_network_it_is_the_same_quota,
               the_question_before_a_session_of_2026_11_02_says_used_8_left_0_next_free_2027_03_01,
               an_integrator_asks_for_providers_that_it_represents, a_network_asks_within_its_scope,
               a_question_records_nothing, on_2027_02_28_the_ninth_is_over_the_quota, on_2027_03_01_it_is_accepted)
