"""Story S1, the designated expert: who is paid what for a group session of 2024, from the line to the payment orders.

Adult network, F2 group at the practice on 2024-05-14, 120 minutes of which 95 direct, published programme; psychologist P1
with an expert by experience designated by association O1 at 42.10 an hour, paid in person by contract.
"""

from cell import Cell, cents, euro, run_claims, say
from facts import Person, Registry, at, group
from elp.v1 import ledger_pb2, rating_pb2, types_pb2

PEOPLE = [Person(f"{2024 - age}-02-0{place + 1}") for place, age in enumerate((22, 23, 24, 31, 58, 80))]


def build():
    world = Registry()
    world.network("A01", budget={2024: {"care.base": "10000.00", "operating": "500.00"}})
    provider = world.provider("P1", "A01")
    world.payee("E1", without_enterprise=True, bce="")
    world.payee("O1")
    world.second_leader("L1", "A01", kind="expert", designated=True, designator="O1", rate_per_hour="42.10",
                        paid_in_person=True, payee="E1")
    world.programme("G1", "A01")
    line = group("s1", "A01", provider, "2024-05-14", PEOPLE, "G1", second_leader="L1")
    return world, line


with Cell() as cell:
    world, line = build()
    cell.start()
    cell.set_clock(at("2024-05-20"))
    cell.load_book()
    cell.load_registry(world.text())
    number = 0

    def the_group_session_is_accepted():
        global number
        verdict, = cell.accept([line])
        number = verdict.number
        say(f"accepted as {verdict.id} (record {number}), warnings: {[warning.code for warning in verdict.warnings]}")
        assert not verdict.warnings

    def the_fee_is_376_83_of_three_parts():
        rated = cell.rated(number)
        parts = {part.payee: part for part in rated.parts}
        for part in rated.parts:
            say(f"  {rating_pb2.PartRole.Name(part.role)} {part.payee}: fee {euro(part.fee_cents)}, collected "
                f"{euro(part.share_collected_cents)}, payable {euro(part.payable_cents)}")
        assert rated.fee_cents == cents("376.83")
        assert {payee: part.fee_cents for payee, part in parts.items()} == {
            "P1": cents("231.18"), "E1": cents("84.20"), "O1": cents("61.45")}
        assert rated.column == 2024 and rated.convention == "2024" and not rated.provisional

    def the_share_of_10_00_is_collected_by_p1_and_the_insurer_bears_366_83():
        rated = cell.rated(number)
        say(f"  fee {euro(rated.fee_cents)} = insurer {euro(rated.insurer_cents)} + share {euro(rated.share_cents)}")
        assert rated.share_cents == cents("10.00") and rated.insurer_cents == cents("366.83")
        assert {part.payee: part.share_collected_cents for part in rated.parts if part.share_collected_cents} == {
            "P1": cents("10.00")}

    def the_budget_of_2024_bears_it_on_care_base():
        posting = cell.posting(number)
        transaction, = posting.transactions
        assert posting.state == "posted" and transaction.year == 2024 and transaction.cents == cents("366.83")
        assert transaction.envelope == types_pb2.BUDGET_ENVELOPE_CARE_BASE
        for entry in transaction.entries:
            say(f"  {entry.account}: {euro(entry.cents)}")
        assert sum(entry.cents for entry in transaction.entries) == 0
        assert cell.envelopes("A01", 2024)["CARE_BASE"] == (cents("10000.00"), cents("366.83"))

    def nothing_is_ordered_before_the_month_ends():
        cell.set_clock(at("2024-05-31", "23:59:59"))
        assert cell.payments("A01") == {}

    def the_payment_orders_of_may_are_221_18_and_84_20_and_61_45():
        cell.set_clock(at("2024-06-01", "00:00:00"))
        orders = cell.payments("A01", 202405)
        for payee, order in sorted(orders.items()):
            say(f"  {payee}: {euro(order.cents)}, {ledger_pb2.PaymentState.Name(order.state)}, {order.lines} line")
        assert {payee: order.cents for payee, order in orders.items()} == {
            "P1": cents("221.18"), "E1": cents("84.20"), "O1": cents("61.45")}
        for order in orders.values():
            assert order.state == ledger_pb2.PAYMENT_STATE_ORDERED and order.lines == 1 and order.month == 202405
            assert order.date == 19874, order.date  # 2024-05-31

    def the_events_tell_it_without_anybody_s_name():
        events = cell.events("A01")
        kinds = [event.kind for event in events]
        say(f"  {', '.join(kinds)}")
        assert kinds[-6:] == ["attestation.accepted", "rated", "posted"] + 3 * ["payment.ordered"]
        rated = next(event for event in events if event.kind == "rated")
        assert (rated.fee_cents, rated.share_cents, rated.cents) == (37683, 1000, 36683)
        journal = b"".join(cell.journal("reporting") + cell.journal("ledger") + cell.journal("rating")
                           + cell.journal("intake"))
        for person in PEOPLE:
            assert person.niss.encode() not in journal

    def the_books_balance():
        assert cell.trial_balance() == 0
        assert len(set(cell.heads().values())) == 1

    run_claims(the_group_session_is_accepted, the_fee_is_376_83_of_three_parts,
               the_share_of_10_00_is_collected_by_p1_and_the_insurer_bears_366_83, the_budget_of_2024_bears_it_on_care_base,
               nothing_is_ordered_before_the_month_ends, the_payment_orders_of_may_are_221_18_and_84_20_and_61_45,
               the_events_tell_it_without_anybody_s_name, the_books_balance)
