"""A cell of four real daemons in a folder of its own, and what a test does with one.

    with Cell() as cell:
        cell.start()
        cell.set_clock("2026-02-01T09:00:00+01:00")
        cell.load_book()
        cell.load_registry(facts)
        verdicts = cell.submit([line])
        cell.wait_caught_up()
        print(cell.budget("A01", 2026))

Everything goes through elpctl and through real sockets with CURVE. Nothing sleeps to let something happen: a test waits
for a condition with a deadline. Every process that a cell started is gone when the `with` ends, also after a failure or a
kill of the test (the daemons die with the thread that started them). On a failure the tails of all logs are printed and
the folder stays; $ELP_KEEP=1 keeps it always.

ELP_BIN, ELP_PROTO and ELP_SOURCE say where binaries, generated Python and sources are; without them the build in build/ or
build-dev/ of this clone.
"""

import ctypes
import hashlib
import itertools
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

SOURCE = pathlib.Path(os.environ.get("ELP_SOURCE") or pathlib.Path(__file__).resolve().parents[3])
BUILD = next((SOURCE / name for name in ("build", "build-dev") if (SOURCE / name / "bin").is_dir()), SOURCE / "build")
BIN = pathlib.Path(os.environ.get("ELP_BIN") or BUILD / "bin")
PROTO = pathlib.Path(os.environ.get("ELP_PROTO") or BIN.parent / "gen" / "python")
sys.dont_write_bytecode = True
sys.path.insert(0, str(PROTO))

import zmq  # noqa: E402
import zmq.auth  # noqa: E402
from zmq.utils.monitor import recv_monitor_message  # noqa: E402

from elp.v1 import envelope_pb2, intake_pb2, journal_pb2, ledger_pb2, rating_pb2  # noqa: E402
from elp.v1 import money_pb2, registry_pb2, reporting_pb2, types_pb2  # noqa: E402

SERVICES = ("intake", "rating", "ledger", "reporting")
PORTS = 40
DEADLINE_S = 30.0
LINES_MAX = 1000
_MODULES = (envelope_pb2, intake_pb2, money_pb2, rating_pb2, ledger_pb2, reporting_pb2)
_RECORDS = {
    "intake": journal_pb2.IntakeRecord,
    "rating": rating_pb2.RatingRecord,
    "ledger": ledger_pb2.LedgerRecord,
    "reporting": reporting_pb2.ReportingRecord,
}


class Refused(Exception):
    """A daemon answered Refused: nothing was done."""

    def __init__(self, refused):
        super().__init__(f"{refused.code} at '{refused.field}': {refused.reason}; {refused.remedy}")
        self.code, self.field, self.reason, self.remedy = refused.code, refused.field, refused.reason, refused.remedy


class NoAnswer(Exception):
    """No reply came within the deadline."""


class NotAllowed(Exception):
    """The daemon refused the handshake: it does not know the key."""


def message_type(message):
    """MESSAGE_TYPE_SUBMIT_BATCH of a SubmitBatch."""
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(message).__name__).upper()
    return envelope_pb2.MessageType.Value("MESSAGE_TYPE_" + name)


def message_class(number):
    """SubmitBatch of MESSAGE_TYPE_SUBMIT_BATCH."""
    words = envelope_pb2.MessageType.Name(number)[len("MESSAGE_TYPE_"):].split("_")
    name = "".join(word.capitalize() for word in words)
    return next(getattr(module, name) for module in _MODULES if hasattr(module, name))


def wait_until(condition, deadline_s=DEADLINE_S, what=None):
    """Asks `condition` until it says something true, and returns that; fails at the deadline."""
    end = time.monotonic() + deadline_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline_s:g} s: {what or condition}")
        time.sleep(0.005)


def cents(text):
    """"366.83" in cents."""
    sign = -1 if text.startswith("-") else 1
    euros, _, rest = text.lstrip("-").partition(".")
    return sign * (int(euros) * 100 + int(rest or 0))


def euro(amount):
    """Cents as "366.83"."""
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


class Session:
    """One DEALER to one socket of one daemon, as one principal. Not shared between threads."""

    def __init__(self, cell, service, as_="operator", journal=False, keys=None, endpoint=None):
        self.where = f"{service}{' (journal)' if journal else ''} as {as_}"
        self.context = cell.context
        self.socket = cell.context.socket(zmq.DEALER)
        public, secret = keys or cell.keys(as_)
        self.socket.curve_publickey, self.socket.curve_secretkey = public, secret
        self.socket.curve_serverkey = cell.public_key(service)
        self.socket.linger = 1000
        self.socket.immediate = 1
        self.socket.reconnect_ivl = 20
        self.socket.reconnect_ivl_max = 200
        self.monitor = self.socket.get_monitor_socket(zmq.EVENT_HANDSHAKE_FAILED_AUTH)
        self.socket.connect(endpoint or cell.endpoint(service, "journal" if journal else "commands"))
        self.ids = itertools.count(random.getrandbits(32))

    def close(self):
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close()

    def send_frames(self, *frames, timeout=10.0):
        """Sends frames as they are."""
        self._wait(zmq.POLLOUT, timeout)
        self.socket.send_multipart(frames)

    def send(self, message, timeout=10.0, type_=None, **envelope):
        """Sends a request without waiting; returns its id."""
        request_id = next(self.ids)
        frame = envelope_pb2.Envelope(version=1, type=type_ or message_type(message), request_id=request_id,
                                      payload=message.SerializeToString())
        for field, value in envelope.items():
            setattr(frame, field, value)
        self.send_frames(frame.SerializeToString(), timeout=timeout)
        return request_id

    def receive(self, timeout=10.0):
        """The next envelope."""
        self._wait(zmq.POLLIN, timeout)
        envelope = envelope_pb2.Envelope()
        envelope.ParseFromString(self.socket.recv())
        return envelope

    def receive_reply(self, request_id, timeout=10.0):
        """The reply to one request; answers to earlier ones, given up by then, are dropped."""
        end = time.monotonic() + timeout
        while True:
            envelope = self.receive(max(0.0, end - time.monotonic()))
            if envelope.request_id == request_id:
                return open_reply(envelope)

    def request(self, message, timeout=10.0, **envelope):
        """Sends a request and returns the reply's message; raises Refused, NoAnswer or NotAllowed."""
        return self.receive_reply(self.send(message, timeout, **envelope), timeout)

    def _wait(self, event, timeout):
        """Until the socket is ready; a refused handshake is told at once."""
        poller = zmq.Poller()
        poller.register(self.socket, event)
        poller.register(self.monitor, zmq.POLLIN)
        ready = dict(poller.poll(timeout * 1000))
        if self.socket in ready:
            return
        if self.monitor in ready:
            refused = recv_monitor_message(self.monitor)
            raise NotAllowed(f"{self.where}: handshake refused, {refused['value']}")
        raise NoAnswer(f"{self.where}: nothing within {timeout:g} s")


def open_reply(envelope):
    """The message inside a reply; raises Refused."""
    message = message_class(envelope.type)()
    message.ParseFromString(envelope.payload)
    if isinstance(message, envelope_pb2.Refused):
        raise Refused(message)
    return message


class Run:
    """What came of a run of elpctl."""

    def __init__(self, completed):
        self.code, self.out, self.err = completed.returncode, completed.stdout, completed.stderr
        self.command = " ".join(str(word) for word in completed.args)

    def __str__(self):
        return f"{self.command} ended with {self.code}\n{self.out}{self.err}"


def _die_with_the_test():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Cell:
    """A cell in a folder of its own. Nothing runs until start()."""

    def __init__(self, clock="manual", name="elp", clock_from=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="elp-cell-"))
        self.dir = self.folder / "cell"
        self.logs = self.folder / "log"
        self.logs.mkdir()
        self.clock = clock
        self.daemons = {}
        self.prefixes = {service: [] for service in SERVICES}  # of the command that starts a daemon
        self.arguments = {service: ["--cell", self.dir] for service in SERVICES}  # with which a daemon is started
        self.context = zmq.Context()
        self.sessions = {}
        self.lock = threading.Lock()
        self.port_base = 0
        self._claim_ports()
        try:
            made = self.elpctl("cell", "create", self.dir, "--clock", clock, "--name", name,
                               "--port-base", self.port_base, cell=False)
            assert made.code == 0, made
            if clock_from:
                with (self.dir / "cell.yaml").open("a") as file:
                    file.write(f"clock_from: {clock_from}\n")
        except BaseException:
            self._clean_up(failed=False)
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        failed = kind is not None
        try:
            if not failed:
                self.stop()
        except BaseException:
            failed = True
            raise
        finally:
            self.kill()
            self._clean_up(failed)

    # --- ports, folder, logs

    def _claim_ports(self):
        """Finds a base whose ports are free; an abstract socket keeps other tests away from it while we live."""
        while True:
            base = random.SystemRandom().randrange(10000, 32000, 40)
            claim = socket.socket(socket.AF_UNIX)
            try:
                claim.bind(f"\0elp-test-ports-{base}")
                for port in range(base, base + PORTS):
                    with socket.socket() as probe:
                        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        probe.bind(("127.0.0.1", port))
            except OSError:
                claim.close()
                continue
            self.port_base, self.port_claim = base, claim
            return

    def _clean_up(self, failed):
        with self.lock:
            for session in self.sessions.values():
                session.close()
            self.sessions.clear()
        self.context.destroy(linger=0)
        self.port_claim.close()
        if failed:
            self.print_logs()
            print(f"# the cell stays in {self.folder}", flush=True)
        elif not os.environ.get("ELP_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def print_logs(self, lines=25):
        for path in sorted(self.logs.glob("*.log")):
            tail = path.read_text(errors="replace").splitlines()[-lines:]
            print(f"# --- {path.name}, last {len(tail)} lines", *tail, sep="\n", flush=True)

    def log(self, service):
        """What a daemon wrote so far, over all its runs."""
        path = self.logs / f"{service}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # --- processes

    def start(self, *services, env=None, wait=True):
        """Starts daemons (all without names) and waits until each answers. env adds to their environment."""
        for service in services or SERVICES:
            assert not self.running(service), f"{service} runs already"
            with open(self.logs / f"{service}.log", "ab") as log:
                self.daemons[service] = subprocess.Popen(
                    [*self.prefixes[service], BIN / f"elp-{service}", *self.arguments[service]],
                    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    env={**os.environ, **(env or {})}, preexec_fn=_die_with_the_test)
        if wait:
            for service in services or SERVICES:
                self.wait_answering(service)

    def wait_answering(self, service, deadline_s=DEADLINE_S):
        def answers():
            code = self.daemons[service].poll()
            assert code is None, f"elp-{service} ended with {code}"
            try:
                return self.request(service, envelope_pb2.Health(), timeout=0.25)
            except NoAnswer:
                return None

        return wait_until(answers, deadline_s, f"{service} answers")

    def running(self, service):
        return service in self.daemons and self.daemons[service].poll() is None

    def wait_ended(self, service, deadline_s=DEADLINE_S):
        """Waits for a daemon that ends by itself; its exit code, negative for a signal."""
        try:
            return self.daemons[service].wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"elp-{service} did not end within {deadline_s} s") from None

    def stop(self, *services):
        """Asks daemons (all without names) to end; each must end with 0."""
        names = [name for name in services or SERVICES if self.running(name)]
        for name in names:
            self.daemons[name].terminate()
        for name in names:
            code = self.wait_ended(name)
            assert code == 0, f"elp-{name} ended with {code} when asked to stop"

    def kill(self, *services):
        """Ends daemons (all without names) as a power cut would."""
        for name in services or SERVICES:
            if name in self.daemons:
                self.daemons[name].kill()
                self.daemons[name].wait()

    def restart(self, *services, **options):
        self.stop(*services)
        self.start(*services, **options)

    def store(self, service):
        """The folder of a daemon's store."""
        return self.dir / service

    def delete_store(self, service):
        assert not self.running(service), f"{service} runs"
        shutil.rmtree(self.store(service))

    # --- keys

    def keys(self, name):
        """(public, secret) of a principal of this cell."""
        return zmq.auth.load_certificate(self.dir / "keys" / f"{name}.key")

    def public_key(self, name):
        return zmq.auth.load_certificate(self.dir / "allow" / f"{name}.pub")[0]

    def new_principal(self, name, role, scope="*"):
        """Makes a key as an operator does, and waits until every running daemon knows it."""
        made = self.elpctl("keys", "new", name, "--role", role, "--scope", scope)
        assert made.code == 0, made
        for service in SERVICES:
            if self.running(service):
                wait_until(lambda: self._knows(service, name), 10, f"{service} knows {name}")

    def _knows(self, service, name):
        session = Session(self, service, name)
        try:
            return session.request(envelope_pb2.Health(), timeout=1.0)
        except (NoAnswer, NotAllowed, Refused):
            return False
        finally:
            session.close()

    def endpoint(self, service, kind="commands"):
        offset = {"commands": 0, "journal": 1, "feed": 2}[kind] + 10 * SERVICES.index(service)
        return f"tcp://127.0.0.1:{self.port_base + offset}"

    # --- talking

    def session(self, service, as_="operator", journal=False):
        """This thread's session; it is kept."""
        key = (threading.get_ident(), service, as_, journal)
        with self.lock:
            if key not in self.sessions:
                self.sessions[key] = Session(self, service, as_, journal)
            return self.sessions[key]

    def request(self, service, message, as_="operator", timeout=10.0, journal=False):
        """Sends a request and returns the reply's message; raises Refused, NoAnswer or NotAllowed."""
        return self.session(service, as_, journal).request(message, timeout)

    def elpctl(self, *arguments, cell=True, input=None, timeout=120, env=None):
        """Runs elpctl on this cell; never fails by itself."""
        words = [BIN / "elpctl"] + [str(word) for word in arguments] + (["--cell", str(self.dir)] if cell else [])
        return Run(subprocess.run(words, input=input, stdin=None if input is not None else subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=timeout, preexec_fn=_die_with_the_test,
                                  env={**os.environ, **(env or {})}))

    def do(self, *arguments, **options):
        """Runs elpctl, which must end with 0; what it printed."""
        run = self.elpctl(*arguments, **options)
        assert run.code == 0, run
        return run.out

    # --- what most tests do

    def set_clock(self, at):
        """Moves the manual clock: "2026-04-05T23:59:59+02:00"."""
        return self.request("intake", intake_pb2.SetClock(at=at))

    def load_book(self, convention="2024"):
        yaml = (SOURCE / "deploy" / "conventions" / f"{convention}.yaml").read_bytes()
        reply = self.request("intake", intake_pb2.LoadBook(yaml=yaml), as_="authority")
        assert reply.loaded, reply
        return reply

    def index(self, convention, year, basis_points):
        """Creates the next tariff column; waits for rating's outcome."""
        command = intake_pb2.IndexTariffs(convention=convention, year=year, basis_points=basis_points, source="a test")
        return self.outcome(self.request("intake", command, as_="authority"))

    def decide(self, kind, network, year, decided_on, **fields):
        """A decision on suspended amounts; waits for the ledger's outcome. kind: RAISE, CARRY, WRITE_OFF, RELEASE."""
        command = intake_pb2.Decide(kind=intake_pb2.DecisionKind.Value(f"DECISION_KIND_{kind}"), network=network,
                                    year=year, decided_on=decided_on, reason="a test", **fields)
        return self.outcome(self.request("intake", command, as_="authority"))

    def close_year(self, year, **others):
        """Closes a budget year; waits for the ledger's outcome."""
        return self.outcome(self.request("intake", money_pb2.CloseYear(year=year, reason="a test", **others),
                                         as_="authority"))

    def outcome(self, recorded):
        """(record's number, Outcome) once the judge has come to a Recorded."""
        query = envelope_pb2.OutcomeQuery(number=recorded.number, wait_ms=20000)
        reply = self.request(recorded.judge, query, timeout=25)
        assert reply.reached and reply.judged, reply
        return recorded.number, reply.outcome

    def load_registry(self, text):
        """Loads registry YAML through elpctl; every fact must be taken."""
        path = self.folder / "registry.yaml"
        path.write_text(text)
        return self.do("registry", "load", path)

    def submit(self, lines, as_="integrator", dry_run=False, timeout=30.0):
        """Submits lines in batches of 1,000; their LineVerdicts in order."""
        verdicts = []
        for at in range(0, len(lines), LINES_MAX):
            batch = intake_pb2.SubmitBatch(lines=lines[at:at + LINES_MAX], dry_run=dry_run)
            verdicts.extend(self.request("intake", batch, as_, timeout).lines)
        assert len(verdicts) == len(lines)
        return verdicts

    def accept(self, lines, **options):
        """Submits lines that must be accepted; their verdicts."""
        answers = self.submit(lines, **options)
        for answer in answers:
            assert answer.verdict.kind == intake_pb2.VERDICT_KIND_ACCEPTED, answer
        return [answer.verdict for answer in answers]

    def cancel(self, attestation, key, reason="", as_="integrator"):
        return self.request("intake", intake_pb2.CancelAttestation(id=attestation, key=key, reason=reason), as_)

    def budget(self, network, year, as_of=""):
        """NetworkBudget when the ledger stands where intake stands."""
        query = ledger_pb2.BudgetQuery(network=network, year=year, as_of=as_of, after_number=self.head("intake"),
                                       wait_ms=20000)
        budgets = self.request("ledger", query, timeout=25).budgets
        assert len(budgets) == 1, budgets
        return budgets[0]

    def envelopes(self, network, year):
        """{"CARE_BASE": (budget, spent)} in cents."""
        return {types_pb2.BudgetEnvelope.Name(balance.envelope)[len("BUDGET_ENVELOPE_"):]:
                (balance.budget_cents, balance.spent_cents) for balance in self.budget(network, year).envelopes}

    def rated(self, number):
        reply = self.request("rating", rating_pb2.RatedQuery(number=number, wait_ms=20000), timeout=25)
        assert reply.reached, reply
        return reply.rated

    def posting(self, number):
        reply = self.request("ledger", ledger_pb2.PostingQuery(number=number, wait_ms=20000), timeout=25)
        assert reply.reached, reply
        return reply

    def payments(self, network, month=0):
        """Payment orders {payee: PaymentOrder} when the ledger stands where intake stands."""
        query = ledger_pb2.PaymentQuery(network=network, month=month, after_number=self.head("intake"), wait_ms=20000)
        orders = self.request("ledger", query, timeout=25).payments
        assert len({(order.payee, order.month) for order in orders}) == len(orders), orders
        return {order.payee: order for order in orders}

    def trial_balance(self):
        """The sum over all accounts of the ledger, in cents."""
        return self.request("ledger", ledger_pb2.TrialBalanceQuery()).sum_cents

    def events(self, network="*", kinds=(), after=(0, 0), as_="operator"):
        """All events of a network in record order, fetched in pages, when reporting stands where intake stands."""
        self.wait_caught_up("reporting")
        events = []
        number, index = after
        while True:
            page = self.request("reporting", reporting_pb2.EventFetch(network=network, kinds=kinds, after_number=number,
                                                                      after_index=index), as_=as_)
            events.extend(page.events)
            if not page.more:
                return events
            number, index = events[-1].number, events[-1].index

    def snapshot(self, network="", as_="operator"):
        self.wait_caught_up("reporting")
        return self.request("reporting", reporting_pb2.SnapshotQuery(network=network), as_=as_)

    def statistics(self, network="", year=0, as_="operator"):
        self.wait_caught_up("reporting")
        query = reporting_pb2.StatisticsQuery(network=network, year=year)
        return {row.network: row for row in self.request("reporting", query, as_=as_).networks}

    # --- journals

    def health(self, service):
        return self.request(service, envelope_pb2.Health())

    def head(self, service):
        return self.health(service).head

    def heads(self):
        return {service: self.head(service) for service in SERVICES}

    def wait_caught_up(self, *services, deadline_s=DEADLINE_S):
        """Waits until daemons (all without names) have answered every record of intake; that number."""
        target = self.head("intake")
        for service in services or SERVICES[1:]:
            wait_until(lambda: self.head(service) >= target, deadline_s, f"{service} reaches record {target}")
        return target

    def journal(self, service):
        """Every record of a journal, as the exact stored bytes; the chain is verified here, in Python."""
        records, chain = [], bytes(32)
        while True:
            fetch = envelope_pb2.JournalFetch(after=len(records), hash=chain if records else b"")
            page = self.request(service, fetch, journal=True, timeout=30)
            assert page.state == envelope_pb2.POSITION_STATE_CONTINUES, page.state
            for record in page.records:
                records.append(record)
                chain = hashlib.blake2b(chain + len(records).to_bytes(8, "big") + record, digest_size=32).digest()
            assert chain == page.last_hash, f"{service}: the chain breaks before record {len(records)}"
            if len(records) >= page.head:
                return records

    def records(self, service):
        """The same, decoded; the record of number n stands at n - 1."""
        decoded = [_RECORDS[service].FromString(record) for record in self.journal(service)]
        for place, record in enumerate(decoded):
            assert record.number == place + 1, f"{service}: record {record.number} stands at {place + 1}"
        return decoded


def say(text):
    """One line of a test's protocol."""
    print(f"[{time.monotonic() - _STARTED:6.2f} s] {text}", flush=True)


def run_claims(*claims):
    """Runs claims (functions named as what they show) in order; the first that fails ends the test."""
    for claim in claims:
        name = claim.__name__.replace("_", " ")
        try:
            claim()
        except BaseException:
            print(f"not so: {name}", flush=True)
            raise
        say(f"holds: {name}")


_STARTED = time.monotonic()
