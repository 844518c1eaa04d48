"""The sample: a small fictitious year through `elpctl submit`, where exactly the lines are refused that were meant to be.

Same seed, same bytes; every refusal code of the rules occurs; what `elpctl stats` and `elpctl budget` tell is the sum of the
journals.
"""

import collections
import json

from cell import Cell, cents, euro, run_claims, say
from facts import at
from whole import check_whole

SEED, NETWORKS, ATTESTATIONS = 1, 4, 1500
FAULTY_PERCENT = 2  # of each network's lines, rounded
CODES = {
    "deadline-passed", "session-in-future", "outside-convention", "no-active-contract", "function-not-contracted",
    "group-too-small", "duration-too-short", "leaders-invalid", "site-required", "named-in-community",
    "programme-unknown", "other-funding", "already-attested", "not-insured", "key-conflict", "malformed"}

with Cell() as cell:
    year, registry = cell.folder / "year.jsonl", cell.folder / "sample.yaml"
    size = ("--networks", NETWORKS, "--attestations", ATTESTATIONS)
    cell.start()
    cell.set_clock(at("2026-01-01"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done

    def sample(path, *options):
        cell.do("sample", *size, "--output", path, *options, cell=False)
        return path.read_bytes()

    def answers():
        """(exit code, answers by line, summary) of submitting the year."""
        run = cell.elpctl("submit", year, "--json")
        *lines, summary = [json.loads(line) for line in run.out.splitlines()]
        return run.code, lines, summary["summary"]

    def the_same_seed_gives_the_same_bytes():
        first, facts = sample(year, "--seed", SEED), sample(registry, "--seed", SEED, "--registry")
        again = cell.folder / "again"
        assert sample(again, "--seed", SEED) == first and sample(again, "--seed", SEED, "--registry") == facts
        assert sample(again, "--seed", SEED + 1) != first
        say(f"  {len(first):,} bytes of lines, {len(facts):,} of registry")

    def its_registry_is_taken_whole_and_a_second_load_changes_nothing():
        cell.do("registry", "load", registry)
        head = cell.head("intake")
        cell.do("registry", "load", registry)
        assert cell.head("intake") == head

    def it_has_the_promised_mix():
        lines = [json.loads(text) for text in year.read_text().splitlines()]
        sessions = [line for line in lines if "clock" not in line]
        sites = sum("site" in line for line in sessions) / len(sessions)
        groups = sum(line["service"] == "group" for line in sessions) / len(sessions)
        say(f"  {len(sessions)} lines, {sites:.1%} on sites, {groups:.1%} groups, {len(lines) - len(sessions)} clock lines")
        assert len(sessions) == ATTESTATIONS and 0.16 < sites < 0.23 and 0.005 < groups < 0.03
        codes = {network["code"] for network in json.loads(cell.do("registry", "show", "network", "--json"))}
        assert {line["network"] for line in sessions} == codes and len(codes) == NETWORKS
        clocks = [line["clock"] for line in lines if "clock" in line]
        assert clocks == sorted(clocks) and clocks[0] >= "2026-01-01" and clocks[-1] < "2026-11-01"

    def exactly_the_faulty_lines_are_refused_and_every_code_occurs():
        global first
        code, first, summary = answers()
        assert code == 1 and len(first) == ATTESTATIONS and summary["lines"] == str(ATTESTATIONS)
        by_code, lines, refused = collections.Counter(), collections.Counter(), collections.Counter()
        networks = {line["key"]: line["network"] for line in map(json.loads, year.read_text().splitlines()) if "key" in line}
        for line in first:
            reasons = [line["conflict"]] if line["result"] == "key-conflict" else line["verdict"].get("reasons", [])
            lines[networks[line["key"]]] += 1
            refused[networks[line["key"]]] += bool(reasons)
            by_code.update(reason["code"] for reason in reasons)
            assert all(reason["article"] and reason["reason"] and reason["remedy"] for reason in reasons), line
        say(f"  {sum(refused.values())} of {len(first)} refused: {dict(sorted(by_code.items()))}")
        meant = {network: (count * FAULTY_PERCENT + 50) // 100 for network, count in lines.items()}
        assert refused == meant, f"{dict(refused)} refused, {meant} were meant to be"
        assert CODES <= by_code.keys(), CODES - by_code.keys()

    def a_second_run_doubles_nothing():
        head = cell.head("intake")
        code, again, summary = answers()
        assert code == 1 and summary["accepted"] == summary["refused"] == "0" and cell.head("intake") == head
        assert [line["verdict"] for line in again] == [line["verdict"] for line in first]
        assert {line["result"] for line in again} == {"duplicate", "key-conflict"}

    def stats_and_budget_are_the_sums_of_the_journals():
        journals = check_whole(cell)
        sums = collections.defaultdict(collections.Counter)
        codes = collections.defaultdict(collections.Counter)
        for record in journals["intake"]:
            body = record.WhichOneof("body")
            if body in ("accepted", "refused"):
                attested = getattr(record, body)
                sums[attested.network][body] += 1
                if body == "refused":
                    codes[attested.network].update({reason.code for reason in attested.reasons})
                else:
                    sums[attested.network]["on_sites"] += bool(attested.site)
        for record in journals["rating"]:
            rated = record.rated
            sums[rated.network].update(fee=rated.fee_cents, share=rated.share_cents, insurer=rated.insurer_cents)
        spent = collections.Counter()
        for record in journals["ledger"]:
            for transaction in record.transactions:
                for entry in transaction.entries:
                    name, *rest = entry.account.split(":")
                    if name in ("expenses", "suspended"):
                        spent[name, rest[0]] += entry.cents
        told = json.loads(cell.do("stats", "--json"))["networks"]
        assert len(told) == NETWORKS
        for row in told:
            network = row["network"]
            for field in ("accepted", "refused", "on_sites"):
                assert int(row[field]) == sums[network][field], (network, field, row, sums[network])
            for field in ("fee", "share", "insurer"):
                assert cents(row[field]) == sums[network][field], (network, field, row, sums[network])
            assert {entry["code"]: int(entry["count"]) for entry in row["codes"]} == codes[network], (row, codes[network])
        budgets = json.loads(cell.do("budget", "--json"))["budgets"]
        for row in budgets:
            assert cents(row["care_spent"]) == spent["expenses", row["network"]], row
            assert cents(row["suspended"]) == spent["suspended", row["network"]], row
        fee, share, insurer = (sum(rows[field] for rows in sums.values()) for field in ("fee", "share", "insurer"))
        say(f"  fees {euro(fee)} = insurer parts {euro(insurer)} + patient shares {euro(share)}; spent and suspended "
            f"{euro(sum(spent.values()))}")
        assert fee == insurer + share and insurer == sum(spent.values())

    run_claims(the_same_seed_gives_the_same_bytes, its_registry_is_taken_whole_and_a_second_load_changes_nothing,
               it_has_the_promised_mix, exactly_the_faulty_lines_are_refused_and_every_code_occurs,
               a_second_run_doubles_nothing, stats_and_budget_are_the_sums_of_the_journals)
