"""A real cell for tests: four daemons on free ports in a folder of their own, driven over their sockets.

    with Cell() as cell:                      # created, started, clock at 2026-01-05 09:00 in Brussels
        cell.load_book()
        cell.load_registry("small.yaml")
        reply = cell.request("intake", intake.SubmitBatch(lines=[...]), as_="integrator")
        cell.settle()                         # the four heads are equal
        cell.kill("ledger"); cell.start("ledger")

Nothing here sleeps for luck: every wait has a condition and a deadline. A cell whose test failed keeps its folder and prints
where it is; $ELP_KEEP=1 keeps it always. Binaries come from $ELP_BIN, generated protobuf from $ELP_PROTO (set by ctest;
otherwise build/ or build-dev/ of this clone).
"""

import fcntl
import json
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
import time
import traceback

SOURCE = pathlib.Path(os.environ.get("ELP_SOURCE", pathlib.Path(__file__).resolve().parents[3]))


def _built(variable, below):
    """The folder that ctest names, or the one of the first build folder that has it."""
    if variable in os.environ:
        return pathlib.Path(os.environ[variable])
    for build in ("build", "build-dev", "build-sanitize"):
        if (SOURCE / build / below).is_dir():
            return SOURCE / build / below
    sys.exit(f"{pathlib.Path(sys.argv[0]).name}: nothing is built: run cmake --preset release && cmake --build build, "
             f"or set {variable}")


BIN = _built("ELP_BIN", "bin")
PROTO = _built("ELP_PROTO", "gen/python")
sys.path.insert(0, str(PROTO))

import zmq  # noqa: E402
from elp.v1 import envelope_pb2, intake_pb2, journal_pb2, ledger_pb2, rating_pb2, registry_pb2, reporting_pb2  # noqa: E402

SERVICES = ("intake", "rating", "ledger", "reporting")
BOOK = SOURCE / "deploy" / "conventions" / "2024.yaml"
REGISTRY = pathlib.Path(__file__).resolve().parent.parent / "registry"
START = "2026-01-05T09:00:00+01:00"
DEADLINE_S = 30.0
PORTS = range(10000, 30000, 40)  # below the range that the kernel hands out by itself

_MODULES = (envelope_pb2, intake_pb2, rating_pb2, ledger_pb2, reporting_pb2)


def _message_types():
    """Message class by number of MessageType: MESSAGE_TYPE_BUDGET_QUERY is BudgetQuery."""
    classes = {}
    for name, number in envelope_pb2.MessageType.items():
        camel = "".join(word.capitalize() for word in name.removeprefix("MESSAGE_TYPE_").split("_"))
        for module in _MODULES:
            if hasattr(module, camel):
                classes[number] = getattr(module, camel)
    return classes


MESSAGES = _message_types()
TYPES = {message: number for number, message in MESSAGES.items()}


class Refused(Exception):
    """A daemon refused a request as a whole."""

    def __init__(self, refused):
        super().__init__(f"{refused.code} {refused.field}: {refused.reason} {refused.remedy}")
        self.code, self.field = refused.code, refused.field


class NoReply(Exception):
    """Nobody answered within the deadline."""


class DaemonEnded(Exception):
    """A daemon ended that should run."""


def wait_until(condition, deadline_s=DEADLINE_S, what="the condition"):
    """The first true value of condition(); asks again every few milliseconds; AssertionError after the deadline."""
    end = time.monotonic() + deadline_s
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"{what} did not come within {deadline_s:g} s")
        time.sleep(pause)
        pause = min(pause * 2, 0.05)


class Ports:
    """A base of free loopback ports that no other test process holds, as long as this object lives."""

    def __init__(self):
        bases = list(PORTS)
        random.SystemRandom().shuffle(bases)
        for base in bases:
            path = pathlib.Path(tempfile.gettempdir()) / f"elp-ports-{base}.lock"
            try:
                self.lock = open(path, "w", encoding="ascii")
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            if all(self._is_free(base + 10 * i + k) for i in range(4) for k in range(3)):
                self.base, self.path = base, path
                return
            self.lock.close()
        raise RuntimeError("no free ports on loopback")

    @staticmethod
    def _is_free(port):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return True
            except OSError:
                return False

    def close(self):
        self.path.unlink(missing_ok=True)
        self.lock.close()


class Client:
    """One principal's request socket to one daemon. send and receive pipeline; call waits for its own reply."""

    _context = zmq.Context()

    def __init__(self, cell, service, as_="operator", socket_name="commands"):
        self.cell, self.service, self.next_id = cell, service, 1
        public, secret = cell.key(as_)
        self.socket = self._context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_publickey, self.socket.curve_secretkey = public, secret
        self.socket.curve_serverkey = cell.key(service)[0]
        self.socket.maxmsgsize = 8 << 20
        self.socket.reconnect_ivl = 20
        self.socket.connect(cell.endpoint(service, socket_name))

    def send(self, message):
        """Sends a request; returns its id."""
        envelope = envelope_pb2.Envelope(version=1, type=TYPES[type(message)], request_id=self.next_id,
                                         payload=message.SerializeToString())
        self.next_id += 1
        self.socket.send(envelope.SerializeToString())
        return envelope.request_id

    def receive(self, timeout_s=DEADLINE_S):
        """(request id, reply message); a Refused message is returned, not raised. NoReply after the deadline."""
        if not self.socket.poll(int(timeout_s * 1000)):
            raise NoReply(f"elp-{self.service} did not answer within {timeout_s:g} s")
        envelope = envelope_pb2.Envelope.FromString(self.socket.recv())
        return envelope.request_id, MESSAGES[envelope.type].FromString(envelope.payload)

    def call(self, message, timeout_s=DEADLINE_S):
        """The reply to a request; raises Refused. Late replies to requests given up earlier are dropped."""
        request_id = self.send(message)
        end = time.monotonic() + timeout_s
        while True:
            replied_id, reply = self.receive(max(0.0, end - time.monotonic()))
            if replied_id == request_id:
                break
        if isinstance(reply, envelope_pb2.Refused):
            raise Refused(reply)
        return reply

    def close(self):
        self.socket.close()


class Cell:
    """A cell in a temporary folder. As a context manager it is created, started, stopped and removed."""

    def __init__(self, clock="manual", at=START, start=True, environment=None):
        self.clock, self.at, self.start_all = clock, at, start
        self.environment = environment or {}
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="elp-cell-"))
        self.ports = Ports()
        self.processes = {}
        self.clients = {}

    # --- life -----------------------------------------------------------------------------------------------------

    def create(self):
        """The folder, its keys and its endpoints."""
        self.elpctl("cell", "create", str(self.folder), "--clock", self.clock, "--port-base", str(self.ports.base),
                    cell=False)
        (self.folder / "log").mkdir(exist_ok=True)
        return self

    def __enter__(self):
        try:
            self.create()
            if self.start_all:
                for service in SERVICES:
                    self.launch(service)
                for service in SERVICES:
                    self.wait_running(service)
                if self.clock == "manual" and self.at:
                    self.set_clock(self.at)
        except BaseException:
            self._close(failed=True)
            raise
        return self

    def __exit__(self, kind, value, trace):
        failed = kind is not None
        if failed:
            traceback.print_exception(kind, value, trace)
        else:
            try:
                self.stop()
            except BaseException:
                self._close(failed=True)
                raise
        self._close(failed)
        return False

    def _close(self, failed):
        for client in self.clients.values():
            client.close()
        self.clients.clear()
        for process in self.processes.values():
            process.kill()
            process.wait()
        self.ports.close()
        if failed:
            for service in SERVICES:
                print(f"--- last lines of elp-{service}\n{self.log(service)[-3000:]}", file=sys.stderr)
        if failed or os.environ.get("ELP_KEEP"):
            print(f"the cell is kept in {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder)

    def launch(self, service, environment=None, arguments=()):
        """Starts a daemon and does not wait for it."""
        assert service not in self.processes, f"elp-{service} runs already"
        with open(self.folder / "log" / f"{service}.log", "ab") as log:
            self.processes[service] = subprocess.Popen(
                [BIN / f"elp-{service}", "--cell", self.folder, *arguments], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={**os.environ, **self.environment, **(environment or {})})
        return self.processes[service]

    def start(self, service, environment=None, arguments=()):
        """Starts a daemon and waits until it answers."""
        process = self.launch(service, environment, arguments)
        self.wait_running(service)
        return process

    def wait_running(self, service, deadline_s=DEADLINE_S):
        """Waits until a started daemon answers; DaemonEnded when it ended instead."""
        end = time.monotonic() + deadline_s
        while True:
            if self.processes[service].poll() is not None:
                code = self.processes.pop(service).returncode
                raise DaemonEnded(f"elp-{service} ended with {code}: {self.log(service)[-2000:]}")
            try:
                return self.request(service, envelope_pb2.Health(), timeout_s=0.5)
            except NoReply:
                if time.monotonic() > end:
                    raise

    def kill(self, service):
        """SIGKILL: nothing of the process's own runs any more."""
        process = self.processes.pop(service)
        process.kill()
        process.wait()

    def stop(self, service=None):
        """SIGTERM to one daemon, or to all that run; each must end with 0."""
        services = [service] if service else [name for name in SERVICES if name in self.processes]
        for name in services:
            self.processes[name].send_signal(signal.SIGTERM)
        for name in services:
            code = self.wait_ended(name)
            assert code == 0, f"elp-{name} ended with {code} after SIGTERM"

    def wait_ended(self, service, deadline_s=DEADLINE_S):
        """The exit code of a daemon that ends by itself."""
        process = self.processes[service]
        code = process.wait(deadline_s)
        del self.processes[service]
        return code

    def is_running(self, service):
        return service in self.processes and self.processes[service].poll() is None

    def restart(self, service):
        self.stop(service)
        return self.start(service)

    def remove_store(self, service):
        """Deletes the store of a daemon that does not run, as an operator does to rebuild it."""
        assert service not in self.processes, f"elp-{service} runs"
        shutil.rmtree(self.folder / service)

    def log(self, service):
        path = self.folder / "log" / f"{service}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_log(self, service, event, deadline_s=DEADLINE_S):
        """The first log line of that event, as a dict."""
        def find():
            for line in self.log(service).splitlines():
                if f'"event":"{event}"' in line:
                    return json.loads(line)
            return None
        return wait_until(find, deadline_s, f"a log line {event} of elp-{service}")

    # --- keys and endpoints ---------------------------------------------------------------------------------------

    def key(self, principal):
        """(public, secret) of a principal, as bytes."""
        text = (self.folder / "keys" / f"{principal}.key").read_text()
        return tuple(re.search(rf'{name}-key = "([^"]{{40}})"', text).group(1).encode() for name in ("public", "secret"))

    def endpoint(self, service, socket_name="commands"):
        port = self.ports.base + 10 * SERVICES.index(service) + ("commands", "journal", "feed").index(socket_name)
        return f"tcp://127.0.0.1:{port}"

    def new_principal(self, name, role, scope="*"):
        """A key pair of its own; daemons notice within two seconds."""
        self.elpctl("keys", "new", name, "--role", role, "--scope", scope)

    def revoke(self, principal):
        """Takes the public file out of the allow folder; daemons notice within two seconds."""
        (self.folder / "allow" / f"{principal}.pub").unlink()

    # --- requests -------------------------------------------------------------------------------------------------

    def client(self, service, as_="operator", socket_name="commands"):
        """A new socket; the caller closes it."""
        return Client(self, service, as_, socket_name)

    def request(self, service, message, as_="operator", timeout_s=DEADLINE_S, socket_name="commands"):
        """The reply of a daemon to a message; its type is the message's own. Raises Refused or NoReply."""
        place = (service, as_, socket_name)
        if place not in self.clients:
            self.clients[place] = Client(self, *place)
        return self.clients[place].call(message, timeout_s)

    def elpctl(self, *arguments, as_=None, check=True, cell=True, text=None, timeout_s=120):
        """Runs elpctl and returns the CompletedProcess; with check, another exit code than 0 is an error."""
        command = [str(BIN / "elpctl"), *map(str, arguments)]
        command += ["--cell", str(self.folder)] if cell else []
        command += ["--as", as_] if as_ else []
        done = subprocess.run(command, capture_output=True, text=True, input=text, timeout=timeout_s, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def elpctl_json(self, *arguments, **options):
        """What elpctl --json prints, parsed."""
        return json.loads(self.elpctl(*arguments, "--json", **options).stdout)

    def health(self, service):
        return self.request(service, envelope_pb2.Health())

    def head(self, service="intake"):
        return self.health(service).head

    def heads(self):
        return {service: self.head(service) for service in SERVICES}

    def settle(self, deadline_s=DEADLINE_S):
        """Waits until all four heads are equal; returns the head."""
        wait_until(lambda: len(set(self.heads().values())) == 1, deadline_s, "four equal heads")
        return self.head()

    def journal(self, service):
        """The exact bytes of every record of a daemon's journal, and the hash of the last one."""
        records, last_hash = [], b""
        while True:
            page = self.request(service, envelope_pb2.JournalFetch(after=len(records), hash=last_hash), socket_name="journal")
            assert page.state == envelope_pb2.POSITION_STATE_CONTINUES
            if not page.records:
                return records, last_hash
            records += page.records
            last_hash = page.last_hash

    def set_clock(self, at):
        """Moves the manual clock to an instant, RFC 3339 with an offset."""
        return self.request("intake", intake_pb2.SetClock(at=at))

    def load_book(self, path=BOOK):
        reply = self.request("intake", intake_pb2.LoadBook(yaml=pathlib.Path(path).read_bytes()), as_="authority")
        assert reply.loaded, reply.errors
        return reply.number

    def load_registry(self, path="small.yaml"):
        """A registry file, by path or by its name in tests/integration/registry."""
        path = pathlib.Path(path)
        return self.elpctl("registry", "load", path if path.is_absolute() else REGISTRY / path)


def run_claims(claims):
    """Runs test functions in order, prints one line each, and ends the program: 1 when any failed."""
    failed = 0
    for claim in claims:
        try:
            claim()
            print(f"ok    {claim.__name__}")
        except Exception:  # the next claims may still hold
            traceback.print_exc()
            print(f"FAIL  {claim.__name__}")
            failed += 1
    sys.exit(1 if failed else 0)
