"""The commands of docs/security.md, and those of docs/operators.md that need no Docker, do what the pages say, typed as they stand.

Goal: nobody who follows the pages on a bad day finds a command that is gone or says something else.
Method: the pages' sh blocks are run in order by one shell in an empty folder. Two things alone are changed: the cell's ports,
because others run beside this test, and DIR, which the page leaves to the reader. deploy/compose-smoke does the same with
what the pages say about compose.
"""

import json
import os
import re
import subprocess

from cell import BIN, SERVICES, SOURCE, Cell, run_claims, wait_until

MARK = "--- the block is done ---"


def blocks(page):
    """{heading: its first sh block} of a page, and how many blocks there are."""
    text = (SOURCE / "docs" / page).read_text()
    matches = list(re.finditer(r"```sh\n(.*?)```", text, re.S))
    found = {}
    for match in matches:
        found.setdefault(re.findall(r"^#+ (.*)$", text[:match.start()], re.M)[-1], match.group(1))
    return found, len(matches)


class Shell:
    """One bash that is typed into. When nobody types any more, it ends and takes along the daemons that it started."""

    def __init__(self, folder):
        self.folder = folder
        environment = dict(os.environ, PATH=f"{BIN}:{os.environ['PATH']}")
        environment.pop("ELP_CELL", None)
        self.process = subprocess.Popen(["bash", "-eu", "-o", "pipefail"], cwd=folder, env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        start_new_session=True)
        self.type("trap 'trap - TERM EXIT; kill 0' EXIT")

    def type(self, commands):
        """What a block printed; fails when a command of it does, as -e ends the shell."""
        self.process.stdin.write(f"{commands}\necho '{MARK}'\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line.strip() == MARK:
                return "".join(printed)
            printed.append(line)
        raise AssertionError(f"of\n{commands}\nsomething failed:\n{''.join(printed)}")

    def close(self):
        self.process.stdin.close()
        self.process.stdout.read()
        self.process.wait(30)


def main():
    with Cell() as other:  # lends its ports and its folder; its own daemons never run
        folder = other.folder / "page"
        folder.mkdir()
        shell = Shell(folder)
        (security, count), (operators, _) = blocks("security.md"), blocks("operators.md")

        def log(service):
            return [json.loads(line) for line in (folder / "cell" / "log" / f"{service}.log").read_text().splitlines()]

        def principals_come_change_and_go():
            commands = security.pop("Principals")
            assert commands.count('cell create "$ELP_CELL"') == 1
            printed = shell.type(commands.replace('cell create "$ELP_CELL"',
                                                  f'cell create "$ELP_CELL" --port-base {other.port_base}'))
            assert "All four daemons run and stand at the same record" in printed
            assert printed.count("refused by: intake, rating, ledger, reporting") == 2, printed
            assert not (folder / "cell" / "allow" / "practice-software.pub").exists()

        def a_person_is_forgotten():
            printed = shell.type(security.pop("Forgetting a person"))
            assert "nobody is known by this national number" in printed and "nobody was ever given this number" in printed

        def stores_and_vault_are_backed_up_and_verified():
            commands = operators["Backing up"]
            assert commands.count("DIR/") == 1
            printed = shell.type(commands.replace("DIR/", '"$ELP_CELL"/backup/'))
            assert (folder / "cell" / "backup" / "2026-05-01" / "intake").is_dir(), printed
            assert (folder / "cell" / "vault-backup" / "2026-05-01").is_dir(), printed

        def the_master_key_is_rotated():
            before = (folder / "cell" / "keys" / "vault.master").read_text()
            shell.type("disown -a")  # a reader's shell has other jobs, or did not start intake
            shell.type(security.pop("Rotating the master key"))
            wait_until(lambda: any(line["event"] == "vault-rewrapped" for line in log("intake")), what="the log says so")
            keys = folder / "cell" / "keys"
            assert (keys / "vault.master").read_text() != before == (keys / "vault.master.previous").read_text()
            assert (keys / "vault.master").stat().st_mode & 0o777 == 0o600
            (keys / "vault.master.previous").unlink()
            shell.type("until elpctl health; do sleep 1; done")

        def every_line_of_every_log_is_an_object_with_the_same_head():
            for service in SERVICES:
                for line in log(service):
                    assert list(line)[:4] == ["at", "level", "service", "event"] and line["service"] == service, line
                assert any("head" in line for line in log(service)), f"{service} tells no record number"

        def no_other_block_is_left_out():
            assert not security and count == 3, f"not typed: {list(security)}; {count} blocks"

        try:
            run_claims(principals_come_change_and_go, a_person_is_forgotten, stores_and_vault_are_backed_up_and_verified,
                       the_master_key_is_rotated, every_line_of_every_log_is_an_object_with_the_same_head,
                       no_other_block_is_left_out)
        finally:
            shell.close()


main()
