"""The table that a run ends with."""

import statistics

import cell as cells
from figures import number, spread_text, table, verdict
from postgres import CLIENTS

TARGET_POSTGRES = 8
TARGET_RAW = 0.3
TARGET_STORED = 0.7
TARGET_LONE = 3
TARGET_START_S = 1
TARGET_HEAP_MIB = 64
TARGET_GROWTH = 1.1
MIB = 1024 * 1024


def of(results, name):
    return [result[name] for result in results]


def ratios(above, below):
    """Repetition by repetition: halves that were measured beside each other belong together."""
    return [a / b for a, b in zip(above, below)]


def milliseconds(results, kind, percentile):
    return spread_text([result[kind][percentile] / 1000 for result in results])


def daemons(title, results):
    rows = []
    for service in cells.SERVICES:
        mine = [result["daemons"][service] for result in results]
        judged = [result["accepted"] + result["refused"] for result in results]
        rows.append([
            service, spread_text(of(mine, "cpu_us")), spread_text(of(mine, "disk_bytes")),
            spread_text([lines / reading["flushes"] for lines, reading in zip(judged, mine)]),
            spread_text([reading["heap_bytes_max"] / MIB for reading in mine])])
    table(title, ["daemon", "processor µs", "disk bytes", "attestations per flush", "heap, MiB"], rows)


def throughput(options, part):
    completed = of(part["elp"], "completed_per_s")
    elp_us = of(part["elp"], "cpu_us")
    rows = [["elp, accepted", spread_text(of(part["elp"], "accepted_per_s")), "", "", ""],
            ["elp, completed (events out)", spread_text(completed), "1", spread_text(elp_us), "1"],
            ["raw LMDB, five puts, batches of 100", spread_text(part["raw_lmdb"]),
             spread_text(ratios(completed, part["raw_lmdb"])), "", ""]]
    for name, title in (("postgres_one", "one by one"), ("postgres_batches", "batches of 1,000")):
        if part[name]:
            cpu_us = part[name + "_cpu_us"]
            rows.append([f"PostgreSQL, {CLIENTS} clients, {title}", spread_text(part[name]),
                         spread_text(ratios(completed, part[name])), spread_text(cpu_us),
                         spread_text(ratios(cpu_us, elp_us))])
    table(f"Attestations a second, {options.attestations:,} in batches of {options.batch} from {options.clients} clients "
          "(min / median / max); processor time with the clients'",
          ["", "attestations/s", "elp completed ÷ this", "processor µs each", "this ÷ elp"], rows)
    table("Latency in ms (min / median / max of the repetitions)", ["", "p50", "p95", "p99"], [
        [name, *(milliseconds(results, kind, percentile) for percentile in ("p50", "p95", "p99"))]
        for name, results, kind in (
            ("full load, acknowledgement", part["elp"], "acknowledgement"),
            ("full load, event", part["elp"], "event"),
            ("half load, acknowledgement", part["paced"], "acknowledgement"),
            ("half load, event", part["paced"], "event"),
            ("lone client, acknowledgement", part["lone"], "acknowledgement"),
            ("lone client, event", part["lone"], "event"),
            ("one LMDB commit", part["lone"], "commit"),
            ("one round trip", part["lone"], "round_trip"))])
    daemons("Per attestation at full load", part["elp"])
    refused = [result["refused"] / (result["accepted"] + result["refused"]) for result in part["elp"]]
    print(f"  refused, as the sample means it: {statistics.median(refused):.1%}")
    _targets(part, completed)


def _targets(part, completed):
    rows = []
    raw = statistics.median(ratios(completed, part["raw_lmdb"]))
    rows.append(["completed ÷ raw LMDB", f"≥ {TARGET_RAW}", number(raw), verdict(raw, TARGET_RAW)])
    if part["postgres_one"]:
        postgres = statistics.median(ratios(completed, part["postgres_one"]))
        rows.append(["completed ÷ PostgreSQL one by one", f"≥ {TARGET_POSTGRES}", number(postgres),
                     verdict(postgres, TARGET_POSTGRES)])
    lone = statistics.median(
        result["acknowledgement"]["p50"] / result["commit_and_round_trip"]["p50"] for result in part["lone"])
    rows.append(["lone acknowledgement ÷ (commit + round trip)", f"≤ {TARGET_LONE}", number(lone),
                 verdict(lone, TARGET_LONE, at_least=False)])
    heap = max(result["daemons"][service]["heap_bytes_max"] / MIB for result in part["elp"] for service in cells.SERVICES)
    rows.append(["largest heap, MiB", f"≤ {TARGET_HEAP_MIB}", number(heap), verdict(heap, TARGET_HEAP_MIB, at_least=False)])
    table("Targets", ["", "wanted", "median", ""], rows)


def stored(options, part):
    rows = []
    for name, suffix in (("ordered keys, provider by provider", ""), ("hashed keys, random people", "_hashed")):
        empty = of(part["empty" + suffix], "completed_per_s")
        full = of(part["full" + suffix], "completed_per_s")
        rows.append([name, spread_text(empty), spread_text(full), spread_text(ratios(full, empty))])
    table(f"Completed a second, empty and with {options.stored:,} stored (min / median / max)",
          ["", "empty", "stored", "ratio"], rows)
    print(f"  raw LMDB with as many stored: {spread_text(part['raw_lmdb'])}/s")
    daemons("Per attestation with that many stored, ordered keys", part["full"])
    daemons("Per attestation with that many stored, hashed keys and random people", part["full_hashed"])
    ratio = statistics.median(ratios(of(part["full"], "completed_per_s"), of(part["empty"], "completed_per_s")))
    start = statistics.median(max(seconds.values()) for seconds in part["start_s"])
    heap = max(result["daemons"][service]["heap_bytes_max"] / MIB
               for result in part["full"] + part["full_hashed"] for service in cells.SERVICES)
    table("Targets", ["", "wanted", "median", ""], [
        ["stored ÷ empty", f"≥ {TARGET_STORED}", number(ratio), verdict(ratio, TARGET_STORED)],
        [f"slowest start with {part['records']:,} records, s", f"≤ {TARGET_START_S}", number(start),
         verdict(start, TARGET_START_S, at_least=False)],
        ["largest heap, MiB", f"≤ {TARGET_HEAP_MIB}", number(heap), verdict(heap, TARGET_HEAP_MIB, at_least=False)]])


def soak(_, part):
    table(f"Heap in MiB over {part['minutes']:g} minutes at {part['rate']:,} attestations/s, at the end of each tenth",
          ["daemon", *(f"{i * 10} %" for i in range(1, 11))],
          [[service, *(number(value / MIB) for value in values)] for service, values in part["tenths"].items()])
    growth = max(values[-1] / values[4] for values in part["tenths"].values())
    heap = max(max(values) for values in part["tenths"].values()) / MIB
    table("Targets", ["", "wanted", "", ""], [
        ["largest heap, MiB", f"≤ {TARGET_HEAP_MIB}", number(heap), verdict(heap, TARGET_HEAP_MIB, at_least=False)],
        ["heap at the end ÷ heap at half-time", f"≤ {TARGET_GROWTH}", number(growth),
         verdict(growth, TARGET_GROWTH, at_least=False)]])
