"""Stores and backups that are not what a daemon or a restore expects: each is refused in one line that says what to do, and not
a byte of it changes.

A store that another process has open, another daemon's, another cell's, of another clock, of a newer elp, cut short; a backup
of half a store, a changed one, another daemon's, another cell's, of another clock, of a newer elp.
"""

import hashlib
import shutil
import subprocess

from cell import BIN, SERVICES, Cell, run_claims, say
from facts import at
from workload import Workload

EXIT_STORE, EXIT_CONFIG = 73, 78  # docs/operators.md


def content(folder):
    """Every file below a folder with the hash of its bytes; lock files that only say who looked are left out."""
    return {str(path.relative_to(folder)): hashlib.blake2b(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in ("lock.mdb", "owner.lock")}


with Cell(name="alpha") as cell, Cell(name="beta") as other, Cell(clock="real", name="alpha") as real:
    work = Workload(seed=13)
    work.world.represent("integrator", "*")
    backup = cell.dir / "backup" / "monday"

    def refused(service, why, way_out, code=EXIT_CONFIG, of=cell, store=None, watch=None):
        """Starts a daemon that must end by itself, with one line, and change nothing."""
        watch = watch or store or of.store(service)
        before = content(watch)
        words = [BIN / f"elp-{service}", "--cell", of.dir, *(["--store", store] if store else [])]
        run = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
        assert run.returncode == code, (run.returncode, run.stderr)
        said = [line for line in run.stderr.splitlines() if not line.startswith("{")]
        assert len(said) == 1 and why in said[0] and way_out in said[0], run.stderr
        assert content(watch) == before, f"{watch} changed"
        say(f"  {said[0]}")

    def no_restore(source, why, way_out, service="intake", of=cell, store=None):
        """A restore that must end with one line; neither the place nor the backup changes."""
        store = store or cell.folder / "place"
        before = content(store), content(source)
        run = of.elpctl("restore", service, "--from", source, "--store", store)
        assert run.code != 0, run
        said = run.err.splitlines()
        assert len(said) == 1 and why in said[0] and way_out in said[0], run
        assert (content(store), content(source)) == before, run
        say(f"  {said[0]}")

    def three_cells_have_stores():
        for each in (cell, other, real):
            each.start()
        for each in (cell, other):
            each.set_clock(at("2026-03-10"))
        cell.load_book()
        cell.load_registry(work.world.text())
        cell.submit(work.lines(60))
        for each in (cell, other, real):
            each.wait_caught_up()
            each.do("backup", "monday")

    def a_volume_that_is_mounted_twice_has_one_daemon():
        for service in SERVICES:
            # Asked before the sockets: the second one could have ports of its own.
            refused(service, "another process has it open", "use another folder", of=cell)
        for service in SERVICES:
            assert cell.health(service).state == "running"
        cell.accept([line for line in work.lines(3, faulty=0)])
        cell.wait_caught_up()

    def a_store_of_another_daemon_cell_or_clock_is_refused():
        for each in (cell, other, real):
            each.stop()
        refused("ledger", "it holds the store of rating, not of ledger", "use the folder of ledger's own store",
                store=cell.store("rating"))
        refused("reporting", "it holds the store of intake", "use the folder of reporting's own store",
                store=cell.store("intake"))
        for service in SERVICES:
            refused(service, "it belongs to the cell \"alpha\", not to \"beta\"", "use the folder of this cell", of=other,
                    store=cell.store(service))
            refused(service, "stays simulated for ever", "set `clock: manual`", of=real, store=cell.store(service))
            refused(service, "it was written on the real clock", "set `clock: real`", of=cell, store=real.store(service))

    def a_store_that_was_cut_short_is_refused_and_stays_for_whoever_mends_it():
        for service, share in (("intake", 2), ("rating", 3), ("ledger", 2), ("reporting", 4)):
            place = cell.folder / f"cut-{service}"
            shutil.copytree(cell.store(service), place)
            data = place / "data.mdb"
            pages = data.stat().st_size // 4096 // share
            with open(data, "r+b") as file:
                file.truncate(4096 * max(pages, 3))
            refused(service, f"{place}/data.mdb cannot be read to its end", "put a backup in its place", code=EXIT_STORE, store=place)
        place = cell.folder / "noise"
        place.mkdir()
        (place / "data.mdb").write_bytes(b"n" * 65536)
        refused("rating", "is damaged", "put a backup in its place", code=EXIT_STORE, store=place)

    def half_a_backup_is_refused():
        half = cell.folder / "half"
        shutil.copytree(backup / "intake", half)
        (half / "backup.yaml").unlink()
        no_restore(half, "it has no backup.yaml, which is written last", "use another backup")
        shutil.copy(backup / "intake" / "backup.yaml", half)
        data = half / "data.mdb"
        whole = data.read_bytes()
        for size in (len(whole) // 2, len(whole) - 1, 0):
            data.write_bytes(whole[:size])
            no_restore(half, "is not what backup.yaml says", "use another backup")
        for place in (0, len(whole) // 3, len(whole) - 1):
            data.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1:])
            no_restore(half, "is not what backup.yaml says", "use another backup")
        data.unlink()
        no_restore(half, "cannot be read", "use another backup")
        (half / "backup.yaml").write_text("backup: \"monday\"\n")
        no_restore(half, "it is no description of a backup", "take another backup")

    def a_backup_of_another_daemon_cell_or_clock_or_of_a_newer_elp_is_refused():
        no_restore(backup / "rating", "it holds the store of rating, not of intake", "use the folder of intake's own store")
        no_restore(other.dir / "backup" / "monday", "it belongs to the cell \"beta\", not to \"alpha\"",
                   "use the folder of this cell")
        no_restore(real.dir / "backup" / "monday", "it was written on the real clock", "set `clock: real`")
        no_restore(backup, "stays simulated for ever", "set `clock: manual`", of=real)
        newer = cell.folder / "newer"
        shutil.copytree(backup / "intake", newer)
        text = (newer / "backup.yaml").read_text()
        (newer / "backup.yaml").write_text(text.replace("engine: 1", "engine: 2"))
        no_restore(newer, "it was written by a newer elp (engine 2; this one knows 1)", "start that version again")
        no_restore(backup, "\"audit\" is no daemon", "intake, rating, ledger or reporting", service="audit")

    def a_place_that_is_taken_is_left_alone():
        no_restore(backup, "holds a store", "move its data.mdb and lock.mdb away first", store=cell.store("intake"))
        cell.start("intake")
        no_restore(backup, "is in use", "stop elp-intake first", store=cell.store("intake"))
        cell.stop("intake")

    def after_all_that_the_cells_work_on():
        for each in (cell, other, real):
            each.start()
            each.wait_caught_up()
        cell.accept([line for line in work.lines(3, faulty=0)])
        cell.wait_caught_up()
        cell.stop()
        print(cell.do("verify", cell.dir), flush=True)

    run_claims(three_cells_have_stores, a_volume_that_is_mounted_twice_has_one_daemon,
               a_store_of_another_daemon_cell_or_clock_is_refused,
               a_store_that_was_cut_short_is_refused_and_stays_for_whoever_mends_it, half_a_backup_is_refused,
               a_backup_of_another_daemon_cell_or_clock_or_of_a_newer_elp_is_refused, a_place_that_is_taken_is_left_alone,
               after_all_that_the_cells_work_on)
