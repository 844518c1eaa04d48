"""Words that do not belong into a finished text."""

import re

from c_text import code_only
from claim import Claim
from tree import line_of, waived

# Written in pieces, so that these files do not find themselves.
MARKERS = re.compile(r"\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b")
MACHINE_PATHS = re.compile(r"(?<![\w.$}>])/(wo" + "rk|tm" + "p|home|Users|root)/")
FLOATS = re.compile(r"\b(float|double|strtod|strtof|strtold|lround|llround|fabs|floor|ceil|pow)\b")


def check_markers(tree):
    findings = []
    for path, text in tree.matching(r".*"):
        for match in MARKERS.finditer(text):
            findings.append(f"{path}:{line_of(text, match.start())}: {match.group(0)} is left")
    return findings


def check_machine_paths(tree):
    findings = []
    for path, text in tree.matching(r".*"):
        for number, line in enumerate(text.split("\n"), 1):
            if MACHINE_PATHS.search(line) and not waived(line, "Path"):
                findings.append(f"{path}:{number}: a path of one machine: {line.strip()[:80]}")
    return findings


def check_floats(tree):
    findings = []
    for path, text in tree.matching(r"(common|services)/.*\.[ch]"):
        code = code_only(text)
        lines = text.split("\n")
        for match in FLOATS.finditer(code):
            line = line_of(code, match.start())
            if not waived(lines[line - 1], "Float"):
                findings.append(f"{path}:{line}: {match.group(0)}: whole numbers only")
    return findings


CLAIMS = [
    Claim(
        "no_markers_are_left",
        "What is not finished is an issue, not a comment.",
        check_markers,
        bad=[{"common/a.c": "/* TO" + "DO: later */\n"}, {"docs/a.md": "FIX" + "ME\n"}],
        good=[{"deploy/a": "mktemp -d elp-" + "X" * 6 + "\n"}],
    ),
    Claim(
        "no_path_of_one_machine_is_written_down",
        "Folders are arguments, or stand beside the file; an example that must name one says why: Path: why it must.",
        check_machine_paths,
        bad=[{"deploy/a": "cd /ho" + "me/anna/elp\n"}, {"common/a.c": 'open("/tm' + 'p/x");\n'},
             {"docs/a.md": "see `/wo" + "rk/main`\n"}],
        good=[{"deploy/a": 'cd "$here/tm' + 'p/x"\n', "docs/a.md": "see [work](docs/wo" + "rk/x.md)\n",
               "docs/b.md": "elpctl cell create /tm" + "p/try  <!-- Path: any folder does -->\n"}],
    ),
    Claim(
        "no_floating_point_stands_in_common_or_services",
        "Money is whole cents, percentages are basis points; a waiver says why: /* Float: why it must */.",
        check_floats,
        bad=[{"services/rating/a.c": "double share = 0.5;\n"}, {"common/a.c": "long a = lround(b);\n"}],
        good=[{"services/rating/a.c": '/* no double */ puts("double");\nint doubled;\n',
               "services/ctl/a.c": "float width; /* Float: a bar on a terminal */\n"}],
    ),
]
