"""Story S10, operating costs: the hospital's own code hangs on 41,237 billed sessions, partnership time on the operating
budget of 600,000.00, and who represents an interest organisation gets none of it.
"""

from cell import Cell, cents, run_claims, say
from facts import Person, Registry, at, days, individual
from elp.v1 import ledger_pb2

SESSIONS, PROVIDERS, EACH = 41237, 20, 20

with Cell() as cell:
    world = Registry()
    world.network("K1", kind="child", budget={2026: {"care.base": "10000000.00", "operating": "600000.00"}})
    providers = [world.provider(f"P{place:02d}", "K1", functions=("F3",)) for place in range(PROVIDERS)]
    world.payee("DOCTOR")
    cell.start()
    cell.set_clock(at("2026-03-20"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())

    def claim(code, amount, reference, *options):
        run = cell.elpctl("cost", "claim", "K1", code, amount, "--year", 2026, "--reference", reference, "--reason",
                          "a story", *options)
        say("  " + run.out.strip().replace("\n", "\n  "))
        return run

    def costs():
        query = ledger_pb2.CostsQuery(network="K1", year=2026, after_number=cell.head("intake"), wait_ms=20000)
        row, = cell.request("ledger", query, timeout=25).networks
        return row

    def the_hospital_bills_41_237_sessions():
        lines = []
        for person in range((SESSIONS + EACH - 1) // EACH):
            child = Person(f"2012-{1 + person % 12:02d}-{1 + person // 12 % 28:02d}")
            minute = 6 * 60 + 10 * (person // PROVIDERS)
            for date in days("2026-01-05", EACH, step=3):
                lines.append(individual(f"{len(lines):06d}", "K1", providers[person % PROVIDERS], date, child,
                                        function="F3", start=f"{minute // 60:02d}:{minute % 60:02d}",
                                        assessment_date="2026-01-02"))
        cell.accept(lines[:SESSIONS])
        cell.wait_caught_up("ledger", deadline_s=60)
        assert costs().sessions == SESSIONS and costs().hospital_largest_cents == cents("58865.90")

    def one_cent_more_than_58_865_90_is_refused_with_the_maximum():
        run = claim("793833", "58865.91", "H-1")
        assert run.code == 1 and "above-maximum" in run.out and "58,865.90" in run.out and "S2 art. 13" in run.out

    def the_maximum_itself_is_paid():
        assert claim("793833", "58865.90", "H-2", "--real", "61000.00").code == 0
        row = costs()
        assert row.hospital_cents == cents("58865.90") and row.hospital_real_cents == cents("61000.00")
        assert cell.envelopes("K1", 2026)["OPERATING"] == (cents("600000.00"), cents("58865.90"))

    def nobody_who_represents_an_interest_organisation_is_paid_for_partnership_time():
        run = claim("793855", "100.00", "H-3", "--partnership", "--person", "DOCTOR", "--interest-organisation")
        assert run.code == 1 and "interest-organisation" in run.out and " 0.00" in run.out

    def partnership_time_is_paid_up_to_30_000_00_in_all():
        assert claim("793855", "20000.00", "H-4", "--partnership", "--person", "DOCTOR").code == 0
        run = claim("793870", "10000.01", "H-5", "--partnership", "--person", "DOCTOR")
        assert run.code == 1 and "10,000.00" in run.out
        assert claim("793870", "10000.00", "H-5", "--partnership", "--person", "DOCTOR").code == 0
        assert claim("793855", "0.01", "H-6", "--partnership", "--person", "DOCTOR").code == 1
        assert claim("793855", "500.00", "H-7").code == 0

    def the_person_has_a_fiscal_sheet_of_the_year():
        sheet, = cell.request("ledger", ledger_pb2.FiscalSheetQuery(year=2026, person="DOCTOR")).sheets
        assert (sheet.cents, sheet.partnership_cents, sheet.claims) == (cents("30000.00"), cents("30000.00"), 2)
        assert "DOCTOR" in cell.do("cost", "sheet", "--year", 2026)

    def the_hospital_is_paid_with_the_orders_of_march():
        cell.set_clock(at("2026-04-01"))
        assert cell.payments("K1", 202603)["K1-H"].cents == cents("89365.90")
        assert cell.trial_balance() == 0

    run_claims(the_hospital_bills_41_237_sessions, one_cent_more_than_58_865_90_is_refused_with_the_maximum,
               the_maximum_itself_is_paid, nobody_who_represents_an_interest_organisation_is_paid_for_partnership_time,
               partnership_time_is_paid_up_to_30_000_00_in_all, the_person_has_a_fiscal_sheet_of_the_year,
               the_hospital_is_paid_with_the_orders_of_march)
