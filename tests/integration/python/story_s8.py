"""Story S8, neutralised in 2023: outreach beyond 20 % of individual sessions, groups beyond 10 % of patients.

A hundred children: a thousand individual sessions, 300 of them in a share-exempt school, and 40 groups of twelve of the
children there. One more patient then changes both shares, and the next settlement books only the differences.
"""

from cell import Cell, cents, euro, run_claims, say
from facts import Person, Registry, at, days, group, individual
from elp.v1 import ledger_pb2

PROVIDERS = 5

with Cell(clock_from="2023-06-01") as cell:
    world = Registry()
    world.network("K1", kind="child", budget={2023: {"care.base": "1000000.00", "operating": "50000.00"}})
    world.site("SCHOOL", "K1")
    world.payee("CARE")
    leader = world.second_leader("LEADER", "K1", kind="care-provider", from_="2023-01-01", payee="CARE")
    providers = [world.provider(f"P{place}", "K1", functions=("F2", "F3"), from_="2023-01-01", sites=["SCHOOL"],
                                convention="2021") for place in range(PROVIDERS)]
    children = [Person(f"2012-0{1 + child % 9}-{1 + child // 9:02d}") for child in range(100)]
    cell.start()
    cell.set_clock(at("2023-06-12"))
    cell.load_book("2021")
    cell.load_registry(world.text())

    def slot(child):
        return f"{7 + child // PROVIDERS // 2:02d}:{30 * (child // PROVIDERS % 2):02d}"

    def neutralised():
        query = ledger_pb2.TrialBalanceQuery(prefix="neutralised:K1:2023:")
        cell.wait_caught_up("ledger")
        return {entry.account.rsplit(":", 1)[1]: entry.cents for entry in cell.request("ledger", query).accounts}

    def events():
        return [(event.detail, euro(event.cents)) for event in cell.events("K1", kinds=["neutralised"])]

    def until_then_all_of_it_is_care():
        lines = []
        for child, person in enumerate(children):
            site = {"site": "SCHOOL"} if child < 30 else {}
            for date in days("2023-05-16", 10):
                lines.append(individual(f"i-{len(lines):05d}", "K1", providers[child % PROVIDERS], date, person,
                                        start=slot(child), **site))
        accepted = cell.accept(lines)
        assert len(accepted) == 1000
        assert {cell.rated(verdict.number).insurer_cents for verdict in accepted[:300:50]} == {cents("81.74")}
        lines = []
        for place in range(40):
            people = [children[(4 * place + seat) % 12] for seat in range(4)]
            lines.append(group(f"g-{place:05d}", "K1", providers[0], days("2023-05-27", 10)[place % 10], people, "",
                               second_leader=leader, function="F3", start=f"{8 + 2 * (place // 10):02d}:00",
                               site="SCHOOL", assessment_date="2023-05-15"))
        accepted = cell.accept(lines)
        assert {cell.rated(verdict.number).insurer_cents for verdict in accepted} == {cents("355.33")}
        assert neutralised() == {} and cell.budget("K1", 2023).neutralised_cents == 0

    def the_end_of_june_settles_both_shares():
        before = cell.budget("K1", 2023).care_spent_cents
        cell.set_clock(at("2023-07-01"))
        assert neutralised() == {"outreach": cents("8174.00"), "group": cents("2368.87")}
        after = cell.budget("K1", 2023)
        assert before - after.care_spent_cents == after.neutralised_cents == cents("10542.87")
        assert sorted(events()) == [("group", "2368.87"), ("outreach", "8174.00")]
        say(f"  care {euro(before)} before, {euro(after.care_spent_cents)} after; {events()}")

    def everything_is_paid_all_the_same():
        orders = cell.payments("K1", 202306)
        assert sum(order.cents for order in orders.values()) == sum(
            cell.rated(record.number).insurer_cents for record in cell.records("rating") if record.HasField("rated"))

    def one_more_patient_books_only_the_differences():
        line = individual("one-more", "K1", providers[0], "2023-06-30", Person("2012-05-05"), start="19:00")
        cell.accept([line])
        cell.set_clock(at("2023-08-01"))
        assert neutralised() == {"outreach": cents("8157.65"), "group": cents("2250.42")}
        assert sorted(events()[2:]) == [("group", "-118.45"), ("outreach", "-16.35")]

    def a_month_without_a_change_books_nothing():
        cell.set_clock(at("2023-09-01"))
        assert len(events()) == 4 and cell.trial_balance() == 0

    run_claims(until_then_all_of_it_is_care, the_end_of_june_settles_both_shares, everything_is_paid_all_the_same,
               one_more_patient_books_only_the_differences, a_month_without_a_change_books_nothing)
