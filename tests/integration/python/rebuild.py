"""Rebuilding: delete the store of rating, ledger or reporting, or of all three, restart, and the journal comes back byte by byte.

A few hundred mixed records first: sessions, groups, refusals, cancellations, replacements, suspensions, decisions, an
indexation, changed budgets, corrected registry facts, month ends.
"""

from cell import SERVICES, Cell, run_claims, say
from facts import Person, Registry, at, individual
from whole import check_whole
from workload import Workload
from elp.v1 import ledger_pb2

DOWNSTREAM = SERVICES[1:]

with Cell() as cell:
    before = {}

    def a_mixed_history_is_recorded():
        work = Workload(seed=7, small_budget="8000.00")
        work.world.represent("integrator", "*")
        work.world.payee("HELD", iban="")
        held = work.world.provider("P-HELD", "N1")
        work.world.facts["provider_contracts"][-1]["payee"] = "HELD"
        cell.start()
        cell.set_clock(at("2026-01-02"))
        cell.load_book()
        assert cell.index("2024", 2026, 172)[1].done
        assert not cell.index("2024", 2026, 172)[1].done
        cell.load_registry(work.world.text())
        cell.set_clock(at("2026-03-10"))
        cell.load_book("2021")
        accepted = [verdict.verdict for verdict in cell.submit(work.lines(150)) if verdict.verdict.id]
        first, _ = cell.accept([individual(f"held-{day}", "N1", held, f"2026-03-0{day}", Person("1970-01-01"))
                                for day in (2, 3)])
        for place, verdict in enumerate(accepted[:20]):
            assert cell.cancel(verdict.id, f"c-{place}".encode()).cancelled
        cell.accept([individual("replaced", "N1", held, "2026-03-04", Person("1970-01-02"),
                                replaces=first.id)])
        cell.set_clock(at("2026-04-02"))
        accepted = [verdict.verdict for verdict in cell.submit(work.lines(150)) if verdict.verdict.id]
        for place, verdict in enumerate(accepted[:30]):
            assert cell.cancel(verdict.id, f"d-{place}".encode()).cancelled
        suspended = cell.budget("N2", 2026).suspended_count
        say(f"  N2 has {suspended} suspended")
        assert suspended > 4
        assert cell.decide("RAISE", "N2", 2026, "2026-04-02", cents=30000)[1].done
        cell.decide("RELEASE", "N2", 2026, "2026-04-02")
        cell.decide("CARRY", "N2", 2026, "2026-04-02", to_year=2027)
        assert cell.decide("WRITE_OFF", "N2", 2026, "2026-04-02")[1].done
        change = Registry(represent=None)
        change.budget("N1", 2026, {"care.base": "800000.00", "operating": "200.00"})
        change.payee("HELD")
        cell.load_registry(change.text())
        cell.set_clock(at("2026-05-02"))
        assert any(order.state == ledger_pb2.PAYMENT_STATE_ORDERED for order in cell.payments("N1", 202603).values())

    def the_cell_is_whole():
        check_whole(cell)
        before.update({service: cell.journal(service) for service in SERVICES})
        before["heads"] = {service: cell.health(service).head_hash for service in SERVICES}

    def comes_back(*services):
        cell.stop(*services)
        for service in services:
            cell.delete_store(service)
        cell.start(*services)
        cell.wait_caught_up()
        assert len(set(cell.heads().values())) == 1
        for service in SERVICES:
            after = cell.journal(service)
            for place, (record, again) in enumerate(zip(before[service], after)):
                assert record == again, f"{service}: record {place + 1} differs"
            assert len(after) == len(before[service])
            assert cell.health(service).head_hash == before["heads"][service]
        assert cell.trial_balance() == 0
        say(f"  {len(before['intake'])} records of {', '.join(services)} are byte by byte what they were")

    def rating_comes_back_byte_by_byte():
        comes_back("rating")

    def the_ledger_comes_back_byte_by_byte():
        comes_back("ledger")

    def reporting_comes_back_byte_by_byte():
        comes_back("reporting")

    def all_three_come_back_byte_by_byte():
        comes_back(*DOWNSTREAM)

    def a_store_that_is_deleted_while_the_others_go_on_catches_up():
        work = Workload(seed=8, part=1)
        cell.load_registry(work.world.text())
        cell.kill("ledger")
        cell.delete_store("ledger")
        cell.submit(work.lines(100))
        cell.start("ledger")
        check_whole(cell)

    run_claims(a_mixed_history_is_recorded, the_cell_is_whole, rating_comes_back_byte_by_byte,
               the_ledger_comes_back_byte_by_byte, reporting_comes_back_byte_by_byte, all_three_come_back_byte_by_byte,
               a_store_that_is_deleted_while_the_others_go_on_catches_up)
