"""The table of roles in docs/security.md is what the daemons do: generated from their rows, and every cell of it is tried.

Goal: the page cannot go stale, and no role may send more or less than it says, within its scope.
Method: `elp-* --handlers` tells the rows; the page's table is compared with them; then each request of each row is sent by a
principal of each role, and where a scope bounds it also by one whose scope is another network.

    roles_table.py --write     writes the table into docs/security.md
"""

import json
import subprocess
import sys

from cell import BIN, SERVICES, SOURCE, Cell, Refused, run_claims, say
from consumer import open_feed
from facts import Person, Registry, at, individual
from elp.v1 import envelope_pb2, intake_pb2, ledger_pb2, money_pb2, rating_pb2, registry_pb2, reporting_pb2

ROLES = ("integrator", "network", "collecting-institution", "insurer", "authority", "consumer", "operator", "daemon")
SHORT = ("int", "net", "coll", "ins", "auth", "cons", "oper", "daem")
SEES_ALL = ("authority", "operator", "daemon")  # whatever their scope says
PAGE = SOURCE / "docs" / "security.md"
BEGIN, END = "<!-- roles: begin, written by tests/integration/python/roles_table.py --write -->", "<!-- roles: end -->"


def rows():
    """Every row of every daemon; those that all daemons have stand once, as those of `every daemon`."""
    told = []
    for service in SERVICES:
        out = subprocess.run([BIN / f"elp-{service}", "--handlers"], capture_output=True, text=True, check=True).stdout
        told.append([json.loads(text) for text in out.splitlines()])
    common = {row["request"] for row in told[0]}.intersection(*({row["request"] for row in of} for of in told[1:]))
    every = [{**row, "daemon": "every daemon"} for row in told[0] if row["request"] in common]
    return every + [row for of in told for row in of if row["request"] not in common]


def table(of):
    lines = [BEGIN, "", f"| daemon | request | {' | '.join(SHORT)} | what of it |", f"|---|---|{'---|' * len(ROLES)}---|"]
    for row in of:
        marks = " | ".join("yes" if role in row["roles"] else "" for role in ROLES)
        lines.append(f"| {row['daemon']} | `{row['request']}` | {marks} | {row['scope']} |")
    return "\n".join([*lines, "", END])


def page_table(text):
    return text[text.index(BEGIN):text.index(END) + len(END)]


if "--write" in sys.argv:
    page = PAGE.read_text()
    PAGE.write_text(page.replace(page_table(page), table(rows())))
    sys.exit()

ROWS = rows()
MESSAGES = {
    "health": envelope_pb2.Health(), "journal-fetch": envelope_pb2.JournalFetch(), "backup": envelope_pb2.Backup(),
    "rebuild": envelope_pb2.Rebuild(), "submit-batch": intake_pb2.SubmitBatch(dry_run=True),
    "cancel-attestation": intake_pb2.CancelAttestation(id="0-0"), "load-registry": intake_pb2.LoadRegistry(dry_run=True),
    "load-book": intake_pb2.LoadBook(dry_run=True, yaml=b"x"), "index-tariffs": intake_pb2.IndexTariffs(),
    "decide": intake_pb2.Decide(), "erase-person": intake_pb2.ErasePerson(), "set-clock": intake_pb2.SetClock(),
    "attestation-query": intake_pb2.AttestationQuery(id="0-0"), "registry-query": intake_pb2.RegistryQuery(kind="network"),
    "book-query": intake_pb2.BookQuery(), "tariff": rating_pb2.TariffQuery(), "rated": rating_pb2.RatedQuery(number=1),
    "outcome": envelope_pb2.OutcomeQuery(number=1), "budget": ledger_pb2.BudgetQuery(), "close-year": money_pb2.CloseYear(),
    "hand-over-query": intake_pb2.HandOverQuery(contract="none"),
    "quota-query": intake_pb2.QuotaQuery(niss="x"), "quote": rating_pb2.QuoteQuery(date="x"),
    "transactions": ledger_pb2.TransactionQuery(), "closings": ledger_pb2.ClosingsQuery(year=2026),
    "posting": ledger_pb2.PostingQuery(number=1), "payment": ledger_pb2.PaymentQuery(),
    "claim-cost": money_pb2.ClaimCost(), "withdraw-cost": money_pb2.WithdrawCost(), "advance-costs": money_pb2.AdvanceCosts(),
    "confirm-payment": money_pb2.ConfirmPayment(), "insurers-paid": money_pb2.InsurersPaid(),
    "transfer": money_pb2.Transfer(), "record-plan": money_pb2.RecordPlan(), "costs": ledger_pb2.CostsQuery(year=2026),
    "fiscal-sheet": ledger_pb2.FiscalSheetQuery(year=2026),
    "trial-balance": ledger_pb2.TrialBalanceQuery(), "event-fetch": reporting_pb2.EventFetch(network="*"),
    "snapshot": reporting_pb2.SnapshotQuery(), "statistics": reporting_pb2.StatisticsQuery()}


def the_page_says_what_the_daemons_say():
    assert page_table(PAGE.read_text()) == table(ROWS), "docs/security.md is stale: run roles_table.py --write"
    say(f"  {len(ROWS)} rows of {len(ROLES)} roles")


with Cell() as cell:
    world = Registry(represent=None)
    providers = {}
    for network in ("A01", "A02"):
        world.network(network, budget={2026: {"care.base": "100000.00", "operating": "500.00"}})
        providers[network] = world.provider(f"{network}-P", network)
    world.represent("integrator", "*")
    principal = {role: role for role in ROLES} | {"daemon": "rating"}
    for role in ROLES[:-1]:
        cell.new_principal(f"{role}-1", role, "A01")
    cell.start()
    cell.set_clock(at("2026-02-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    other, = cell.accept([individual("a", "A02", providers["A02"], "2026-02-02", Person("1980-01-01"))])
    judged, _ = cell.decide("RELEASE", "A02", 2026, "2026-02-10")
    cell.wait_caught_up()

    def denied(service, message, as_):
        try:
            reply = cell.request(service, message, as_=as_, journal=isinstance(message, envelope_pb2.JournalFetch))
            return any(fact.refusal.code == "denied" for fact in getattr(reply, "facts", ())
                       if isinstance(reply, intake_pb2.LoadRegistryReply))
        except Refused as refused:
            return refused.code == "denied"

    def daemons_of(row):
        return SERVICES if row["daemon"] == "every daemon" else (row["daemon"],)

    def every_cell_of_a_request_is_as_the_table_says():
        wrong = []
        requests = [row for row in ROWS if row["kind"] != "part"]
        assert {row["request"] for row in requests} == MESSAGES.keys(), "a request is not tried here"
        for row in requests:
            for service in daemons_of(row):
                for role in ROLES:
                    if denied(service, MESSAGES[row["request"]], principal[role]) == (role in row["roles"]):
                        wrong.append(f"{role}, {row['request']} to {service}")
        assert not wrong, wrong

    def every_cell_of_a_fact_is_as_the_table_says():
        named = {field.name.replace("_", "-"): field for field in registry_pb2.RegistryFact.DESCRIPTOR.oneofs[0].fields}
        senders = {role for row in ROWS if row["request"] == "load-registry" for role in row["roles"]}
        facts = {
            "network": registry_pb2.Network(code="A03", name="x", kind=1),
            "budget": registry_pb2.Budget(network="A01", year=2027), "payee": registry_pb2.Payee(code="Z1", name="x"),
            "provider-contract": registry_pb2.ProviderContract(
                code="C9", provider=providers["A02"], network="A01", convention="2024", functions=[2], payee="A01-P",
                **{"from": "2026-01-01"}),
            "second-leader-contract": registry_pb2.SecondLeaderContract(
                code="L9", network="A01", kind=2, payee="A01-P", **{"from": "2026-01-01"}),
            "amendment": registry_pb2.Amendment(code="AV5", network="A01", convention="2024", signed_on="2026-01-05"),
            "amendment-letter": registry_pb2.AmendmentLetter(amendment="AV4", network="A01", contract="A01-P-A01",
                                                             sent_on="2026-01-06"),
            "site": registry_pb2.Site(code="S9", network="A01", name="x", kind=3),
            "programme": registry_pb2.Programme(code="G9", network="A01", title="x", functions=[2], decided_on="2026-01-01"),
            "insurability": registry_pb2.InsurabilityStatement(niss=Person("1980-02-02").niss, insured=True,
                                                               **{"from": "2026-01-01"}),
            "representation": registry_pb2.Representation(principal="integrator", provider=providers["A01"])}
        rights = {row["request"].split()[1]: row["roles"] for row in ROWS if row["request"].startswith("load-registry ")}
        assert rights.keys() == facts.keys() == named.keys()
        wrong = []
        for kind, fact in facts.items():
            load = intake_pb2.LoadRegistry(facts=[registry_pb2.RegistryFact(**{kind.replace("-", "_"): fact})], dry_run=True)
            wrong += [f"{kind} by {role}" for role in senders if denied("intake", load, role) == (role in rights[kind])]
        assert not wrong, wrong

    def every_cell_of_a_subscription_is_as_the_table_says():
        readers, = [row["roles"] for row in ROWS if row["request"] == "feed subscription"]
        feeds = {}
        for role in ROLES:
            feeds[role] = open_feed(cell, principal[role])
            feeds[role].subscribe("A01/")
        heard = {role for role in ROLES if role in readers and feeds[role].poll(5000)}
        assert heard == set(readers), (heard, readers)
        # Heartbeats came to the others meanwhile; whoever may not subscribe has heard none of them.
        assert not [role for role in ROLES if role not in readers and feeds[role].poll(1500)]
        for feed in feeds.values():
            feed.close(0)

    def a_scope_of_another_network_sees_nothing_of_this_one():
        foreign = {"rated": rating_pb2.RatedQuery(number=other.number), "budget": ledger_pb2.BudgetQuery(network="A02"),
                   "posting": ledger_pb2.PostingQuery(number=other.number), "payment": ledger_pb2.PaymentQuery(network="A02"),
                   "costs": ledger_pb2.CostsQuery(network="A02", year=2026),
                   "outcome": envelope_pb2.OutcomeQuery(number=judged),
                   "transactions": ledger_pb2.TransactionQuery(network="A02"),
                   "event-fetch": reporting_pb2.EventFetch(network="A02"),
                   "snapshot": reporting_pb2.SnapshotQuery(network="A02"),
                   "statistics": reporting_pb2.StatisticsQuery(network="A02")}
        bounded = [row for row in ROWS if row["kind"] == "query" and row["scope"].startswith("networks of its scope")
                   and row["request"] not in ("registry-query", "closings", "fiscal-sheet")]  # these leave out what is not the asker's
        assert {row["request"] for row in bounded} == foreign.keys(), "a bounded request is not tried here"
        wrong = [f"{role}, {row['request']}" for row in bounded for role in row["roles"]
                 if denied(row["daemon"], foreign[row["request"]], f"{role}-1") == (role in SEES_ALL)]
        for role in ROLES[:-1]:
            seen = cell.request("intake", intake_pb2.RegistryQuery(kind="provider-contract"), as_=f"{role}-1").facts
            if {fact.provider_contract.network for fact in seen} != ({"A01", "A02"} if role in SEES_ALL else {"A01"}):
                wrong.append(f"{role}, registry-query")
        assert not wrong, wrong

    def a_scope_of_another_network_sees_no_closing_of_this_one():
        cell.set_clock(at("2027-02-01"))
        assert cell.close_year(2026)[1].done
        readers, = [row["roles"] for row in ROWS if row["request"] == "closings"]
        seen = {role: {row.network for row in cell.request(
            "ledger", ledger_pb2.ClosingsQuery(year=2026), as_=f"{role}-1" if role != "daemon" else "rating").closings}
            for role in readers}
        assert seen == {role: {"A01", "A02"} if role in SEES_ALL else {"A01"} for role in readers}, seen

    run_claims(the_page_says_what_the_daemons_say, every_cell_of_a_request_is_as_the_table_says,
               every_cell_of_a_fact_is_as_the_table_says, every_cell_of_a_subscription_is_as_the_table_says,
               a_scope_of_another_network_sees_nothing_of_this_one,
               a_scope_of_another_network_sees_no_closing_of_this_one)
