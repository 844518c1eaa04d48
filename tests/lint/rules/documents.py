"""README and docs."""

import os
import re

from claim import Claim
from tree import line_of


def check_links(tree):
    folders = {os.path.dirname(path) for path in tree.files}
    folders |= {"/".join(folder.split("/")[:n]) for folder in folders for n in range(1, folder.count("/") + 1)}
    findings = []
    for path, text in tree.matching(r"README\.md|docs/.*\.md"):
        for match in re.finditer(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            target = match.group(1)
            if re.match(r"[a-z]+:", target):
                continue
            reached = os.path.normpath(os.path.join(os.path.dirname(path), target))
            if reached not in tree.files and reached not in folders:
                findings.append(f"{path}:{line_of(text, match.start())}: {target} leads nowhere")
    return findings


def check_directories(tree):
    readme = tree.files.get("README.md", "")
    top = sorted({path.split("/")[0] for path in tree.files if "/" in path})
    return [f"README.md: no line says what {folder}/ is" for folder in top if f"{folder}/" not in readme]


CLAIMS = [
    Claim(
        "links_in_documents_lead_somewhere",
        "A document that points at nothing costs every reader.",
        check_links,
        bad=[{"README.md": "[a](docs/a.md)"}, {"docs/a.md": "[b](docs/b.md)", "docs/b.md": ""}],
        good=[{"README.md": "[a](docs/a.md#top) [b](https://example.org) [c](docs/)", "docs/a.md": "[r](../README.md)"}],
    ),
    Claim(
        "the_readme_has_a_line_for_every_directory",
        "A newcomer finds the way from the first page.",
        check_directories,
        bad=[{"README.md": "", "common/a.c": ""}],
        good=[{"README.md": "`common/` what two daemons need", "common/a.c": ""}],
    ),
]
