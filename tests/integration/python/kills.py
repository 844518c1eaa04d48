"""Kills under load: random daemons get SIGKILL while several clients submit, resend and cancel; nothing is lost or doubled.

    kills.py [--kills N] [--seed S] [--clients N] [--lines N]

The seed decides which daemons die, after how many acknowledgements, at once or right behind their next commit (by the shim
under their disk), and what the clients send; it is printed, and the same seed gives the same schedule. The ledger of what
was acknowledged is kept here, outside the victims (pitfalls §7.2).
"""

import argparse
import random
import threading
import time
from collections import Counter

from cell import SERVICES, Cell, NoAnswer, Refused, Session, run_claims, say, wait_until
from consumer import Consumer
from disk import Disk
from facts import at
from whole import check_whole
from workload import Workload
from elp.v1 import intake_pb2

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--kills", type=int, default=20)
parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
parser.add_argument("--clients", type=int, default=4)
parser.add_argument("--lines", type=int, default=25, help="lines of a batch")
options = parser.parse_args()

ACKNOWLEDGED_PER_KILL = (2, 12)  # batches, all clients together
PATIENCE_S = 120.0
VICTIMS = ("intake", "intake", "rating", "ledger", "reporting")
ABANDONED = 0.4  # of the answers that do not come; the other batches are sent again until one does


class Client(threading.Thread):
    """Sends batches, each until it has its answer; keeps what was acknowledged."""

    def __init__(self, cell, place, seed):
        super().__init__(daemon=True)
        self.cell, self.place = cell, place
        self.random = random.Random(f"{seed}-{place}")
        self.as_ = f"integrator-{place}"
        self.work = Workload(f"{seed}-{place}", part=place)
        self.work.world.represent(self.as_, "*")
        self.acknowledged = {}     # key: Verdict
        self.cancelled = {}        # attestation: record of the cancellation
        self.batches, self.abandoned = [], []
        self.resent, self.given_up = 0, 0
        self.failure = None
        self.stopping = threading.Event()

    def run(self):
        session = Session(self.cell, "intake", self.as_)
        try:
            while not self.stopping.is_set():
                self.batch(session, intake_pb2.SubmitBatch(lines=self.work.lines(options.lines)))
                if self.batches and self.random.random() < 0.2:
                    self.resend(session, self.random.choice(self.batches))
                if self.random.random() < 0.3:
                    self.cancel(session)
        except Exception as failure:  # shown in the main thread
            self.failure = failure
        finally:
            session.close()

    def until_answered(self, session, message, abandon=0.0):
        """The same message again and again, as a client does whose answer does not come; None when it is abandoned."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                return session.request(message, timeout=0.7)
            except NoAnswer:
                self.given_up += 1
                if self.random.random() < abandon:
                    return None
            except Refused as refused:
                if refused.code != "busy":
                    raise
            assert time.monotonic() < end, f"client {self.place} got no answer within {PATIENCE_S} s"

    def batch(self, session, batch):
        answers = self.until_answered(session, batch, abandon=ABANDONED)
        if answers is None:
            self.abandoned.append(batch)
            return
        for answer in answers.lines:
            fault = self.work.expected[answer.key]
            assert answer.result in (intake_pb2.LINE_RESULT_NEW, intake_pb2.LINE_RESULT_DUPLICATE), answer
            assert [reason.code for reason in answer.verdict.reasons] == ([fault] if fault else []), answer
            self.acknowledged[answer.key] = answer.verdict
        self.batches.append(batch)

    def resend(self, session, batch):
        """An acknowledged batch once more: each line's first verdict comes back, to the byte."""
        for answer in self.until_answered(session, batch).lines:
            assert answer.result == intake_pb2.LINE_RESULT_DUPLICATE, answer
            assert answer.verdict == self.acknowledged[answer.key], (answer, self.acknowledged[answer.key])
            self.resent += 1

    def cancel(self, session):
        standing = [verdict.id for verdict in self.acknowledged.values() if verdict.id and verdict.id not in self.cancelled]
        if standing:
            attestation = self.random.choice(standing)
            request = intake_pb2.CancelAttestation(id=attestation, key=b"c-" + attestation.encode())
            reply = self.until_answered(session, request)
            assert reply.cancelled, reply
            self.cancelled[attestation] = reply.number


def schedule(seed):
    """(daemons that die together, acknowledged batches before it, how) for each kill: at once, again while they start, or
    the first of them right behind its next commit; intake also between its vault's commit and its store's."""
    random_ = random.Random(f"kills-{seed}")
    for _ in range(options.kills):
        victims = list(dict.fromkeys(random_.choices(VICTIMS, k=random_.choice((1, 1, 1, 2, 4)))))
        how = random_.choices(("at-once", "twice", "behind-commit", "behind-vault"), (5, 1, 3, 1))[0]
        yield victims, random_.randint(*ACKNOWLEDGED_PER_KILL), how


def raise_failures(clients):
    for client in clients:
        if client.failure:
            raise client.failure


def run(cell):
    clients = [Client(cell, place, options.seed) for place in range(options.clients)]
    disks = {service: Disk(cell, service) for service in SERVICES}
    consumers = []
    killed = Counter()
    journals = {}

    def acknowledged():
        return sum(len(client.batches) for client in clients)

    def start(*services):
        """As a supervisor does: at once, without waiting for an answer."""
        for service in services:
            cell.start(service, env=disks[service].env, wait=False)

    def the_cell_starts():
        for client in clients:
            cell.new_principal(client.as_, "integrator")
        start(*SERVICES)
        cell.set_clock(at("2026-01-01"))
        cell.load_book()
        assert cell.index("2024", 2026, 172)[1].done
        cell.set_clock(at("2026-03-10"))
        for client in clients:
            cell.load_registry(client.work.world.text())

    def the_daemons_are_killed_under_load():
        consumers.append(Consumer(cell, ["N1", "N2"]))
        for client in clients:
            client.start()
        for number, (victims, batches, how) in enumerate(schedule(options.seed), 1):
            target = acknowledged() + batches
            wait_until(lambda: raise_failures(clients) or acknowledged() >= target, PATIENCE_S,
                       f"{batches} batches are acknowledged before kill {number}")
            if how.startswith("behind"):
                vault = how == "behind-vault" and victims[0] == "intake"
                disks[victims[0]].order("meta", "KILL", "/vault/" if vault else None)
                assert cell.wait_ended(victims[0]) == -9
                disks[victims[0]].heal()
            for _ in range(2 if how == "twice" else 1):
                cell.kill(*victims)
                killed.update(victims)
                start(*victims)
            killed[how] += 1
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join()
        raise_failures(clients)
        for service in SERVICES:
            cell.wait_answering(service)
        say(f"  killed: {dict(killed)}; {sum(len(client.acknowledged) for client in clients)} lines acknowledged, "
            f"{sum(client.given_up for client in clients)} answers given up, "
            f"{sum(client.resent for client in clients)} lines resent, "
            f"{sum(len(client.cancelled) for client in clients)} cancelled")

    def every_acknowledged_attestation_is_rated_posted_and_published_exactly_once():
        journals.update(check_whole(cell))
        for client in clients:
            for key, verdict in client.acknowledged.items():
                record = journals["intake"][verdict.number - 1]
                attested = getattr(record, record.WhichOneof("body"))
                assert bytes(attested.key) == key and attested.principal == client.as_, (key, verdict)
                assert (record.WhichOneof("body") == "accepted") == bool(verdict.id)
            for attestation, number in client.cancelled.items():
                assert journals["intake"][number - 1].HasField("cancelled"), attestation

    def what_is_recorded_without_an_acknowledgement_is_complete_and_a_resend_gets_its_first_verdict():
        recorded = {(attested.principal, bytes(attested.key)): record for record in journals["intake"]
                    for attested in (getattr(record, record.WhichOneof("body")),)
                    if record.WhichOneof("body") in ("accepted", "refused")}
        found = absent = 0
        for client in clients:
            for batch in client.abandoned:
                for answer in cell.submit(batch.lines, as_=client.as_):
                    first = recorded.get((client.as_, answer.key))
                    if first is None:
                        assert answer.result == intake_pb2.LINE_RESULT_NEW, answer
                        absent += 1
                    else:
                        assert answer.result == intake_pb2.LINE_RESULT_DUPLICATE, answer
                        assert answer.verdict.number == first.number and answer.verdict.at_us == first.at_us, answer
                        found += 1
        say(f"  of the lines without an answer {found} were recorded, {absent} were not")
        assert len(recorded) == sum(len(client.acknowledged) for client in clients) + found
        journals.update(check_whole(cell))

    def the_consumer_saw_each_event_exactly_once():
        consumer, = consumers
        wanted = consumer.wait_complete()
        consumer.close()
        assert sum(wanted.values()) == len(consumer.taken)
        seen = {(event.number, event.index): event for event in consumer.taken}
        assert len(seen) == len(consumer.taken), "an event came twice"
        stored = {(record.number, event.index): event for record in journals["reporting"] for event in record.events
                  if event.network in consumer.networks}
        assert seen.keys() == stored.keys(), (len(seen), len(stored))
        for place, event in stored.items():
            seen[place].attestation = ""  # the journal leaves the id out
            assert seen[place] == event
        say(f"  {len(seen)} events, {consumer.fetched} of them by fetch")

    try:
        run_claims(the_cell_starts, the_daemons_are_killed_under_load,
                   every_acknowledged_attestation_is_rated_posted_and_published_exactly_once,
                   what_is_recorded_without_an_acknowledgement_is_complete_and_a_resend_gets_its_first_verdict,
                   the_consumer_saw_each_event_exactly_once)
    finally:
        for thread in [*clients, *consumers]:
            thread.stopping.set()
        for thread in [*clients, *consumers]:
            if thread.is_alive():
                thread.join()


say(f"{options.kills} kills, seed {options.seed}: repeat with kills.py --kills {options.kills} --seed {options.seed}")
with Cell() as cell:
    run(cell)
