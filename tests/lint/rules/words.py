"""One word in law, book, code, answer, test and page."""

import re

from claim import Claim
from tree import line_of


def enumerators(tree):
    """(name, whether a book judges by it) of every refusal."""
    text = tree.files.get("common/refusal.h", "")
    body = re.search(r"enum refusal \{(.*?)\}", text, re.S)
    of_books, _, of_senders = (body.group(1) if body else "").partition("no convention's book has a row for these")
    names = [(name, True) for name in re.findall(r"\bREFUSAL_(\w+)", of_books)]
    names += [(name, False) for name in re.findall(r"\bREFUSAL_(\w+)", of_senders)]
    return [(name, judged) for name, judged in names if name not in ("NONE", "COUNT")]


def check_refusals(tree):
    source = tree.files.get("common/refusal.c", "")
    words = dict(re.findall(r'\[REFUSAL_(\w+)\]\s*=\s*\{\s*"([^"]+)"', source))
    books = "\n".join(text for _, text in tree.matching(r"deploy/conventions/.*\.yaml"))
    rows = set(re.findall(r"\{\s*code:\s*([a-z-]+)", books))
    findings = []
    for name, judged in enumerators(tree):
        word = name.lower().replace("_", "-")
        if words.get(name) != word:
            findings.append(f"common/refusal.c: the word of REFUSAL_{name} is {word}, not {words.get(name)}")
        elif judged and word not in rows:
            findings.append(f"deploy/conventions: no book has a rule row for {word}")
    for row in sorted(rows - set(words.values())):
        findings.append(f"deploy/conventions: {row} is no word of common/refusal.c")
    return findings


def check_wire_codes(tree):
    documented = re.search(r"// Codes: ([a-z, -]+)\.", tree.files.get("proto/elp/v1/envelope.proto", ""))
    known = set(documented.group(1).split(", ")) if documented else set()
    findings = []
    for path, text in tree.matching(r"(common|services)/.*\.c"):
        for match in re.finditer(r'\breply_refuse\(\s*[\w&>.-]+,\s*"([^"]*)"', text):
            if match.group(1) not in known:
                findings.append(f"{path}:{line_of(text, match.start())}: {match.group(1)} is not among the codes of "
                                "Refused in proto/elp/v1/envelope.proto")
    return findings


def check_handlers(tree):
    envelope = tree.files.get("proto/elp/v1/envelope.proto", "")
    requests = [name for name, number in re.findall(r"\bMESSAGE_TYPE_(\w+) = (\d+);", envelope)
                if int(number) >= 2 and int(number) % 2 == 0]
    daemons = "\n".join(text for _, text in tree.matching(r"common/\w+\.c|services/(intake|rating|ledger|reporting)/.*\.c"))
    return [f"proto/elp/v1/envelope.proto: no daemon takes MESSAGE_TYPE_{name}" for name in requests
            if not re.search(rf"MESSAGE_TYPE__MESSAGE_TYPE_{name}\b", daemons)]


def check_goals(tree):
    findings = []
    for path, text in tree.matching(r"tests/unit/test_\w+\.c|tests/integration/python/test_\w+\.py"):
        head = text[:1500]
        if not (re.search(r"\bGoal:", head) and re.search(r"\bMethod:", head)):
            findings.append(f"{path}:1: begin with a comment that says Goal: and Method:")
    return findings


REFUSAL_H = "enum refusal {\n    REFUSAL_NONE,\n    REFUSAL_SAME_DAY,\n    REFUSAL_COUNT,\n};\n"
ENVELOPE = "// Codes: malformed, busy.\n  MESSAGE_TYPE_REFUSED = 1;\n  MESSAGE_TYPE_HEALTH = 2;\n  MESSAGE_TYPE_HEALTH_REPLY = 3;\n"

CLAIMS = [
    Claim(
        "every_refusal_code_is_one_word_in_code_and_in_a_book",
        "The enumerator, its word in common/refusal.c and its row in a convention book are the same word.",
        check_refusals,
        bad=[
            {"common/refusal.h": REFUSAL_H, "common/refusal.c": '[REFUSAL_SAME_DAY] = {\n "same-date",'},
            {"common/refusal.h": REFUSAL_H, "common/refusal.c": '[REFUSAL_SAME_DAY] = {\n "same-day",'},
            {"common/refusal.h": REFUSAL_H, "common/refusal.c": '[REFUSAL_SAME_DAY] = {\n "same-day",',
             "deploy/conventions/2024.yaml": "  - {code: same-day}\n  - {code: other}\n"},
        ],
        good=[{"common/refusal.h": REFUSAL_H, "common/refusal.c": '[REFUSAL_SAME_DAY] = {\n "same-day",',
               "deploy/conventions/2024.yaml": "  - {code: same-day, article: S4}\n"}],
    ),
    Claim(
        "every_code_of_a_refused_request_is_documented_in_the_envelope",
        "A client that reads the protocol's file knows every code that it can get.",
        check_wire_codes,
        bad=[{"proto/elp/v1/envelope.proto": ENVELOPE, "services/intake/a.c": 'reply_refuse(reply, "odd", "", "", "");'}],
        good=[{"proto/elp/v1/envelope.proto": ENVELOPE, "services/intake/a.c": 'reply_refuse(reply, "busy", "", "", "");'}],
    ),
    Claim(
        "every_request_of_the_wire_has_a_handler",
        "A request has an even number in MessageType; a daemon's table has a row for it.",
        check_handlers,
        bad=[{"proto/elp/v1/envelope.proto": ENVELOPE, "services/intake/a.c": ""},
             {"proto/elp/v1/envelope.proto": ENVELOPE, "services/ctl/a.c": "ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH,"}],
        good=[{"proto/elp/v1/envelope.proto": ENVELOPE, "common/serve.c": "ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH,"}],
    ),
    Claim(
        "tests_begin_with_their_goal_and_method",
        "Whoever reads a test knows first what it shows and how.",
        check_goals,
        bad=[{"tests/unit/test_a.c": "/* Tests a. */\n"}, {"tests/unit/test_a.c": "/* Goal: shows a. */\n"}],
        good=[{"tests/unit/test_a.c": "/*\n * Goal: shows a.\n * Method: looks.\n */\n"}],
    ),
]
