"""First steps on a new cell: elpctl before the daemons run, in the wrong order, with books that are wrong, then as it should be.

What elpctl does on a cell that is set up is the affair of command_line.py.
"""

import concurrent.futures
import json
import re

from cell import Cell, SOURCE, cents, run_claims, say
from facts import Person, Registry, at

DONE, NO, USAGE, NO_ANSWER = range(4)  # elpctl --help
PEOPLE = [Person(f"1980-03-{1 + place:02d}") for place in range(28)]


def session(provider, place, **changes):
    """A JSON line for a sound individual session."""
    person = PEOPLE[place % len(PEOPLE)]
    line = {"network": "A01", "provider": provider, "service": "individual", "function": "F2",
            "date": f"2026-02-{1 + place // 8:02d}", "start": f"{9 + place % 8:02d}:00", "minutes": 50,
            "beneficiaries": [{"niss": person.niss, "birth_date": person.birth, "ct1": "110", "ct2": "110"}], **changes}
    return json.dumps(line)


with Cell() as cell:
    world = Registry(represent=None)
    world.network("A01", budget={2026: {"care.base": "1000.00", "operating": "50.00"}})
    provider = world.provider("P1", "A01")
    files = cell.folder

    def write(name, *lines):
        path = files / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    def fails(code, *arguments, says="", **options):
        """Runs a command that must end with `code` and say so in one line; that line."""
        run = cell.elpctl(*arguments, **options)
        assert run.code == code, f"expected {code}: {run}"
        lines = run.err.strip().splitlines()
        assert len(lines) == 1, run
        assert re.search(says, lines[0]), f"'{says}' is not said: {run}"
        say(f"  {' '.join(str(word) for word in arguments)[:50]}: {code}, {lines[0][:150]}")
        return lines[0]

    def summary(*arguments):
        """(exit code, summary, answers by line) of submit or check."""
        run = cell.elpctl(*arguments, "--json")
        *lines, last = [json.loads(line) for line in run.out.splitlines()]
        return run.code, last["summary"], lines

    def each_stopped_daemon_is_named_with_the_way_out():
        write("one.jsonl", session(provider, 0))
        commands = [
            (("budget",), r"ledger does not answer.*elp-ledger --cell"), (("tariff",), r"rating does not answer.*elp-rating --cell"),
            (("clock",), "elp-intake --cell"), (("stats",), "elp-reporting --cell"),
            (("submit", files / "one.jsonl"), "elp-intake --cell"), (("health",), "intake does not answer.*elp-NAME --cell"),
        ]
        with concurrent.futures.ThreadPoolExecutor(len(commands)) as pool:
            for _ in pool.map(lambda row: fails(NO_ANSWER, *row[0], "--timeout", "1", says=row[1]), commands):
                pass

    def the_wrong_order_is_named_with_the_way_out():
        cell.start()
        cell.do("clock", "set", "2026-02-20T09:00:00+01:00")
        code, _, lines = summary("submit", files / "one.jsonl")
        reason, = lines[0]["verdict"]["reasons"]
        assert code == NO and reason["code"] == "not-represented" and "register the representation" in reason["remedy"]
        cell.do("registry", "load", write("first.yaml", "representations:", '  - {principal: integrator, provider: "*"}'))
        code, _, lines = summary("submit", files / "one.jsonl")
        reasons = {reason["code"]: reason for reason in lines[0]["verdict"]["reasons"]}
        assert code == NO and "outside-convention" in reasons and "malformed" in reasons, lines
        assert "load the book" in reasons["outside-convention"]["remedy"]
        fails(NO, "index", "2026", "1.72 %", "--convention", "2024", "--source", "S0", says="load its book first")
        fails(NO, "budget", "A01", says="registry show budget")
        fails(USAGE, "decide", "release", "--network", "A01", "--year", "2026", "--reason", "x", says="no network")
        run = cell.elpctl("registry", "load", write("orphan.yaml", "sites:", "  - {code: S1, network: A99, name: x, kind: school}"))
        assert run.code == NO and "A99" in run.out + run.err and "Send the fact that is named first" in run.out + run.err, run
        fails(NO, "clock", "set", "2025-01-01T00:00:00Z", says="never goes back")

    def a_book_with_errors_names_line_and_field():
        book = (SOURCE / "deploy" / "conventions" / "2024.yaml").read_text()
        wrong = files / "wrong.yaml"
        wrong.write_text(book.replace('amount: "86.69"', "amount: 86.69").replace("value: 120}", "value: 120}"))
        line = 1 + wrong.read_text()[:wrong.read_text().index("amount: 86.69")].count("\n")
        for command in ("check", "load"):
            run = cell.elpctl("book", command, wrong)
            assert run.code == NO and f"{wrong}:{line}:" in run.out + run.err and "86.69" in run.out + run.err, run
        for change, expected in (
                (("convention: \"2024\"", "convention: \"2024\"\ncolour: red"), "colour"),
                (("{name: deadline_day, value: 5,", "{name: deadline_day, value: 86.69,"), "deadline_day"),
                (("  - {name: deadline_day, value: 5, article: S4 art. 8}\n", ""), "deadline_day"),
                (("  - {name: deadline_day, value: 5, article: S4 art. 8}\n",
                  2 * "  - {name: deadline_day, value: 5, article: S4 art. 8}\n"), "deadline_day")):
            assert change[0] in book
            wrong.write_text(book.replace(*change))
            run = cell.elpctl("book", "load", wrong)
            said = run.out + run.err
            assert run.code == NO and re.search(rf"{wrong}:\d+:\d+: ", said) and expected in said, run
            say(f"  {said.splitlines()[0][len(str(files)) + 1:150]}")
        fails(NO, "book", "show", says="no book is loaded: elpctl book load")
        cell.do("book", "load", SOURCE / "deploy" / "conventions" / "2024.yaml")
        head = cell.head("intake")
        assert "stands" in cell.do("book", "load", SOURCE / "deploy" / "conventions" / "2024.yaml")
        assert cell.head("intake") == head
        assert "deadline_day" in cell.do("book", "show", "2024")

    def the_registry_of_the_page_is_taken():
        page = (SOURCE / "docs" / "registry-file.md").read_text()
        example = files / "page.yaml"
        example.write_text(re.search(r"```yaml\n(.*?)```", page, re.DOTALL).group(1))
        cell.do("registry", "check", example)

    def the_registry_is_loaded_and_a_second_load_changes_nothing():
        path = files / "registry.yaml"
        path.write_text(world.text())
        cell.do("registry", "check", path)
        cell.do("registry", "load", path)
        head = cell.head("intake")
        cell.do("registry", "load", path)
        assert cell.head("intake") == head
        cell.do("index", "2026", "1.72 %", "--convention", "2024", "--source", "S0 art. 3")
        assert "91.02" in cell.do("tariff")
        assert cell.elpctl("index", "2026", "1.72 %", "--convention", "2024", "--source", "S0").code == NO

    def check_tells_what_submit_will():
        lines = [session(provider, place, **changes) for place, changes in enumerate((
            {}, {"minutes": 44}, {"network": "NOPE"}, {"other_funding": True}, {"date": "2026-03-01"}, {}, {}), 20)]
        lines += [lines[5]]  # the same session again
        path = write("checked.jsonl", *lines)
        head = cell.head("intake")
        checked_code, checked, checked_lines = summary("check", path)
        assert cell.head("intake") == head and checked["dry_run"]
        sent_code, sent, sent_lines = summary("submit", path)
        assert checked_code == sent_code == NO
        for before, after in zip(checked_lines, sent_lines):
            assert before["result"] == "dry-run" and after["result"] == "new", (before, after)
            for verdict in (before["verdict"], after["verdict"]):
                for field in ("id", "number", "at"):
                    verdict.pop(field, None)
            assert before["verdict"] == after["verdict"], (before, after)
        assert {**checked, "dry_run": False} == sent, (checked, sent)

    def an_integrator_follows_its_attestation_to_the_end():
        _, _, lines = summary("submit", write("many.jsonl", *(session(provider, place) for place in range(30, 44))))
        attestation = lines[0]["verdict"]["id"]
        for as_ in ("operator", "integrator"):
            said = cell.do("status", attestation, "--as", as_)
            assert said.startswith("accepted") and "91.02" in said and "care.base" in said, said
            assert json.loads(cell.do("status", attestation, "--as", as_, "--json"))["verdict"]["id"] == attestation
        assert "accepted" in cell.do("status", "--as", "integrator", "--key", lines[1]["key"])
        fails(NO, "status", "0123456789abcdef-1", "--as", "integrator", says="not-found")
        cell.do("cancel", attestation)
        assert cell.do("status", attestation, "--as", "integrator").startswith("cancelled")
        again = cell.elpctl("cancel", attestation, "--key", "another", "--as", "operator")
        assert again.code == NO and "already-cancelled" in again.out + again.err, again

    def a_budget_can_be_asked_as_of_a_day():
        cell.set_clock(at("2026-02-21"))
        cell.do("decide", "raise", "--network", "A01", "--year", "2026", "--reason", "a test", "--amount", "5000.00")
        before = json.loads(cell.do("budget", "A01", "--as-of", "2026-02-20", "--json"))["budgets"][0]
        now = json.loads(cell.do("budget", "A01", "--json"))["budgets"][0]
        assert (cents(before["budget"]), cents(now["budget"])) == (cents("1050.00"), cents("6050.00"))
        assert cents(before["suspended"]) > 0 and cents(now["suspended"]) == 0
        assert cents(before["reimbursed"]) < cents(now["reimbursed"])
        fails(NO, "budget", "A01", "--as-of", "2026-02-19", says="not yet on that day")

    run_claims(each_stopped_daemon_is_named_with_the_way_out, the_wrong_order_is_named_with_the_way_out,
               a_book_with_errors_names_line_and_field, the_registry_of_the_page_is_taken,
               the_registry_is_loaded_and_a_second_load_changes_nothing, check_tells_what_submit_will,
               an_integrator_follows_its_attestation_to_the_end, a_budget_can_be_asked_as_of_a_day)
