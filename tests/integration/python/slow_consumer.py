"""Slow consumers: one that never reads and one that reads late cost the daemons nothing, and the late one loses nothing.

Thirty networks, so that each turn sends ninety messages: far more than a connection's queue and the kernel's buffers hold.
The messages that were dropped for the late consumer are a jump of a counter, and it fetches them.
"""

import threading
import time

from cell import Cell, run_claims, say, wait_until
from consumer import Consumer, open_feed
from facts import Person, Registry, at, days, individual

NETWORKS = [f"N{place:02d}" for place in range(30)]
DATES = days("2026-01-05", 30)
BATCHES, LINES = 55, 10  # of each load; lines of a network in a batch

with Cell() as cell:
    world = Registry()
    providers = {}
    for place, network in enumerate(NETWORKS):
        world.network(network, budget={2026: {"care.base": "5000000.00", "operating": "500.00"}})
        providers[network] = world.provider(f"{network}-P", network)
    cell.start()
    cell.set_clock(at("2026-02-20"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    late = threading.Event()
    serial = 0

    def load():
        """Submits, batch by batch; seconds until the last event is published."""
        global serial
        batches = []
        for _ in range(BATCHES):
            batch = []
            for place, network in enumerate(NETWORKS):
                for line in range(LINES):
                    slot = serial * LINES + line
                    person = Person("1980-01-01", serial=1 + (serial * len(NETWORKS) + place) * LINES + line)
                    batch.append(individual(f"{network}-{slot}", network, providers[network], DATES[slot // 56], person,
                                            start=f"{8 + slot % 56 // 4:02d}:{15 * (slot % 4):02d}"))
            serial += 1
            batches.append(batch)
        began = time.monotonic()
        for batch in batches:
            cell.accept(batch)
        cell.wait_caught_up()
        return time.monotonic() - began

    def a_load_without_consumers_takes_its_time():
        global alone
        alone = load()
        say(f"  {BATCHES} batches of {len(NETWORKS) * LINES} lines: {alone:.2f} s until published")

    def with_consumers_that_do_not_read_it_takes_no_longer():
        global never, slow, keen
        never = open_feed(cell, queue=1)
        never.subscribe("")
        slow = Consumer(cell, NETWORKS, hold=late, queue=1)
        keen = Consumer(cell, NETWORKS)
        wait_until(lambda: len(keen.counters) >= 5 * len(NETWORKS), 10, "the keen consumer has caught up by fetch")
        beside = load()
        say(f"  beside three consumers, two of which do not read: {beside:.2f} s")
        assert beside < 3 * alone + 2.0, (alone, beside)
        for service in ("intake", "rating", "ledger", "reporting"):
            assert cell.health(service).state == "running"

    def the_keen_consumer_has_every_event():
        wanted = keen.wait_complete()
        say(f"  {len(keen.taken)} events, {keen.fetched} of them by fetch")
        assert sum(wanted.values()) == len(keen.taken)

    def the_late_consumer_has_missed_messages_and_loses_no_event():
        assert not slow.taken
        late.set()
        wanted = slow.wait_complete()
        wait_until(lambda: slow.head == cell.head("reporting"), 20, "the late consumer has read what its queue held")
        slow.close()
        keen.close()
        events = sum(wanted.values())
        say(f"  of {events} events it heard {slow.heard} late (the keen one {keen.heard}) and fetched {slow.fetched}")
        assert slow.heard < keen.heard, "nothing was dropped: the load is too small"
        assert len(slow.taken) == events
        places = [(event.number, event.index) for event in slow.taken]
        assert len(set(places)) == events
        assert set(places) == {(event.number, event.index) for event in keen.taken}

    def the_one_that_never_reads_is_still_nobody_s_concern():
        before = cell.head("reporting")
        cell.accept([individual("last", "N00", providers["N00"], "2026-02-19", Person("1981-01-01"))])
        cell.wait_caught_up()
        assert cell.head("reporting") == before + 1
        assert never.poll(0), "it would have something to read"
        never.close(0)

    try:
        run_claims(a_load_without_consumers_takes_its_time, with_consumers_that_do_not_read_it_takes_no_longer,
                   the_keen_consumer_has_every_event, the_late_consumer_has_missed_messages_and_loses_no_event,
                   the_one_that_never_reads_is_still_nobody_s_concern)
    finally:
        late.set()
        for name in ("slow", "keen"):
            if name in globals():
                globals()[name].stopping.set()
                globals()[name].join()
