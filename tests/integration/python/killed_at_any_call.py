"""Killed at any call: whoever erases a person, makes a backup, puts one back or renews a key is killed right behind each of the
calls that change files, one after the other. The next start, or the same command once more, finds everything in order.

    killed_at_any_call.py [--step N] [--seed S]

The shim tests/support/kill_at.c counts the calls; every one of intake is tried with --step 1, else one of N, from a place that
the seed gives. What a cut of power leaves of each call is crash_images.py.
"""

import argparse
import os
import random
import shutil
import struct

from cell import BIN, Cell, NoAnswer, NotAllowed, Session, run_claims, say, wait_until
from facts import at
from whole import check_whole
from workload import Workload
from elp.v1 import envelope_pb2, intake_pb2

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--step", type=int, default=3, help="for the daemon; the commands are killed at each call")
parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
options = parser.parse_args()
CALLS_MAX = 2000
KILLED = -9

say(f"every {options.step}th call, seed {options.seed}")
with Cell() as cell:
    chance = random.Random(options.seed)
    work = Workload(seed=options.seed)
    work.world.represent("integrator", "*")
    library = BIN.parent / "tests" / "support" / "libkill_at.so"
    orders = {who: cell.folder / f"kill-{who}" for who in ("intake", "command")}
    asan = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))

    def arm(who, count):
        with open(orders[who], "wb" if not orders[who].exists() else "r+b") as file:
            file.write(struct.pack("=q", count))

    def left(who):
        return struct.unpack("=q", orders[who].read_bytes())[0]

    def env(who):
        return {"LD_PRELOAD": str(library), "ELP_KILL_AT": str(orders[who]), "ASAN_OPTIONS": asan}

    def calls(step=1):
        """Numbers of calls to be killed at; who tries them stops when the work needs fewer."""
        return range(1 + chance.randrange(step), CALLS_MAX, step)

    def command(count, *words):
        """Runs elpctl until its armed call, or to its end: then True."""
        arm("command", count)
        run = cell.elpctl(*words, env=env("command"))
        done = left("command") > 0
        assert run.code == (0 if done else KILLED), run
        return done

    def ask(message):
        """Intake's answer; NoAnswer as soon as it has ended."""
        session = Session(cell, "intake")
        try:
            request = session.send(message)
            while True:
                try:
                    return session.receive_reply(request, 0.05)
                except NoAnswer:
                    if not cell.running("intake"):
                        raise
        finally:
            session.close()

    def ends(action):
        """Has intake ended at the armed call? Else it did its work, and needs fewer calls than that."""
        answer = None
        try:
            answer = action()
        except (NoAnswer, NotAllowed):
            wait_until(lambda: not cell.running("intake"), what="intake is killed")
        if cell.running("intake"):
            try:
                ask(envelope_pb2.Health())  # its turn is over
            except (NoAnswer, NotAllowed):
                wait_until(lambda: not cell.running("intake"), what="intake is killed")
        ended = not cell.running("intake")
        assert ended == (left("intake") == 0), (ended, left("intake"))
        arm("intake", 0)
        if ended:
            assert cell.wait_ended("intake") == KILLED
            cell.start("intake", env=env("intake"))
        return ended, answer

    def a_cell_works():
        assert library.exists(), f"the shim {library} is not built: build the target kill_at"
        arm("intake", 0)
        cell.start("intake", env=env("intake"))
        cell.start("rating", "ledger", "reporting")
        cell.set_clock(at("2026-03-10"))
        cell.load_book()
        assert cell.index("2024", 2026, 172)[1].done
        cell.load_registry(work.world.text())
        cell.submit(work.lines(300, faulty=0))
        cell.wait_caught_up()

    def an_erasure_is_whole_or_has_not_begun():
        kept, erased, kills = {}, set(), 0
        last = max(person.person for record in cell.records("intake") for person in record.accepted.beneficiaries)
        numbers = iter(range(1, last))

        def erase(number):
            return ask(intake_pb2.ErasePerson(person=number, reason="asked for"))

        for count in calls(options.step):
            number = next(numbers)
            arm("intake", count)
            ended, answer = ends(lambda: erase(number))
            if answer:
                kept[number] = answer.number
            again = erase(number)
            assert again.known and again.number and kept.setdefault(number, again.number) == again.number, (count, again)
            erased.add(number)
            kills += ended
            if not ended:
                break
        recorded = [record.erased.person for record in cell.records("intake") if record.HasField("erased")]
        assert sorted(recorded) == sorted(erased), "each once"
        leftovers = [path.name for path in (cell.dir / "vault").iterdir()]
        assert sorted(leftovers) == ["data.mdb", "lock.mdb", "owner.lock"], leftovers
        say(f"  {kills} kills in erasures")

    def a_backup_is_whole_or_is_none():
        kills = 0
        for count in calls(options.step):
            name = f"b-{count}"
            folder = cell.dir / "backup" / name / "intake"
            arm("intake", count)
            ended, _ = ends(lambda: ask(envelope_pb2.Backup(name=name, run=count, wait_ms=5000)))
            kills += ended
            if not ended:
                break
            if not folder.exists():
                cell.do("backup", name, "intake")
            assert "sound" in cell.do("verify", folder, cell=False)
            assert [path.name for path in folder.parent.iterdir()] == ["intake"], "nothing is left of the first attempt"
        say(f"  {kills} kills in backups")

    def a_restore_is_whole_or_can_be_repeated():
        kills = 0
        cell.do("backup", "last", "intake")
        backup = cell.dir / "backup" / "last"
        for count in calls():
            store = cell.folder / "restored"
            shutil.rmtree(store, ignore_errors=True)
            words = ("restore", "intake", "--from", backup, "--store", store)
            done = command(count, *words)
            kills += not done
            if not (store / "data.mdb").exists():
                cell.do(*words)
            assert (store / "data.mdb").read_bytes() == (backup / "intake" / "data.mdb").read_bytes()
            if done:
                break
        say(f"  {kills} kills in restores")

    def a_key_is_the_old_one_or_the_new_one_after_the_command_is_repeated():
        kills = 0
        for count in calls():
            old = cell.keys("integrator")
            done = command(count, "keys", "rotate", "integrator")
            kills += not done
            if not done:
                cell.do("keys", "rotate", "integrator")
            assert cell.keys("integrator")[0] != old[0] and cell.keys("integrator")[0] == cell.public_key("integrator")
            if done:
                break
        assert sorted(path.name for path in (cell.dir / "keys").glob("integrator*")) == ["integrator.key"]
        for key in [key for key in cell.sessions if key[2] == "integrator"]:
            cell.sessions.pop(key).close()
        cell.submit(work.lines(5))
        say(f"  {kills} kills in rotations")

    def the_cell_is_whole():
        check_whole(cell)

    run_claims(a_cell_works, an_erasure_is_whole_or_has_not_begun, a_backup_is_whole_or_is_none,
               a_restore_is_whole_or_can_be_repeated,
               a_key_is_the_old_one_or_the_new_one_after_the_command_is_repeated, the_cell_is_whole)
