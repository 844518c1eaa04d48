"""Formatting by clang-format-14, which is Debian 12's."""

import os
import re
import subprocess

from claim import Claim
from materialise import on_disk

STYLE = os.path.join(os.path.dirname(__file__), "../../../.clang-format")


def check_format(tree):
    files = tree.matching(r"(common|services|tests)/.*\.[ch]")
    if not files:
        return []
    with open(STYLE, encoding="utf-8") as stream:
        style = (".clang-format", stream.read())
    with on_disk([*((path, text) for path, text in files), ("./" + style[0], style[1])]) as folder:
        run = subprocess.run(["clang-format-14", "--dry-run", "--style=file", "--ferror-limit=0",
                              *(path for path, _ in files)],
                             cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        return [run.stderr]
    first = {}
    for path, line in re.findall(r"^(\S+?):(\d+):\d+: ", run.stderr, re.M):
        first.setdefault(path, line)
    return [f"{path}:{line}: not formatted; run clang-format-14 -i {path}" for path, line in sorted(first.items())]


CLAIMS = [
    Claim(
        "the_code_is_formatted",
        "Formatting is the tool's work: clang-format-14 -i FILE.",
        check_format,
        bad=[{"common/a.c": "int f(int a)\n{\n  return a;\n}\n"}],
        good=[{"common/a.c": "int f(int a) {\n    return a;\n}\n"}],
    ),
]
