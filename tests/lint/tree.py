"""The files that lint tests look at, as path -> text."""

import os
import re

SKIPPED_FOLDERS = {".git", "__pycache__", "cell", "corpus"}
BINARY = re.compile(r"\.(png|jpg|binpb|mdb|xlsx|pdf)$")


class Tree:
    def __init__(self, files, root=None):
        self.files = files
        self.root = root  # None: a tree in memory

    @staticmethod
    def load(root):
        """Everything below root but build folders, fuzz corpora and binary files."""
        files = {}
        for folder, names, entries in os.walk(root):
            if folder == root:
                names[:] = [name for name in names if not name.startswith("build")]
            names[:] = sorted(name for name in names if name not in SKIPPED_FOLDERS)
            for entry in sorted(entries):
                path = os.path.join(folder, entry)
                if BINARY.search(entry) or not os.path.isfile(path):
                    continue
                with open(path, "rb") as stream:
                    files[os.path.relpath(path, root)] = stream.read().decode("utf-8", "replace")
        return Tree(files, root)

    def matching(self, pattern):
        """Paths and texts whose path matches the whole pattern."""
        compiled = re.compile(pattern)
        return [(path, text) for path, text in sorted(self.files.items()) if compiled.fullmatch(path)]


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def waived(line, word):
    """A waiver says why, on the line itself: /* Raw: the wire carries bare cents */."""
    return re.search(rf"\b{word}: [\w'-]+ [\w'-]+", line) is not None
