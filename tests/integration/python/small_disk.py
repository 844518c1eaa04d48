"""Small disks of memory for the stores of a cell, in a mount namespace of their own."""

import os
import subprocess


class SmallDisks:
    """Mounts a tmpfs over each store's folder, seen by the daemons of the cell alone; gone when the test is.

    `available` is False where this process may make no such namespace."""

    def __init__(self, cell, kibibytes):
        """kibibytes: {service: size}"""
        self.cell = cell
        mounts = " && ".join(f"mount -t tmpfs -o size={size}k,mode=700 tmpfs '{cell.store(service)}'"
                             for service, size in kibibytes.items())
        self.user = []
        self.holder = self._hold([], mounts)
        if not self.holder:
            self.user = ["--user"]
            self.holder = self._hold(["--map-root-user"], mounts)
        self.available = self.holder is not None
        if self.available:
            for service in kibibytes:
                # nsenter's exec keeps the parent; setpriv asks again to die with it, which entering may have undone.
                cell.prefixes[service] = [*self._enter(), "setpriv", "--pdeathsig", "KILL"]

    def _hold(self, options, mounts):
        """A process that keeps the namespace; it ends when its input does."""
        holder = subprocess.Popen(["unshare", "--mount", *options, "sh", "-c", f"{mounts} && echo ready && exec cat"],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if holder.stdout.readline() == "ready\n":
            return holder
        holder.stdin.close()
        holder.wait()
        return None

    def _enter(self):
        return ["nsenter", "--target", str(self.holder.pid), "--mount",
                *([*self.user, "--preserve-credentials"] if self.user else []), f"--wd={os.getcwd()}"]

    def _run(self, *words):
        return subprocess.run([*self._enter(), *[str(word) for word in words]], capture_output=True, text=True, check=True).stdout

    def free(self, service):
        """Bytes that the disk has left."""
        return 1024 * int(self._run("df", "--output=avail", "-k", self.cell.store(service)).split()[-1])

    def fill(self, service, leave=0):
        """Takes all but `leave` bytes."""
        self.clear(service)
        size = self.free(service) - leave
        if size > 0:
            self._run("fallocate", "--length", size, self.cell.store(service) / "filler")

    def clear(self, service):
        self._run("rm", "-f", self.cell.store(service) / "filler")

    def close(self):
        if self.holder:
            self.holder.stdin.close()
            self.holder.wait()
