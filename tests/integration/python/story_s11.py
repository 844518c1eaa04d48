"""Story S11, indexation: `elpctl index 2026 "1.72 %"` makes the column of 2026 once, and a session keeps its year's column."""

from cell import Cell, cents, euro, run_claims, say
from facts import Person, Registry, at, individual
from elp.v1 import rating_pb2

COLUMN = {"individual": "91.02", "group-psychologist": "242.72", "group-other": "152.93", "group-designated-hour": "57.04"}

with Cell() as cell:
    world = Registry()
    money = {"care.base": "10000.00", "operating": "500.00"}
    world.network("A01", budget={2025: money, 2026: money})
    provider = world.provider("P1", "A01")
    cell.start()
    cell.set_clock(at("2026-01-15"))
    cell.load_book()
    cell.load_registry(world.text())

    def tariffs(year):
        book, = cell.request("rating", rating_pb2.TariffQuery(convention="2024", year=year)).books
        return {amount.tariff: amount for amount in book.amounts}

    def before_the_act_there_is_no_column_of_2026():
        assert tariffs(2025)["individual"].cents == cents("89.48")
        assert not tariffs(2026)

    def index_2026_1_72_percent_gives_the_published_amounts():
        say(cell.do("index", "2026", "1.72 %", "--convention", "2024", "--source", "S0").strip())
        column = tariffs(2026)
        for tariff, amount in COLUMN.items():
            say(f"  {tariff}: {euro(column[tariff].cents)}, provisional: {column[tariff].provisional}")
            assert column[tariff].cents == cents(amount) and column[tariff].provisional

    def a_second_run_is_refused_and_changes_nothing():
        before = {tariff: amount.cents for tariff, amount in tariffs(2026).items()}
        again = cell.elpctl("index", "2026", "1.72 %", "--convention", "2024", "--source", "S0")
        other = cell.elpctl("index", "2026", "2.00 %", "--convention", "2024", "--source", "S0")
        say(f"  {again.err.strip() or again.out.strip()}")
        assert again.code == 1 and other.code == 1, (again, other)
        assert {tariff: amount.cents for tariff, amount in tariffs(2026).items()} == before

    def the_act_is_one_event():
        events = [event for event in cell.events() if event.kind == "tariff.indexed"]
        say(f"  {len(events)} tariff.indexed")
        assert len({event.number for event in events}) == 1, events

    def a_session_of_2025_attested_in_2026_keeps_the_column_of_2025_and_costs_the_budget_of_2026():
        verdict, = cell.accept([individual("late", "A01", provider, "2025-12-31", Person("1980-05-05"))])
        rated = cell.rated(verdict.number)
        say(f"  fee {euro(rated.fee_cents)} of column {rated.column}, share {euro(rated.share_cents)} (first session)")
        assert rated.fee_cents == cents("89.48") and rated.column == 2025 and rated.provisional
        assert rated.share_cents == 0 and rated.insurer_cents == cents("89.48")
        assert cell.envelopes("A01", 2026)["CARE_BASE"][1] == cents("89.48")
        assert cell.envelopes("A01", 2025)["CARE_BASE"][1] == 0

    def a_session_of_2026_takes_the_column_of_2026():
        verdict, = cell.accept([individual("new", "A01", provider, "2026-01-05", Person("1980-05-06"))])
        rated = cell.rated(verdict.number)
        assert rated.fee_cents == cents("91.02") and rated.column == 2026 and rated.provisional

    run_claims(before_the_act_there_is_no_column_of_2026, index_2026_1_72_percent_gives_the_published_amounts,
               a_second_run_is_refused_and_changes_nothing, the_act_is_one_event,
               a_session_of_2025_attested_in_2026_keeps_the_column_of_2025_and_costs_the_budget_of_2026,
               a_session_of_2026_takes_the_column_of_2026)
