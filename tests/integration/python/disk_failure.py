"""A disk that fails: a flush or a write that does not come through ends the daemon before any acknowledgement.

Every call through which a commit reaches the disk fails in every way (pitfalls §7.2), under intake and under a daemon
downstream. What was acknowledged stays; what was not is not there; the client's resend is accepted exactly once.
"""

from cell import Cell, NoAnswer, Session, run_claims, say
from disk import Disk
from facts import at
from whole import check_whole
from workload import Workload
from elp.v1 import envelope_pb2, intake_pb2

EXIT_STORE, EXIT_FULL = 73, 74  # docs/operators.md
CASES = [("fdatasync", "EIO", EXIT_STORE), ("fdatasync", "ENOSPC", EXIT_FULL), ("pwrite", "EIO", EXIT_STORE),
         ("pwrite", "ENOSPC", EXIT_FULL), ("pwrite", "SHORT", EXIT_STORE), ("meta", "EIO", EXIT_STORE),
         ("meta", "ENOSPC", EXIT_FULL), ("meta", "SHORT", EXIT_STORE)]

with Cell() as cell:
    disks = {service: Disk(cell, service) for service in ("intake", "rating", "ledger", "reporting")}
    work = Workload(seed=3)
    work.world.represent("integrator", "*")
    for service, disk in disks.items():
        cell.start(service, env=disk.env, wait=False)
    for service in disks:
        cell.wait_answering(service)
    cell.set_clock(at("2026-03-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(work.world.text())

    def answers(lines):
        return {answer.key: (answer.result, answer.verdict) for answer in cell.submit(lines)}

    def each_acknowledged_turn_flushed_data_and_meta_page():
        before = disks["intake"].counts()
        for _ in range(20):
            cell.submit(work.lines(3))
        after = disks["intake"].counts()
        grown = {call: after[call] - before[call] for call in after}
        say(f"  20 batches, one after the other: {grown}")
        assert grown["fdatasync"] >= 20 and grown["meta"] >= 20 and grown["pwrite"] >= 20 and not grown["obeyed"]

    def questions_and_dry_runs_write_nothing():
        cell.wait_caught_up()
        before = {service: disk.counts() for service, disk in disks.items()}
        cell.submit(work.lines(3), dry_run=True)
        cell.budget("N1", 2026)
        cell.heads()
        assert {service: disk.counts() for service, disk in disks.items()} == before

    def intake_ends_before_any_acknowledgement():
        disk = disks["intake"]
        vault = [(call, what, code, "/vault/") for call, what, code in CASES if what == "EIO"]
        for call, what, code, where in [(*case, None) for case in CASES] + vault:
            acknowledged, unanswered = work.lines(5), work.lines(5)
            first = answers(acknowledged)
            head = cell.head("intake")
            obeyed = disk.counts()["obeyed"]
            disk.order(call, what, where)
            session = Session(cell, "intake", "integrator")
            session.send(intake_pb2.SubmitBatch(lines=unanswered))
            assert cell.wait_ended("intake") == code, (call, what)
            try:
                raise AssertionError(f"{call} {what}: acknowledged: {session.receive(timeout=0.1)}")
            except NoAnswer:
                pass
            session.close()
            assert disk.counts()["obeyed"] > obeyed, "the shim was not hit"
            disk.heal()
            cell.start("intake", env=disk.env)
            assert cell.head("intake") == head, f"{call} {what}: head {cell.head('intake')}, acknowledged {head}"
            for key, (result, verdict) in answers(acknowledged).items():
                assert result == intake_pb2.LINE_RESULT_DUPLICATE and verdict == first[key][1]
            sent = answers(unanswered)
            assert {result for result, _ in sent.values()} == {intake_pb2.LINE_RESULT_NEW}
            again = answers(unanswered)
            assert {result for result, _ in again.values()} == {intake_pb2.LINE_RESULT_DUPLICATE}
            assert {key: verdict for key, (_, verdict) in again.items()} == {
                key: verdict for key, (_, verdict) in sent.items()}
            say(f"  {call} {what}{' under the vault' if where else ''}: ended with {code}, head still {head}, the resend was new once")

    def a_daemon_downstream_ends_and_goes_on_where_it_was():
        for service, (call, what, code) in zip(("rating", "ledger", "reporting", "reporting"), CASES[::2]):
            disk = disks[service]
            cell.wait_caught_up()
            head = cell.head(service)
            disk.order(call, what)
            cell.submit(work.lines(5))
            assert cell.wait_ended(service) == code, (service, call, what)
            assert disk.counts()["obeyed"] > 0
            disk.heal()
            cell.kill("intake")  # so that the head is seen before it goes on
            cell.start(service, env=disk.env)
            stood = cell.request(service, envelope_pb2.Health()).head
            assert stood == head, f"{service} {call} {what}: head {stood}, not {head}"
            cell.start("intake", env=disks["intake"].env)
            cell.wait_caught_up()
            say(f"  {service}: {call} {what}: ended with {code}, went on from {head}")

    def an_upstream_page_is_never_ahead_of_its_commit():
        """Killed right after each commit of rating: the ledger never holds an answer that rating has not."""
        for _ in range(2):
            disks["rating"].order("meta", "KILL")
            cell.submit(work.lines(5))
            assert cell.wait_ended("rating") == -9
            assert cell.head("ledger") <= cell.head("intake")
            disks["rating"].heal()
            cell.start("rating", env=disks["rating"].env)
            cell.wait_caught_up()

    def the_cell_is_whole():
        check_whole(cell)

    run_claims(each_acknowledged_turn_flushed_data_and_meta_page, questions_and_dry_runs_write_nothing,
               intake_ends_before_any_acknowledgement, a_daemon_downstream_ends_and_goes_on_where_it_was,
               an_upstream_page_is_never_ahead_of_its_commit, the_cell_is_whole)
