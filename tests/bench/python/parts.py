"""The parts of the yardstick. Each measures what belongs together side by side, so that a noisy machine spoils both halves alike."""

import json
import os
import shutil
import time

import cell as cells
from bench_cell import BenchCell, tool
from postgres import CLIENTS, Missing, Postgres
from workloads import World

LONE_LINES = 200
RAW_BATCH = 100
POSTGRES_BATCH = 1000


def say(text):
    print(f"[{time.monotonic() - _STARTED:6.1f} s] {text}", flush=True)


_STARTED = time.monotonic()


def raw_lmdb(folder, workload, count, stored=0):
    """Attestations a second of the five puts."""
    place = folder / "raw-lmdb"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    taken = tool("--folder", place, "--workload", workload, "--count", count, "--batch", RAW_BATCH, "--stored", stored,
                 "raw-lmdb")
    shutil.rmtree(place)
    return taken["lines"] / (taken["taken_ns"] / 1e9)


# --- throughput against the two yardsticks


def throughput(options, folder):
    """Repetitions of: a fresh cell under full load, raw LMDB, PostgreSQL; at the end latencies at half the load and a lone client."""
    paced = options.attestations // 2
    world = World(folder, options.attestations + paced + LONE_LINES)
    full = world.pack("full", 0, options.attestations, options.batch)
    half = world.pack("half", options.attestations, paced, options.batch // 5 or 1)
    lone = world.pack("lone", options.attestations + paced, LONE_LINES, 1)
    result = {"elp": [], "raw_lmdb": [], "postgres_one": [], "postgres_batches": [], "paced": [], "lone": [],
              "postgres_one_cpu_us": [], "postgres_batches_cpu_us": []}
    try:
        with Postgres(folder / "postgres", options.sockets_in) as postgres:
            result["postgres_version"] = postgres.version()
            for repetition in range(options.repeat):
                _repetition(options, folder, result, postgres, repetition, world, full, half, lone)
    except Missing as missing:
        say(f"without PostgreSQL: {missing}")
        for repetition in range(options.repeat):
            _repetition(options, folder, result, None, repetition, world, full, half, lone)
    result["workload"] = world.packed
    return result


def _repetition(options, folder, result, postgres, repetition, world, full, half, lone):
    with BenchCell() as cell:
        cell.start_counted()
        cell.prepare(world.registry)
        result["elp"].append(cell.load(full, options.clients, options.window))
        completed = result["elp"][-1]["completed_per_s"]
        say(f"repetition {repetition + 1}: {completed:,.0f} attestations/s completed")
        result["raw_lmdb"].append(raw_lmdb(folder, full, options.attestations))
        say(f"  raw LMDB {result['raw_lmdb'][-1]:,.0f}/s")
        result["paced"].append(cell.load(half, options.clients, options.window, rate=int(completed / 2)))
        place = cell.folder / "lone"
        place.mkdir()
        result["lone"].append(tool("--cell", cell.dir, "--workload", lone, "--folder", place, "--count", LONE_LINES, "lone"))
    if postgres:
        for name, script, lines in (("postgres_one", "one_by_one.sql", 1), ("postgres_batches", "batches.sql", POSTGRES_BATCH)):
            rate, cpu_us = postgres.attestations_per_s(script, lines, options.postgres_seconds)
            result[name].append(rate)
            result[name + "_cpu_us"].append(cpu_us)
            say(f"  PostgreSQL, {CLIENTS} clients, transactions of {lines:,}: {rate:,.0f}/s")


# --- with many attestations stored


def _noted(note, asked):
    """What an earlier run wrote into a file of the folder that is kept; None: there is nothing yet."""
    if not note.exists():
        return None
    found = json.loads(note.read_text())
    if found["asked"] != asked:
        raise RuntimeError(f"{note.parent} was prepared for {found['asked']}, asked is {asked}")
    return found


def _packed(options, place, asked):
    """The lines in packages and their registry, made in `place` or found there."""
    note = place / "packed.json"
    if _noted(note, asked):
        return
    slice_lines = asked["slice"]
    world = World(place, options.stored + options.repeat * 2 * slice_lines)
    world.pack("fill", 0, options.stored, 1000)
    for i in range(options.repeat):
        world.pack(f"ordered-{i}", options.stored + i * slice_lines, slice_lines, options.batch)
        world.pack(f"hashed-{i}", options.stored + (options.repeat + i) * slice_lines, slice_lines, options.batch,
                   shuffle=True, hash_keys=True)
    world.lines.unlink()
    note.write_text(json.dumps({"asked": asked}))
    say(f"{options.stored:,} lines packed, and {options.repeat * 2} slices of {slice_lines:,}")


def _filled(options, place, asked):
    """A cell that holds many of the lines, made in `place` or found there; what was noted about it."""
    note = place / "filled.json"
    found = _noted(note, asked)
    if found:
        say(f"{place} holds a cell with {options.stored:,} attestations")
        return found
    with BenchCell() as cell:
        cell.start_counted(lazy=True)
        cell.prepare(place / "registry.yaml")
        say("registry loaded")
        filled = cell.load(place / "fill.workload", options.clients, options.window)
        say(f"{options.stored:,} attestations stored, {filled['completed_per_s']:,.0f}/s without waiting for the disk")
        cell.stop()
        cell.leave_in(place / "cell")
        found = {"asked": asked, "port_base": cell.port_base}
    os.sync()
    note.write_text(json.dumps(found))
    return found


def stored(options, folder):
    """The same lines into an empty cell and into one that holds many; then random people under hashed keys; then a start."""
    place = options.keep or folder
    place.mkdir(parents=True, exist_ok=True)
    slice_lines = options.attestations // 2
    asked = {"stored": options.stored, "slice": slice_lines, "repeat": options.repeat, "batch": options.batch}
    _packed(options, place, asked)
    found = _filled(options, place, asked)
    result = {"empty": [], "full": [], "empty_hashed": [], "full_hashed": []}
    with BenchCell() as empty, BenchCell() as full:
        empty.start_counted()
        empty.prepare(place / "registry.yaml")
        full.take_from(place / "cell", found["port_base"], copy=options.keep is not None)
        full.start_counted()
        for name, package in (("", "ordered"), ("_hashed", "hashed")):
            for repetition in range(options.repeat):
                workload = place / f"{package}-{repetition}.workload"
                for kind, cell in (("empty", empty), ("full", full))[::1 if repetition % 2 == 0 else -1]:
                    result[kind + name].append(cell.load(workload, options.clients, options.window))
                    say(f"{kind}{name}: {result[kind + name][-1]['completed_per_s']:,.0f}/s completed")
        result["raw_lmdb"] = [raw_lmdb(folder, place / "ordered-0.workload", slice_lines, options.stored)]
        say(f"raw LMDB with as many stored: {result['raw_lmdb'][0]:,.0f}/s")
        result["records"] = full.head("intake")
        result["start_s"] = []
        for _ in range(3):
            full.stop()
            result["start_s"].append(full.start_timed())
        say("starts with {:,} records: {}".format(
            result["records"], ", ".join(f"{max(seconds.values()):.2f} s" for seconds in result["start_s"])))
    return result


# --- heap over time


def soak(options, folder):
    """A steady load for some minutes; the heap of each daemon at the end of each tenth of it."""
    lines = int(options.soak * 60 * options.soak_rate)
    world = World(folder, lines)
    workload = world.pack("soak", 0, lines, 100)
    with BenchCell() as cell:
        cell.start_counted()
        cell.prepare(world.registry)
        result = cell.load(workload, options.clients, options.window, rate=options.soak_rate)
    say(f"{lines:,} attestations in {options.soak:g} minutes")
    tenths = {}
    for service in cells.SERVICES:
        readings = result["daemons"][service]["heap_bytes"]
        tenths[service] = [readings[len(readings) * (i + 1) // 10 - 1] for i in range(10)]
    return {"lines": lines, "minutes": options.soak, "rate": options.soak_rate, "tenths": tenths, "load": result}
