"""Power cuts without a power switch: every state in which the cell's disks can be left holds what was acknowledged until then.

A shim records in which order the four daemons write and flush their stores and the vault (tests/support/disk_record.c) while a
client sends batches and notes how long the record was when each answer came. A checker then builds every prefix of that record,
and seeded samples of what may be left of the pages between two flushes, opens the stores of each as their daemons and `elpctl
verify` do, verifies chains, sums and positions, and looks for every acknowledgement given until then; some are computed again
from the journals as a whole (tests/support/crash_images.c). The same checker, told that no flush was ever called, must find an
image that does not hold: otherwise it sees nothing.

    crash_images.py [--seed S] [--batches N] [--samples N] [--every N]
"""

import argparse
import os
import random
import subprocess
import tempfile

from cell import BIN, SERVICES, Cell, run_claims, say
from facts import at
from workload import Workload

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
parser.add_argument("--batches", type=int, default=20)
parser.add_argument("--samples", type=int, default=2, help="for each flush")
parser.add_argument("--every", type=int, default=250, help="of which one is computed again from the journals")
options = parser.parse_args()
SUPPORT = BIN.parent / "tests" / "support"


def run_checker(*words):
    run = subprocess.run([SUPPORT / "crash_images", *[str(word) for word in words]], capture_output=True, text=True, check=False)
    print(run.stdout, run.stderr[-4000:] if run.returncode else "", sep="", flush=True)
    return run.returncode


say(f"seed {options.seed}: repeat with crash_images.py --seed {options.seed} --batches {options.batches} "
    f"--samples {options.samples} --every {options.every}")
with Cell() as cell:
    record, told = cell.folder / "record", cell.folder / "told"
    work = Workload(seed=options.seed)
    work.world.represent("integrator", "*")
    notes = []

    def note(number, principal, key):
        """The answer has come: what was flushed by now must hold it."""
        notes.append(f"{record.stat().st_size} {number} {principal} {key}\n")

    def the_cell_works_on_recorded_disks():
        library = SUPPORT / "libdisk_record.so"
        assert library.exists(), f"the shim {library} is not built: build the target disk_record"
        asan = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        cell.start(env={"LD_PRELOAD": str(library), "ELP_DISK_RECORD": str(record), "ASAN_OPTIONS": asan})
        cell.set_clock(at("2026-03-10"))
        cell.load_book()
        assert cell.index("2024", 2026, 172)[1].done
        cell.load_registry(work.world.text())
        chance = random.Random(options.seed)
        standing = []
        for batch in range(options.batches):
            for answer in cell.submit(work.lines(chance.choice((1, 2, 5, 12, 25)))):
                note(answer.verdict.number, "integrator", answer.key.decode())
                standing.extend([answer.verdict.id] if answer.verdict.id else [])
            if batch % 5 == 4:
                key = f"c-{batch}"
                reply = cell.cancel(standing.pop(chance.randrange(len(standing))), key.encode())
                assert reply.cancelled
                note(reply.number, "integrator", key)
            for service in SERVICES:
                note(cell.head(service), service, "-")
        cell.wait_caught_up()
        cell.stop()
        told.write_text("".join(notes))
        say(f"  {len(notes)} acknowledgements, {record.stat().st_size} bytes of record")

    def check(*more):
        """The images lie in memory where there is such a folder: their own flushes are not the point."""
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else cell.folder
        with tempfile.TemporaryDirectory(prefix="elp-images-", dir=place) as images:
            return run_checker(record, told, cell.dir, images, options.seed, options.samples, options.every, BIN / "elpctl", *more)

    def every_image_holds_what_was_acknowledged_until_then():
        assert check() == 0

    def without_flushes_some_image_would_not():
        assert check("--forget-flushes") == 0

    run_claims(the_cell_works_on_recorded_disks, every_image_holds_what_was_acknowledged_until_then,
               without_flushes_some_image_would_not)
