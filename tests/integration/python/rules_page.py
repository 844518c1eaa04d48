"""docs/rules.md is what the programs say: made of `elpctl book explain --json`, that is of the books and the rule tables, and of
tests/rules.txt. Run with --write to renew it (the target rules_page); without, each rule is there and each named test exists.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

SOURCE = Path(os.environ.get("ELP_SOURCE") or Path(__file__).resolve().parents[3])
BIN = Path(os.environ.get("ELP_BIN") or SOURCE / "build" / "bin")
PAGE = SOURCE / "docs" / "rules.md"

# What the rulebook numbers or names; its codes are those of common/refusal.h.
NUMBERED = [f"{letter}{n}" for letter, count in (("R", 10), ("T", 6), ("B", 10)) for n in range(1, count + 1)]

HEAD = """# Rules

Every rule that the daemons follow: what it says, where it comes from, what to do about it, and the tests that show it. The
words of a code are those of the answers. `elpctl book explain RULE` prints a rule with its figures by date, offline.

This page is generated from the convention books, the rule tables of the programs and `tests/rules.txt` by
`cmake --build --preset release --target rules_page`; a test fails when it is stale.

S0 to S4 are the circulars and models named at the head of each book in `deploy/conventions/`; "public fact" is known from
outside of them, "own decision" is ours where the texts are silent. A code that warns leaves the line accepted.
"""


def explained():
    """Every rule as elpctl tells it, in the order of the rulebook."""
    run = subprocess.run([BIN / "elpctl", "book", "explain", "--json"], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(run.stdout)


def shown_by():
    """{rule: [test or test/claim]}"""
    rows = {}
    for line in (SOURCE / "tests" / "rules.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            rule, _, tests = line.partition(": ")
            assert rule not in rows, f"tests/rules.txt: {rule} stands twice"
            rows[rule] = [] if tests == "none" else tests.split()
    return rows


def registered():
    """{test: its file}"""
    cmake = (SOURCE / "tests" / "integration" / "CMakeLists.txt").read_text()
    unit = (SOURCE / "tests" / "unit" / "CMakeLists.txt").read_text()
    tests = {f"unit.{name}": f"tests/unit/test_{name}.c" for name in re.findall(r"add_unit_test\((\w+)", unit)}
    tests |= {f"integration.{name}": f"tests/integration/python/{script}"
              for name, script in re.findall(r"add_integration_test\((\w+) (\w+\.py)", cmake)}
    for stories in re.findall(r"foreach\(story ([^)]*)\)", cmake):
        tests |= {f"integration.story_{story}": f"tests/integration/python/story_{story}.py" for story in stories.split()}
    return tests | {f"cases.{path.stem}": f"tests/cases/{path.name}" for path in (SOURCE / "tests" / "cases").glob("*.csv")}


def articles(book):
    """The sources of a rule's figures in one book, each once."""
    parts = []
    for figure in book["figures"]:
        parts += [part.strip() for part in figure["article"].split(";")]
    return "; ".join(dict.fromkeys(parts))


def origin(rule):
    """Article, by convention where figures say it."""
    cells = [rule["article"]] if rule["article"] else []
    for book in rule["books"]:
        own = [figure for figure in book["figures"] if figure["name"] == f"rule.{rule['id']}"]
        if rule["refusal_code"]:
            cells += [f"{book['convention']}: {figure['article']}{', warns' if figure['value'] == 'warns' else ''}" for figure in own]
        elif book["figures"]:
            cells.append(f"{book['convention']}: {articles(book)}")
    return "<br>".join(cells) or "every convention, the sender's own lines: own decision"


def conventions(rule):
    if rule["refusal_code"]:
        own = [book["convention"] for book in rule["books"]
               if any(figure["name"] == f"rule.{rule['id']}" for figure in book["figures"])]
        return ", ".join(own) or "every"
    return ", ".join(book["convention"] for book in rule["books"] if book["figures"]) or "every"


def page(rules, tests):
    lines = [HEAD]
    for family in dict.fromkeys(rule["family"] for rule in rules):
        codes = any(rule["refusal_code"] for rule in rules if rule["family"] == family)
        lines.append(f"## {family}\n")
        if codes:
            lines.append("| code | rule | answered as reason | conventions | article | patient may be billed | what to do | shown by |")
        else:
            lines.append("| rule | about | what it says | conventions | article | what to do | shown by |")
        lines.append("|" + "---|" * (8 if codes else 7))
        for rule in rules:
            if rule["family"] != family:
                continue
            proofs = tests.get(rule["id"], []) + (["integration.every_code"] if rule["refusal_code"] else [])
            what = [rule["rule"], rule["title"]] if rule["refusal_code"] else [rule["title"], rule["rule"]]
            cells = [f"`{rule['id']}`" if rule["refusal_code"] else rule["id"], *what, conventions(rule), origin(rule)]
            if rule["refusal_code"]:
                cells.append("yes" if rule["patient_billable"] else "no")
            cells += [rule["remedy"], "<br>".join(f"`{proof}`" for proof in proofs) or "no test yet"]
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def every_rule_of_the_rulebook_is_there(rules, tests):
    ids = [rule["id"] for rule in rules]
    header = (SOURCE / "common" / "refusal.h").read_text()
    codes = [name.lower().replace("_", "-") for name in re.findall(r"^    REFUSAL_(\w+),", header, re.M)
             if name not in ("NONE", "COUNT")]
    assert set(NUMBERED) | set(codes) <= set(ids), set(NUMBERED) | set(codes) - set(ids)
    assert len(ids) == len(set(ids)) and set(tests) == set(ids), set(tests) ^ set(ids)


def every_named_test_exists(rules, tests):
    known, findings = registered(), []
    for rule, names in tests.items():
        for name in names:
            test, _, claim = name.partition("/")
            if test not in known or not (SOURCE / known[test]).exists():
                findings.append(f"{rule}: there is no test {test}")
            elif claim and not re.search(rf"\b{claim}\(", (SOURCE / known[test]).read_text()):
                findings.append(f"{rule}: {known[test]} has no claim {claim}")
    assert not findings, "\n".join(findings)


def the_page_is_as_the_programs_say(rules, tests):
    assert PAGE.exists() and PAGE.read_text() == page(rules, tests), \
        "docs/rules.md is stale: cmake --build --preset release --target rules_page"


def main():
    rules, tests = explained(), shown_by()
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page(rules, tests))
        return
    for claim in (every_rule_of_the_rulebook_is_there, every_named_test_exists, the_page_is_as_the_programs_say):
        claim(rules, tests)
        print(f"ok   {claim.__name__.replace('_', ' ')}")
    print(f"{len(rules)} rules, {sum(not names for names in tests.values())} of them without a test")


main()
