"""Workloads of the sample: `elpctl sample` makes the lines, `elp-bench pack` puts them into batches."""

import subprocess

import cell as cells
from bench_cell import tool


class World:
    """A fictitious year in a folder: its registry file and its lines, from which slices are packed."""

    def __init__(self, folder, attestations, seed=1):
        self.folder = folder
        self.attestations = attestations
        self.registry = folder / "registry.yaml"
        self.lines = folder / "year.jsonl"
        self.packed = {}
        for extra, path in ((["--registry"], self.registry), ([], self.lines)):
            subprocess.run([cells.BIN / "elpctl", "sample", "--attestations", str(attestations), "--seed", str(seed),
                            "--output", str(path), *extra], check=True)

    def pack(self, name, skip, take, batch=500, shuffle=False, hash_keys=False):
        """Lines skip … skip + take in batches; the file's path. With shuffle people and providers come in no order."""
        path = self.folder / f"{name}.workload"
        words = ["--workload", path, "--skip", skip, "--take", take, "--batch", batch]
        words += ["--shuffle"] * shuffle + ["--hash-keys"] * hash_keys
        with open(self.lines, "rb") as stream:
            self.packed[name] = tool(*words, "pack", stdin=stream)
        return path
