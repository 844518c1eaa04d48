#!/usr/bin/python3
"""Runs one lint test: lint.py CLAIM ROOT, or lists the claims: lint.py --list.

A claim is a sentence about the source tree, and the name of its ctest. Each comes with small trees that break it and
small trees that keep it: before the repository is judged, the claim must catch the first and pass the second, so a check
that went blind fails too.
"""

import sys

from rules import CLAIMS
from tree import Tree


def self_test(claim):
    """Returns what is wrong with the claim's own check."""
    faults = []
    for number, files in enumerate(claim.bad):
        if not claim.check(Tree(files)):
            faults.append(f"self-test: bad tree {number} ({', '.join(files)}) is not caught")
    for number, files in enumerate(claim.good):
        for finding in claim.check(Tree(files)):
            faults.append(f"self-test: good tree {number} is blamed: {finding}")
    if not claim.bad:
        faults.append("self-test: there is no bad tree")
    return faults


def main():
    if sys.argv[1:] == ["--list"]:
        for claim in CLAIMS:
            print(f"{claim.name}: {claim.why}")
        return 0
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    claims = [claim for claim in CLAIMS if claim.name == sys.argv[1]]
    if not claims:
        print(f"lint.py: there is no claim {sys.argv[1]}; lint.py --list shows them", file=sys.stderr)
        return 2
    claim = claims[0]
    findings = self_test(claim) or claim.check(Tree.load(sys.argv[2]))
    for finding in findings:
        print(finding)
    if findings:
        print(f"\n{len(findings)} finding(s). {claim.why}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
