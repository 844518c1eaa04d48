"""PostgreSQL as it comes from Debian, with its default durability, in a folder of its own behind a Unix socket."""

import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile

from bench_cell import children_cpu_s, server_cpu_s
from cell import wait_until

HERE = pathlib.Path(__file__).resolve().parents[1]
BINARIES = pathlib.Path("/usr/lib/postgresql/15/bin")
CLIENTS = 16
START_DEADLINE_S = 60


class Missing(Exception):
    """The package is not installed."""


def find(name):
    path = shutil.which(name, path=f"{BINARIES}:{os.environ['PATH']}")
    if not path:
        raise Missing(f"{name} is missing: install the package postgresql-15 (Debian 12)")
    return path


class Postgres:
    """A server that runs as long as the `with`. It refuses to run as root: then the user postgres of the package runs it."""

    def __init__(self, folder, sockets_in):
        """sockets_in: a folder with a short path, for a socket's has at most 107 bytes."""
        self.folder = pathlib.Path(folder)
        self.programs = {name: find(name) for name in ("initdb", "pg_isready", "psql", "pgbench", "postgres")}
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self.data = self.folder / "data"
        self.sockets = pathlib.Path(tempfile.mkdtemp(prefix="elp-pg-", dir=sockets_in))

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.user:
            for path in (self.folder, self.sockets):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        self._run("initdb", "--pgdata", self.data, "--auth", "trust", "--username", "bench", "--encoding", "UTF8",
                  "--locale", "C")
        # Not by pg_ctl, which gives the server a session of its own: a kernel that shares its processors by session would
        # then give PostgreSQL two parts, one for the server and one for the clients, and everybody else measured here one.
        with open(self.folder / "server.log", "ab") as log:
            self.server = subprocess.Popen(
                [self.programs["postgres"], "-D", self.data, "-k", self.sockets, "-c", "listen_addresses="],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, **self._identity())
        wait_until(self._answers, START_DEADLINE_S, "PostgreSQL answers")
        return self

    def __exit__(self, *_):
        try:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(START_DEADLINE_S)
        finally:
            self.server.kill()
            shutil.rmtree(self.sockets, ignore_errors=True)

    def _answers(self):
        return subprocess.run([self.programs["pg_isready"], "--host", self.sockets], stdout=subprocess.DEVNULL,
                              check=False).returncode == 0

    def _identity(self):
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}

    def _run(self, program, *arguments, input=None):
        words = [self.programs[program], *(str(word) for word in arguments)]
        run = subprocess.run(words, input=input, capture_output=True, text=True, cwd=self.folder, check=False,
                             **self._identity())
        if run.returncode != 0:
            raise RuntimeError(f"{' '.join(words)}\n{run.stdout}{run.stderr}")
        return run.stdout

    def version(self):
        return self._run("postgres", "--version").split()[2]

    def reset(self):
        """Empty tables, and nothing left to do for the server."""
        self._run("psql", "--host", self.sockets, "--username", "bench", "--dbname", "postgres", "--quiet", "--set",
                  "ON_ERROR_STOP=1", input=(HERE / "postgres" / "schema.sql").read_text() + "checkpoint;\n")

    def attestations_per_s(self, script, per_transaction, seconds):
        """Runs a script of tests/bench/postgres with 16 clients; also the processor µs of server and clients for each."""
        self.reset()
        began_s = server_cpu_s(self.server.pid) + children_cpu_s()
        file = self.folder / script  # the server's user may not read ours
        file.write_text((HERE / "postgres" / script).read_text())
        out = self._run("pgbench", "--host", self.sockets, "--username", "bench", "--no-vacuum", "--protocol", "prepared",
                        "--client", CLIENTS, "--jobs", 2, "--time", seconds, "--define", "n=0", "--file", file,
                        "postgres")
        done = re.search(r"number of transactions actually processed: (\d+)", out)
        failed = re.search(r"number of failed transactions: (\d+)", out)
        rate = re.search(r"^tps = ([\d.]+)", out, re.M)
        if not done or not rate or (failed and int(failed.group(1)) > 0):
            raise RuntimeError(out)
        cpu_s = server_cpu_s(self.server.pid) + children_cpu_s() - began_s
        return float(rate.group(1)) * per_transaction, cpu_s * 1e6 / (int(done.group(1)) * per_transaction)
