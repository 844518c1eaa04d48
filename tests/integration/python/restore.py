"""The drill of docs/operators.md: intake's disk is lost while the cell works, a backup made while it worked is put back.

What was acknowledged before the backup is there with its ids; what came after it is lost, is sent again and becomes new under
ids of another epoch; the daemons that had seen more stop, say so, and are rebuilt by one command; consumers begin again with a
snapshot. Nothing is doubled and no id is given twice. Then all four stores are lost, and the vault.
"""

import shutil
import stat
import subprocess
import threading

from cell import BIN, SERVICES, Cell, Refused, run_claims, say, wait_until
from consumer import Consumer
from facts import at
from whole import check_whole
from workload import Workload
from elp.v1 import envelope_pb2, intake_pb2, journal_pb2, reporting_pb2

DOWNSTREAM = SERVICES[1:]
DUPLICATE, NEW = intake_pb2.LINE_RESULT_DUPLICATE, intake_pb2.LINE_RESULT_NEW

with Cell() as cell:
    work = Workload(seed=11)
    work.world.represent("integrator", "*")
    before, lost = {}, {}   # key: Verdict; acknowledged before the backup, and after it
    lines = {}              # key: line
    epochs = []
    consumers = []
    backup = cell.dir / "backup" / "monday"

    def send(count, into):
        batch = work.lines(count)
        for line, answer in zip(batch, cell.submit(batch)):
            assert answer.result == NEW, answer
            lines[line.key], into[line.key] = line, answer.verdict

    def send_again(keys):
        """{key: LineVerdict} of acknowledged lines, sent once more."""
        return {answer.key: answer for answer in cell.submit([lines[key] for key in keys])}

    def supervised(*words):
        """Runs elpctl while ended daemons are started again, as a supervisor does."""
        command = subprocess.Popen([BIN / "elpctl", *words, "--cell", cell.dir], stdout=subprocess.PIPE, text=True)
        while command.poll() is None:
            for service in SERVICES:
                if service in cell.daemons and cell.daemons[service].poll() is not None:
                    say(f"  {service} ended with {cell.daemons[service].returncode} and is started again")
                    cell.start(service)
            try:
                command.wait(0.05)
            except subprocess.TimeoutExpired:
                pass
        assert command.returncode == 0, command.stdout.read()
        return command.stdout.read()

    def the_cell_works():
        cell.start()
        cell.set_clock(at("2026-03-10"))
        cell.load_book()
        assert cell.index("2024", 2026, 172)[1].done
        cell.load_registry(work.world.text())
        consumers.append(Consumer(cell, ["N1", "N2"]))
        send(120, before)
        for place, verdict in enumerate([verdict for verdict in before.values() if verdict.id][:10]):
            assert cell.cancel(verdict.id, f"c-{place}".encode()).cancelled

    def a_backup_is_made_while_lines_come_in():
        stopping = threading.Event()
        during = {}

        def load():
            while not stopping.is_set():
                send(20, during)

        thread = threading.Thread(target=load)
        thread.start()
        try:
            wait_until(lambda: during, what="lines are acknowledged")
            count = len(during)
            print(cell.do("backup", "monday"), flush=True)
            wait_until(lambda: len(during) > count, what="lines are acknowledged after the backup began")
        finally:
            stopping.set()
            thread.join()
        head = int(next(line.split()[1] for line in (backup / "intake" / "backup.yaml").read_text().splitlines()
                        if line.startswith("head:")))
        for key, verdict in during.items():
            (before if verdict.number <= head else lost)[key] = verdict
        say(f"  {len(during)} lines meanwhile, {sum(key in before for key in during)} of them are in the backup")

    def it_is_whole_and_nobody_else_can_read_it():
        for service in SERVICES:
            folder = backup / service
            assert sorted(path.name for path in folder.iterdir()) == ["backup.yaml", "data.mdb"]
            for path in (backup, folder):
                assert stat.S_IMODE(path.stat().st_mode) == 0o700
            for path in folder.iterdir():
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
        print(cell.do("verify", backup), flush=True)
        again = cell.elpctl("backup", "monday")
        assert again.code == 1 and "choose another name" in again.err, again
        assert cell.elpctl("backup", "../monday").code == 2
        try:
            cell.request("intake", envelope_pb2.Backup(name="../monday", run=1))
            raise AssertionError("a path was taken for a name")
        except Refused as refused:
            assert refused.code == "malformed" and refused.field == "name"

    def more_is_acknowledged_and_then_intake_loses_its_disk():
        send(80, lost)
        cell.wait_caught_up()
        epochs.append(cell.health("intake").epoch)
        refused = cell.elpctl("restore", "intake", "--from", backup)
        assert refused.code == 1 and "stop elp-intake first" in refused.err, refused
        cell.kill("intake")
        refused = cell.elpctl("restore", "intake", "--from", backup)
        assert refused.code == 1 and "holds a store" in refused.err, refused
        cell.delete_store("intake")

    def the_backup_is_put_back_into_another_folder_and_intake_begins_a_new_epoch():
        moved = cell.folder / "moved" / "intake"
        moved.parent.mkdir()
        print(cell.do("restore", "intake", "--from", backup, "--store", moved), flush=True)
        cell.arguments["intake"] = ["--cell", cell.dir, "--store", moved]
        cell.start("intake")
        health = cell.health("intake")
        epochs.append(health.epoch)
        assert epochs[0] != epochs[1]
        record = journal_pb2.IntakeRecord.FromString(cell.journal("intake")[-1])
        assert record.restored.epoch == epochs[1] and record.restored.backup == "monday", record
        assert record.restored.previous == 1
        cell.restart("intake")
        assert cell.health("intake").epoch == epochs[1] and cell.head("intake") == record.number, "renewed once only"

    def who_had_seen_more_stops_and_says_so():
        for service in DOWNSTREAM:
            wait_until(lambda: cell.health(service).state == "stopped", what=f"{service} notices")
            assert "elpctl rebuild" in cell.health(service).reason
            assert '"event":"diverged"' in cell.log(service)
        health = cell.elpctl("health")
        assert health.code == 1 and "stopped" in health.out, health
        assert cell.request("reporting", reporting_pb2.SnapshotQuery()).stale
        try:
            cell.request("rating", envelope_pb2.JournalFetch(), as_="ledger", journal=True)
            raise AssertionError("rating gave its journal to the ledger")
        except Refused as refused:
            assert refused.code == "stale"
        refused = cell.elpctl("rebuild", "intake")
        assert refused.code == 2, refused

    def one_command_rebuilds_them():
        print(supervised("rebuild"), flush=True)
        for service in DOWNSTREAM:
            assert cell.health(service).epoch == epochs[1]
            assert (cell.store(service) / "data.mdb.aside").exists()
        check_whole(cell)
        assert "nothing to rebuild" in cell.do("rebuild")
        try:
            cell.request("ledger", envelope_pb2.Rebuild())
            raise AssertionError("a daemon that follows was rebuilt")
        except Refused as refused:
            assert refused.code == "wrong-order"

    def what_was_in_the_backup_has_its_verdicts_and_ids():
        for key, answer in send_again(before).items():
            assert answer.result == DUPLICATE and answer.verdict == before[key], (answer, before[key])
            assert not answer.verdict.id or answer.verdict.id.startswith(epochs[0])

    def what_was_lost_is_new_once_and_gets_ids_that_nobody_had():
        taken = {verdict.id for verdict in (*before.values(), *lost.values()) if verdict.id}
        for verdict in lost.values():
            if verdict.id:
                reply = cell.cancel(verdict.id, b"lost-" + verdict.id.encode())
                assert not reply.cancelled and reply.refusal.code == "not-found", reply
        first = send_again(lost)
        again = send_again(lost)
        for key, answer in first.items():
            assert answer.result == NEW and answer.verdict.id not in taken, answer
            assert bool(answer.verdict.id) == bool(lost[key].id)
            assert not answer.verdict.id or answer.verdict.id.startswith(epochs[1])
            assert again[key].result == DUPLICATE and again[key].verdict == answer.verdict
            before[key] = answer.verdict
        say(f"  {len(lost)} lines were lost and sent again")
        lost.clear()
        check_whole(cell)

    def the_consumer_began_again_and_has_every_event_once():
        consumer, = consumers
        wanted = consumer.wait_complete()
        assert consumer.restores == 1 and consumer.epoch == epochs[1]
        for topic, counter in wanted.items():
            seen = [event.counter for event in consumer.taken if f"{event.network}/{event.kind}" == topic]
            assert seen == list(range(consumer.start_counters.get(topic, 0) + 1, counter + 1)), (topic, seen)
        stored = {event.attestation for event in cell.events() if event.kind == "attestation.accepted"}
        assert stored == {verdict.id for verdict in before.values() if verdict.id}

    def no_consumer_notices_that_reporting_is_filled_again():
        consumer, = consumers
        cell.stop("reporting")
        cell.delete_store("reporting")
        cell.start("reporting")
        cell.wait_caught_up()
        send(30, before)
        wanted = consumer.wait_complete()
        assert consumer.restores == 1
        assert all(consumer.counters[topic] == counter for topic, counter in wanted.items())
        assert len({(event.number, event.index) for event in consumer.taken}) == len(consumer.taken)

    def what_verify_does_not_look_at_is_said_with_the_way_out():
        vaults = cell.dir / "vault-backup" / "tuesday"
        for folder in (vaults, vaults / "vault", f"{vaults}/vault/"):
            told = cell.elpctl("verify", folder, cell=False)
            way_out = f"elpctl restore vault --from {folder} --store DIR"
            assert told.code == 5 and way_out in told.err and told.err.count("\n") == 1, told
        told = cell.elpctl("verify", cell.dir / "log", cell=False)
        assert told.code == 5 and "there is no store in" in told.err and "backup/NAME" in told.err, told
        # What it says does check a backup of the vault.
        damaged = cell.folder / "damaged"
        shutil.copytree(vaults, damaged)
        data = bytearray((damaged / "vault" / "data.mdb").read_bytes())
        data[-1] ^= 1
        (damaged / "vault" / "data.mdb").write_bytes(data)
        cell.do("restore", "vault", "--from", vaults, "--store", cell.folder / "looked-at")
        told = cell.elpctl("restore", "vault", "--from", damaged, "--store", cell.folder / "looked-at-too")
        assert told.code == 1 and "is not what backup.yaml says" in told.err, told

    def all_four_come_back_from_one_backup_without_a_rebuild():
        """A copy of a store says inside that it is one: put there by hand it also begins a new epoch."""
        cell.do("backup", "tuesday")
        cell.do("backup", "tuesday", "vault")
        intakes = cell.folder / "moved" / "backup" / "tuesday" / "intake"  # beside its store
        print(cell.do("verify", cell.dir / "backup" / "tuesday", intakes), flush=True)
        what_verify_does_not_look_at_is_said_with_the_way_out()
        cell.kill()
        cell.arguments["intake"] = ["--cell", cell.dir]
        for service in DOWNSTREAM:
            cell.delete_store(service)
            cell.do("restore", service, "--from", cell.dir / "backup" / "tuesday")
        shutil.rmtree(cell.store("intake"), ignore_errors=True)
        cell.store("intake").mkdir()
        shutil.copy(intakes / "data.mdb", cell.store("intake"))
        shutil.rmtree(cell.dir / "vault")
        print(cell.do("restore", "vault", "--from", cell.dir / "vault-backup" / "tuesday"), flush=True)
        cell.start()
        cell.wait_caught_up()
        epochs.append(cell.health("intake").epoch)
        assert len(set(epochs)) == 3
        for service in DOWNSTREAM:
            assert cell.health(service).state == "running" and cell.health(service).epoch == epochs[2]
        for key, answer in send_again(before).items():
            assert answer.result == DUPLICATE and answer.verdict == before[key], answer
        send(30, before)
        check_whole(cell)

    try:
        run_claims(the_cell_works, a_backup_is_made_while_lines_come_in, it_is_whole_and_nobody_else_can_read_it,
                   more_is_acknowledged_and_then_intake_loses_its_disk,
                   the_backup_is_put_back_into_another_folder_and_intake_begins_a_new_epoch,
                   who_had_seen_more_stops_and_says_so, one_command_rebuilds_them,
                   what_was_in_the_backup_has_its_verdicts_and_ids,
                   what_was_lost_is_new_once_and_gets_ids_that_nobody_had,
                   the_consumer_began_again_and_has_every_event_once,
                   no_consumer_notices_that_reporting_is_filled_again,
                   all_four_come_back_from_one_backup_without_a_rebuild)
    finally:
        for consumer in consumers:
            consumer.stopping.set()
            consumer.join()
