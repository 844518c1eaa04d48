"""Story S5, the year's end: A is critical with 115 sessions of 91.02; whether it can be reduced hangs on the country.

The story is told twice, in two cells: with 99 sessions of B the national budget is not used up, with 100 it is.
"""

import json

from cell import Cell, cents, euro, run_claims, say
from child_network import registry, sessions
from facts import at
from elp.v1 import ledger_pb2


def tell(cell, b_sessions):
    world, providers = registry("A", "B", years=(2026, 2027))
    for budget in world.facts["budgets"]:
        if (budget["network"], budget["year"]) == ("B", 2026):
            budget["envelopes"] = {"care.base": "9569.30", "operating": "500.00"}
    cell.start()
    cell.set_clock(at("2026-03-20"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    cell.accept(sessions("A", providers["A"], 115))
    cell.accept(sessions("B", providers["B"], b_sessions))
    assert not cell.close_year(2026)[1].done
    cell.set_clock(at("2027-01-01", "00:00:00"))


def closings(cell):
    query = ledger_pb2.ClosingsQuery(year=2026, after_number=cell.head("intake"), wait_ms=20000)
    return {row.network: row for row in cell.request("ledger", query, timeout=25).closings}


with Cell() as cell:
    def with_99_sessions_of_b_nothing_can_be_reduced():
        tell(cell, 99)
        number, outcome = cell.close_year(2026)
        say(f"  record {number}: {outcome.reason}")
        assert outcome.done
        a, b = closings(cell)["A"], closings(cell)["B"]
        assert (a.care_budget_cents, a.care_spent_cents) == (cents("10000.00"), cents("10467.30"))
        assert (b.care_budget_cents, b.care_spent_cents) == (cents("9569.30"), cents("9010.98"))
        assert a.zone == ledger_pb2.ZONE_CRITICAL and b.zone == ledger_pb2.ZONE_NORMAL
        assert a.national_care_budget_cents == cents("19569.30") and a.national_care_spent_cents == cents("19478.28")
        assert a.largest_reduction_cents == 0

    run_claims(with_99_sessions_of_b_nothing_can_be_reduced)

with Cell() as cell:
    def decide(amount, decided_on):
        _, outcome = cell.decide("REDUCTION", "A", 2026, decided_on, cents=cents(amount))
        largest = f", largest {euro(outcome.largest_cents)}" if outcome.has_largest else ""
        say(f"  {amount} on {decided_on}: {'done' if outcome.done else 'refused ' + outcome.code} {outcome.reason}{largest}")
        return outcome

    def with_100_sessions_of_b_the_largest_reduction_is_167_30():
        tell(cell, 100)
        said = cell.do("close", 2026, "--reason", "end of the year")
        say("  " + said.replace("\n", "\n  "))
        assert "167.30" in said
        a = closings(cell)["A"]
        assert a.national_care_budget_cents == a.national_care_spent_cents == cents("19569.30")
        assert a.largest_reduction_cents == cents("167.30")
        assert closings(cell)["B"].largest_reduction_cents == 0

    def a_second_close_is_refused():
        run = cell.elpctl("close", 2026, "--reason", "again")
        assert run.code == 1 and "already-closed" in run.out, run

    def one_of_167_31_is_refused_with_the_maximum():
        cell.set_clock(at("2027-04-28"))
        outcome = decide("167.31", "2027-04-28")
        assert not outcome.done and outcome.largest_cents == cents("167.30") and "14" in outcome.article

    def one_of_150_00_on_2027_04_28_lowers_care_base_of_2027():
        said = cell.do("decide", "reduction", "--network", "A", "--year", 2026, "--amount", "150.00", "--reason", "why")
        assert "done" in said
        assert cell.envelopes("A", 2027)["CARE_BASE"][0] == cents("9850.00")
        assert cell.envelopes("B", 2027)["CARE_BASE"][0] == cents("10000.00")
        assert closings(cell)["A"].reduced_cents == cents("150.00")

    def one_on_2027_05_02_is_refused():
        cell.set_clock(at("2027-05-02"))
        outcome = decide("10.00", "2027-05-02")
        assert not outcome.done and outcome.code == "too-late"
        assert cell.envelopes("A", 2027)["CARE_BASE"][0] == cents("9850.00")

    def all_of_it_is_told():
        closed, = cell.events("A", kinds=["year.closed"])
        assert (closed.year, closed.cents, closed.zone) == (2026, cents("167.30"), ledger_pb2.ZONE_CRITICAL)
        reduced, = cell.events("A", kinds=["reduction.decided"])
        assert (reduced.year, reduced.cents) == (2027, cents("150.00"))
        assert not cell.events("B", kinds=["reduction.decided"])

    def the_closed_year_stands():
        assert cell.budget("A", 2026).closed and cell.budget("A", 2026).care_spent_cents == cents("10467.30")
        assert cell.trial_balance() == 0
        run = cell.elpctl("registry", "set", "budget", "A/2026", "care.base=99999.00")
        assert run.code == 1 and "year-closed" in run.err, run
        late = cell.folder / "late.yaml"
        late.write_text("budgets:\n"
                        "  - {network: A, year: 2027, envelopes: {care.base: \"11000.00\"}}\n"
                        "  - {network: A, year: 2026, envelopes: {care.base: \"88888.00\"}}\n")
        for again in range(2):
            run = cell.elpctl("registry", "load", late)
            assert run.code == 1 and f"{late}:3:" in run.err and "year-closed" in run.err, run
            assert f"{late}:2:" not in run.err, run
        run = cell.elpctl("registry", "load", late, "--json")
        told, _ = [json.loads(line) for line in run.out.splitlines()]
        assert run.code == 1 and (told["code"], told["line"], told["judge"]) == ("year-closed", 3, "ledger"), told
        cell.do("registry", "set", "budget", "A/2027", "care.base=12000.00")
        assert cell.envelopes("A", 2027)["CARE_BASE"][0] == cents("11850.00")

    run_claims(with_100_sessions_of_b_the_largest_reduction_is_167_30, a_second_close_is_refused,
               one_of_167_31_is_refused_with_the_maximum, one_of_150_00_on_2027_04_28_lowers_care_base_of_2027,
               one_on_2027_05_02_is_refused, all_of_it_is_told, the_closed_year_stands)
