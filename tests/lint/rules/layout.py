"""Who may include whom, and how includes and guards are written."""

import re

from c_text import includes
from claim import Claim

GENERATED = re.compile(r"elp/v1/\w+\.pb-c\.h|common/version\.h")


def service_of(path):
    match = re.match(r"services/(\w+)/", path)
    return match.group(1) if match else None


def check_dependencies(tree):
    findings = []
    for path, text in tree.matching(r"(common|services)/.*\.[ch]"):
        for line, kind, target, _ in includes(text):
            if kind != '"' or GENERATED.fullmatch(target):
                continue
            if target.startswith("common/") or (service_of(path) and service_of(target) == service_of(path)):
                continue
            findings.append(f"{path}:{line}: may not include {target}")
    for path, text in tree.matching(r"proto/.*\.proto"):
        for number, line in enumerate(text.split("\n"), 1):
            match = re.match(r'import\s+"([^"]+)"', line)
            if match and not match.group(1).startswith("elp/v1/"):
                findings.append(f"{path}:{number}: may not import {match.group(1)}")
    return findings


def include_class(found, index):
    """0 own header, 1 system, 2 ours. The own header is a quoted one that stands first and alone."""
    _, kind, _, group = found[index]
    if index == 0 and kind == '"' and (len(found) == 1 or found[1][3] != group):
        return 0
    return 1 if kind == "<" else 2


# cmocka.h asks for the other four before it; among themselves their order is free.
CMOCKA = {"cmocka.h", "setjmp.h", "stdarg.h", "stddef.h", "stdint.h"}


def check_includes(tree):
    findings = []
    for path, text in tree.matching(r"(common|services|tests)/.*\.[ch]"):
        found = includes(text)
        own = re.sub(r"\.c$", ".h", path)
        if path.endswith(".c") and own in tree.files and (not found or found[0][2] != own):
            findings.append(f"{path}:1: the first include is \"{own}\"")
        seen = {}
        previous = None
        for index, (line, kind, target, group) in enumerate(found):
            order = include_class(found, index)
            if target in seen:
                findings.append(f"{path}:{line}: {target} is included a second time")
            seen[target] = line
            if kind == '"' and "/" not in target:
                findings.append(f"{path}:{line}: name \"{target}\" from the root of the repository")
            if previous and order < previous[0]:
                findings.append(f"{path}:{line}: own header first, then system, then ours")
            elif previous and {target, previous[2]} <= CMOCKA and path.startswith("tests/"):
                pass
            elif previous and (order, group) == previous[:2] and target < previous[2]:
                findings.append(f"{path}:{line}: {target} sorts before {previous[2]}")
            previous = (order, group, target)
    return findings


def check_guards(tree):
    findings = []
    for path, text in tree.matching(r"(common|services|tests)/.*\.h"):
        words = re.sub(r"\W", "_", path).upper()
        allowed = {f"ELP_{words}", f"ELP_{words.removeprefix('SERVICES_')}"}
        lines = text.split("\n")
        guard = re.fullmatch(r"#ifndef (\w+)", lines[0])
        if not guard or guard.group(1) not in allowed or lines[1] != f"#define {guard.group(1)}":
            findings.append(f"{path}:1: begin with #ifndef {sorted(allowed)[0]} and its #define")
        elif text.rstrip().split("\n")[-1] != "#endif":
            findings.append(f"{path}: end with #endif")
    return findings


CLAIMS = [
    Claim(
        "dependencies_flow_from_proto_to_common_to_services",
        "proto <- common <- services/x; a service never includes another service's header, only messages cross.",
        check_dependencies,
        bad=[
            {"common/x.c": '#include "services/intake/judge.h"\n'},
            {"services/ledger/a.c": '#include "services/rating/rate.h"\n'},
            {"services/ledger/a.c": '#include "tests/support/x.h"\n'},
            {"proto/elp/v1/a.proto": 'import "google/protobuf/any.proto";\n'},
        ],
        good=[{"services/ledger/a.c": '#include "services/ledger/a.h"\n#include <stdio.h>\n#include "common/x.h"\n'
                                      '#include "elp/v1/types.pb-c.h"\n'}],
    ),
    Claim(
        "includes_stand_own_header_first_then_system_then_ours_sorted",
        "A header that is included first proves that it stands alone; sorted lists have no doubles.",
        check_includes,
        bad=[
            {"common/a.c": '#include <stdio.h>\n#include "common/a.h"\n', "common/a.h": ""},
            {"common/a.c": '#include <string.h>\n#include <stdio.h>\n'},
            {"common/a.c": '#include <stdlib.h>\n\n#include "common/b.h"\n\n#include <stdio.h>\n'},
            {"common/a.c": '#include "b.h"\n'},
            {"common/a.c": '#include <stdio.h>\n\n#include <stdio.h>\n'},
        ],
        good=[{"common/a.c": '#include "common/a.h"\n\n#include <stdio.h>\n#include <string.h>\n\n#include "common/b.h"\n',
               "common/a.h": ""}],
    ),
    Claim(
        "headers_are_guarded_by_their_path",
        "Two headers with one guard hide each other.",
        check_guards,
        bad=[{"common/a.h": "#ifndef ELP_A_H\n#define ELP_A_H\n#endif\n"}, {"common/a.h": "int a(void);\n"},
             {"common/a.h": "#ifndef ELP_COMMON_A_H\n#define ELP_COMMON_A_H\n"}],
        good=[{"common/a.h": "#ifndef ELP_COMMON_A_H\n#define ELP_COMMON_A_H\n\n#endif\n"}],
    ),
]
