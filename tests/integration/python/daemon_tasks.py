"""What a daemon's program does for its supervisor: keys, health, other folders and addresses, word to systemd.

Goal: a container or a unit needs nothing but the binaries: they make their keys, say how they are, and take their places
from options; each bad place is refused in one line.
Method: the programs themselves, on folders made by hand; exit codes and what is printed are read.
"""

import os
import shutil
import socket
import subprocess
import time

from cell import BIN, Cell, SERVICES, Session, run_claims, wait_until
from elp.v1 import envelope_pb2


def run(service, *words, timeout=30):
    """(exit code, what was printed) of a daemon's program that ends by itself."""
    done = subprocess.run([BIN / f"elp-{service}", *(str(word) for word in words)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout)
    return done.returncode, done.stdout + done.stderr


def lines(text):
    """What was said to a person: everything but the log."""
    return [line for line in text.splitlines() if not line.startswith("{")]


with Cell() as cell:
    keys, allow = cell.folder / "made-keys", cell.folder / "made-allow"
    keys.mkdir(mode=0o700)
    allow.mkdir()
    made = ("--cell", cell.dir, "--keys", keys, "--allow", allow)

    def each_daemon_makes_its_keys_and_only_intake_a_vaults_master():
        for service in SERVICES:
            code, said = run(service, "--make-keys", *made)
            assert code == 0 and said.startswith(f"elp-{service}: made ") and len(lines(said)) == 1, said
        assert sorted(path.name for path in keys.iterdir()) == [
            "intake.key", "ledger.key", "rating.key", "reporting.key", "vault.master"]
        assert sorted(path.name for path in allow.iterdir()) == [f"{service}.pub" for service in sorted(SERVICES)]
        for path in keys.iterdir():
            assert path.stat().st_mode & 0o777 == 0o600, path
        for path in allow.iterdir():
            assert path.stat().st_mode & 0o777 == 0o644 and "secret" not in path.read_text(), path

    def made_again_they_stay_and_a_making_that_was_cut_off_is_completed():
        before = {path: path.read_bytes() for folder in (keys, allow) for path in folder.iterdir()}
        (allow / "intake.pub").unlink()
        for service in SERVICES:
            code, said = run(service, "--make-keys", *made)
            assert code == 0 and said.startswith(f"elp-{service}: found "), said
        assert {path: path.read_bytes() for folder in (keys, allow) for path in folder.iterdir()} == before

    def keys_that_do_not_belong_together_are_refused_and_left_alone():
        public, secret = (allow / "rating.pub").read_bytes(), (keys / "rating.key").read_bytes()
        (allow / "rating.pub").write_bytes((allow / "ledger.pub").read_bytes())
        code, said = run("rating", "--make-keys", *made)
        assert code == 78 and "rating.pub" in said and len(lines(said)) == 1, said
        (allow / "rating.pub").write_bytes(public)
        (keys / "rating.key").unlink()
        code, said = run("rating", "--make-keys", *made)
        assert code == 78 and "rating.key" in said and len(lines(said)) == 1, said
        assert not (keys / "rating.key").exists()
        (keys / "rating.key").write_bytes(secret)
        (keys / "rating.key").chmod(0o644)
        code, said = run("rating", "--make-keys", *made)
        assert code == 78 and "chmod 600" in said, said
        (keys / "rating.key").chmod(0o600)
        code, said = run("rating", "--make-keys", "--cell", cell.dir, "--keys", cell.folder / "nowhere", "--allow", allow)
        assert code == 78 and len(lines(said)) == 1, said
        assert run("rating", "--make-keys", *made)[0] == 0

    def a_daemon_runs_on_folders_elsewhere():
        store = cell.folder / "store-elsewhere"
        vault = cell.folder / "vault-elsewhere"
        with open(cell.folder / "elsewhere.log", "wb") as log:
            daemon = subprocess.Popen([BIN / "elp-intake", *made, "--store", store, "--vault", vault], stdout=log, stderr=log,
                                      stdin=subprocess.DEVNULL)
        try:
            wait_until(lambda: run("intake", "--health", *made)[0] == 0, what="it says that it is well")
            assert (store / "data.mdb").exists() and (vault / "data.mdb").exists()
            # Keys of the cell's own folders mean nothing to it.
            code, said = run("intake", "--health", "--cell", cell.dir)
            assert code == 1 and len(lines(said)) == 1, said
            second = run("intake", *made, "--store", store)
            assert second[0] == 78 and "another process has it open" in second[1], second
        finally:
            daemon.terminate()
            assert daemon.wait(30) == 0

    def health_is_told_by_the_binary_and_asks_no_peer():
        cell.start("rating")
        code, said = run("rating", "--health", "--cell", cell.dir)
        assert (code, said) == (0, "elp-rating: running at record 0\n"), said
        code, said = run("intake", "--health", "--cell", cell.dir)
        assert code == 1 and said.startswith("elp-intake: no answer") and len(lines(said)) == 1, said
        cell.start("intake", "ledger", "reporting")
        for service in SERVICES:
            assert run(service, "--health", "--cell", cell.dir)[0] == 0

    def a_loop_that_stands_still_is_not_well_within_its_timeout():
        cell.daemons["ledger"].send_signal(19)  # SIGSTOP
        try:
            before = time.monotonic()
            code, said = run("ledger", "--health", "--cell", cell.dir)
            assert code == 1 and said.startswith("elp-ledger: no answer"), said
            assert time.monotonic() - before < 5, "the health check outlives the supervisor's patience"
            assert run("reporting", "--health", "--cell", cell.dir)[0] == 0
        finally:
            cell.daemons["ledger"].send_signal(18)
        wait_until(lambda: run("ledger", "--health", "--cell", cell.dir)[0] == 0, what="it is well again")

    def a_daemon_that_stopped_applying_says_so():
        # Another intake in the same place: its journal is not the one that rating has read.
        cell.set_clock("2026-02-02T09:00:00+01:00")
        cell.wait_caught_up()
        cell.stop("intake")
        cell.delete_store("intake")
        shutil.rmtree(cell.dir / "vault", ignore_errors=True)
        cell.start("intake")
        cell.set_clock("2026-03-02T09:00:00+01:00")
        wait_until(lambda: cell.health("rating").state == "stopped", what="rating notices")
        code, said = run("rating", "--health", "--cell", cell.dir)
        assert code == 1 and said.startswith("elp-rating: stopped at record ") and "rebuild" in said, said
        assert run("intake", "--health", "--cell", cell.dir)[0] == 0
        cell.stop()
        for service in SERVICES[1:]:
            cell.delete_store(service)

    def it_binds_where_listen_says():
        description = cell.dir / "cell.yaml"
        whole = description.read_text()
        description.write_text(whole.replace("clock: manual\n", 'clock: manual\nlisten: "127.0.0.9"\n'))
        cell.start("rating", wait=False)
        ports = [cell.port_base + 10, cell.port_base + 11]

        def open_at(address, port):
            with socket.socket() as probe:
                return probe.connect_ex((address, port)) == 0

        wait_until(lambda: all(open_at("127.0.0.9", port) for port in ports), what="it listens there")
        assert not any(open_at("127.0.0.1", port) for port in ports)
        cell.stop("rating")
        description.write_text(whole)

    def a_supervisor_hears_when_it_is_ready_alive_and_stopping():
        # As systemd does with Type=notify.
        where = str(cell.folder / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
            supervisor.bind(where)
            supervisor.settimeout(20)
            cell.start("reporting", wait=False, env={"NOTIFY_SOCKET": where})
            assert supervisor.recv(100) == b"READY=1"
            session = Session(cell, "reporting")
            assert session.request(envelope_pb2.Health(), timeout=5).state == "running"
            session.close()
            assert supervisor.recv(100) == b"WATCHDOG=1"
            assert supervisor.recv(100) == b"WATCHDOG=1"
            cell.daemons["reporting"].terminate()
            heard = b""
            while heard != b"STOPPING=1":
                heard = supervisor.recv(100)
                assert heard in (b"WATCHDOG=1", b"STOPPING=1"), heard
            assert cell.wait_ended("reporting") == 0
        for nobody in (where, "@nobody-listens", "not-a-path", "/" + "x" * 300):
            cell.start("reporting", env={"NOTIFY_SOCKET": nobody})
            cell.stop("reporting")

    def wrong_command_lines_say_what_is_wrong():
        code, said = run("ledger", "--helth")
        assert code == 64 and "unrecognized option" in said, said
        environment = {name: value for name, value in os.environ.items() if name != "ELP_CELL"}
        done = subprocess.run([BIN / "elp-ledger", "--health"], capture_output=True, text=True, env=environment)
        assert done.returncode == 78 and "--cell DIR" in done.stderr, done
        code, said = run("ledger", "--health", "--cell", cell.folder / "nowhere")
        assert code == 78 and "cell.yaml" in said and len(lines(said)) == 1, said

    run_claims(
        each_daemon_makes_its_keys_and_only_intake_a_vaults_master,
        made_again_they_stay_and_a_making_that_was_cut_off_is_completed,
        keys_that_do_not_belong_together_are_refused_and_left_alone,
        a_daemon_runs_on_folders_elsewhere,
        health_is_told_by_the_binary_and_asks_no_peer,
        a_loop_that_stands_still_is_not_well_within_its_timeout,
        a_daemon_that_stopped_applying_says_so,
        it_binds_where_listen_says,
        a_supervisor_hears_when_it_is_ready_alive_and_stopping,
        wrong_command_lines_say_what_is_wrong,
    )
