"""A cell of real daemons that is watched while it works: processor time, heap, flushes, bytes on disk."""

import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import threading
import time

import cell as cells

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
COUNTERS = ("fdatasync", "pwrite", "meta")  # of tests/support/disk_fault.c
HEAP_EVERY_S = 0.25
START_TIMEOUT_S = 120


def children_cpu_s():
    """Processor time of the programs that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def process_cpu_s(pid, last=13):
    """Processor time of a running program; `last` 15: with that of its children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return sum(int(field) for field in fields[11:last]) * TICK_S


def server_cpu_s(pid):
    """Processor time of a program and of its children, those that run and those that have ended."""
    total_s = process_cpu_s(pid, last=15)
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # one that ends just now
            total_s += process_cpu_s(child)
    return total_s


def tool(*arguments, stdin=None, timeout=None):
    """Runs a command of elp-bench; what its JSON says."""
    words = [cells.BIN / "elp-bench", *(str(word) for word in arguments)]
    run = subprocess.run(words, stdin=stdin, stdout=subprocess.PIPE, text=True, timeout=timeout, check=False)
    if run.returncode != 0:
        raise RuntimeError(f"elp-bench {arguments[0]} ended with {run.returncode}")
    return json.loads(run.stdout)


class BenchCell(cells.Cell):
    """Each daemon runs with tests/support/disk_fault.c preloaded, which here only counts flushes and writes."""

    def start_counted(self, lazy=False):
        """lazy: nothing waits for the disk, for stores that are only being filled."""
        for service in cells.SERVICES:
            self.start(service, wait=False, env={**self._environment(service), **({"ELP_DISK_LAZY": "1"} if lazy else {})})
        for service in cells.SERVICES:
            self.wait_answering(service, START_TIMEOUT_S)

    def start_timed(self):
        """Seconds from starting each daemon to its first answer, one daemon after the other."""
        seconds = {}
        for service in cells.SERVICES:
            began = time.monotonic()
            self.start(service, wait=False, env=self._environment(service))
            self.wait_answering(service, START_TIMEOUT_S)
            seconds[service] = time.monotonic() - began
        return seconds

    def _environment(self, service):
        return {"LD_PRELOAD": str(cells.BIN.parent / "tests" / "support" / "libdisk_fault.so"),
                "ELP_DISK_COUNT": str(self.folder / f"{service}.count")}

    def prepare(self, registry):
        """Book, tariffs of 2026 and a registry file of the sample."""
        self.set_clock("2025-12-31T12:00:00+01:00")
        self.load_book()
        self.index("2024", 2026, 172)
        self.do("registry", "load", registry, timeout=1200)
        self.wait_caught_up(deadline_s=600)

    def leave_in(self, folder):
        """Moves the whole stopped cell there, with its keys."""
        shutil.move(self.dir, folder)

    def take_from(self, folder, port_base, copy):
        """Takes the place of a cell that was left in a folder, on the ports of this one. Nothing runs yet."""
        shutil.rmtree(self.dir)
        (shutil.copytree if copy else shutil.move)(folder, self.dir)
        config = self.dir / "cell.yaml"
        ports = "|".join(str(port_base + offset) for offset in range(cells.PORTS))
        config.write_text(re.sub(rf"(?<=:)({ports})\b", lambda port: str(int(port[1]) - port_base + self.port_base),
                                 config.read_text()))

    def flushes(self, service):
        """{"fdatasync": n, "pwrite": n, "meta": n} since the daemon's counters were made."""
        raw = (self.folder / f"{service}.count").read_bytes()
        return {name: int.from_bytes(raw[8 * i:8 * i + 8], "little") for i, name in enumerate(COUNTERS)}

    def cpu_s(self, service):
        return process_cpu_s(self.daemons[service].pid)

    def heap_bytes(self, service):
        """Memory of its own; the pages of the store that it has mapped are the kernel's to take back."""
        for line in open(f"/proc/{self.daemons[service].pid}/status", encoding="ascii"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("no RssAnon in /proc")

    def written_bytes(self, service):
        """Bytes that went to the disk; the kernel tells them to root alone, because a daemon's memory is closed to others."""
        try:
            for line in open(f"/proc/{self.daemons[service].pid}/io", encoding="ascii"):
                if line.startswith("write_bytes:"):
                    return int(line.split()[1])
        except PermissionError:
            pass
        return 0

    def disk_bytes(self, service):
        return os.stat(self.store(service) / "data.mdb").st_blocks * 512

    def readings(self):
        return {service: {"cpu_s": self.cpu_s(service), "disk_bytes": self.disk_bytes(service),
                          "written_bytes": self.written_bytes(service), **self.flushes(service)}
                for service in cells.SERVICES}

    @contextlib.contextmanager
    def heap_watch(self):
        """Gives {service: [bytes, …]}, one reading each quarter of a second."""
        readings = {service: [] for service in cells.SERVICES}
        ended = threading.Event()

        def watch():
            while True:
                for service, list_ in readings.items():
                    list_.append(self.heap_bytes(service))
                if ended.wait(HEAP_EVERY_S):
                    return

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield readings
        finally:
            ended.set()
            thread.join()

    def load(self, workload, clients=8, window=2, rate=0):
        """Submits a workload and waits until all of it is out on the feed. What it took, per attestation and in all."""
        before = self.readings()
        generator_s = children_cpu_s()
        with self.heap_watch() as heap:
            result = tool("--cell", self.dir, "--workload", workload, "--clients", clients, "--window", window,
                          "--rate", rate, "load")
        after = self.readings()
        generator_s = children_cpu_s() - generator_s
        judged = result["accepted"] + result["refused"]
        missed = judged - result["feed_accepted"] - result["feed_refused"]
        if missed > 0:
            raise RuntimeError(f"the feed told of {missed} lines too few")
        result["accepted_per_s"] = judged / (result["acknowledged_ns"] / 1e9)
        result["completed_per_s"] = judged / (result["completed_ns"] / 1e9)
        result["daemons"] = {
            service: {
                "cpu_us": (after[service]["cpu_s"] - before[service]["cpu_s"]) * 1e6 / judged,
                "disk_bytes": (after[service]["disk_bytes"] - before[service]["disk_bytes"]) / judged,
                "written_bytes": (after[service]["written_bytes"] - before[service]["written_bytes"]) / judged,
                "writes": (after[service]["pwrite"] - before[service]["pwrite"]) / judged,
                "flushes": sum(after[service][name] - before[service][name] for name in ("fdatasync", "meta")),
                "heap_bytes_max": max(heap[service]),
                "heap_bytes": heap[service],
            } for service in cells.SERVICES}
        result["cpu_us"] = generator_s * 1e6 / judged + sum(
            result["daemons"][service]["cpu_us"] for service in cells.SERVICES)
        return result
