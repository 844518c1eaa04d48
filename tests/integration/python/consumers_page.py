"""The program of docs/consumers.md, as it is printed, misses no event and takes none twice, whatever happens to it or to the daemons.

Goal: counters without gap or double, and the ledger's own figures at the end: from a snapshot, through the feed, over a kill of
reporting, a stop of the consumer, and a rebuild of reporting's store.
Method: extract, run against four daemons under sessions of two networks; read what it prints.
"""

import ast
import queue
import signal
import threading

import page_program
from cell import SOURCE, Cell, run_claims, say, wait_until
from facts import Person, days, individual

PAGE, LINES = "consumers.md", 60
SMALL = SOURCE / "tests" / "integration" / "registry" / "small.yaml"
PROVIDERS = {"N07": "10070182001", "N08": "10080179001"}
BIRTHS = {"N07": "1985-07-30", "N08": "2015-03-04"}


class Follower:
    """The page's program at work, and what it printed."""

    def __init__(self, cell, network):
        self.cell, self.network = cell, network
        self.process = page_program.start(cell, PAGE, LINES, "cell", network, cell.endpoint("reporting", "feed"),
                                          cell.endpoint("reporting"))
        self.lines, self.snapshots = [], 0
        self.counters, self.first, self.spent = {}, {}, {}
        self.queue = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        wait_until(self._snapshot_taken, what="the program has its snapshot")

    def _read(self):
        for line in self.process.stdout:
            self.queue.put(line.rstrip("\n"))

    def _snapshot_taken(self):
        self.drain()
        return self.snapshots == 1

    def drain(self):
        """Takes what was printed and holds every line against the counters: no gap, no double."""
        while not self.queue.empty():
            line = self.queue.get()
            self.lines.append(line)
            if line.startswith("snapshot "):
                self.snapshots += 1
                self.counters, self.spent = ast.literal_eval(line.removeprefix("snapshot ").replace("} {", "}, {"))
                continue
            topic, counter, _, _, spent = line.split()
            assert topic.startswith(f"{self.network}/"), line
            assert int(counter) == self.counters.get(topic, 0) + 1, f"after {self.counters.get(topic)}: {line}"
            self.counters[topic] = int(counter)
            if topic.endswith("/posted"):
                self.spent[2026] = int(spent)

    def wait_level(self):
        """Waits until it has every event that reporting has of its network."""
        network = self.cell.snapshot(self.network).networks[0]
        wanted = {counter.topic: counter.counter for counter in network.counters}

        def level():
            assert self.process.poll() is None, self.lines[-5:]
            self.drain()
            return self.counters == wanted

        wait_until(level, what=f"the program has {wanted}")
        budget = self.cell.budget(self.network, 2026)
        assert self.spent[2026] == budget.reimbursed_cents, (self.spent, budget)
        assert self.snapshots == 1, "one snapshot is enough"

    def close(self):
        self.process.kill()
        self.process.communicate()


def lines_of(network, start, count):
    """Sessions of different people on one day of the last weeks, each at a time of its own."""
    dates = days("2026-01-05", 20)
    return [individual(f"{network}-{place:05d}", network, PROVIDERS[network], dates[place // 40 % 20],
                       Person(BIRTHS[network]), start=f"{8 + place % 40 // 4:02d}:{place % 4 * 15:02d}")
            for place in range(start, start + count)]


def main():
    with Cell() as cell:
        cell.start()
        cell.set_clock("2026-02-02T09:00:00+01:00")
        cell.load_book()
        cell.load_registry(SMALL.read_text())
        sent = {"N07": 0, "N08": 0}

        def attest(network, count):
            cell.accept(lines_of(network, sent[network], count))
            sent[network] += count

        attest("N07", 50)
        cell.wait_caught_up()
        follower = Follower(cell, "N07")

        def a_newcomer_starts_where_the_snapshot_ends():
            assert follower.counters["N07/posted"] == 50
            follower.wait_level()

        def the_feed_brings_what_happens():
            for _ in range(10):
                attest("N07", 7)
                attest("N08", 3)
            follower.wait_level()
            assert follower.counters["N07/attestation.accepted"] == 120

        def what_happens_while_reporting_is_dead_arrives_when_it_is_back():
            cell.kill("reporting")
            attest("N07", 100)
            cell.start("reporting")
            follower.wait_level()

        def what_a_stopped_consumer_missed_arrives_when_it_goes_on():
            follower.process.send_signal(signal.SIGSTOP)
            attest("N07", 200)
            cell.wait_caught_up()
            follower.process.send_signal(signal.SIGCONT)
            follower.wait_level()

        def a_rebuilt_store_has_the_same_counters():
            cell.stop("reporting")
            cell.delete_store("reporting")
            attest("N07", 20)
            cell.start("reporting")
            cell.wait_caught_up()
            follower.wait_level()

        def every_kind_of_the_page_is_one_that_is_sent():
            page = (SOURCE / "docs" / PAGE).read_text().split("## Kinds")[1].split("\n## ")[0]
            told = {line.split("`")[1].replace("CODE", "") for line in page.splitlines() if line.startswith("| `")}
            source = (SOURCE / "services" / "reporting" / "event_list.c").read_text()
            table = source.split("kind_words[EVENT_KIND_COUNT] = {")[1].split("};")[0]
            assert told == {line.split('"')[1] for line in table.splitlines() if '"' in line}

        try:
            run_claims(a_newcomer_starts_where_the_snapshot_ends, the_feed_brings_what_happens,
                       what_happens_while_reporting_is_dead_arrives_when_it_is_back,
                       what_a_stopped_consumer_missed_arrives_when_it_goes_on, a_rebuilt_store_has_the_same_counters,
                       every_kind_of_the_page_is_one_that_is_sent)
            say(f"  {len(follower.lines)} lines printed")
        finally:
            follower.close()


main()
