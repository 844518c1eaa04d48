"""book check, diff and explain in a folder without a cell or a book: the books are those that elpctl carries, and a file of one's own
is told with file, line and way out.
"""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(os.environ.get("ELP_SOURCE") or Path(__file__).resolve().parents[3])
BIN = Path(os.environ.get("ELP_BIN") or SOURCE / "build" / "bin")
DONE, NO, USAGE, INPUT = 0, 1, 2, 5
CONVENTIONS = ("2019", "2021", "2024")


def book(convention):
    return (SOURCE / "deploy" / "conventions" / f"{convention}.yaml").read_text()


def changed(text, *pairs):
    for old, new in pairs:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


def line_of(text, part):
    return next(n for n, row in enumerate(text.splitlines(), 1) if part in row)


class Folder:
    def __init__(self, path):
        self.path = Path(path)

    def elpctl(self, *arguments):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ELP_")}
        return subprocess.run([BIN / "elpctl", "book", *arguments], cwd=self.path, env=environment, capture_output=True,
                              text=True, timeout=20, check=False)

    def json(self, *arguments):
        run = self.elpctl(*arguments, "--json")
        return run.returncode, json.loads(run.stdout)

    def write(self, name, text):
        (self.path / name).write_text(text)
        return name


def each_mistake_is_named_with_file_line_and_way_out(folder):
    mistakes = {
        "gap": ((", until: 2025-12-14", ", until: 2025-12-10"),
                "art8_pays_site_sessions, value: true", "start this one on 2025-12-11"),
        "overlap": ((", until: 2025-12-14", ", until: 2025-12-20"),
                    "art8_pays_site_sessions, value: true", "start this one on 2025-12-21"),
        "rule-gap": (("{code: same-day, article", "{code: same-day, from: 2024-07-01, article"), "{code: same-day",
                     "a gap from 2024-04-01 until 2024-06-30"),
        "article": (("{name: deadline_day, value: 5, article: S4 art. 8}", "{name: deadline_day, value: 5}"),
                    "{name: deadline_day", 'the key "article" is missing'),
        "missing": (("  - {name: deadline_day, value: 5, article: S4 art. 8}\n", ""), "figures:",
                    "deadline_day: the figure is missing from 2024-04-01 on; add a row"),
    }
    for name, (pair, place, words) in mistakes.items():
        text = changed(book("2024"), pair)
        file = folder.write(f"{name}.yaml", text)
        run = folder.elpctl("check", file)
        assert run.returncode == NO and f"{file}:{line_of(text, place)}:" in run.stderr and words in run.stderr, run
        assert run.stderr.splitlines()[-1].startswith(f"elpctl: {file} is no valid book: "), run
        code, answer = folder.json("check", file)
        assert code == NO and not answer["valid"] and any(words in error["text"] for error in answer["errors"]), answer
        run = folder.elpctl("diff", "2024", file)
        assert run.returncode == NO and f"{file}:" in run.stderr, run


def a_wrong_check_digit_is_a_warning_that_names_the_right_one(folder):
    text = changed(book("2024"), ('code: "793855"', 'code: "793854"'))
    file = folder.write("digit.yaml", text)
    run = folder.elpctl("check", file)
    assert run.returncode == DONE and f'{file}:{line_of(text, "793854")}:' in run.stderr, run
    assert "warning" in run.stderr and "793854" in run.stderr and "which is 5" in run.stderr, run
    code, answer = folder.json("check", file)
    assert code == DONE and answer["valid"] and len(answer["warnings"]) == 1, answer


def the_shipped_books_are_without_fault_and_say_what_is_provisional_and_fictitious(folder):
    for convention in CONVENTIONS:
        code, answer = folder.json("check", convention)
        assert code == DONE and answer["convention"] == convention and not answer["warnings"], answer
        assert answer["provisional"] > 0 and answer["fictitious"] > 0, answer
    run = folder.elpctl("check", "2024")
    assert "not on all days" in run.stdout and "reduction true: from 2026-01-01" in run.stdout, run


def a_difference_is_told_by_figure_validity_code_text_and_article(folder):
    text = changed(book("2024"), ("title: First-line", "title: Primary"),
                   ("{name: deadline_day, value: 5, article: S4 art. 8}",
                    "{name: deadline_day, value: 5, until: 2024-12-31, article: S4 art. 8}\n"
                    "  - {name: deadline_day, value: 7, from: 2025-01-01, article: S4 art. 8}"),
                   ("{code: same-day, article: public fact}", "{code: same-day, warning: true, article: S9}"),
                   ('"793936", service: operating-groups', '"793951", service: operating-groups'))
    file = folder.write("amended.yaml", text)
    code, answer = folder.json("diff", "2024", file)
    found = {(change["name"], change["change"], *change["aspects"]) for change in answer["changes"]}
    assert code == DONE and found == {
        ("title", "changed", "text"), ("deadline_day", "changed", "validity"), ("deadline_day", "new"),
        ("rule.same-day", "changed", "value", "article"), ("code.793936", "gone"), ("code.793951", "new")}, found
    assert answer["changed"] == len(answer["changes"]) and answer["a"]["hash"] != answer["b"]["hash"]
    out = folder.elpctl("diff", "2024", file).stdout
    assert re.search(r"deadline_day +validity +all days +until 2024-12-31\n", out), out
    assert re.search(r"rule.same-day +value +refuses +warns\n +article +public fact +S9\n", out), out
    same = folder.elpctl("diff", "2021", "2021")
    assert same.returncode == DONE and same.stdout.startswith("0 changes, "), same


def every_rule_is_explained_with_its_figures_by_date_and_articles(folder):
    _, rules = folder.json("explain")
    for rule in rules:
        run = folder.elpctl("explain", rule["id"])
        assert run.returncode == DONE and rule["id"] in run.stdout and run.stdout.count("\n") >= 4, run
    out = folder.elpctl("explain", "T3", "--book", "2024").stdout
    assert "11.00" in out and "S4 art. 9" in out and "2021" not in out, out
    out = folder.elpctl("explain", "b2").stdout
    assert "zone_critical_above   2024  103 %" in out and "S0 art. 14 §5" in out, out
    out = folder.elpctl("explain", "r5").stdout
    assert re.search(r"notice_month +2019 +3 +2019-01-01 - 2021-12-31 +own decision", out), out
    out = folder.elpctl("explain", "site-not-contracted").stdout
    assert "Correct the site" in out and "S4 art. 7 2°" in out, out
    out = folder.elpctl("explain", "793833").stdout
    assert "belongs to B6" in out and "operating-hospital" in out and "S2 art. 13 §2 8°" in out, out


def what_is_unknown_names_the_way_out_in_one_line(folder):
    for arguments, code, words in ((("explain", "T9"), NO, "elpctl book explain lists the rules"),
                                   (("check", "nowhere.yaml"), INPUT, "nowhere.yaml cannot be read"),
                                   (("explain", "T3", "--book", "2030"), INPUT, "2030 cannot be read"),
                                   (("diff", "2021"), USAGE, "A B")):
        run = folder.elpctl(*arguments)
        assert run.returncode == code and words in run.stderr and run.stderr.startswith("elpctl"), run


with tempfile.TemporaryDirectory(prefix="elp-book-") as path:
    for claim in (each_mistake_is_named_with_file_line_and_way_out, a_wrong_check_digit_is_a_warning_that_names_the_right_one,
                  the_shipped_books_are_without_fault_and_say_what_is_provisional_and_fictitious,
                  a_difference_is_told_by_figure_validity_code_text_and_article,
                  every_rule_is_explained_with_its_figures_by_date_and_articles,
                  what_is_unknown_names_the_way_out_in_one_line):
        claim(Folder(path))
        print(f"ok   {claim.__name__.replace('_', ' ')}")
