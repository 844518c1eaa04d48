"""The first verdict: whoever sends a line again gets the answer that was given first, whatever happened in between.

Also when intake was killed after it had committed and before the answer could arrive (the shim kills it right behind the
write of the meta page), and when it was killed before that.
"""

from cell import Cell, NoAnswer, Session, run_claims, say
from disk import Disk
from facts import INCREASED, Person, Registry, at, group, individual
from elp.v1 import intake_pb2, types_pb2

NEW, DUPLICATE, CONFLICT, DRY_RUN = (intake_pb2.LineResult.Value(f"LINE_RESULT_{word}")
                                     for word in ("NEW", "DUPLICATE", "KEY_CONFLICT", "DRY_RUN"))

with Cell() as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "100000.00", "operating": "500.00"}})
    world.network("A02", budget={2026: {"care.base": "100000.00", "operating": "500.00"}})
    world.site("S1", "A01")
    world.site("S2", "A01")
    world.programme("G1", "A01")
    world.programme("G2", "A01")
    provider = world.provider("P1", "A01", sites=["S1", "S2"])
    other_provider = world.provider("P2", "A01", sites=["S1"])
    world.payee("E1")
    world.second_leader("L1", "A01", payee="E1")
    world.second_leader("L2", "A01", payee="E1")
    world.represent("second-integrator", "*")
    disk = Disk(cell, "intake")
    cell.new_principal("second-integrator", "integrator")
    cell.start("rating", "ledger", "reporting", wait=False)
    cell.start("intake", env=disk.env)
    cell.set_clock(at("2026-02-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())

    def lines(name, day):
        """A sound line and a refused one."""
        return [individual(f"{name}-sound", "A01", provider, day, Person("1980-01-01")),
                individual(f"{name}-short", "A01", provider, day, Person("1980-01-02"), start="12:00", minutes=10)]

    def results(answers):
        return [answer.result for answer in answers]

    def a_resend_gets_the_first_verdict_and_records_nothing():
        batch = lines("plain", "2026-01-12")
        first = cell.submit(batch)
        head = cell.head("intake")
        again = cell.submit(batch)
        assert results(first) == [NEW, NEW] and results(again) == [DUPLICATE, DUPLICATE]
        assert [answer.verdict for answer in first] == [answer.verdict for answer in again]
        assert [reason.code for reason in again[1].verdict.reasons] == ["duration-too-short"]
        assert cell.head("intake") == head
        say(f"  accepted {first[0].verdict.id}, refused {first[1].verdict.reasons[0].code}; the same again at head {head}")

    def two_equal_lines_of_one_batch_are_one_attestation():
        line = lines("twin", "2026-01-13")[0]
        answers = cell.submit([line, line])
        assert results(answers) == [NEW, DUPLICATE] and answers[0].verdict == answers[1].verdict

    def the_first_verdict_outlives_a_change_of_the_rules_behind_it():
        batch = lines("rules", "2026-01-14")
        first = cell.submit(batch)
        ended = Registry(represent=None)
        ended.provider("P1", "A01", until="2025-12-31", sites=["S1", "S2"])
        contract = ended.facts["provider_contracts"][0]
        contract["provider"] = provider
        cell.load_registry(ended.text())
        fresh, = cell.submit([individual("rules-new", "A01", provider, "2026-01-14", Person("1981-01-01"), start="15:00")])
        assert [reason.code for reason in fresh.verdict.reasons] == ["no-active-contract"]
        again = cell.submit(batch)
        assert results(again) == [DUPLICATE, DUPLICATE]
        assert [answer.verdict for answer in first] == [answer.verdict for answer in again]
        cell.load_registry(world.text())

    def killed_behind_the_commit_intake_answers_the_resend_with_the_verdict_of_then():
        for round_ in range(3):
            batch = lines(f"behind-{round_}", f"2026-01-{15 + round_}")
            head = cell.head("intake")
            disk.order("meta", "KILL")
            session = Session(cell, "intake", "integrator")
            session.send(intake_pb2.SubmitBatch(lines=batch))
            assert cell.wait_ended("intake") == -9
            try:
                raise AssertionError(f"an answer came: {session.receive(timeout=0.1)}")
            except NoAnswer:
                pass
            disk.heal()
            cell.start("intake", env=disk.env)
            assert cell.head("intake") == head + 2
            again = session.request(intake_pb2.SubmitBatch(lines=batch)).lines
            session.close()
            assert results(again) == [DUPLICATE, DUPLICATE], again
            assert [answer.verdict.number for answer in again] == [head + 1, head + 2]
            say(f"  committed as {head + 1} and {head + 2}, unanswered; the resend gets {again[0].verdict.id}")

    def killed_before_the_commit_the_resend_is_new():
        """Also between the vault's commit, which comes first, and the store's."""
        for day, (call, where) in enumerate((("pwrite", None), ("fdatasync", None), ("meta", "/vault/")), 18):
            batch = lines(f"before-{call}", f"2026-01-{day}")
            batch[0].beneficiaries[0].CopyFrom(Person(f"1979-01-{day}").message())  # somebody new, for the vault
            head = cell.head("intake")
            disk.order(call, "KILL", where)
            session = Session(cell, "intake", "integrator")
            session.send(intake_pb2.SubmitBatch(lines=batch))
            assert cell.wait_ended("intake") == -9
            disk.heal()
            cell.start("intake", env=disk.env)
            assert cell.head("intake") == head
            assert results(session.request(intake_pb2.SubmitBatch(lines=batch)).lines) == [NEW, NEW]
            session.close()

    def a_cancellation_is_answered_the_same_again_too():
        verdict, = cell.accept(lines("cancelled", "2026-01-22")[:1])
        disk.order("meta", "KILL")
        session = Session(cell, "intake", "integrator")
        session.send(intake_pb2.CancelAttestation(id=verdict.id, key=b"cancel"))
        assert cell.wait_ended("intake") == -9
        disk.heal()
        session.close()
        cell.start("intake", env=disk.env)
        head = cell.head("intake")
        reply = cell.cancel(verdict.id, b"cancel")
        assert reply.cancelled and reply.number == head == cell.head("intake"), (reply, head)

    def changed_content_is_a_conflict_that_names_the_field():
        person, other = Person("1982-01-01"), Person("1982-01-02")
        alone = individual("conflict", "A01", provider, "2026-01-23", person)
        people = [Person(f"1970-01-0{place}") for place in range(1, 6)]
        together = group("conflict-group", "A01", provider, "2026-01-23", people, "G1", second_leader="L1", site="S1")
        first = {line.key: answer.verdict for line, answer in zip((alone, together), cell.submit([alone, together]))}
        changes = [
            (alone, "network", {"network": "A02"}), (alone, "provider", {"provider": other_provider}),
            (alone, "service", {"service": types_pb2.SERVICE_ASSESSMENT}),
            (alone, "function", {"function": types_pb2.FUNCTION_F3}), (alone, "date", {"date": "2026-01-24"}),
            (alone, "start", {"start": "10:01"}), (alone, "minutes", {"minutes": 46}), (alone, "site", {"site": "S1"}),
            (alone, "other_funding", {"other_funding": True}), (alone, "eating_disorder", {"eating_disorder": True}),
            (alone, "entourage", {"entourage": True}), (alone, "assessment_date", {"assessment_date": "2026-01-05"}),
            (together, "direct_minutes", {"direct_minutes": 96}), (together, "second_leader", {"second_leader": "L2"}),
            (together, "programme", {"programme": "G2"}), (together, "site", {"site": "S2"}),
        ]
        head = cell.head("intake")
        for line, field, values in changes:
            changed = intake_pb2.AttestationLine()
            changed.CopyFrom(line)
            for name, value in values.items():
                setattr(changed, name, value)
            is_conflict(changed, field, first)
        changed = intake_pb2.AttestationLine()
        changed.CopyFrom(alone)
        changed.beneficiaries[0].CopyFrom(other.message())
        is_conflict(changed, "beneficiaries[0].niss", first)
        changed.CopyFrom(alone)
        changed.beneficiaries[0].ct1 = INCREASED
        is_conflict(changed, "beneficiaries[0].ct1", first)
        changed.CopyFrom(together)
        del changed.beneficiaries[4:]
        is_conflict(changed, "beneficiaries[4]", first)
        assert cell.head("intake") == head
        say(f"  {len(changes) + 3} changed lines, each conflict names its field and quotes the first verdict")

    def is_conflict(changed, field, first):
        answer, = cell.submit([changed])
        assert answer.result == CONFLICT, (field, answer)
        assert answer.conflict.code == "key-conflict" and answer.conflict.field == field, (field, answer.conflict)
        assert answer.verdict == first[changed.key], field

    def the_same_content_in_another_writing_is_the_same_line():
        line, = lines("writing", "2026-01-26")[:1]
        first, = cell.submit([line])
        line.beneficiaries[0].niss = "{0}.{1}.{2}-{3}.{4}".format(*(line.beneficiaries[0].niss[a:b] for a, b in (
            (0, 2), (2, 4), (4, 6), (6, 9), (9, 11))))
        again, = cell.submit([line])
        assert again.result == DUPLICATE and again.verdict == first.verdict, again

    def a_key_belongs_to_its_principal():
        line = lines("shared", "2026-01-27")[0]
        theirs = individual("shared-sound", "A01", other_provider, "2026-01-27", Person("1983-01-01"))
        mine, = cell.submit([line])
        other, = cell.submit([theirs], as_="second-integrator")
        assert mine.result == other.result == NEW and mine.verdict.id != other.verdict.id

    def a_dry_run_leaves_no_first_verdict():
        line = lines("dry", "2026-01-28")[0]
        head = cell.head("intake")
        dry, = cell.submit([line], dry_run=True)
        assert dry.result == DRY_RUN and dry.verdict.kind == intake_pb2.VERDICT_KIND_ACCEPTED and not dry.verdict.id
        assert cell.head("intake") == head
        real, = cell.submit([line])
        assert real.result == NEW
        after, = cell.submit([line], dry_run=True)
        assert after.verdict == real.verdict and after.result == DUPLICATE, after

    run_claims(a_resend_gets_the_first_verdict_and_records_nothing, two_equal_lines_of_one_batch_are_one_attestation,
               the_first_verdict_outlives_a_change_of_the_rules_behind_it,
               killed_behind_the_commit_intake_answers_the_resend_with_the_verdict_of_then,
               killed_before_the_commit_the_resend_is_new, a_cancellation_is_answered_the_same_again_too,
               changed_content_is_a_conflict_that_names_the_field, the_same_content_in_another_writing_is_the_same_line,
               a_key_belongs_to_its_principal, a_dry_run_leaves_no_first_verdict)
