"""Writes files of a tree into a temporary folder, for tools that read files."""

import os
import tempfile
from contextlib import contextmanager


@contextmanager
def on_disk(files):
    with tempfile.TemporaryDirectory() as folder:
        for path, text in files:
            target = os.path.join(folder, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(target, "w", encoding="utf-8") as stream:
                stream.write(text)
        yield folder
