"""Just enough C to look at: text without comments and literals, functions, includes."""

import re

TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def blank(match):
    text = match.group(0)
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


def code_only(text):
    """The same text with comments and the insides of literals replaced by spaces, line by line in place."""
    return TOKEN.sub(blank, text)


def functions(text):
    """(name, first line, number of lines) of every function body; the first line is that of its opening brace."""
    code = code_only(text)
    code = re.sub(r"^[ \t]*#.*?(?<!\\)$", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.M | re.S)
    found = []
    depth = 0
    head_start = 0
    opened = None
    for match in re.finditer(r"[{};]", code):
        mark = match.group(0)
        if mark == "{":
            if depth == 0:
                head = code[head_start:match.start()].strip()
                name = re.search(r"(\w+)\s*\(", head)
                is_function = head.endswith(")") and "=" not in head and name
                opened = (name.group(1), match.start()) if is_function else None
            depth += 1
        elif mark == "}":
            depth -= 1
            if depth == 0:
                if opened:
                    first = text.count("\n", 0, opened[1]) + 1
                    last = text.count("\n", 0, match.start()) + 1
                    found.append((opened[0], first, last - first + 1))
                    opened = None
                head_start = match.end()
        elif depth == 0:
            head_start = match.end()
    return found


def includes(text):
    """(line, kind, target, group): kind is '<' or '"'; a group is a run of includes without a blank line."""
    found = []
    group = 0
    previous = None
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'#include\s+([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        if previous is not None and number != previous + 1:
            group += 1
        previous = number
        found.append((number, match.group(1), match.group(2), group))
    return found
