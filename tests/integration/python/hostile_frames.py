"""Hostile frames: whatever arrives gets an answer that names place and reason, costs nobody else anything, and is counted.

While this test sends, a good client goes on beside it and must be answered all the time. No process ends.
"""

import random
import socket as sockets
import threading

import zmq

from cell import (Cell, NoAnswer, Refused, SERVICES, Session, message_class, open_reply, run_claims, say, wait_until)
from consumer import open_feed
from facts import Person, Registry, at, group, individual
from elp.v1 import envelope_pb2, intake_pb2, ledger_pb2, rating_pb2, registry_pb2, reporting_pb2, types_pb2

MIB = 1024 * 1024
SEED = 20260210
SOCKETS = [(service, journal) for service in SERVICES for journal in (False, True)]


class GoodClient(threading.Thread):
    """Asks every daemon and attests a session, again and again; each answer must come within its deadline."""

    def __init__(self, cell, provider):
        super().__init__(daemon=True)
        self.cell, self.provider = cell, provider
        self.rounds, self.failure, self.stopping = 0, None, threading.Event()

    def run(self):
        sessions = {service: Session(self.cell, service, "operator") for service in SERVICES}
        try:
            while not self.stopping.is_set():
                for session in sessions.values():
                    session.request(envelope_pb2.Health(), timeout=5.0)
                line = individual(f"good-{self.rounds}", "A01", self.provider, "2026-02-02",
                                  Person("1980-01-01", serial=1 + self.rounds % 900),
                                  start=f"{self.rounds // 60 % 24:02d}:{self.rounds % 60:02d}")
                answer, = sessions["intake"].request(intake_pb2.SubmitBatch(lines=[line]), timeout=5.0).lines
                if self.rounds < 24 * 60:
                    assert answer.verdict.id, answer
                self.rounds += 1
        except Exception as failure:  # raised by check
            self.failure = failure
        finally:
            for session in sessions.values():
                session.close()

    def check(self, rounds=3):
        """It goes on: some further rounds came through."""
        target = self.rounds + rounds
        wait_until(lambda: self.failure or self.rounds >= target, 15, "the good client goes on")
        if self.failure:
            raise self.failure


def envelope(message=None, **changes):
    frame = envelope_pb2.Envelope(version=1, type=2, request_id=7)
    if message is not None:
        frame.payload = message.SerializeToString()
    for field, value in changes.items():
        setattr(frame, field, value)
    return frame.SerializeToString()


def field(number, wire_type, content=b""):
    """A raw field of a message."""
    key = number << 3 | wire_type
    assert key < 128 and len(content) < 128
    return bytes([key]) + (bytes([len(content)]) if wire_type == 2 else b"") + content


with Cell() as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "1000000.00", "operating": "500.00"}})
    world.site("S1", "A01")
    world.programme("G1", "A01")
    provider = world.provider("P1", "A01", sites=["S1"])
    good_provider = world.provider("P2", "A01")
    world.payee("E1")
    world.second_leader("L1", "A01", payee="E1")
    world.amendment("AV4", "A01", "2026-01-05")
    world.represent("operator", "*")
    cell.start()
    cell.set_clock(at("2026-02-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    processes = {service: cell.daemons[service].pid for service in SERVICES}
    good = GoodClient(cell, good_provider)

    def refused(session, *frames):
        """Sends frames; (code, field) of the answer, which must be Refused with a reason and a remedy."""
        session.send_frames(*frames)
        try:
            raise AssertionError(f"answered {open_reply(session.receive(timeout=5))}")
        except Refused as answer:
            assert answer.reason and answer.remedy, answer
            return answer.code, answer.field

    def counts(service):
        health = cell.health(service)
        return health.frames_undecodable, health.requests_refused

    def what_is_no_envelope_is_answered_and_counted():
        random_ = random.Random(SEED)
        whole = envelope(envelope_pb2.Health())
        frames = [whole[:3], whole[:-1], b"\xff", b"\x0a", b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
                  field(1, 3), b"\x10" + b"\xff" * 11, envelope(trace_id=b"abc"), envelope(trace_id=b"x" * 17),
                  *(bytes([0xff]) + random_.randbytes(random_.randint(1, 4000)) for _ in range(20))]
        for service, journal in SOCKETS:
            session = Session(cell, service, "operator", journal=journal)
            before = counts(service)
            for frame in frames:
                assert refused(session, frame) == ("malformed", "envelope"), (service, frame[:40])
            after = counts(service)
            assert after[0] - before[0] == len(frames) and after[1] - before[1] == len(frames), (before, after)
            session.close()
        say(f"  {len(frames)} frames to each of {len(SOCKETS)} sockets: malformed at 'envelope'; undecodable counted")

    def several_frames_are_refused_as_such():
        for service, journal in SOCKETS:
            session = Session(cell, service, "operator", journal=journal)
            before = counts(service)
            for frames in ((b"", envelope()), (envelope(), envelope()), tuple(b"x" for _ in range(500))):
                assert refused(session, *frames) == ("malformed", "frames")
            assert counts(service)[0] - before[0] == 3
            session.close()

    def a_foreign_version_is_named():
        for service, journal in SOCKETS:
            session = Session(cell, service, "operator", journal=journal)
            for version in (0, 2, 2 ** 32 - 1):
                assert refused(session, envelope(version=version)) == ("foreign-version", "version")
            assert refused(session, b"") == ("foreign-version", "version")  # an empty frame is version 0
            session.close()

    def a_foreign_type_is_named():
        taken = {"intake": (2, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 100, 102, 104, 106, 108, 110,
                            112, 114), "rating": (2, 6, 40, 42, 44),
                 "ledger": (2, 6, 50, 52, 54, 56, 58, 120, 122, 124), "reporting": (2, 60, 62, 64)}
        for service, journal in SOCKETS:
            session = Session(cell, service, "operator", journal=journal)
            own = (4,) if journal else (8, 70, *taken[service])  # backup and rebuild are every daemon's
            for type_ in (*range(0, 128), 9999):
                if type_ in own:
                    continue
                frame = envelope_pb2.Envelope(version=1, request_id=7).SerializeToString() + b"\x10" + (
                    bytes([type_]) if type_ < 128 else b"\x8f\x4e")
                assert refused(session, frame) == ("unknown-type", "type"), (service, journal, type_)
            session.close()

    def a_payload_that_is_not_the_message_is_refused():
        requests = [("intake", intake_pb2.SubmitBatch), ("intake", intake_pb2.LoadRegistry), ("intake", intake_pb2.Decide),
                    ("rating", rating_pb2.RatedQuery), ("ledger", ledger_pb2.BudgetQuery),
                    ("reporting", reporting_pb2.EventFetch)]
        for service, message in requests:
            session = Session(cell, service, "operator")
            type_ = envelope_pb2.MessageType.Value("MESSAGE_TYPE_" + {
                "SubmitBatch": "SUBMIT_BATCH", "LoadRegistry": "LOAD_REGISTRY", "Decide": "DECIDE", "RatedQuery": "RATED_QUERY",
                "BudgetQuery": "BUDGET_QUERY", "EventFetch": "EVENT_FETCH"}[message.__name__])
            for payload in (b"\xff", field(1, 2, b"ab")[:-1], b"\x0a\x7f", field(1, 5, b"ab"), field(15, 3), b"\x00"):
                assert refused(session, envelope(type=type_, payload=payload)) == ("malformed", "payload"), (message, payload)
            session.close()
        session = Session(cell, "ledger", "operator")
        hidden = ledger_pb2.BudgetQuery(network="A01\0; and more")
        assert refused(session, envelope(hidden, type=50)) == ("malformed", "payload")
        session.close()

    def a_frame_past_one_mebibyte_costs_its_sender_the_connection_and_nobody_else_anything():
        for service, journal in SOCKETS:
            session = Session(cell, service, "operator", journal=journal)
            session.send_frames(b"x" * (MIB + 1))
            try:
                raise AssertionError(f"answered {session.receive(timeout=0.3)}")
            except NoAnswer:
                pass
            probe = envelope_pb2.JournalFetch() if journal else envelope_pb2.Health()
            assert session.request(probe, timeout=10), "the next connection works"
            session.close()
        exact = intake_pb2.LoadBook(yaml=b"x")
        exact.yaml += b"x" * (MIB - 1000)
        session = Session(cell, "intake", "operator")
        assert refused(session, envelope(exact, type=16))[0] in ("too-large", "malformed")
        session.close()
        good.check()

    def lists_past_their_cap_are_refused():
        sound = individual("x", "A01", provider, "2026-02-03", Person("1985-01-01"))
        session = Session(cell, "intake", "operator")
        batch = intake_pb2.SubmitBatch(lines=[sound] * 1001, dry_run=True)
        assert refused(session, envelope(batch, type=10)) == ("too-large", "lines")
        assert refused(session, envelope(intake_pb2.SubmitBatch(), type=10)) == ("malformed", "lines")
        empty_lines = intake_pb2.SubmitBatch(lines=[intake_pb2.AttestationLine()] * 32768)
        assert len(empty_lines.SerializeToString()) == 65536
        assert refused(session, envelope(empty_lines, type=10)) == ("too-large", "lines")
        for count in (101, 32768, 500000):
            crowd = intake_pb2.AttestationLine()
            crowd.CopyFrom(sound)
            crowd.MergeFromString(field(11, 2) * count)
            batch = intake_pb2.SubmitBatch(lines=[crowd], dry_run=True)
            try:
                answer = session.request(batch)
                reason = answer.lines[0].verdict.reasons[0]
                assert (reason.code, reason.field) == ("malformed", "beneficiaries"), reason
            except Refused as answer:
                assert count > 101 and (answer.code, answer.field) in (("too-large", "lines"), ("malformed", "payload"))
                say(f"  {count} empty beneficiaries in one line: {answer}")
        facts = intake_pb2.LoadRegistry(facts=[registry_pb2.RegistryFact()] * 1001, dry_run=True)
        assert refused(session, envelope(facts, type=14))[1] == "facts"
        named = intake_pb2.Decide(kind=4, network="A01", year=2026, decided_on="2026-02-01", reason="x",
                                  attestations=range(1, 100000))
        assert refused(session, envelope(named, type=20))[1] == "attestations"
        session.close()
        session = Session(cell, "reporting", "operator")
        kinds = reporting_pb2.EventFetch(network="*", kinds=["posted"] * 65)
        assert refused(session, envelope(kinds, type=60)) == ("too-large", "kinds")
        session.close()
        good.check()

    def the_worst_batch_is_answered_within_the_limits_of_a_frame():
        """A thousand lines with a hundred empty beneficiaries each: every one is at fault in several ways."""
        worst = intake_pb2.AttestationLine(service=types_pb2.SERVICE_GROUP, function=2)
        worst.MergeFromString(field(11, 2) * 100)
        for dry_run in (True, False):
            batch = intake_pb2.SubmitBatch(dry_run=dry_run)
            for place in range(1000):
                line = batch.lines.add()
                line.CopyFrom(worst)
                line.key = b"worst-%d" % place
            session = Session(cell, "intake", "operator")
            reply = session.request(batch, timeout=20)
            assert len(reply.lines) == 1000
            assert {answer.verdict.kind for answer in reply.lines} == {intake_pb2.VERDICT_KIND_REFUSED}
            say(f"  1,000 × 100 empty beneficiaries, dry_run {dry_run}: {len(reply.SerializeToString()):,} bytes of verdicts, "
                f"{len(reply.lines[0].verdict.reasons)} reasons for the first line")
            session.close()
        cell.wait_caught_up()
        good.check()

    def each_field_of_a_line_out_of_range_is_named_and_the_sound_lines_are_accepted():
        people = [Person(f"1970-02-0{place}") for place in range(1, 6)]

        def changed(line, changes):
            for name, value in changes.items():
                setattr(line, name, value)
            return line

        def alone(**changes):
            return changed(individual(b"k", "A01", provider, "2026-02-03", Person("1985-01-01")), changes)

        def together(**changes):
            return changed(group(b"k", "A01", provider, "2026-02-03", people, "G1", second_leader="L1", site="S1"), changes)

        def somebody(**changes):
            line = alone()
            changed(line.beneficiaries[0], changes)
            return line

        nobody = alone()
        del nobody.beneficiaries[:]
        two = alone()
        two.beneficiaries.add().CopyFrom(people[0].message())
        cases = [
            ("key", alone(key=b"")), ("key", alone(key=b"x" * 65)), ("network", alone(network="")),
            ("network", alone(network="NOPE")), ("network", alone(network="a b")), ("network", alone(network="x" * 33)),
            ("network", alone(network="\x7f")), ("provider", alone(provider="")), ("provider", alone(provider="10000100001")),
            ("provider", alone(provider="1" * 200)), ("service", alone(service=0)), ("service", alone(service=7)),
            ("service", alone(service=-1)), ("function", alone(function=0)), ("function", alone(function=77)),
            ("function", alone(function=1)), ("date", alone(date="")), ("date", alone(date="2026-02-30")),
            ("date", alone(date="03-02-2026")), ("date", alone(date="2026-2-3")), ("start", alone(start="24:00")),
            ("start", alone(start="9:00")), ("start", alone(start="")), ("minutes", alone(minutes=0)),
            ("minutes", alone(minutes=1441)), ("minutes", alone(minutes=2 ** 32 - 1)),
            ("direct_minutes", together(direct_minutes=121)), ("direct_minutes", together(direct_minutes=2 ** 32 - 1)),
            ("site", alone(site="NOPE")), ("site", alone(site="..!")), ("beneficiaries", nobody),
            ("beneficiaries", two), ("beneficiaries[0].niss", somebody(niss="")),
            ("beneficiaries[0].niss", somebody(niss="85010100100")), ("beneficiaries[0].niss", somebody(niss="é" * 11)),
            ("beneficiaries[0].birth_date", somebody(birth_date="")),
            ("beneficiaries[0].birth_date", somebody(birth_date="1985-13-01")),
            ("beneficiaries[0].birth_date", somebody(birth_date="2030-01-01")),
            ("beneficiaries[0].ct1", somebody(ct1="11")), ("beneficiaries[0].ct2", somebody(ct2="abc")),
            ("head_count", together(head_count=3)), ("head_count", together(head_count=1001)),
            ("second_provider", alone(second_provider=good_provider)), ("second_leader", alone(second_leader="L1")),
            ("second_leader", together(second_leader="a b")), ("second_provider", together(second_provider="12")),
            ("programme", alone(programme="G1")), ("programme", together(programme="a/b")),
            ("assessment_date", alone(assessment_date="yesterday")), ("replaces", alone(replaces="nothing")),
            ("replaces", alone(replaces="0123456789abcdef-99999999")),
            ("referral_date", alone(referral_date="2026-02-30")), ("referrer", alone(referrer=3)),
            ("professionals", alone(professionals=1)), ("professionals", alone(service=4, professionals=101)),
            ("care_providers", alone(service=4, professionals=2, care_providers=3)),
            ("consent", alone(consent=True)), ("report", alone(report=True)), ("cost", alone(cost_cents=1)),
            ("cost", together(cost_cents=-1)), ("referral_date", together(referral_date="2026-02-01")),
        ]
        sound = individual("sound", "A01", provider, "2026-02-04", Person("1985-01-02"))
        after = individual("after", "A01", provider, "2026-02-04", Person("1985-01-03"), start="11:00")
        batch = [sound]
        for place, (name, line) in enumerate(cases):
            line.key = line.key if name == "key" else b"field-%d" % place
            batch.append(line)
        batch.append(after)
        answers = cell.submit(batch, as_="operator")
        assert answers[0].verdict.id and answers[-1].verdict.id, (answers[0], answers[-1])
        for (name, line), answer in zip(cases, answers[1:-1]):
            named = [reason.field for reason in answer.verdict.reasons if reason.code == "malformed"]
            assert name in named, (name, line, answer)
            assert all(reason.reason and reason.remedy and not reason.patient_billable
                       for reason in answer.verdict.reasons if reason.code == "malformed")
        say(f"  {len(cases)} lines, each names its field; the two sound ones around them are accepted")

    def a_nul_inside_a_text_costs_its_line_alone_and_names_the_field():
        """Clients in many languages write one; protobuf-c would hand the text out cut at it."""

        def texts(message):
            return [name.name for name in message.DESCRIPTOR.fields if name.type == name.TYPE_STRING]

        cases, batch = [], [individual("nul-sound", "A01", provider, "2026-02-05", Person("1985-01-02"))]
        line = individual(b"k", "A01", provider, "2026-02-05", Person("1985-01-04"), start="10:00")
        for name in texts(line):
            cases.append((name, intake_pb2.AttestationLine.FromString(line.SerializeToString())))
            setattr(cases[-1][1], name, getattr(line, name)[:2] + "\0" + getattr(line, name)[2:])
        for name in texts(line.beneficiaries[0]):
            cases.append((f"beneficiaries[0].{name}", intake_pb2.AttestationLine.FromString(line.SerializeToString())))
            somebody = cases[-1][1].beneficiaries[0]
            setattr(somebody, name, getattr(somebody, name)[:2] + "\0" + getattr(somebody, name)[2:])
        for place, (name, changed) in enumerate(cases):
            changed.key = b"nul-%d" % place
            batch.append(changed)
        batch.append(individual("nul-after", "A01", provider, "2026-02-05", Person("1985-01-05"), start="11:00"))
        answers = cell.submit(batch, as_="operator")
        assert answers[0].verdict.id and answers[-1].verdict.id, (answers[0], answers[-1])
        for (name, changed), answer in zip(cases, answers[1:-1]):
            assert name in [reason.field for reason in answer.verdict.reasons if reason.code == "malformed"], (name, answer)
        again = cell.submit(batch, as_="operator")
        assert [answer.verdict.id for answer in again] == [answer.verdict.id for answer in answers]
        say(f"  {len(cases)} texts of a line with a NUL, each refused alone")

    def each_fact_out_of_range_is_named_and_costs_the_others_nothing():
        fact = registry_pb2.RegistryFact
        contract = {"code": "C9", "provider": provider, "network": "A01", "convention": "2024", "from": "2026-01-01",
                    "functions": [2], "payee": "P1"}
        leader = {"code": "L9", "network": "A01", "kind": 5, "from": "2026-01-01", "payee": "E1"}
        amendment = {"code": "AV9", "network": "A01", "convention": "2024", "signed_on": "2026-01-05"}
        letter = {"amendment": "AV4", "network": "A01", "contract": "P1-A01", "sent_on": "2026-01-06"}
        cases = [
            ("", fact()),
            ("code", fact(payee=registry_pb2.Payee(code="a b", name="x"))),
            ("iban", fact(payee=registry_pb2.Payee(code="X", name="x", iban="BE00000000000000"))),
            ("bce", fact(payee=registry_pb2.Payee(code="X", name="x", bce="0000000001"))),
            ("country", fact(payee=registry_pb2.Payee(code="X", name="x", country="Belgium"))),
            ("name", fact(payee=registry_pb2.Payee(code="X", name="x" * 300))),
            ("name", fact(payee=registry_pb2.Payee(code="X", name="a\nb"))),
            ("kind", fact(network=registry_pb2.Network(code="A09", name="x", kind=9))),
            ("collecting_institution", fact(network=registry_pb2.Network(code="A09", name="x", kind=1,
                                                                         collecting_institution="NOPE"))),
            ("provider", fact(provider_contract=registry_pb2.ProviderContract(**{**contract, "provider": "12"}))),
            ("payee", fact(provider_contract=registry_pb2.ProviderContract(**{**contract, "payee": "NOPE"}))),
            ("from", fact(provider_contract=registry_pb2.ProviderContract(**{**contract, "from": "soon"}))),
            ("until", fact(provider_contract=registry_pb2.ProviderContract(**contract, until="2025-01-01"))),
            ("functions", fact(provider_contract=registry_pb2.ProviderContract(**{**contract, "functions": [9]}))),
            ("sites", fact(provider_contract=registry_pb2.ProviderContract(**contract, sites=["NOPE"]))),
            ("sites", fact(provider_contract=registry_pb2.ProviderContract(**contract, sites=["S1"] * 101))),
            ("kind", fact(second_leader_contract=registry_pb2.SecondLeaderContract(**{**leader, "kind": 1}))),
            ("designator", fact(second_leader_contract=registry_pb2.SecondLeaderContract(**leader, designated=True))),
            ("rate_cents_per_hour", fact(second_leader_contract=registry_pb2.SecondLeaderContract(
                **leader, designated=True, designator="E1", rate_cents_per_hour=-1))),
            ("conditions", fact(second_leader_contract=registry_pb2.SecondLeaderContract(**leader))),
            ("conditions", fact(second_leader_contract=registry_pb2.SecondLeaderContract(**leader, conditions=[99]))),
            ("conditions", fact(second_leader_contract=registry_pb2.SecondLeaderContract(**leader, conditions=[1, 1]))),
            ("localities", fact(second_leader_contract=registry_pb2.SecondLeaderContract(
                **leader, conditions=[1, 2, 3], localities=["x"] * 101))),
            ("localities", fact(second_leader_contract=registry_pb2.SecondLeaderContract(
                **leader, conditions=[1, 2, 3], localities=["a\nb"]))),
            ("code", fact(second_leader_contract=registry_pb2.SecondLeaderContract(
                **{**leader, "code": "P1-A01"}, conditions=[1, 2, 3]))),
            ("convention", fact(amendment=registry_pb2.Amendment(**{**amendment, "convention": "2042"}))),
            ("convention", fact(amendment=registry_pb2.Amendment(**{**amendment, "convention": "twenty-twenty"}))),
            ("signed_on", fact(amendment=registry_pb2.Amendment(**{**amendment, "signed_on": "2026-02-30"}))),
            ("title", fact(amendment=registry_pb2.Amendment(**amendment, title="x" * 300))),
            ("amendment", fact(amendment_letter=registry_pb2.AmendmentLetter(**{**letter, "amendment": "NOPE"}))),
            ("contract", fact(amendment_letter=registry_pb2.AmendmentLetter(**{**letter, "contract": "a/b"}))),
            ("contract", fact(amendment_letter=registry_pb2.AmendmentLetter(**{**letter, "contract": "NOPE"}))),
            ("refused_on", fact(amendment_letter=registry_pb2.AmendmentLetter(**letter, refused_on="2026-01-05"))),
            ("kind", fact(site=registry_pb2.Site(code="S9", network="A01", name="x"))),
            ("network", fact(site=registry_pb2.Site(code="S9", network="NOPE", name="x", kind=1))),
            ("published_on", fact(programme=registry_pb2.Programme(code="G9", network="A01", title="x", functions=[2],
                                                                   decided_on="2026-01-02", published_on="2026-01-01"))),
            ("provider", fact(representation=registry_pb2.Representation(principal="integrator", provider="nobody"))),
            ("niss", fact(insurability=registry_pb2.InsurabilityStatement(niss="12", insured=True, **{"from": "2026-01-01"}))),
            ("year", fact(budget=registry_pb2.Budget(network="A01", year=1999))),
            ("envelopes", fact(budget=registry_pb2.Budget(network="A01", year=2026, envelopes=[
                registry_pb2.EnvelopeAmount(envelope=1, cents=-1)]))),
            ("envelopes", fact(budget=registry_pb2.Budget(network="A01", year=2026, envelopes=[
                registry_pb2.EnvelopeAmount(envelope=1, cents=1), registry_pb2.EnvelopeAmount(envelope=1, cents=1)]))),
            ("envelopes", fact(budget=registry_pb2.Budget(network="A01", year=2026, envelopes=[
                registry_pb2.EnvelopeAmount(envelope=99, cents=1)]))),
            ("envelopes", fact(budget=registry_pb2.Budget(network="A01", year=2026, envelopes=[
                registry_pb2.EnvelopeAmount(envelope=1, cents=2 ** 62)]))),
        ]
        sound = fact(payee=registry_pb2.Payee(code="SOUND", name="x"))
        last = fact(payee=registry_pb2.Payee(code="SOUND-2", name="x"))
        verdicts = cell.request("intake", intake_pb2.LoadRegistry(facts=[sound, *(bad for _, bad in cases), last])).facts
        assert verdicts[0].result == verdicts[-1].result == intake_pb2.FACT_RESULT_RECORDED
        for (name, bad), verdict in zip(cases, verdicts[1:-1]):
            assert verdict.result == intake_pb2.FACT_RESULT_REFUSED, (bad, verdict)
            assert verdict.refusal.field.startswith(name) and verdict.refusal.reason and verdict.refusal.remedy, (bad, verdict)
        say(f"  {len(cases)} facts refused, each names its field; the two sound ones are recorded")

    def each_field_of_the_other_requests_out_of_range_is_named():
        cases = [
            ("intake", intake_pb2.IndexTariffs(convention="1999", year=2027, basis_points=1, source="x"), "convention"),
            ("intake", intake_pb2.IndexTariffs(convention="2024", year=1, basis_points=1, source="x"), "year"),
            ("intake", intake_pb2.IndexTariffs(convention="2024", year=2027, basis_points=2 ** 30, source="x"), "basis_points"),
            ("intake", intake_pb2.IndexTariffs(convention="2024", year=2027, basis_points=1), "source"),
            ("intake", intake_pb2.Decide(network="A01", year=2026, decided_on="2026-02-01", reason="x"), "kind"),
            ("intake", intake_pb2.Decide(kind=77, network="A01", year=2026, decided_on="2026-02-01", reason="x"), "kind"),
            ("intake", intake_pb2.Decide(kind=4, network="NO", year=2026, decided_on="2026-02-01", reason="x"), "network"),
            ("intake", intake_pb2.Decide(kind=4, network="A01", year=1, decided_on="2026-02-01", reason="x"), "year"),
            ("intake", intake_pb2.Decide(kind=1, network="A01", year=2026, cents=-1, decided_on="2026-02-01", reason="x"),
             "cents"),
            ("intake", intake_pb2.Decide(kind=2, network="A01", year=2026, decided_on="2026-02-01", reason="x"), "to_year"),
            ("intake", intake_pb2.Decide(kind=4, network="A01", year=2026, decided_on="never", reason="x"), "decided_on"),
            ("intake", intake_pb2.Decide(kind=4, network="A01", year=2026, decided_on="2026-02-01"), "reason"),
            ("intake", intake_pb2.ErasePerson(niss="12", reason="x"), "niss"),
            ("intake", intake_pb2.ErasePerson(person=1), "reason"),
            ("intake", intake_pb2.SetClock(at="now"), "at"),
            ("intake", intake_pb2.SetClock(at="9999-01-01T00:00:00Z"), "at"),
            ("intake", intake_pb2.RegistryQuery(kind="pets"), "kind"),
            ("intake", intake_pb2.AttestationQuery(), "id"),
            ("rating", rating_pb2.RatedQuery(), "number"),
            ("ledger", ledger_pb2.PostingQuery(), "number"),
            ("ledger", ledger_pb2.BudgetQuery(as_of="2026-02-31"), "as_of"),
            ("ledger", ledger_pb2.BudgetQuery(network="a b"), "network"),
            ("ledger", ledger_pb2.TrialBalanceQuery(prefix="x" * 5000), "prefix"),
            ("reporting", reporting_pb2.EventFetch(), "topic"),
            ("reporting", reporting_pb2.EventFetch(topic="nothing"), "topic"),
            ("reporting", reporting_pb2.SnapshotQuery(network="NOPE"), "network"),
        ]
        for service, message, name in cases:
            try:
                raise AssertionError(f"{message} was answered with {cell.request(service, message)}")
            except Refused as answer:
                assert answer.field == name and answer.reason and answer.remedy, (message, answer)
        fetch = envelope_pb2.JournalFetch(after=1, hash=b"short")
        try:
            raise AssertionError(cell.request("intake", fetch, journal=True))
        except Refused as answer:
            assert (answer.code, answer.field) == ("malformed", "hash")
        page = cell.request("intake", envelope_pb2.JournalFetch(after=1, hash=bytes(32)), journal=True)
        assert page.state == envelope_pb2.POSITION_STATE_DIVERGED and not page.records
        # A reader may be ahead of a daemon that is being rebuilt; nobody has more of intake's journal than intake.
        far = envelope_pb2.JournalFetch(after=10 ** 9, hash=bytes(32))
        page = cell.request("rating", far, journal=True)
        assert page.state == envelope_pb2.POSITION_STATE_AHEAD and not page.records
        page = cell.request("intake", far, journal=True)
        assert page.state == envelope_pb2.POSITION_STATE_DIVERGED and not page.records

    def bytes_changed_at_random_are_answered_every_time():
        random_ = random.Random(SEED)
        line = individual("fuzz", "A01", provider, "2026-02-05", Person("1985-01-04"))
        messages = [
            ("intake", intake_pb2.SubmitBatch(lines=[line] * 3, dry_run=True)),
            ("intake", intake_pb2.LoadRegistry(dry_run=True, facts=[registry_pb2.RegistryFact(
                payee=registry_pb2.Payee(code="X", name="x"))])),
            ("intake", intake_pb2.RegistryQuery(kind="payee", max=5)), ("intake", intake_pb2.AttestationQuery(key=b"x")),
            ("rating", rating_pb2.RatedQuery(number=5)), ("ledger", ledger_pb2.BudgetQuery(network="A01", year=2026)),
            ("ledger", ledger_pb2.PaymentQuery(network="A01", month=202602)),
            ("reporting", reporting_pb2.EventFetch(network="A01", kinds=["posted"], max=5)),
            ("reporting", reporting_pb2.StatisticsQuery(network="A01", year=2026)),
        ]
        answered = {}
        for service, message in messages:
            session = Session(cell, service, "operator")
            whole = envelope(message, type=envelope_pb2.MessageType.Value(
                next(name for name in envelope_pb2.MessageType.keys()
                     if name != "MESSAGE_TYPE_UNSPECIFIED" and message_class_or_none(name) is type(message))))
            for _ in range(60):
                frame = bytearray(whole)
                for _ in range(random_.choice((1, 1, 2, 8))):
                    place = random_.randrange(len(frame))
                    if random_.random() < 0.3:
                        del frame[place]
                    else:
                        frame[place] = random_.randrange(256)
                session.send_frames(bytes(frame))
                reply = session.receive(timeout=40)  # wait_ms may have become a long wait
                answered[reply.type] = answered.get(reply.type, 0) + 1
            session.close()
        say(f"  seed {SEED}: {sum(answered.values())} frames, {answered[1]} refused")
        good.check()

    def message_class_or_none(name):
        try:
            return message_class(envelope_pb2.MessageType.Value(name))
        except StopIteration:
            return None

    def bytes_that_are_no_zeromq_are_ignored():
        random_ = random.Random(SEED)
        for service in SERVICES:
            for kind in ("commands", "journal", "feed")[:3 if service == "reporting" else 2]:
                port = int(cell.endpoint(service, kind).rsplit(":", 1)[1])
                for data in (b"GET / HTTP/1.1\r\n\r\n", b"", random_.randbytes(5000), b"\xff\0\0\0\0\0\0\0\1\x7f",
                             b"\xff\0\0\0\0\0\0\0\1\x7f\3\0CURVE" + bytes(47) + random_.randbytes(200)):
                    with sockets.create_connection(("127.0.0.1", port)) as raw:
                        raw.sendall(data)
        good.check()

    def a_feed_that_is_talked_to_stays_a_feed():
        listener = open_feed(cell)
        listener.subscribe("A01/")
        assert listener.poll(5000), "no heartbeat came"
        talker = cell.context.socket(zmq.XSUB)
        talker.curve_publickey, talker.curve_secretkey = cell.keys("consumer")
        talker.curve_serverkey = cell.public_key("reporting")
        talker.linger = 0
        talker.connect(cell.endpoint("reporting", "feed"))
        for frame in (b"\x01A01/", b"\x02hello", b"", b"x" * 900, b"\x01" + b"y" * 2000, b"\x00nothing"):
            talker.send(frame)
        line = individual("feed", "A01", provider, "2026-02-06", Person("1985-01-05"))
        number = cell.accept([line], as_="operator")[0].number
        taken = set()

        def hears():
            """Who was cut off with the talker comes back and hears on; what it missed it would fetch."""
            while listener.poll(0):
                taken.add(reporting_pb2.FeedMessage.FromString(listener.recv_multipart()[1]).head)
            return any(head >= number for head in taken)
        wait_until(hears, 10, "the listener hears on")
        talker.close(0)
        listener.close(0)
        good.check()

    def nothing_ended_and_the_good_client_was_answered_all_the_time():
        good.stopping.set()
        good.join()
        if good.failure:
            raise good.failure
        for service in SERVICES:
            assert cell.daemons[service].poll() is None and cell.daemons[service].pid == processes[service]
        cell.wait_caught_up()
        assert cell.trial_balance() == 0
        say(f"  {good.rounds} rounds of the good client, four processes as at the start")

    good.start()
    try:
        run_claims(what_is_no_envelope_is_answered_and_counted, several_frames_are_refused_as_such,
                   a_foreign_version_is_named, a_foreign_type_is_named, a_payload_that_is_not_the_message_is_refused,
                   a_frame_past_one_mebibyte_costs_its_sender_the_connection_and_nobody_else_anything,
                   lists_past_their_cap_are_refused, the_worst_batch_is_answered_within_the_limits_of_a_frame,
                   each_field_of_a_line_out_of_range_is_named_and_the_sound_lines_are_accepted,
                   a_nul_inside_a_text_costs_its_line_alone_and_names_the_field,
                   each_fact_out_of_range_is_named_and_costs_the_others_nothing,
                   each_field_of_the_other_requests_out_of_range_is_named, bytes_changed_at_random_are_answered_every_time,
                   bytes_that_are_no_zeromq_are_ignored, a_feed_that_is_talked_to_stays_a_feed,
                   nothing_ended_and_the_good_client_was_answered_all_the_time)
    finally:
        good.stopping.set()
        if good.is_alive():
            good.join()
