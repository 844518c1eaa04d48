"""Functions that are not called, each with what is called instead."""

import re

from c_text import code_only
from claim import Claim
from tree import line_of, waived

# name: (replacement, files that may call it)
EVERYWHERE = {
    "gets": ("fgets", ""),
    "sprintf": ("snprintf", ""),
    "vsprintf": ("vsnprintf", ""),
    "strcpy": ("snprintf, or memcpy of a known size", ""),
    "strncpy": ("snprintf", ""),
    "strcat": ("snprintf", ""),
    "strncat": ("snprintf", ""),
    "alloca": ("an arena or a fixed array", ""),
    "system": ("posix_spawn or fork and exec, with a list of arguments", ""),
    "popen": ("posix_spawn or fork and exec, with a list of arguments", ""),
    "rand": ("a seed that is an argument", ""),
    "srand": ("a seed that is an argument", ""),
    "random": ("a seed that is an argument", ""),
    "drand48": ("a seed that is an argument", ""),
    "sleep": ("waiting on a condition with a deadline", ""),
    "usleep": ("waiting on a condition with a deadline", ""),
    "nanosleep": ("waiting on a condition with a deadline", ""),
    "zclock_sleep": ("waiting on a condition with a deadline", "tests/.*"),
    "zsys_shutdown": ("nothing: CZMQ 4.2.1 does not start again after it", ""),
}

SHIPPED = {
    "atoi": ("yaml_whole_parse or a strict parser of identifiers.h, money.h, calendar.h", ""),
    "atol": ("yaml_whole_parse", ""),
    "atoll": ("yaml_whole_parse", ""),
    "atof": ("money_parse: amounts are cents", ""),
    "sscanf": ("a strict parser: sscanf accepts signs, spaces and overflow", ""),
    "strtok": ("strcspn: strtok keeps hidden state", ""),
    "time": ("a time that is an argument", r"common/(daemon|turn|log)\.c"),
    "gettimeofday": ("a time that is an argument", r"common/(daemon|turn|log)\.c"),
    "clock_gettime": ("a time that is an argument", r"common/(daemon|daemon_metrics|turn|log)\.c|services/ctl/terminal\.c"),
    "zclock_time": ("a time that is an argument", r"common/(daemon|turn|log)\.c"),
    "zclock_mono": ("monotonic_ms at the edge", r"common/(daemon|turn|log|client)\.c"),
    "zclock_usecs": ("a time that is an argument", r"common/(daemon|turn|log)\.c"),
    "localtime": ("common/calendar.h", r"common/calendar\.c"),
    "localtime_r": ("common/calendar.h", r"common/calendar\.c"),
    "mktime": ("common/calendar.h", r"common/calendar\.c"),
    "timegm": ("common/calendar.h", r"common/calendar\.c"),
    "gmtime": ("gmtime_r in common/log.c, else common/calendar.h", ""),
    "strftime": ("common/calendar.h", r"common/(calendar|log)\.c"),
    "assert": ("require: it stays on in release", ""),
    "zmsg_decode": ("one frame and protobuf: CZMQ 4.2.1 crashes on crafted bytes", ""),
    "zhash_pack": ("protobuf", ""),
    "zsock_set_heartbeat_ivl": ("TCP keepalive: libzmq 4.3.4 aborts on connecting sockets", ""),
    "zsock_set_router_handover": ("nothing: any client could take another's place", ""),
    "mdb_env_sync": ("store_commit", ""),
}


def calls_in(text, names):
    code = code_only(text)
    lines = text.split("\n")
    pattern = re.compile(r"(?<![\w.>])(" + "|".join(names) + r")\s*\(")
    for match in pattern.finditer(code):
        line = line_of(code, match.start())
        if not waived(lines[line - 1], "Call"):
            yield line, match.group(1)


def check_banned(tree):
    findings = []
    for path, text in tree.matching(r"(common|services|tests)/.*\.[ch]"):
        banned = EVERYWHERE if path.startswith("tests/") else {**EVERYWHERE, **SHIPPED}
        for line, name in calls_in(text, banned):
            instead, allowed = banned[name]
            if not (allowed and re.fullmatch(allowed, path)):
                findings.append(f"{path}:{line}: {name} is not called here; instead: {instead}")
    return findings


def check_store(tree):
    findings = []
    for path, text in tree.matching(r"(common|services)/.*\.[ch]"):
        if re.fullmatch(r"common/store\w*\.[ch]", path):
            continue
        for match in re.finditer(r"\bmdb_\w+\s*\(|#include\s+<lmdb\.h>", code_only(text)):
            findings.append(f"{path}:{line_of(text, match.start())}: LMDB is reached through common/store.h only")
    return findings


MONEY_FILES = r"common/money\.[ch]"


def check_money(tree):
    findings = []
    for path, text in tree.matching(r"(common|services|tests)/.*\.[ch]"):
        if re.fullmatch(MONEY_FILES, path):
            continue
        code = code_only(text)
        lines = text.split("\n")
        for match in re.finditer(r"\braw_cents\b|\(struct money\)\s*\{(?!\s*0?\s*\})", code):
            line = line_of(code, match.start())
            if not waived(lines[line - 1], "Raw"):
                findings.append(f"{path}:{line}: use money_of_cents, money_cents and the checked operations of money.h")
    return findings


CLAIMS = [
    Claim(
        "banned_functions_are_not_called",
        "Each has a replacement that is named; a call that must stay says why on its line: /* Call: why it must */.",
        check_banned,
        bad=[
            {"common/a.c": "void f(void) { strcpy(a, b); }\n"},
            {"services/intake/a.c": "long f(void) { return time(NULL); }\n"},
            {"services/intake/a.c": "long f(void) { return atoi (text); }\n"},
            {"tests/unit/test_a.c": "void f(void) { usleep(1000); }\n"},
            {"common/a.c": "void f(void) { strcpy(a, b); } /* Call: because */\n"},
        ],
        good=[{
            "common/a.c": "/* strcpy(a, b) */\nvoid f(void) { puts(\"time(NULL)\"); my_time(3); at->time(2); }\n",
            "common/log.c": "long f(void) { return time(NULL); }\n",
            "common/b.c": "int f(void) { return sscanf(a, b); } /* Call: the text is our own */\n",
        }],
    ),
    Claim(
        "lmdb_is_reached_through_the_store_module_only",
        "One wrapper keeps the flags, the sticky errors and the one writer right.",
        check_store,
        bad=[{"services/intake/a.c": "int f(void) { return mdb_put(t, d, &k, &v, 0); }\n"},
             {"common/a.c": "#include <lmdb.h>\n"}],
        good=[{"common/store.c": "#include <lmdb.h>\nint f(void) { return mdb_put(t, d, &k, &v, 0); }\n"}],
    ),
    Claim(
        "money_is_touched_in_its_own_module_only",
        "Only common/money.[ch] know the field of struct money; elsewhere a waiver says why: /* Raw: why it must */.",
        check_money,
        bad=[{"services/ledger/a.c": "int64_t f(struct money a) { return a.raw_cents; }\n"},
             {"services/ledger/a.c": "struct money a = (struct money){x + y};\n"}],
        good=[{"common/money.c": "int64_t f(struct money a) { return a.raw_cents; }\n",
               "services/ledger/a.c": "struct money a = (struct money){0};\nlong b = m.raw_cents; /* Raw: a test of the type */\n"}],
    ),
]
