"""No room: a full disk, a full map, no memory. Nothing is acknowledged that is not kept; whoever cannot go on says `busy`, or ends
with its exit code and is started again; when there is room again the cell goes on by itself.

disk_failure.py has the disk that fails at a single call. The disks here are real ones of memory; where this process may mount
none, that part says that it is skipped.
"""

import os
import random
import struct

from cell import BIN, SERVICES, Cell, NoAnswer, NotAllowed, Refused, Session, run_claims, say, wait_until
from facts import at
from small_disk import SmallDisks
from whole import check_whole
from workload import Workload
from elp.v1 import envelope_pb2, intake_pb2

EXIT_MEMORY, EXIT_STORE, EXIT_FULL = 71, 73, 74  # docs/operators.md
FULL = (EXIT_FULL, EXIT_STORE)  # a write of which a part still fitted is told as a failed one
DUPLICATE, NEW = intake_pb2.LINE_RESULT_DUPLICATE, intake_pb2.LINE_RESULT_NEW
MEBIBYTE = 1 << 20


def begin(cell, work):
    """Starts the cell and loads what the workload needs."""
    cell.start()
    cell.set_clock(at("2026-03-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(work.world.text())


def new_work(seed):
    work = Workload(seed=seed)
    work.world.represent("integrator", "*")
    return work


def settled(cell, service):
    """Has a daemon ended, or answered everything?"""
    try:
        return not cell.running(service) or cell.request(service, envelope_pb2.Health(), timeout=0.5).head >= cell.head("intake")
    except (NoAnswer, NotAllowed, Refused):
        return False  # who had no memory to read the allowed keys allows nobody until the next second


def send(cell, lines, kept, timeout=10.0):
    """Sends a batch; notes the verdicts when it is answered. "answered", "busy", or "silent" when the daemon ended instead."""
    session = Session(cell, "intake", "integrator")
    try:
        request = session.send(intake_pb2.SubmitBatch(lines=lines), timeout)
        reply = None
        while reply is None:
            try:
                reply = session.receive_reply(request, 0.1)
            except NoAnswer:
                if not cell.running("intake"):
                    return "silent"
        for answer in reply.lines:
            assert answer.key not in kept or kept[answer.key] == answer.verdict
            kept[answer.key] = answer.verdict
        return "answered"
    except Refused as refused:
        assert refused.code in ("busy", "denied"), refused
        return refused.code
    except (NoAnswer, NotAllowed):
        return "silent"
    finally:
        session.close()


def check_kept(cell, kept, batches):
    """What was acknowledged is there, as it was; all batches together, sent once more, are there once."""
    lines = {line.key: line for batch in batches for line in batch}
    for answer in cell.submit([lines[key] for key in kept]):
        assert answer.result == DUPLICATE and answer.verdict == kept[answer.key], answer
    cell.submit(list(lines.values()))
    assert {answer.result for answer in cell.submit(list(lines.values()))} == {DUPLICATE}
    check_whole(cell)


# --- a full disk

def full_disks():
    with Cell() as cell:
        disks = SmallDisks(cell, {"intake": 160 * 1024, "rating": 6144, "ledger": 6144, "reporting": 6144})
        work, kept, batches = new_work(21), {}, []

        def submit(count):
            batches.append(work.lines(count))
            return send(cell, batches[-1], kept)

        def a_cell_works_on_small_disks():
            begin(cell, work)
            assert submit(40) == "answered"
            cell.wait_caught_up()

        def intake_says_busy_before_its_disk_is_full_and_goes_on_when_there_is_room():
            pid = cell.daemons["intake"].pid
            for leave in (50 * MEBIBYTE, 0):
                disks.fill("intake", leave)
                head = cell.head("intake")
                assert submit(5) == "busy" and submit(5) == "busy"
                assert cell.head("intake") == head
                query = intake_pb2.AttestationQuery(key=batches[0][0].key)
                assert cell.request("intake", query, as_="integrator").verdict.number, "questions are answered"
                disks.clear("intake")
                assert submit(5) == "answered"
            assert cell.daemons["intake"].pid == pid and cell.running("intake"), "it was not started again"

        def intake_started_on_a_full_disk_ends_with_the_code_that_says_so_and_goes_on_when_there_is_room():
            head = cell.head("intake")
            cell.stop("intake")
            disks.fill("intake")
            for _ in range(3):
                cell.start("intake", wait=False)  # a supervisor does so again and again
                code = cell.wait_ended("intake")
                assert code == EXIT_FULL, (code, cell.log("intake")[-1000:])
            disks.clear("intake")
            cell.start("intake")
            assert cell.head("intake") == head and submit(5) == "answered"

        def a_backup_that_has_no_room_says_so_and_stops_nothing():
            cell.arguments["intake"] = ["--cell", cell.dir, "--backup", cell.store("intake") / "backup"]
            cell.restart("intake")
            disks.fill("intake", 60 * MEBIBYTE)
            failed = cell.elpctl("backup", "monday", "intake")
            assert failed.code == 1 and "no room in" in failed.err and "nothing is left of it" in failed.err, failed
            disks.clear("intake")
            cell.do("backup", "monday", "intake")

        def a_daemon_downstream_ends_and_goes_on_when_there_is_room():
            for service in SERVICES[1:]:
                cell.wait_caught_up()
                disks.fill(service)
                head, acknowledged = cell.head(service), 0
                while cell.running(service):
                    assert submit(25) == "answered", "intake is not kept waiting by a daemon downstream"
                    acknowledged += 25
                    assert acknowledged < 2000
                    wait_until(lambda: settled(cell, service), 20, f"{service} has ended or caught up")
                code = cell.wait_ended(service)
                assert code in FULL, code
                ended = []
                while len(ended) < 3:
                    cell.start(service, wait=False)  # a supervisor does so again and again
                    ended.append(cell.wait_ended(service))
                assert set(ended) <= set(FULL), ended
                disks.clear(service)
                cell.start(service)
                cell.wait_caught_up()
                say(f"  {service}: ended with {code} at {head} and more, then with {ended}, then went on")

        def nothing_is_lost_or_doubled():
            check_kept(cell, kept, batches)

        if not disks.available:
            say("skipped: this process may make no mount namespace, so no disk can be filled")
            return
        try:
            run_claims(a_cell_works_on_small_disks,
                       intake_says_busy_before_its_disk_is_full_and_goes_on_when_there_is_room,
                       intake_started_on_a_full_disk_ends_with_the_code_that_says_so_and_goes_on_when_there_is_room,
                       a_backup_that_has_no_room_says_so_and_stops_nothing,
                       a_daemon_downstream_ends_and_goes_on_when_there_is_room, nothing_is_lost_or_doubled)
        finally:
            cell.kill()
            disks.close()


# --- a full map

def full_maps():
    with Cell() as cell:
        work, kept, batches = new_work(22), {}, []

        def limit(service, mebibytes):
            cell.arguments[service] = ["--cell", cell.dir, "--map-mib", str(mebibytes)]

        def intakes_map_fills_up():
            limit("intake", 1)
            begin(cell, work)
            outcomes = []
            for _ in range(400):
                batches.append(work.lines(8))
                outcomes.append(send(cell, batches[-1], kept))
                if outcomes[-1] == "silent":
                    assert cell.wait_ended("intake") == EXIT_FULL
                    cell.start("intake")
                if outcomes[-2:] == ["busy", "busy"]:
                    break
            say(f"  {outcomes.count('answered')} batches answered, {outcomes.count('busy')} busy, "
                f"{outcomes.count('silent')} times ended with {EXIT_FULL}")
            assert outcomes[-1] == "busy" and outcomes.count("answered") > 5
            assert cell.health("intake").map_bytes == MEBIBYTE

        def a_turn_larger_than_what_is_left_of_the_map_is_never_acknowledged():
            """Below 85 % a turn begins; one that goes beyond the map ends the daemon, which comes back as it was."""
            limit("intake", 2)
            cell.restart("intake")
            while cell.health("intake").map_used_bytes < 2 * MEBIBYTE * 80 // 100:
                batches.append(work.lines(40))
                assert send(cell, batches[-1], kept) == "answered"
            head = cell.head("intake")
            batches.append(work.lines(950))
            outcome = send(cell, batches[-1], kept)
            assert outcome == "silent" and cell.wait_ended("intake") == EXIT_FULL, outcome
            cell.start("intake")
            assert cell.head("intake") == head

        def downstream_maps_fill_up():
            limit("intake", 64)
            cell.restart("intake")
            cell.wait_caught_up()
            for service in SERVICES[1:]:
                limit(service, 1)
                cell.restart(service)
            ended = {}
            while len(ended) < 3:
                batches.append(work.lines(50))
                assert send(cell, batches[-1], kept) == "answered"
                for service in SERVICES[1:]:
                    if service not in ended and not cell.running(service):
                        ended[service] = cell.wait_ended(service)
                assert len(batches) < 400
            assert set(ended.values()) == {EXIT_FULL}, ended
            for service in SERVICES[1:]:
                limit(service, 64)
                cell.start(service)

        def with_larger_maps_everything_is_there_once():
            check_kept(cell, kept, batches)

        run_claims(intakes_map_fills_up, a_turn_larger_than_what_is_left_of_the_map_is_never_acknowledged,
                   downstream_maps_fill_up, with_larger_maps_everything_is_there_once)


# --- no memory

def no_memory():
    with Cell() as cell:
        work, kept, batches = new_work(23), {}, []
        library = BIN.parent / "tests" / "support" / "libmemory_fault.so"
        order = cell.folder / "memory"
        asan = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        env = {"LD_PRELOAD": str(library), "ELP_MEMORY_FAULT": str(order), "ASAN_OPTIONS": asan}

        def grant(count):
            """So many allocations from now on; below 0: all."""
            with open(order, "r+b") as file:
                file.write(struct.pack("=q", count))

        def a_cell_works_without_limit():
            assert library.exists(), f"the shim {library} is not built: build the target memory_fault"
            order.write_bytes(struct.pack("=q", -1))
            for service in SERVICES:
                cell.start(service, env=env, wait=False)
            for service in SERVICES:
                cell.wait_answering(service)
            cell.set_clock(at("2026-03-10"))
            cell.load_book()
            assert cell.index("2024", 2026, 172)[1].done
            cell.load_registry(work.world.text())

        def whoever_gets_no_memory_ends_without_a_false_word_and_goes_on_later():
            """All four share what is granted; whoever asks for more ends."""
            chance = random.Random(23)
            ended = {}
            for round_ in range(9):
                wait_until(lambda: all(settled(cell, service) for service in SERVICES), what="all have caught up")
                batches.append(work.lines(10))
                grant(chance.randrange(4 << round_ // 2))
                send(cell, batches[-1], kept)
                wait_until(lambda: not all(cell.running(service) for service in SERVICES) or
                           all(settled(cell, service) for service in SERVICES), what="somebody asks for more")
                grant(-1)
                for service in SERVICES:
                    if not cell.running(service):
                        code = cell.wait_ended(service)
                        assert code == EXIT_MEMORY, (service, code, cell.log(service)[-2000:])
                        ended[service, code] = ended.get((service, code), 0) + 1
                        cell.start(service, env=env)
            say(f"  ended: { {f'{service} {code}': count for (service, code), count in sorted(ended.items())} }")
            assert any(service == "intake" for service, _ in ended)

        def nothing_is_lost_or_doubled():
            check_kept(cell, kept, batches)

        run_claims(a_cell_works_without_limit, whoever_gets_no_memory_ends_without_a_false_word_and_goes_on_later,
                   nothing_is_lost_or_doubled)


full_disks()
full_maps()
no_memory()
