"""Who may ask what: unknown keys end at the handshake, every request is checked by role and by scope, a revoked key ends.

The tables below are written from the rulebook (§3, who writes what; §9 of the design, roles and scopes) and the comments in
proto/elp/v1, not read from the daemons.
"""

import time

import zmq

from cell import Cell, NotAllowed, Refused, SERVICES, Session, message_type, run_claims, say, wait_until
from consumer import open_feed
from facts import Person, Registry, at, individual
from elp.v1 import envelope_pb2, intake_pb2, ledger_pb2, money_pb2, rating_pb2, registry_pb2, reporting_pb2

INTEGRATOR, NETWORK, COLLECTING, INSURER, AUTHORITY, CONSUMER, OPERATOR, DAEMON = ROLES = (
    "integrator", "network", "collecting-institution", "insurer", "authority", "consumer", "operator", "daemon")
PRINCIPAL = {**{role: role for role in ROLES}, DAEMON: "rating"}
READERS = {NETWORK, COLLECTING, AUTHORITY, OPERATOR}

# (daemon, request, roles that may send it); a request that is allowed may still be refused for another reason.
REQUESTS = [
    *((service, envelope_pb2.Health(), set(ROLES)) for service in SERVICES),
    ("intake", intake_pb2.SubmitBatch(dry_run=True), {INTEGRATOR, OPERATOR}),
    ("intake", intake_pb2.CancelAttestation(id="0-0"), {INTEGRATOR, NETWORK, OPERATOR}),
    ("intake", intake_pb2.LoadRegistry(dry_run=True), {AUTHORITY, COLLECTING, NETWORK, INSURER, OPERATOR}),
    ("intake", intake_pb2.LoadBook(dry_run=True, yaml=b"x"), {AUTHORITY, OPERATOR}),
    ("intake", intake_pb2.IndexTariffs(), {AUTHORITY, OPERATOR}),
    ("intake", intake_pb2.Decide(), {AUTHORITY, OPERATOR}),
    ("intake", money_pb2.CloseYear(), {AUTHORITY, OPERATOR}),
    ("intake", money_pb2.ClaimCost(), {COLLECTING, OPERATOR}),
    ("intake", money_pb2.WithdrawCost(), {COLLECTING, OPERATOR}),
    ("intake", money_pb2.AdvanceCosts(), {AUTHORITY, OPERATOR}),
    ("intake", money_pb2.ConfirmPayment(), {COLLECTING, OPERATOR}),
    ("intake", money_pb2.InsurersPaid(), {COLLECTING, OPERATOR}),
    ("intake", money_pb2.Transfer(), {AUTHORITY, OPERATOR}),
    ("intake", money_pb2.RecordPlan(), {NETWORK, OPERATOR}),
    ("intake", intake_pb2.ErasePerson(person=999999999, reason="x", dry_run=True), {OPERATOR}),
    ("intake", intake_pb2.SetClock(), {OPERATOR}),
    ("intake", intake_pb2.AttestationQuery(id="0-0"), {INTEGRATOR, NETWORK, OPERATOR, AUTHORITY}),
    ("intake", intake_pb2.RegistryQuery(kind="network"), set(ROLES)),
    ("intake", intake_pb2.BookQuery(), set(ROLES)),
    ("intake", intake_pb2.QuotaQuery(), {INTEGRATOR, NETWORK, OPERATOR}),
    ("intake", intake_pb2.HandOverQuery(), {INTEGRATOR, NETWORK, OPERATOR}),
    ("rating", rating_pb2.TariffQuery(), set(ROLES)),
    ("rating", rating_pb2.RatedQuery(number=1), READERS | {INTEGRATOR}),
    ("rating", rating_pb2.QuoteQuery(), set(ROLES)),
    ("rating", envelope_pb2.OutcomeQuery(number=1), {AUTHORITY, OPERATOR}),
    ("ledger", ledger_pb2.BudgetQuery(), READERS | {CONSUMER}),
    ("ledger", ledger_pb2.PostingQuery(number=1), READERS | {INTEGRATOR}),
    ("ledger", ledger_pb2.PaymentQuery(), READERS),
    ("ledger", ledger_pb2.TransactionQuery(), READERS),
    ("ledger", ledger_pb2.ClosingsQuery(), READERS | {CONSUMER}),
    ("ledger", ledger_pb2.CostsQuery(year=2026), READERS),
    ("ledger", ledger_pb2.FiscalSheetQuery(year=2026), READERS),
    ("ledger", ledger_pb2.TrialBalanceQuery(), {AUTHORITY, OPERATOR}),
    ("ledger", envelope_pb2.OutcomeQuery(number=1), READERS),
    ("reporting", reporting_pb2.EventFetch(network="*"), READERS | {CONSUMER}),
    ("reporting", reporting_pb2.SnapshotQuery(), READERS | {CONSUMER}),
    ("reporting", reporting_pb2.StatisticsQuery(), READERS | {CONSUMER}),
]

# Who may send which fact of a registry (rulebook §3 R1, S2, S4 art. 4, S3); the operator may send all.
FACTS = {
    "network": {AUTHORITY}, "budget": {AUTHORITY}, "payee": {COLLECTING}, "provider_contract": {COLLECTING},
    "second_leader_contract": {COLLECTING}, "site": {NETWORK}, "programme": {NETWORK}, "insurability": {INSURER},
    "representation": set(), "amendment": {NETWORK}, "amendment_letter": {NETWORK},
}


def allowed(cell, service, message, as_, journal=False):
    try:
        cell.request(service, message, as_=as_, journal=journal)
        return True
    except Refused as refused:
        return refused.code != "denied"


def denied(cell, service, message, as_):
    """The field that a denial names."""
    try:
        raise AssertionError(f"allowed: {cell.request(service, message, as_=as_)}")
    except Refused as refused:
        assert refused.code == "denied", refused
        return refused.field


with Cell() as cell:
    world = Registry(represent=None)
    providers = {}
    for network in ("A01", "A02"):
        world.network(network, budget={2026: {"care.base": "100000.00", "operating": "500.00"}})
        providers[network] = world.provider(f"{network}-P", network)
        world.site(f"{network}-S", network)
    world.amendment("AV4", "A01", "2026-01-05")
    world.represent("integrator", "*")
    world.represent("one-provider", providers["A01"])
    cell.new_principal("net-1", NETWORK, "A01")
    cell.new_principal("consumer-1", CONSUMER, "A01")
    cell.new_principal("hospital-1", COLLECTING, "A01")
    cell.new_principal("one-provider", INTEGRATOR)
    cell.new_principal("leaver", OPERATOR)
    cell.new_principal("leaving-consumer", CONSUMER)
    cell.start()
    cell.set_clock(at("2026-02-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    numbers = {network: cell.accept([individual(network, network, providers[network], "2026-02-02",
                                                Person("1980-01-01"))])[0] for network in providers}
    cell.wait_caught_up()

    def a_key_that_nobody_knows_is_refused_at_the_handshake_of_every_socket():
        stranger = zmq.curve_keypair()
        for service in SERVICES:
            for journal in (False, True):
                session = Session(cell, service, "stranger", journal=journal, keys=stranger)
                try:
                    raise AssertionError(f"{service} answered {session.request(envelope_pb2.Health(), timeout=5)}")
                except NotAllowed:
                    pass
                finally:
                    session.close()
        say(f"  {2 * len(SERVICES)} sockets refuse it with HANDSHAKE_FAILED_AUTH")

    def without_a_key_nothing_is_answered():
        for service in SERVICES:
            for kind in ("commands", "journal"):
                socket = cell.context.socket(zmq.DEALER)
                socket.linger = 0
                socket.connect(cell.endpoint(service, kind))
                socket.send(envelope_pb2.Envelope(version=1, type=2).SerializeToString())
                assert not socket.poll(50), f"{service} {kind} answered a client without CURVE"
                socket.close()

    def the_table_knows_every_request():
        known = {message_type(message) for _, message, _ in REQUESTS} | {envelope_pb2.MESSAGE_TYPE_JOURNAL_FETCH}
        # What every daemon takes of an operator and would really do: roles_table.py tries them.
        known |= {envelope_pb2.MESSAGE_TYPE_BACKUP, envelope_pb2.MESSAGE_TYPE_REBUILD}
        assert known == {number for number in envelope_pb2.MessageType.values() if number >= 2 and number % 2 == 0}

    def each_role_may_send_what_the_table_says_and_nothing_else():
        wrong = []
        for service, message, roles in REQUESTS:
            for role in ROLES:
                if allowed(cell, service, message, PRINCIPAL[role]) != (role in roles):
                    wrong.append(f"{role} {'may not' if role in roles else 'may'} send {type(message).__name__} to {service}")
        for service in SERVICES:
            for role in ROLES:
                if allowed(cell, service, envelope_pb2.JournalFetch(), PRINCIPAL[role], True) != (role in (DAEMON, OPERATOR)):
                    wrong.append(f"JournalFetch of {service} by {role}")
        assert not wrong, "\n".join(wrong)
        say(f"  {len(REQUESTS)} requests and {len(SERVICES)} journals, {len(ROLES)} roles each")

    def each_role_may_record_the_facts_of_the_table_and_no_others():
        wrong = []
        facts = {
            "network": registry_pb2.Network(code="A09", name="x", kind=1, collecting_institution="A01-H"),
            "budget": registry_pb2.Budget(network="A01", year=2027),
            "payee": registry_pb2.Payee(code="NEW", name="x"),
            "provider_contract": registry_pb2.ProviderContract(
                code="C9", provider=providers["A02"], network="A01", convention="2024", functions=[2],
                payee="A01-P", **{"from": "2026-01-01"}),
            "second_leader_contract": registry_pb2.SecondLeaderContract(
                code="L9", network="A01", kind=2, payee="A01-P", conditions=[1, 2, 3], **{"from": "2026-01-01"}),
            "amendment": registry_pb2.Amendment(code="AV5", network="A01", convention="2024", signed_on="2026-01-05"),
            "amendment_letter": registry_pb2.AmendmentLetter(amendment="AV4", network="A01", contract="A01-P-A01",
                                                             sent_on="2026-01-06"),
            "site": registry_pb2.Site(code="S9", network="A01", name="x", kind=3),
            "programme": registry_pb2.Programme(code="G9", network="A01", title="x", functions=[2], decided_on="2026-01-01"),
            "insurability": registry_pb2.InsurabilityStatement(niss=Person("1980-02-02").niss, insured=True,
                                                               **{"from": "2026-01-01"}),
            "representation": registry_pb2.Representation(principal="integrator", provider=providers["A01"]),
        }
        assert facts.keys() == FACTS.keys()
        for kind, fact in facts.items():
            for role in (AUTHORITY, COLLECTING, NETWORK, INSURER, OPERATOR):
                load = intake_pb2.LoadRegistry(facts=[registry_pb2.RegistryFact(**{kind: fact})], dry_run=True)
                verdict, = cell.request("intake", load, as_=role).facts
                if (verdict.refusal.code != "denied") != (role in FACTS[kind] | {OPERATOR}):
                    wrong.append(f"{kind} by {role}: {verdict}")
                elif verdict.refusal.code not in ("", "denied"):
                    wrong.append(f"{kind} is not sound: {verdict}")
        assert not wrong, "\n".join(wrong)

    def a_network_sees_and_changes_itself_alone():
        for as_ in ("net-1", "hospital-1"):
            assert denied(cell, "ledger", ledger_pb2.BudgetQuery(network="A02"), as_) == "network"
            own = cell.request("ledger", ledger_pb2.BudgetQuery(year=2026), as_=as_).budgets
            assert {budget.network for budget in own} == {"A01"}
            assert denied(cell, "reporting", reporting_pb2.EventFetch(network="A02"), as_) == "network"
            assert denied(cell, "reporting", reporting_pb2.EventFetch(topic="A02/posted"), as_) == "network"
            events = cell.request("reporting", reporting_pb2.EventFetch(network="*"), as_=as_).events
            assert events and {event.network for event in events} <= {"A01", "all"}, {event.network for event in events}
            assert denied(cell, "reporting", reporting_pb2.SnapshotQuery(network="A02"), as_) == "network"
            snapshot = cell.request("reporting", reporting_pb2.SnapshotQuery(), as_=as_).networks
            assert {network.network for network in snapshot} == {"A01", "all"}
            assert denied(cell, "reporting", reporting_pb2.StatisticsQuery(network="A02"), as_) == "network"
            rows = cell.request("reporting", reporting_pb2.StatisticsQuery(), as_=as_).networks
            assert {row.network for row in rows} == {"A01"}
            denied(cell, "ledger", ledger_pb2.PostingQuery(number=numbers["A02"].number), as_)
            denied(cell, "ledger", ledger_pb2.PaymentQuery(network="A02"), as_)
            denied(cell, "rating", rating_pb2.RatedQuery(number=numbers["A02"].number), as_)
            assert allowed(cell, "rating", rating_pb2.RatedQuery(number=numbers["A01"].number), as_)
        registry = cell.request("intake", intake_pb2.RegistryQuery(kind="site"), as_="net-1").facts
        assert {fact.site.network for fact in registry} == {"A01"}
        site = registry_pb2.Site(code="S9", network="A02", name="x", kind=3)
        verdict, = cell.request("intake", intake_pb2.LoadRegistry(facts=[registry_pb2.RegistryFact(site=site)]),
                                as_="net-1").facts
        assert (verdict.refusal.code, verdict.refusal.field) == ("denied", "network"), verdict
        reply = cell.cancel(numbers["A02"].id, b"k", reason="not mine", as_="net-1")
        assert not reply.cancelled and reply.refusal.code == "not-found", reply

    def a_consumer_s_scope_bounds_what_it_fetches():
        assert denied(cell, "reporting", reporting_pb2.EventFetch(network="A02"), "consumer-1") == "network"
        assert denied(cell, "ledger", ledger_pb2.BudgetQuery(network="A02"), "consumer-1") == "network"
        events = cell.request("reporting", reporting_pb2.EventFetch(network="*"), as_="consumer-1").events
        assert {event.network for event in events} <= {"A01", "all"}

    def an_integrator_attests_and_sees_what_it_represents():
        mine, other = cell.submit([
            individual("one-1", "A01", providers["A01"], "2026-02-03", Person("1980-03-03")),
            individual("one-2", "A02", providers["A02"], "2026-02-03", Person("1980-03-04"))], as_="one-provider")
        assert mine.verdict.id
        assert "not-represented" in [reason.code for reason in other.verdict.reasons], other
        for query in (intake_pb2.AttestationQuery(id=numbers["A01"].id), intake_pb2.AttestationQuery(key=b"A01")):
            try:
                raise AssertionError(cell.request("intake", query, as_="one-provider"))
            except Refused as refused:
                assert refused.code == "not-found", refused
        for service, query in (("rating", rating_pb2.RatedQuery), ("ledger", ledger_pb2.PostingQuery)):
            assert allowed(cell, service, query(number=mine.verdict.number, wait_ms=5000), "one-provider")
            assert denied(cell, service, query(number=numbers["A01"].number), "one-provider") == "number"
            assert denied(cell, service, query(number=mine.verdict.number), "integrator") == "number"
        reply = cell.cancel(numbers["A01"].id, b"k", as_="one-provider")
        assert not reply.cancelled and reply.refusal.code == "not-found", reply

    def a_subscription_outside_the_scope_gets_nothing():
        prefixes = ("A02/", "A02/posted", "A", "")
        blind = []
        for prefix in prefixes:
            blind.append(open_feed(cell, "consumer-1"))
            blind[-1].subscribe(prefix)
        own, all_ = open_feed(cell, "consumer-1"), open_feed(cell, "consumer")
        own.subscribe("A01/")
        all_.subscribe("")
        for feed in (own, all_):
            assert feed.poll(5000), "no heartbeat came"
        cell.accept([individual(f"feed-{network}", network, providers[network], "2026-02-04", Person("1980-04-04"))
                     for network in providers])
        cell.wait_caught_up()
        seen = {own: [], all_: []}
        for feed, topics in seen.items():
            wait_until(lambda: topics.append(feed.recv_multipart()[0]) or f"A0{1 if feed is own else 2}/posted".encode()
                       in topics, 5, "the posting on the feed")
        heartbeat = b""
        while heartbeat != b"A02/heartbeat":  # so late that anything for the others would have come
            heartbeat = all_.recv_multipart()[0]
        for prefix, feed in zip(prefixes, blind):
            assert not feed.poll(0), f"a subscription to '{prefix}' got {feed.recv_multipart()[0]}"
            feed.close(0)
        assert all(topic.startswith(b"A01/") for topic in seen[own]), seen[own]
        own.close(0)
        all_.close(0)
        say(f"  {prefixes} got nothing; the log: {cell.log('reporting').count('subscription-refused')} refusals")

    def a_revoked_key_is_denied_within_two_seconds_on_an_open_session():
        feed = open_feed(cell, "leaving-consumer")
        feed.subscribe("")
        assert feed.poll(5000)
        sessions = [Session(cell, service, "leaver") for service in SERVICES]
        for session in sessions:
            session.request(envelope_pb2.Health())
        began = time.monotonic()
        for name in ("leaver", "leaving-consumer"):
            (cell.dir / "allow" / f"{name}.pub").unlink()

        def is_denied(session):
            try:
                session.request(envelope_pb2.Health(), timeout=2.0)
                return False
            except Refused as refused:
                assert refused.code == "denied", refused
                return True
        for session in sessions:
            wait_until(lambda: is_denied(session), 2.0 - (time.monotonic() - began), "the open session is denied")
            session.close()
        say(f"  four open sessions are denied after {time.monotonic() - began:.2f} s")
        for service in SERVICES:
            session = Session(cell, service, "leaver")
            try:
                raise AssertionError(session.request(envelope_pb2.Health(), timeout=5))
            except NotAllowed:
                session.close()
        cell.accept([individual("after", "A01", providers["A01"], "2026-02-05", Person("1980-05-05"))])
        cell.wait_caught_up()
        while feed.poll(1500):  # heartbeats from before; then the connection is gone
            topic, frame = feed.recv_multipart()
            message = reporting_pb2.FeedMessage.FromString(frame)
            assert not any(event.number == cell.head("intake") for event in message.events), "a revoked consumer still hears"
        feed.close(0)

    def denials_are_counted_in_health():
        before = cell.health("ledger")
        denied(cell, "ledger", ledger_pb2.TrialBalanceQuery(), "consumer")
        after = cell.health("ledger")
        assert after.requests_denied == before.requests_denied + 1
        assert after.requests_refused == before.requests_refused + 1


    run_claims(a_key_that_nobody_knows_is_refused_at_the_handshake_of_every_socket, without_a_key_nothing_is_answered,
               the_table_knows_every_request, each_role_may_send_what_the_table_says_and_nothing_else,
               each_role_may_record_the_facts_of_the_table_and_no_others, a_network_sees_and_changes_itself_alone,
               a_consumer_s_scope_bounds_what_it_fetches, an_integrator_attests_and_sees_what_it_represents,
               a_subscription_outside_the_scope_gets_nothing,
               a_revoked_key_is_denied_within_two_seconds_on_an_open_session, denials_are_counted_in_health)
