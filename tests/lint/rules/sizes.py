"""How long things may be."""

from c_text import functions
from claim import Claim

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 700
UNIT_TEST_LINES_MAX = 750  # one claim after the other; the formatter breaks their long names
MAIN_LINES_MAX = 49


def check_functions(tree):
    findings = []
    for path, text in tree.matching(r"(common|services|tests)/.*\.[ch]"):
        for name, line, lines in functions(text):
            if lines > FUNCTION_LINES_MAX:
                findings.append(f"{path}:{line}: {name} has {lines} lines; at most {FUNCTION_LINES_MAX}")
    return findings


def check_files(tree):
    findings = []
    for path, text in tree.matching(r"(common|services|tests|deploy)/.*\.(c|h|py|sh|cmake)|deploy/[\w-]+"):
        lines = text.count("\n")
        most = UNIT_TEST_LINES_MAX if path.startswith("tests/unit/") else FILE_LINES_MAX
        if lines > most:
            findings.append(f"{path}: {lines} lines; at most {most}")
    return findings


def check_mains(tree):
    findings = []
    for path, text in tree.matching(r"services/\w+/main\.c"):
        lines = text.count("\n")
        if lines > MAIN_LINES_MAX:
            findings.append(f"{path}: {lines} lines; at most {MAIN_LINES_MAX}, the rest belongs into the core")
    return findings


CLAIMS = [
    Claim(
        "functions_fit_a_screen",
        f"A function of more than {FUNCTION_LINES_MAX} lines does more than one thing.",
        check_functions,
        bad=[{"common/a.c": "static int f(int a) {\n" + "    a++;\n" * 69 + "}\n"},
             {"common/a.c": "int f(int a,\n      int b)\n{\n" + "    a++;\n" * 69 + "}\n"}],
        good=[{"common/a.c": "static const int t[] = {\n" + "    1,\n" * 90 + "};\n#define A(x) \\\n    f(x) {\nint f(int a) {\n"
                             + "    a++;\n" * 68 + "}\n"}],
    ),
    Claim(
        "files_fit_a_sitting",
        f"A file of more than {FILE_LINES_MAX} lines holds more than one thing.",
        check_files,
        bad=[{"common/a.c": "\n" * 701}, {"tests/unit/test_a.c": "\n" * 751}, {"tests/integration/python/a.py": "\n" * 701}],
        good=[{"common/a.c": "\n" * 700, "tests/unit/test_a.c": "\n" * 750, "docs/a.md": "\n" * 900}],
    ),
    Claim(
        "mains_are_boring",
        "main.c says who the program is and calls; everything else stands where tests can link it.",
        check_mains,
        bad=[{"services/intake/main.c": "\n" * 50}],
        good=[{"services/intake/main.c": "\n" * 49}],
    ),
]
