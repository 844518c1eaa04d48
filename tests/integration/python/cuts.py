"""Cuts and pauses under load: every link of the cell is stalled, slowed down or cut, one way or both, the whole network is
down, and daemons are stopped by SIGSTOP, while clients send and a consumer listens. When all is well again everything is caught
up, nothing is lost or doubled, and no consumer has a gap.

    cuts.py [--troubles N] [--seed S]

All links lead through proxies (proxy.py): the clients' to intake, each daemon's to each journal that it reads, the consumer's to
the feed. All runs in a network namespace of its own, whose only interface is taken down: nobody hears of it by a closed
connection, packets are lost. Where this process may make none, the network stays up, and it says so. The seed decides which
link or daemon has which trouble, and for how long; it is printed.
"""

import argparse
import fcntl
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter

from cell import SERVICES, Cell, NoAnswer, NotAllowed, Refused, Session, run_claims, say, wait_until
from consumer import Consumer
from facts import at
from proxy import CUT, DRIBBLE, PASS, STALL, Proxy
from whole import check_whole
from workload import Workload
from elp.v1 import intake_pb2

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--troubles", type=int, default=24)
parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
parser.add_argument("--own-network", action="store_true", help=argparse.SUPPRESS)
options = parser.parse_args()
for unshare in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
    if not options.own_network and subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0:
        os.execvp("unshare", [*unshare, sys.executable, __file__, *sys.argv[1:], "--own-network"])

UPSTREAMS = {"rating": ("intake",), "ledger": ("intake", "rating"), "reporting": ("intake", "rating", "ledger")}
PATIENCE_S = 60.0
CLIENTS = 3
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1


def network(up):
    """Takes the loopback interface of this namespace up or down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name, flags = struct.unpack("16sh", fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh", b"lo", 0)))
        flags = flags | IFF_UP if up else flags & ~IFF_UP
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", name, flags))


class Client(threading.Thread):
    """Sends batches through its proxy, each until it has its answer."""

    def __init__(self, cell, place, proxy):
        super().__init__(daemon=True)
        self.cell, self.place, self.proxy = cell, place, proxy
        self.as_ = f"integrator-{place}"
        self.work = Workload(f"{options.seed}-{place}", part=place)
        self.work.world.represent(self.as_, "*")
        self.acknowledged, self.batches, self.given_up, self.failure = {}, 0, 0, None
        self.stopping = threading.Event()

    def run(self):
        try:
            session = self.open()
            while not self.stopping.is_set():
                session = self.send(session, intake_pb2.SubmitBatch(lines=self.work.lines(20)))
            session.close()
        except Exception as failure:  # shown in the main thread
            self.failure = failure

    def open(self):
        return Session(self.cell, "intake", self.as_, endpoint=self.proxy.endpoint)

    def send(self, session, batch):
        """The same batch again and again, sometimes over a new connection, until it is answered."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                reply = session.request(batch, timeout=0.5)
                break
            except (NoAnswer, NotAllowed):
                self.given_up += 1
                if self.given_up % 3 == 0:
                    session.close()
                    session = self.open()
            except Refused as refused:
                assert refused.code == "busy", refused
            assert time.monotonic() < end, f"client {self.place} got no answer within {PATIENCE_S} s"
        for answer in reply.lines:
            fault = self.work.expected[answer.key]
            assert [reason.code for reason in answer.verdict.reasons] == ([fault] if fault else []), answer
            self.acknowledged[answer.key] = answer.verdict
        self.batches += 1
        return session


def troubles():
    """(what, where or who, how long: acknowledged batches of others and answers given up) for each trouble."""
    chance = random.Random(f"cuts-{options.seed}")
    for place in range(options.troubles):
        kind = chance.choices(("link", "pause", "network"), (9, 3, 2))[0] if place else "network"
        count = chance.choice((1, 1, 2))
        mode = chance.choices((CUT, STALL, DRIBBLE), (3, 3, 2))[0]
        directions = chance.choice(((0, 1), (0, 1), (0,), (1,)))
        # Some last longer than anybody waits for an answer.
        length = chance.choices(((chance.randint(2, 10), 2), (100, 8)), (7, 1))[0]
        yield kind if options.own_network or kind != "network" else "link", count, mode, directions, length, chance


if options.own_network:
    network(up=True)
else:
    say("skipped: this process may make no network namespace, so the whole network is never down")
say(f"{options.troubles} troubles, seed {options.seed}: repeat with cuts.py --troubles {options.troubles} --seed {options.seed}")
with Cell() as cell:
    links = {}  # name: Proxy
    clients, consumers = [], []
    had = Counter()

    def acknowledged():
        for client in clients:
            if client.failure:
                raise client.failure
        return sum(client.batches for client in clients)

    def given_up():
        return sum(client.given_up for client in clients)

    def through_proxies(service):
        """The folder of a cell as this daemon sees it: the journals that it reads are behind proxies."""
        text = (cell.dir / "cell.yaml").read_text()
        for upstream in UPSTREAMS.get(service, ()):
            own = cell.endpoint(upstream, "journal")
            links[f"{service} reads {upstream}"] = proxy = Proxy(own)
            assert f'"{own}"' in text
            text = text.replace(f'"{own}"', f'"{proxy.endpoint}"')
        folder = cell.folder / f"as-{service}-sees-it"
        folder.mkdir()
        (folder / "cell.yaml").write_text(text)
        return ["--cell", folder, "--store", cell.store(service), "--keys", cell.dir / "keys", "--allow", cell.dir / "allow",
                *(["--vault", cell.dir / "vault"] if service == "intake" else [])]

    def the_cell_starts_behind_proxies():
        for service in SERVICES:
            cell.arguments[service] = through_proxies(service)
        for place in range(CLIENTS):
            links[f"client {place}"] = Proxy(cell.endpoint("intake"))
            clients.append(Client(cell, place, links[f"client {place}"]))
            cell.new_principal(clients[-1].as_, "integrator")
        links["feed"] = Proxy(cell.endpoint("reporting", "feed"))
        links["fetches"] = Proxy(cell.endpoint("reporting"))
        cell.start()
        cell.set_clock(at("2026-03-10"))
        cell.load_book()
        assert cell.index("2024", 2026, 172)[1].done
        for client in clients:
            cell.load_registry(client.work.world.text())
        consumers.append(Consumer(cell, ["N1", "N2"], feed=links["feed"].endpoint, commands=links["fetches"].endpoint))
        wait_until(lambda: consumers[0].epoch, what="the consumer hears the feed")

    def last(batches, silent):
        """Until others have so many more answers, or nobody gets one for a while."""
        target, silence = acknowledged() + batches, given_up() + silent
        wait_until(lambda: acknowledged() >= target or given_up() >= silence, PATIENCE_S, "the trouble has lasted")

    def links_are_stalled_slowed_and_cut_and_daemons_paused_under_load():
        for client in clients:
            client.start()
        for kind, count, mode, directions, length, chance in troubles():
            if kind == "network":
                network(up=False)
                had["network down"] += 1
                try:
                    last(*length)
                finally:
                    network(up=True)
                continue
            if kind == "pause":
                paused = chance.sample(SERVICES, count)
                for service in paused:
                    os.kill(cell.daemons[service].pid, signal.SIGSTOP)
                    had[f"{service} paused"] += 1
                try:
                    last(*length)
                finally:
                    for service in paused:
                        os.kill(cell.daemons[service].pid, signal.SIGCONT)
                continue
            names = chance.sample(sorted(links), count)
            for name in names:
                links[name].set(mode, directions)
                had[mode + ("" if mode == CUT or len(directions) == 2 else " one way")] += 1
            last(*length)
            for name in names:
                links[name].set(PASS)
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join()
        say(f"  {dict(had)}; {sum(len(client.acknowledged) for client in clients)} lines acknowledged, "
            f"{given_up()} answers given up, {sum(link.connections for link in links.values())} connections")

    def nobody_ended_and_all_are_caught_up():
        acknowledged()
        for service in SERVICES:
            assert cell.running(service), f"{service} ended with {cell.daemons[service].returncode}"
        cell.wait_caught_up()

    def every_acknowledged_line_is_there_exactly_once():
        journals = check_whole(cell)
        for client in clients:
            for key, verdict in client.acknowledged.items():
                record = journals["intake"][verdict.number - 1]
                attested = getattr(record, record.WhichOneof("body"))
                assert bytes(attested.key) == key and attested.principal == client.as_, (key, verdict)

    def the_consumer_has_no_gap_and_nothing_twice():
        consumer, = consumers
        wanted = consumer.wait_complete()
        consumer.close()
        assert len({(event.number, event.index) for event in consumer.taken}) == len(consumer.taken)
        assert sum(wanted.values()) == len(consumer.taken)
        say(f"  {len(consumer.taken)} events, {consumer.fetched} of them by fetch")

    try:
        run_claims(the_cell_starts_behind_proxies, links_are_stalled_slowed_and_cut_and_daemons_paused_under_load,
                   nobody_ended_and_all_are_caught_up, every_acknowledged_line_is_there_exactly_once,
                   the_consumer_has_no_gap_and_nothing_twice)
    finally:
        for thread in [*clients, *consumers]:
            thread.stopping.set()
        for link in links.values():
            link.set(PASS)
        for thread in [*clients, *consumers]:
            if thread.is_alive():
                thread.join()
        for link in links.values():
            link.close()
