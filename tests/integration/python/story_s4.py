"""Story S4, the ceiling: the 116th session would pass the whole budget of 10,500.00; what a decision can do about it.

Each of five networks stands at 115 sessions (10,467.30) and has a 116th suspended: K1 is raised, K2 carried into 2027, K3
written off, K4 gets room by a cancellation, K5 is left alone.
"""

from cell import Cell, cents, euro, run_claims, say
from child_network import PART, registry, sessions
from facts import at

NETWORKS = ("K1", "K2", "K3", "K4", "K5")

with Cell() as cell:
    world, providers = registry(*NETWORKS)
    cell.start()
    cell.set_clock(at("2026-03-20"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    verdicts = {}

    def standing(network, year=2026):
        budget = cell.budget(network, year)
        return budget.reimbursed_cents, budget.suspended_cents, budget.suspended_count

    def state(network):
        return cell.posting(verdicts[network][-1].number).state

    def others_untouched(*touched):
        for network in NETWORKS:
            if network not in touched:
                assert standing(network) == (cents("10467.30"), PART, 1), (network, standing(network))

    def decide(kind, network, decided_on="2026-03-20", **fields):
        _, outcome = cell.decide(kind, network, 2026, decided_on, **fields)
        largest = f", largest {euro(outcome.largest_cents)}" if outcome.has_largest else ""
        say(f"  {kind} {network}: {'done' if outcome.done else 'refused ' + outcome.code} [{outcome.article}] "
            f"{outcome.reason}{largest}")
        return outcome

    def the_116th_session_is_accepted_and_suspended_whole():
        for network in NETWORKS:
            verdicts[network] = cell.accept(sessions(network, providers[network], 116))
            assert state(network) == "suspended"
            transaction, = cell.posting(verdicts[network][-1].number).transactions
            assert transaction.cents == PART
        budget = cell.budget("K1", 2026)
        say(f"  K1: reimbursed {euro(budget.reimbursed_cents)} of {euro(budget.budget_cents)}, suspended "
            f"{euro(budget.suspended_cents)}")
        assert budget.budget_cents == cents("10500.00")
        others_untouched()

    def the_first_suspension_is_an_event_that_names_it():
        for network in NETWORKS:
            event, = cell.events(network, kinds=["ceiling.reached"])
            assert event.number == verdicts[network][-1].number
            assert (event.reimbursed_cents, event.cents) == (cents("10467.30"), cents("10500.00"))
            suspended, = cell.events(network, kinds=["suspended"])
            assert suspended.cents == PART and suspended.attestation == verdicts[network][-1].id

    def a_decision_that_pays_it_inside_2026_is_refused_with_the_largest_amount():
        for fields in ({}, {"attestations": [verdicts["K1"][-1].number]}):
            outcome = decide("RELEASE", "K1", **fields)
            assert not outcome.done and outcome.has_largest and outcome.largest_cents == cents("32.70")
            assert "14" in outcome.article
        others_untouched()

    def a_raise_of_100_00_pays_it():
        outcome = decide("RAISE", "K1", cents=cents("100.00"))
        assert outcome.done and state("K1") == "posted"
        assert standing("K1") == (cents("10558.32"), 0, 0)
        assert cell.budget("K1", 2026).budget_cents == cents("10600.00")
        changed = cell.events("K1", kinds=["budget.changed"])[-1]
        assert changed.cents == cents("10100.00"), changed
        others_untouched("K1")

    def it_cannot_be_carried_into_a_year_without_a_budget():
        outcome = decide("CARRY", "K2", to_year=2027)
        assert not outcome.done, outcome
        others_untouched("K1")

    def carried_into_2027_it_is_paid_from_that_year():
        world, _ = registry("K2", years=(2027,))
        world.facts = {kind: facts if kind == "budgets" else [] for kind, facts in world.facts.items()}
        cell.load_registry(world.text())
        outcome = decide("CARRY", "K2", to_year=2027)
        assert outcome.done and state("K2") == "posted"
        assert standing("K2") == (cents("10467.30"), 0, 0)
        assert standing("K2", 2027) == (PART, 0, 0)
        others_untouched("K1", "K2")

    def written_off_it_is_never_paid():
        outcome = decide("WRITE_OFF", "K3")
        assert outcome.done and state("K3") == "written-off"
        assert standing("K3") == (cents("10467.30"), 0, 0)
        again = decide("WRITE_OFF", "K3")
        assert not again.done
        others_untouched("K1", "K2", "K3")

    def room_that_a_cancellation_makes_does_not_free_it_but_a_decision_does():
        assert cell.cancel(verdicts["K4"][0].id, b"K4-cancel").cancelled
        assert standing("K4") == (cents("10376.28"), PART, 1) and state("K4") == "suspended"
        outcome = decide("RELEASE", "K4", attestations=[verdicts["K4"][-1].number])
        assert outcome.done and state("K4") == "posted"
        assert standing("K4") == (cents("10467.30"), 0, 0)
        others_untouched("K1", "K2", "K3", "K4")

    def an_attestation_that_is_not_suspended_cannot_be_decided_about():
        outcome = decide("WRITE_OFF", "K5", attestations=[verdicts["K5"][0].number])
        assert not outcome.done and outcome.code == "not-suspended", outcome

    def every_attestation_stays_accepted_and_the_books_balance():
        for network in NETWORKS:
            said = cell.do("status", verdicts[network][-1].id)
            assert "accepted" in said, said
        assert cell.trial_balance() == 0
        assert len(set(cell.heads().values())) == 1

    run_claims(the_116th_session_is_accepted_and_suspended_whole, the_first_suspension_is_an_event_that_names_it,
               a_decision_that_pays_it_inside_2026_is_refused_with_the_largest_amount, a_raise_of_100_00_pays_it,
               it_cannot_be_carried_into_a_year_without_a_budget, carried_into_2027_it_is_paid_from_that_year,
               written_off_it_is_never_paid, room_that_a_cancellation_makes_does_not_free_it_but_a_decision_does,
               an_attestation_that_is_not_suspended_cannot_be_decided_about,
               every_attestation_stays_accepted_and_the_books_balance)
