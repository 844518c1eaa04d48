"""elpctl verify finds what somebody changed who may write the stores' files, and mended the hashes behind it.

Flipped bits in the bytes of a journal are tests/unit/test_ctl_store_chain.c. Here the files are sound in themselves: a row of a
balance, a statistic or a tariff was changed through LMDB; a record was changed and the whole chain behind it computed anew; the
end of a journal was taken away. What the rules give from the journals says so, or what a reader knows of its upstream; without
those at hand the command says that it has not looked.
"""

import json
import random
import shutil
import subprocess

from cell import BIN, SERVICES, Cell, run_claims, say
from facts import at
from workload import Workload

TAMPER = BIN.parent / "tests" / "support" / "tamper"
ROWS = {"rating": ("columns", "books", "clock"), "ledger": ("balances", "accounts", "standings", "books", "payees"),
        "reporting": ("statistics", "topic-events", "networks", "budgets")}

with Cell() as cell:
    work = Workload(seed=31)
    work.world.represent("integrator", "*")
    whole, place = cell.folder / "whole", cell.folder / "changed"
    chance = random.Random(31)

    def tamper(service, *words):
        """A copy of the backup with a change in one store; what the changing program counted."""
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(whole, place)
        run = subprocess.run([TAMPER, place / service, *[str(word) for word in words]], capture_output=True, text=True, check=False)
        assert run.returncode == 0, run
        return int(run.stdout)

    def found(service, *folders):
        """What verify says of the one store that it must call broken."""
        run = cell.elpctl("verify", *(folders or [place]), "--json", cell=False)
        assert run.code == 1, run
        told = json.loads(run.out)
        broken = {store["service"]: store["broken"] for store in told["stores"] if not store["sound"]}
        assert not told["sound"] and service in broken, told
        return broken[service]

    def a_cell_has_worked():
        cell.start()
        cell.set_clock(at("2026-03-10"))
        cell.load_book()
        assert cell.index("2024", 2026, 172)[1].done
        cell.load_registry(work.world.text())
        accepted = [answer.verdict.id for answer in cell.submit(work.lines(60)) if answer.verdict.id]
        for number, attestation in enumerate(accepted[:5]):
            assert cell.cancel(attestation, f"c-{number}".encode()).cancelled
        cell.wait_caught_up()
        cell.do("backup", "whole")
        cell.stop()
        shutil.copytree(cell.dir / "backup" / "whole", whole)
        told = json.loads(cell.do("verify", whole, "--json", cell=False))
        assert told["sound"] and [store["computed_again"] for store in told["stores"]] == ["-", "the same", "the same", "the same"]

    def a_changed_row_of_any_table_is_found():
        for service, tables in ROWS.items():
            for table in tables:
                number, seed = chance.randrange(1 << 16), chance.randrange(1 << 16)
                count = tamper(service, "row", table, number, seed)
                said = found(service)
                assert f"table {table}: the row" in said and "is not what the journals give" in said, said
                say(f"  {service}: one of {count} rows: {said}")

    def a_changed_record_under_a_mended_chain_is_found():
        for service in SERVICES:
            head = tamper(service, "record", 1, 1)
            for _ in range(3):
                number = chance.randint(2, head - 1)
                tamper(service, "record", number, chance.randrange(1 << 16))
                said = found(service)
                assert f"record {number} " in said or "is not the one that" in said, (number, said)
            say(f"  {service}: {said}")

    def an_end_that_was_taken_away_is_found():
        for service in SERVICES[:-1]:
            head = tamper(service, "cut", 1)
            tamper(service, "cut", head - 4)
            said = found(service)
            assert f"it ends at record {head - 5}, but" in said, said
            say(f"  {service}: {said}")

    def a_store_alone_is_looked_at_by_itself_and_that_is_said():
        tamper("ledger", "row", "balances", 0, 3)
        run = cell.elpctl("verify", place / "ledger", cell=False)
        assert run.code == 0 and "upstream not given" in run.out, run
        assert "table balances" in found("ledger", *(place / service for service in SERVICES[:3]))

    run_claims(a_cell_has_worked, a_changed_row_of_any_table_is_found, a_changed_record_under_a_mended_chain_is_found,
               an_end_that_was_taken_away_is_found, a_store_alone_is_looked_at_by_itself_and_that_is_said)
