"""Story S6, the last evening: the deadline of a session of January 2026, to the second, with and without a statement."""

from cell import Cell, Refused, run_claims, say
from facts import Person, Registry, at, individual
from elp.v1 import intake_pb2

with Cell() as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "10000.00", "operating": "500.00"}})
    provider = world.provider("P1", "A01")
    with_problem, late_problem = Person("1985-07-30", insured=False), Person("1985-07-31", insured=False)
    for person in (with_problem, late_problem):
        world.insurability(person, "2026-01-01", resolved_on="2026-02-10")
    cell.start()
    cell.set_clock(at("2026-02-01"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.set_clock(at("2026-02-10"))  # nothing is resolved in the future
    cell.load_registry(world.text())

    def send(when, key, person, start):
        """Attests the session of 2026-01-20 at that instant; the verdict."""
        cell.set_clock(when)
        answer, = cell.submit([individual(key, "A01", provider, "2026-01-20", person, start=start)])
        codes = ", ".join(f"{reason.code} [{reason.article}]" for reason in answer.verdict.reasons)
        say(f"  {when}: {intake_pb2.VerdictKind.Name(answer.verdict.kind)} {codes}")
        return answer.verdict

    def is_refused_as_late(verdict):
        reason, = verdict.reasons
        assert verdict.kind == intake_pb2.VERDICT_KIND_REFUSED and reason.code == "deadline-passed"
        assert reason.article == "S4 art. 8" and not reason.patient_billable and reason.field == "date"
        assert "2026-04-05" in reason.reason or "2026-05-10" in reason.reason

    def at_23_59_59_of_the_5th_of_april_it_is_accepted():
        verdict = send("2026-04-05T23:59:59+02:00", "evening", Person("1990-01-01"), "09:00")
        assert verdict.kind == intake_pb2.VERDICT_KIND_ACCEPTED

    def one_second_later_it_is_refused_under_its_article_and_the_patient_is_not_billed():
        is_refused_as_late(send("2026-04-06T00:00:00+02:00", "midnight", Person("1990-01-02"), "10:00"))

    def with_a_problem_resolved_on_2026_02_10_it_is_accepted_until_the_end_of_2026_05_10():
        verdict = send("2026-05-10T23:59:59+02:00", "resolved", with_problem, "11:00")
        assert verdict.kind == intake_pb2.VERDICT_KIND_ACCEPTED

    def one_second_later_that_is_refused_too():
        is_refused_as_late(send("2026-05-11T00:00:00+02:00", "resolved-late", late_problem, "12:00"))

    def the_clock_never_goes_back():
        try:
            cell.set_clock("2026-05-10T23:59:59+02:00")
        except Refused as refused:
            say(f"  refused: {refused}")
            return
        raise AssertionError("the clock went back")

    run_claims(at_23_59_59_of_the_5th_of_april_it_is_accepted,
               one_second_later_it_is_refused_under_its_article_and_the_patient_is_not_billed,
               with_a_problem_resolved_on_2026_02_10_it_is_accepted_until_the_end_of_2026_05_10,
               one_second_later_that_is_refused_too, the_clock_never_goes_back)
