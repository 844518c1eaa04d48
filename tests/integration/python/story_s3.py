"""Story S3, the zones: a child network crosses 80, 100, 101 and 103 % of 10,000.00, and comes back under 103 %."""

from cell import Cell, cents, euro, run_claims, say
from child_network import PART, registry, sessions
from facts import at
from elp.v1 import ledger_pb2

# (session that crosses, basis points, upwards, spent after it, zone after it)
UP = [(88, 8000, "8009.76", "NORMAL"), (110, 10000, "10012.20", "NORMAL"), (111, 10100, "10103.22", "VIGILANCE"),
      (114, 10300, "10376.28", "CRITICAL")]

with Cell() as cell:
    world, providers = registry("K1")
    cell.start()
    cell.set_clock(at("2026-03-20"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    lines = sessions("K1", providers["K1"], 114)
    verdicts = []

    def zone():
        return ledger_pb2.Zone.Name(cell.budget("K1", 2026).zone)[len("ZONE_"):]

    def crossings():
        events = cell.events("K1", kinds=["threshold.crossed"])
        for event in events:
            say(f"  record {event.number}: {event.basis_points / 100:g} % {'up' if event.up else 'down'} at "
                f"{euro(event.care_spent_cents)} of {euro(event.care_budget_cents)}, then "
                f"{ledger_pb2.Zone.Name(event.zone)}")
        return events

    def each_of_114_sessions_costs_the_budget_91_02_provisionally():
        verdicts.extend(cell.accept(lines))
        for verdict in verdicts:
            rated = cell.rated(verdict.number)
            assert rated.insurer_cents == PART and rated.provisional
        say(f"114 sessions posted, records {verdicts[0].number} to {verdicts[-1].number}")

    def each_threshold_is_crossed_once_by_the_posting_of_the_story():
        events = crossings()
        assert [(event.number, event.basis_points, event.up, event.care_spent_cents) for event in events] == [
            (verdicts[place - 1].number, points, True, cents(spent)) for place, points, spent, _ in UP]
        for event, (place, points, spent, zone_word) in zip(events, UP):
            assert event.care_budget_cents == cents("10000.00") and event.year == 2026
            assert event.zone == ledger_pb2.Zone.Value(f"ZONE_{zone_word}"), event
            posted, = [other for other in cell.events("K1", kinds=["posted"]) if other.number == event.number]
            assert posted.attestation == verdicts[place - 1].id, (posted, verdicts[place - 1])

    def the_network_stands_critical():
        budget = cell.budget("K1", 2026)
        say(f"  spent {euro(budget.care_spent_cents)} of {euro(budget.care_budget_cents)}: {zone()}")
        assert budget.care_spent_cents == cents("10376.28") and zone() == "CRITICAL"

    def cancelling_the_114th_crosses_103_percent_back():
        reply = cell.cancel(verdicts[-1].id, b"cancel-114")
        assert reply.cancelled, reply
        event = crossings()[-1]
        assert (event.number, event.basis_points, event.up) == (reply.number, 10300, False)
        assert event.care_spent_cents == cents("10285.26")
        assert event.zone == ledger_pb2.ZONE_VIGILANCE and zone() == "VIGILANCE"
        assert len(cell.events("K1", kinds=["threshold.crossed"])) == 5

    def the_events_are_counted_without_gap():
        counters = [event.counter for event in cell.events("K1", kinds=["threshold.crossed"])]
        assert counters == [1, 2, 3, 4, 5], counters
        assert cell.trial_balance() == 0

    run_claims(each_of_114_sessions_costs_the_budget_91_02_provisionally,
               each_threshold_is_crossed_once_by_the_posting_of_the_story, the_network_stands_critical,
               cancelling_the_114th_crosses_103_percent_back, the_events_are_counted_without_gap)
