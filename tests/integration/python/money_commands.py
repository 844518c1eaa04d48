"""What the authority, a network and its collecting institution do about money on the command line, and what is refused.

Goal: transfers, plans, advances and confirmations move what they say, once, and a refusal names code and largest amount.
Method: elpctl as each principal on a cell with two networks; budgets are also asked as they were on an earlier day.
"""

import json

from cell import Cell, cents, run_claims
from facts import Person, Registry, at, individual

with Cell() as cell:
    world = Registry()
    for network in ("A01", "A02"):
        world.network(network, budget={2026: {"care.base": "1000.00", "mission.art8": "100.00", "operating": "500.00"}})
    provider = world.provider("P1", "A01")
    cell.new_principal("hospital-2", "collecting-institution", "A02")
    cell.new_principal("network-1", "network", "A01")
    cell.start()
    cell.set_clock(at("2026-02-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())

    def refused(code, *arguments, largest=None):
        run = cell.elpctl(*arguments)
        assert run.code == 1 and code in run.out, run.out + run.err
        assert largest is None or f"the largest possible amount is {largest}" in run.out, run.out

    def transfer(amount, from_, to, *options):
        return ("transfer", "A01", amount, "--year", "2026", "--from", from_, "--to", to, "--reason", "a test", *options)

    def a_transfer_moves_what_is_not_spent_once_a_day():
        assert "The budget is moved." in cell.do(*transfer("250.00", "care.base", "mission.art8"))
        run = cell.elpctl(*transfer("250.00", "care.base", "mission.art8"))
        assert run.code == 0 and "not recorded twice" in run.err, run.err
        budgets = {name: budget for name, (budget, _) in cell.envelopes("A01", 2026).items()}
        assert budgets["CARE_BASE"] == cents("750.00") and budgets["MISSION_ART8"] == cents("350.00"), budgets
        refused("above-maximum", *transfer("750.01", "care.base", "mission.art8"), largest="750.00")
        cell.do(*transfer("250.00", "mission.art8", "care.base", "--key", "back again"))

    def a_transfer_that_its_envelope_does_not_allow_is_refused():
        refused("not-allowed", *transfer("1.00", "operating", "care.base"))
        refused("not-allowed", *transfer("1.00", "care.base", "mission.eating-disorders"))
        refused("not-allowed", *transfer("1.00", "care.base", "mission.prisons"))
        refused("not-allowed", *transfer("1.00", "care.base", "other-missions"))

    def a_budget_as_of_an_earlier_day_is_what_was_posted_by_then():
        cell.accept([individual(f"s{child}", "A01", provider, "2026-02-02", Person(f"198{child}-01-01"), start=f"{8 + child:02d}:00")
                     for child in range(2)])
        cell.set_clock(at("2026-02-12"))
        cell.accept([individual(f"t{child}", "A01", provider, "2026-02-03", Person(f"197{child}-01-01"), start=f"{8 + child:02d}:00")
                     for child in range(9)])
        cell.wait_caught_up("ledger")
        then, now = (json.loads(cell.do("budget", "A01", "--json", *of))["budgets"][0] for of in (("--as-of", "2026-02-11"), ()))
        assert (then["care_spent"], now["care_spent"]) == ("182.04", "1001.22"), (then, now)
        assert (then["zone"], now["zone"]) == ("normal", "normal")

    def vigilance_asks_a_plan_and_the_budget_shows_it():
        cell.do(*transfer("100.00", "mission.art8", "care.base", "--key", "all of it"))
        cell.accept([individual("u", "A01", provider, "2026-02-03", Person("1960-01-01"), start="18:00")])
        cell.wait_caught_up("ledger")
        assert cell.budget("A01", 2026).care_spent_cents == cents("1092.24")
        cell.accept([individual("v", "A01", provider, "2026-02-03", Person("1961-01-01"), start="19:00")])
        cell.wait_caught_up("ledger")
        assert "No action plan is recorded" in cell.do("budget", "A01")
        plan = ("plan", "A01", "--year", "2026", "--from", "2026-03-01", "--to", "2026-06-30", "--reason", "fewer intakes",
                "--as", "network-1")
        cell.do(*plan)
        assert "received on 2026-02-12, from 2026-03-01 to 2026-06-30" in cell.do("budget", "A01")
        assert [event.year for event in cell.events("A01", kinds=["plan.recorded"])] == [2026]
        run = cell.elpctl("plan", "A02", *plan[2:])
        assert run.code == 4, run.err

    def a_plan_is_neither_received_nor_begun_before_its_year():
        refused("wrong-year", "plan", "A01", "--year", "2027", "--from", "2027-01-01", "--to", "2027-06-30", "--reason", "early",
                "--as", "network-1")
        refused("wrong-year", "plan", "A01", "--year", "2026", "--from", "2025-12-31", "--to", "2026-06-30", "--reason", "early",
                "--as", "network-1")

    def an_advance_stays_within_the_operating_budget_and_is_used_up_by_claims():
        advance = ("cost", "advance", "A01", "400.00", "--year", "2026", "--reason", "first half")
        cell.do(*advance)
        assert "not recorded twice" in cell.elpctl(*advance).err
        refused("above-maximum", *advance, "--key", "more", largest="16.74")
        claim = ("cost", "claim", "A01", "793914", "410.00", "--year", "2026", "--reference", "C-1", "--reason", "flyers")
        number = json.loads(cell.do(*claim, "--json"))["number"]
        refused("already-claimed", *claim)
        run = cell.elpctl("cost", "withdraw", number, "--reason", "a slip", "--as", "hospital-2")
        assert run.code == 4, run.err
        cell.set_clock(at("2026-03-01"))
        assert cell.payments("A01", 202602)["A01-H"].cents == cents("410.00")

    def a_hospital_sees_what_became_of_its_own_commands_only():
        number, outcome = cell.decide("RELEASE", "A01", 2026, "2026-02-12")
        assert not outcome.done and outcome.network == "A01"
        run = cell.elpctl("outcome", number, "--as", "hospital-2")
        assert run.code == 4, run.out + run.err

    def the_books_balance():
        assert cell.trial_balance() == 0

    run_claims(a_transfer_moves_what_is_not_spent_once_a_day, a_transfer_that_its_envelope_does_not_allow_is_refused,
               a_budget_as_of_an_earlier_day_is_what_was_posted_by_then, vigilance_asks_a_plan_and_the_budget_shows_it,
               a_plan_is_neither_received_nor_begun_before_its_year,
               an_advance_stays_within_the_operating_budget_and_is_used_up_by_claims,
               a_hospital_sees_what_became_of_its_own_commands_only, the_books_balance)
