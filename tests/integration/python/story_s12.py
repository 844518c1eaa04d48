"""Story S12, silence is acceptance: an amendment signed on 2026-01-05, its letters, a refusal in time, and what is not said."""

import tempfile

from cell import Cell, run_claims, say
from facts import Person, Registry, at, individual
from elp.v1 import intake_pb2

SIGNED, DUE, LETTER, REFUSABLE, END = "2026-01-05", "2026-01-12", "2026-01-08", "2026-02-08", "2026-04-01"

with Cell(clock_from="2025-12-01") as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "10000.00", "operating": "500.00"}})
    refusing, silent = world.provider("P1", "A01"), world.provider("P2", "A01")
    world.provider("P3", "A01")
    world.payee("E1")
    world.second_leader("L1", "A01", kind="health-professional", payee="E1")
    cell.start()
    cell.set_clock(at("2025-12-15"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())

    def load(**facts):
        """A registry file of these facts alone: exit code, and what is printed."""
        file = Registry(represent="")
        for kind, items in facts.items():
            file.facts[kind] = items
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as sheet:
            sheet.write(file.text())
            sheet.flush()
            result = cell.elpctl("registry", "load", sheet.name)
        return result.code, (result.out + result.err).replace(sheet.name, "FILE")

    def letter(contract, sent_on, **rest):
        return {"amendment": "AV4", "network": "A01", "contract": contract, "sent_on": sent_on, **rest}

    def contract_events(*kinds):
        """(kind, contract, amendment, date, Brussels day of the record) of the contract.* events so far."""
        cell.wait_caught_up()
        return [(event.kind.removeprefix("contract."), event.detail, event.amendment, event.date)
                for event in cell.events("A01") if event.kind.startswith("contract.") and event.kind != "contract.recorded"
                and (not kinds or event.kind.removeprefix("contract.") in kinds)]

    def session(key, provider, date, start="10:00"):
        answer, = cell.submit([individual(key, "A01", provider, date, Person("1985-07-30"), start=start)])
        return answer.verdict

    def the_network_signs_on_2026_01_05_and_letters_are_due_by_2026_01_12():
        cell.set_clock(at(SIGNED))
        code, text = load(amendments=[{"code": "AV4", "network": "A01", "convention": "2024", "signed_on": SIGNED,
                                       "title": "Budget 2026"}])
        assert code == 0, text
        assert contract_events() == [("amendment-signed", "AV4", "AV4", DUE)], contract_events()

    def a_letter_of_2026_01_08_may_be_answered_until_2026_02_08():
        cell.set_clock(at(LETTER))
        code, text = load(amendment_letters=[letter("P1-A01", LETTER), letter("P2-A01", LETTER)])
        assert code == 0, text
        assert contract_events("letter-sent") == [("letter-sent", "P1-A01", "AV4", REFUSABLE),
                                                  ("letter-sent", "P2-A01", "AV4", REFUSABLE)]

    def what_is_not_sent_is_due_on_its_last_day_and_overdue_on_the_next():
        cell.set_clock(at("2026-01-11"))
        assert contract_events("letter-due", "letter-overdue") == []
        cell.set_clock(at(DUE))
        due = contract_events("letter-due", "letter-overdue")
        say(f"  on {DUE}: {due}")
        assert sorted(due) == [("letter-due", "L1", "AV4", DUE), ("letter-due", "P3-A01", "AV4", DUE)], due
        cell.set_clock(at("2026-01-13"))
        overdue = contract_events("letter-overdue")
        assert sorted(overdue) == [("letter-overdue", "L1", "AV4", DUE), ("letter-overdue", "P3-A01", "AV4", DUE)]
        cell.set_clock(at("2026-01-20"))
        assert len(contract_events("letter-due", "letter-overdue")) == 4, "each is told once"

    def a_refusal_of_2026_02_08_ends_the_contract_on_2026_04_01():
        cell.set_clock(at(REFUSABLE))
        code, text = load(amendment_letters=[letter("P1-A01", LETTER, refused_on=REFUSABLE)])
        assert code == 0, text
        assert contract_events("amendment-refused") == [("amendment-refused", "P1-A01", "AV4", END)]

    def silence_is_acceptance_from_2026_02_09():
        assert contract_events("amendment-accepted") == []
        cell.set_clock(at("2026-02-09"))
        assert contract_events("amendment-accepted") == [("amendment-accepted", "P2-A01", "AV4", REFUSABLE)]

    def a_refusal_of_2026_02_09_comes_too_late_and_is_refused_with_file_line_and_article():
        code, text = load(amendment_letters=[letter("P2-A01", LETTER, refused_on="2026-02-09")])
        say("  " + text.strip().splitlines()[0])
        assert code == 1 and "FILE:2:" in text and "S4 art. 11 §3" in text and REFUSABLE in text, text
        assert len(contract_events("amendment-refused")) == 1

    def the_end_is_told_a_month_before_it_and_on_its_day():
        cell.set_clock(at("2026-02-28"))
        assert contract_events("ending", "ended") == []
        cell.set_clock(at("2026-03-01"))
        assert contract_events("ending", "ended") == [("ending", "P1-A01", "", END)]
        cell.set_clock(at("2026-03-31"))
        assert contract_events("ended") == []
        cell.set_clock(at("2026-04-02"))
        assert contract_events("ended") == [("ended", "P1-A01", "", END)]

    def a_session_of_2026_04_01_after_the_refusal_has_no_active_contract():
        assert session("last", refusing, "2026-03-31").kind == intake_pb2.VERDICT_KIND_ACCEPTED
        verdict = session("after", refusing, "2026-04-01", "11:00")
        reason, = verdict.reasons
        say(f"  {reason.code} [{reason.article}]")
        assert verdict.kind == intake_pb2.VERDICT_KIND_REFUSED and reason.code == "no-active-contract"

    def whoever_was_silent_goes_on():
        assert session("silent", silent, "2026-04-01", "12:00").kind == intake_pb2.VERDICT_KIND_ACCEPTED

    def a_restart_tells_nothing_twice():
        before = contract_events()
        cell.stop()
        cell.start()
        cell.set_clock(at("2026-04-03"))
        assert contract_events() == before

    run_claims(the_network_signs_on_2026_01_05_and_letters_are_due_by_2026_01_12,
               a_letter_of_2026_01_08_may_be_answered_until_2026_02_08,
               what_is_not_sent_is_due_on_its_last_day_and_overdue_on_the_next,
               a_refusal_of_2026_02_08_ends_the_contract_on_2026_04_01, silence_is_acceptance_from_2026_02_09,
               a_refusal_of_2026_02_09_comes_too_late_and_is_refused_with_file_line_and_article,
               the_end_is_told_a_month_before_it_and_on_its_day,
               a_session_of_2026_04_01_after_the_refusal_has_no_active_contract, whoever_was_silent_goes_on,
               a_restart_tells_nothing_twice)
