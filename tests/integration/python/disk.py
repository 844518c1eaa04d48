"""The shim under a daemon's store: tests/support/disk_fault.c."""

import os
import struct

from cell import BIN

CALLS = ("fdatasync", "pwrite", "meta")


class Disk:
    """The disk of one daemon of a cell: start the daemon with env=disk.env."""

    def __init__(self, cell, service):
        self.order_path = cell.folder / f"{service}.order"
        self.count_path = cell.folder / f"{service}.count"
        self.store = f"/{cell.dir.name}/{service}/"
        library = os.environ.get("ELP_DISK_FAULT_LIBRARY", str(BIN.parent / "tests" / "support" / "libdisk_fault.so"))
        assert os.path.exists(library), f"the shim {library} is not built: build the target disk_fault"
        # The sanitizer's runtime wants to be first; the shim stands before it and calls it.
        options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        self.env = {"LD_PRELOAD": library, "ELP_DISK_FAULT": str(self.order_path),
                    "ELP_DISK_COUNT": str(self.count_path), "ASAN_OPTIONS": options}

    def order(self, call, what, where=None):
        """From now on every such call fails, or kills, on the daemon's store; where="" is any file, else part of a path."""
        path = self.order_path.with_suffix(".new")
        path.write_text(f"{call} {what} {self.store if where is None else where}\n")
        path.rename(self.order_path)

    def heal(self):
        self.order_path.unlink(missing_ok=True)

    def counts(self):
        """Calls that took effect since the folder was made, by name; "obeyed": how often an order was obeyed."""
        if not self.count_path.exists():
            return dict.fromkeys((*CALLS, "obeyed"), 0)
        return dict(zip((*CALLS, "obeyed"), struct.unpack("=4Q", self.count_path.read_bytes())))
