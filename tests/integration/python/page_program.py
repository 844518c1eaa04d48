"""The program of a page of docs/, exactly as it is printed there, run by the tests as a reader would run it."""

import subprocess
import sys

from cell import PROTO, SOURCE


def extract(page, lines_max):
    """The page's one Python program; it is shorter than the page promises."""
    text = (SOURCE / "docs" / page).read_text(encoding="utf-8")
    parts = text.split("```python\n")
    assert len(parts) == 2, f"{page} has {len(parts) - 1} Python programs, not one"
    program = parts[1].split("```")[0]
    count = len(program.splitlines())
    assert count < lines_max, f"the program of {page} has {count} lines, not under {lines_max}"
    return program


def start(cell, page, lines_max, *arguments):
    """Starts the program in the cell's folder, where build/gen/python is what this build generated."""
    generated = cell.folder / "build" / "gen" / "python"
    if not generated.exists():
        generated.parent.mkdir(parents=True)
        generated.symlink_to(PROTO)
    path = cell.folder / page.replace(".md", ".py")
    path.write_text(extract(page, lines_max), encoding="utf-8")
    return subprocess.Popen([sys.executable, path.name, *arguments], cwd=cell.folder, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
