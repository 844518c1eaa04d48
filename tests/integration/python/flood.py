"""Who floods, stalls or never reads costs only itself.

Goal: one principal with 200 connections that sends as fast as it can is served a fair part and refused the rest; another
principal's requests are served in the next turns whatever the flood; replies that nobody reads take bounded memory.
Method: the flood runs in a process of its own and sends large batches. What another principal waits for is counted in
batches of the flood that were served meanwhile, not in seconds.
"""

import json
import multiprocessing
import re
import socket
import time
import urllib.request

import zmq

from cell import SERVICES, Cell, NoAnswer, Refused, Session, message_type, run_claims, say, wait_until
from facts import Person, Registry, at, individual
from elp.v1 import envelope_pb2, intake_pb2

CONNECTIONS = 200
LINES = 400
TURN_REQUEST_BYTES_MAX = 512 * 1024  # common/daemon.h
UNREAD_BYTES_MAX = 16 * 1024 * 1024  # common/callers.h
PARKED_PER_PRINCIPAL_MAX = 16        # common/daemon.h


def envelope(message, request_id=1):
    return envelope_pb2.Envelope(version=1, type=message_type(message), request_id=request_id,
                                 payload=message.SerializeToString()).SerializeToString()


def connect(context, endpoint, server_key, keys):
    dealer = context.socket(zmq.DEALER)
    dealer.curve_publickey, dealer.curve_secretkey = keys
    dealer.curve_serverkey = server_key
    dealer.linger = 0
    dealer.connect(endpoint)
    return dealer


def flood(endpoint, server_key, keys, frame, connections, connected, stop, counts):
    """Keeps a request under way on every connection, whatever the answers; counts answers and refusals."""
    context = zmq.Context()
    dealers = [connect(context, endpoint, server_key, keys) for _ in range(connections)]
    poller = zmq.Poller()
    for dealer in dealers:
        dealer.send(frame)
        poller.register(dealer, zmq.POLLIN)
    heard = set()
    while not stop.is_set():
        for dealer, _ in poller.poll(50):
            reply = envelope_pb2.Envelope.FromString(dealer.recv())
            counts[0 if reply.type != envelope_pb2.MESSAGE_TYPE_REFUSED else 1] += 1
            heard.add(dealer)
            dealer.send(frame)
        if len(heard) == connections:
            connected.set()
    context.destroy(linger=0)


class Flood:
    """A flood of one principal, in a process of its own, as long as the `with` lasts."""

    def __init__(self, cell, as_, frame, connections):
        self.connected, self.stop = multiprocessing.Event(), multiprocessing.Event()
        self.counts = multiprocessing.Array("l", 2)
        self.process = multiprocessing.Process(daemon=True, target=flood, args=(
            cell.endpoint("intake"), cell.public_key("intake"), cell.keys(as_), frame, connections, self.connected,
            self.stop, self.counts))

    def __enter__(self):
        self.process.start()
        assert self.connected.wait(60), "every connection of the flood is answered once"
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.process.join(20)
        assert self.process.exitcode == 0, self.process.exitcode


def metric(cell, service, name, *labels):
    port = cell.port_base + 10 * SERVICES.index(service) + 9
    page = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10).read().decode()
    values = [float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
              if re.match(rf"{name}[ {{]", line) and all(label in line for label in labels)]
    assert values, f"{name} is not on the page"
    return sum(values)


with Cell() as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "100000.00", "operating": "500.00"}})
    provider = world.provider("P1", "A01")
    for name in ("flooder", "quiet"):
        cell.new_principal(name, "operator")
    cell.start()
    cell.set_clock(at("2026-02-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    people = [Person("1980-01-01") for _ in range(LINES)]
    batch = intake_pb2.SubmitBatch(dry_run=True, lines=[
        individual(f"flood-{place}", "A01", provider, "2026-02-02", person, start=f"{place // 60:02d}:{place % 60:02d}")
        for place, person in enumerate(people)])
    frame = envelope(batch)

    def served():
        return metric(cell, "intake", "elp_requests_total", 'type="submit-batch"', 'outcome="answered"')

    def attest(quiet, key):
        """One session of the quiet principal; how many batches were served from its sending to its answer."""
        line = individual(key, "A01", provider, "2026-02-03", Person("1981-02-02"),
                          start=f"{8 + attest.count // 60:02d}:{attest.count % 60:02d}")
        attest.count += 1
        before = served()
        answer, = quiet.request(intake_pb2.SubmitBatch(lines=[line]), timeout=30).lines
        assert answer.verdict.id, answer
        return served() - before
    attest.count = 0

    def another_principal_is_served_in_the_next_turns():
        quiet = Session(cell, "intake", "quiet")
        quiet.request(envelope_pb2.Health())
        a_turn = -(-TURN_REQUEST_BYTES_MAX // len(frame))
        with Flood(cell, "flooder", frame, CONNECTIONS) as noise:
            begun = served()
            waited = sorted(attest(quiet, f"quiet-{place}") for place in range(20))
            passed, refused = served() - begun, noise.counts[1]
        quiet.close()
        say(f"  {CONNECTIONS} connections, {len(frame):,} bytes each time: {noise.counts[0]} served, {refused} refused; the "
            f"other waited for {waited[len(waited) // 2]:.0f} of them, at most {waited[-1]:.0f}, {passed:.0f} in all")
        assert refused > 0, "the flood was refused nothing: it was none"
        # Its own turn, the one before, and what was served while the two pages of metrics were fetched.
        assert waited[len(waited) // 2] <= 3 * a_turn and waited[-1] < CONNECTIONS / 2, waited

    def connections_buy_no_share():
        # Both always have more than a turn takes.
        with Flood(cell, "flooder", frame, CONNECTIONS), Flood(cell, "quiet", frame, CONNECTIONS // 5) as other:
            before, own = served(), other.counts[0]
            wait_until(lambda: served() - before >= 400, 60, "four hundred batches")
            share = (other.counts[0] - own) / (served() - before)
        say(f"  with {CONNECTIONS // 5} connections beside {CONNECTIONS} it is served {share:.0%} of all")
        assert 0.35 < share < 0.65, share

    def replies_that_nobody_reads_take_bounded_memory():
        cell.wait_caught_up()
        fetch = envelope(envelope_pb2.JournalFetch(after=0))
        page = len(cell.session("intake", "quiet", journal=True).request(envelope_pb2.JournalFetch(after=0)).SerializeToString())
        before = metric(cell, "intake", "elp_resident_memory_bytes")
        context = zmq.Context()
        deaf = []
        for _ in range(20):
            dealer = connect(context, cell.endpoint("intake", "journal"), cell.public_key("intake"), cell.keys("flooder"))
            dealer.rcvhwm = 1
            deaf.append(dealer)
        asked, most = 0, 0
        end = time.monotonic() + 30
        quiet = cell.session("intake", "quiet", journal=True)
        while asked * page < 20 * UNREAD_BYTES_MAX and time.monotonic() < end:
            for dealer in deaf:
                try:
                    dealer.send(fetch, zmq.DONTWAIT)
                    asked += 1
                except zmq.Again:
                    pass
            quiet.request(envelope_pb2.JournalFetch(after=0))
            most = max(most, metric(cell, "intake", "elp_resident_memory_bytes") - before)
        refused = metric(cell, "intake", "elp_requests_refused_total", 'code="busy"')
        context.destroy(linger=0)
        say(f"  {asked} pages of {page:,} bytes asked, none read: {most / 2**20:.0f} MiB more, {refused:.0f} refused as busy")
        assert asked * page > 8 * UNREAD_BYTES_MAX and most < 4 * UNREAD_BYTES_MAX, (asked, most)

    def long_polls_beyond_the_limit_are_refused_and_another_s_waits():
        session, other = Session(cell, "rating", "flooder"), Session(cell, "rating", "quiet")
        far = envelope_pb2.OutcomeQuery(number=cell.head("rating") + 1000, wait_ms=30000)
        for _ in range(PARKED_PER_PRINCIPAL_MAX + 10):
            session.send(far)
        refusals = [session.receive().type for _ in range(10)]
        assert refusals == [envelope_pb2.MESSAGE_TYPE_REFUSED] * 10
        reply = other.request(envelope_pb2.OutcomeQuery(number=cell.head("rating") + 1, wait_ms=200))
        assert not reply.reached
        session.close()
        other.close()

    def strangers_that_connect_and_say_nothing_keep_nobody_out():
        idle = [socket.create_connection(("127.0.0.1", cell.port_base), timeout=10) for _ in range(CONNECTIONS)]
        session = Session(cell, "intake", "quiet")
        session.request(envelope_pb2.Health())
        session.close()
        # The handshake's time is up within seconds: the daemon ends what says nothing.
        idle[0].settimeout(20)
        while idle[0].recv(4096):
            pass
        for stranger in idle:
            stranger.close()

    def the_flood_is_over_and_everybody_is_served():
        for service in SERVICES:
            for name in ("flooder", "quiet"):
                session = Session(cell, service, name)
                session.request(envelope_pb2.Health())
                session.close()
        assert cell.log("intake").count('"event":"denied"') == 0

    run_claims(another_principal_is_served_in_the_next_turns, connections_buy_no_share,
               replies_that_nobody_reads_take_bounded_memory, long_polls_beyond_the_limit_are_refused_and_another_s_waits,
               strangers_that_connect_and_say_nothing_keep_nobody_out, the_flood_is_over_and_everybody_is_served)
