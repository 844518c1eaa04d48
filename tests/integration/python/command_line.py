"""elpctl as people and scripts use it: files of lines, registry files, books, events, decisions, and everything that can go
wrong on the way: each ends with the documented exit code and one line that names place, reason and way out.
"""

import json
import signal
import subprocess
import threading

from cell import BIN, SOURCE, Cell, run_claims, say, wait_until
from facts import Person, Registry, at, individual
from google.protobuf import json_format

DONE, NO, USAGE, UNREACHABLE, DENIED, INPUT, CONFIG = 0, 1, 2, 3, 4, 5, 78


def as_json(line):
    """An AttestationLine as a submission file has it; without its key, so that elpctl gives one."""
    fields = json_format.MessageToDict(line, preserving_proto_field_name=True)
    fields.pop("key", None)
    fields["service"] = fields["service"].removeprefix("SERVICE_").lower()
    fields["function"] = fields["function"].removeprefix("FUNCTION_")
    return fields


with Cell() as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "100000.00", "operating": "500.00"}})
    world.network("A02", budget={2026: {"care.base": "150.00", "operating": "50.00"}})
    provider = world.provider("P1", "A01")
    small = world.provider("P2", "A02")
    cell.start()
    cell.set_clock(at("2026-03-20"))

    def lines(count, day="2026-03-10", network="A01", who=None):
        """Sound lines, one a quarter of an hour, each for somebody else."""
        return [as_json(individual("", network, who or provider, day, Person("1980-01-01"),
                                   start=f"{8 + place // 4:02d}:{place % 4 * 15:02d}")) for place in range(count)]

    def write(name, *rows):
        path = cell.folder / name
        path.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
        return path

    def submitted(*arguments):
        """(exit code, verdicts by line, summary) of a run with --json."""
        run = cell.elpctl("submit", "--json", *arguments)
        rows = [json.loads(row) for row in run.out.splitlines()]
        assert rows and "summary" in rows[-1], run
        return run.code, {int(row["line"]): row for row in rows[:-1]}, rows[-1]["summary"]

    def says(run, code, *words):
        """The run ended with this code and one line that holds all the words."""
        error = run.err.strip()
        assert run.code == code and "\n" not in error and all(word in error for word in words), run
        return error

    def a_book_with_an_amount_out_of_its_quotes_is_refused_with_its_line():
        text = (SOURCE / "deploy" / "conventions" / "2024.yaml").read_text()
        place = next(n for n, row in enumerate(text.splitlines(), 1) if 'amount: "86.69"' in row)
        bad = cell.folder / "bad.yaml"
        bad.write_text(text.replace('"86.69"', "86.69"))
        for command in ("check", "load"):
            run = cell.elpctl("book", command, bad)
            assert run.code == NO and f"bad.yaml:{place}:" in run.err and '"86.69"' in run.err, run
        run = cell.elpctl("book", "load", SOURCE / "deploy" / "conventions" / "2024.yaml")
        assert run.code == DONE, run
        figures = json.loads(cell.do("book", "show", "2024", "--json"))[0]["figures"]
        assert [figure["value"] for figure in figures if figure["name"] == "tariff.individual.2024"] == ["86.69"]

    def an_indexation_is_done_once_and_refused_twice():
        index = ("index", 2026, "1.72 %", "--convention", "2024", "--source", "a test")
        assert "91.02" in cell.do(*index)
        run = cell.elpctl(*index, "--json")
        outcome = json.loads(run.out)
        assert run.code == NO and not outcome["done"] and outcome["code"] == "already-indexed", run
        assert cell.elpctl("index", 2026, "1,72 %", "--convention", "2024", "--source", "x").code == USAGE

    def a_registry_file_names_every_error_with_its_line_and_sends_nothing():
        head = cell.head("intake")
        bad = write("bad-registry.yaml", "payees:", "- {code: X, name: x}", "budgets:",
                    "- {network: A01, year: 2026, envelopes: {care.base: 86.695}}", "netwoks: []")
        run = cell.elpctl("registry", "load", bad)
        assert run.code == INPUT and "bad-registry.yaml:5:" in run.err and "netwoks" in run.err, run
        bad = write("bad-amount.yaml", "budgets:", "- {network: A01, year: 2026, envelopes: {care.base: 8669}}")
        run = cell.elpctl("registry", "load", bad)
        assert run.code == INPUT and "bad-amount.yaml:2:" in run.err and "two decimals" in run.err, run
        assert cell.head("intake") == head

    def a_refused_fact_is_named_with_its_line_and_costs_no_other_one():
        path = write("registry.yaml", world.text(), "sites:",
                     "  - {code: S9, network: A09, name: nowhere, kind: school}")
        run = cell.elpctl("registry", "load", path)
        line = len(path.read_text().rstrip().splitlines())
        assert run.code == NO and f"registry.yaml:{line}:" in run.err and "sites[0].network" in run.err, run
        codes = [network["code"] for network in json.loads(cell.do("registry", "show", "network", "--json"))]
        assert codes == ["A01", "A02"], codes
        again = cell.do("registry", "load", cell_file_of(world))
        assert all(row.split()[1] == "0" for row in again.splitlines()[1:]), again

    def cell_file_of(registry):
        return write("world.yaml", registry.text())

    def a_second_run_of_the_same_file_doubles_nothing():
        path = write("plain.jsonl", *lines(20))
        code, first, summary = submitted(path)
        assert code == DONE and summary["accepted"] == "20", summary
        head = cell.head("intake")
        code, again, summary = submitted(path)
        assert code == DONE and summary["accepted"] == "0" and summary["accepted_before"] == "20", summary
        assert cell.head("intake") == head
        assert [row["verdict"]["id"] for row in first.values()] == [row["verdict"]["id"] for row in again.values()]
        piped = cell.elpctl("submit", "-", input=path.read_text())
        assert piped.code == DONE and cell.head("intake") == head, piped

    def a_line_that_breaks_in_the_middle_of_a_file_costs_no_other_one():
        sound = lines(4, "2026-03-11")
        broken = ['{"network": "A01", "provider":', '{"network": "A01", "minuten": 60}', '{"minutes": 86.69}',
                  '{"network": "A01", "network": "A02"}', "\x00\x01"]
        path = write("broken.jsonl", *sound[:2], *broken, *sound[2:])
        code, rows, summary = submitted(path)
        assert code == INPUT and summary["accepted"] == "4" and summary["unreadable"] == str(len(broken)), summary
        assert [line for line, row in rows.items() if row["result"] == "unreadable"] == [3, 4, 5, 6, 7]
        assert rows[4]["field"] == "minuten" and rows[5]["field"] == "minutes"
        run = cell.elpctl("submit", path)
        assert run.code == INPUT and f"{path}:4: unreadable: minuten:" in run.out, run

    def a_check_judges_and_records_nothing():
        head = cell.head("intake")
        path = write("check.jsonl", *lines(2, "2026-03-12"), {**lines(1, "2026-03-12")[0], "minutes": 10})
        run = cell.elpctl("check", path)
        assert run.code == NO and f"{path}:3: refused duration-too-short" in run.out and "would be accepted" in run.out, run
        assert cell.head("intake") == head

    def refused_lines_are_written_away_mended_and_submitted():
        short = {**lines(1, "2026-03-12")[0], "minutes": 10}
        mend = cell.folder / "mend.jsonl"
        code, _, _ = submitted(write("short.jsonl", *lines(1, "2026-03-13"), short), "--refused", mend)
        assert code == NO
        row, = [json.loads(row) for row in mend.read_text().splitlines()]
        assert [reason["code"] for reason in row["refused"]] == ["duration-too-short"]
        row["minutes"] = 60
        code, rows, summary = submitted(write("mended.jsonl", row))
        assert code == DONE and summary["accepted"] == "1", rows
        run = cell.elpctl("submit", mend, "--refused", mend)
        says(run, USAGE, "overwrite")
        assert mend.read_text()

    def refused_lines_are_asked_again_under_a_new_key_once_the_registry_is_mended():
        late = Registry(represent=None)
        newcomer = late.provider("P3", "A01", serial=77)
        path = write("newcomer.jsonl", *lines(2, "2026-03-14", who=newcomer))
        code, rows, _ = submitted(path)
        assert code == NO and rows[1]["verdict"]["reasons"][0]["code"] == "no-active-contract", rows
        code, rows, summary = submitted(path, "--retry-refused")
        assert code == NO and rows[1]["key"].endswith(":0000000001:r1") and summary["retried"] == "2", rows
        cell.do("registry", "load", write("late.yaml", late.text()))
        code, rows, summary = submitted(path)
        assert code == NO and summary["refused_before"] == "2", summary
        code, rows, summary = submitted(path, "--retry-refused")
        assert code == DONE and summary["accepted"] == "2" and rows[2]["key"].endswith(":r2"), rows
        head = cell.head("intake")
        code, rows, summary = submitted(path, "--retry-refused")
        assert code == DONE and summary["accepted_before"] == "2" and cell.head("intake") == head, rows

    def a_clock_directive_moves_time_between_two_lines_and_is_passed_at_a_second_run():
        early, late = lines(1, "2026-03-21")[0], lines(1, "2026-03-22")[0]
        path = write("clock.jsonl", early, {"clock": at("2026-03-23")}, late)
        code, rows, _ = submitted(path)
        assert code == NO and rows[1]["verdict"]["reasons"][0]["code"] == "session-in-future", rows
        assert rows[3]["verdict"]["kind"] == "accepted", rows
        code, again, _ = submitted(path)
        assert code == NO and again[3]["verdict"] == rows[3]["verdict"]
        back = cell.elpctl("clock", "set", at("2026-03-22"))
        says(back, NO, "never goes back")

    def a_submission_outlives_kills_of_intake():
        path = write("many.jsonl", *[row for day in range(1, 21) for row in lines(48, f"2026-02-{day:02d}")])
        accepted = int(json.loads(cell.do("stats", "A01", "--json"))["networks"][0]["accepted"])
        run = []
        thread = threading.Thread(target=lambda: run.append(submitted(path)))
        thread.start()
        for _ in range(3):
            head = cell.head("intake")
            cell.kill("intake")
            cell.start("intake")
            wait_until(lambda: not thread.is_alive() or cell.head("intake") > head, what="the submission goes on")
        thread.join()
        code, _, summary = run[0]
        assert code == DONE and summary["lines"] == "960", summary
        cell.wait_caught_up()
        now = int(json.loads(cell.do("stats", "A01", "--json"))["networks"][0]["accepted"])
        assert now == accepted + 960, (accepted, now)

    def events_come_without_gap_or_double_over_restarts_of_both_sides():
        everything = cell.do("watch", "--json", "--from", 1, "--until-idle").splitlines()
        places = [(int(event["number"]), event.get("index", 0)) for event in map(json.loads, everything)]
        assert places == sorted(set(places)) and len(places) > 1000
        some = cell.do("watch", "--json", "--from", 1, "--max", 500).splitlines()
        last = json.loads(some[-1])
        rest = cell.do("watch", "--json", "--after", f"{last['number']}.{last.get('index', 0)}", "--until-idle").splitlines()
        assert some + rest == everything

        head = cell.head("intake")
        watch = subprocess.Popen([BIN / "elpctl", "watch", "--cell", cell.dir, "--json", "--from", str(head + 1), "--kind",
                                  "posted"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert submitted(write("before.jsonl", *lines(2, "2026-01-20")))[0] == DONE
        seen = [json.loads(watch.stdout.readline())]
        cell.kill("reporting")
        assert submitted(write("after.jsonl", *lines(2, "2026-01-21")))[0] == DONE
        cell.start("reporting")
        seen += [json.loads(watch.stdout.readline()) for _ in range(3)]
        watch.send_signal(signal.SIGINT)
        _, last_word = watch.communicate(timeout=10)
        assert [int(event["number"]) for event in seen] == [head + place for place in (1, 2, 3, 4)], seen
        assert "go on with --" in last_word and watch.returncode == 128 + signal.SIGINT, last_word
        say(f"  {len(places)} events read whole and in two parts; {last_word.strip().splitlines()[-1]}")

    def decisions_wait_for_their_judgement():
        code, rows, _ = submitted(write("ceiling.jsonl", *lines(3, "2026-03-16", "A02", small)))
        assert code == DONE
        cell.wait_caught_up()
        budget, = json.loads(cell.do("budget", "A02", "--json"))["budgets"]
        assert budget["suspended"] == "91.02" and budget["care_spent"] == "182.04" and budget["zone"] == "critical", budget
        decide = ("decide", "release", "--network", "A02", "--year", 2026, "--reason", "a test")
        run = cell.elpctl(*decide, "--json")
        outcome = json.loads(run.out)
        assert run.code == NO and outcome["largest"] == "17.96", run
        cell.do("decide", "raise", "--network", "A02", "--year", 2026, "--amount", "100.00", "--reason", "a test")
        budget, = json.loads(cell.do("budget", "A02", "--json"))["budgets"]
        assert budget["suspended_count"] == "0" and budget["reimbursed"] == "273.06", budget
        raised = ("decide", "raise", "--network", "A02", "--year", 2026, "--amount", "100.00", "--reason", "a test")
        again = cell.elpctl(*raised)
        assert again.code == DONE and "recorded before" in again.err, again
        assert json.loads(cell.do("budget", "A02", "--json"))["budgets"] == [budget], "the money is there once"
        number = json.loads(cell.elpctl(*raised, "--json").out)["number"]
        assert json.loads(cell.do("outcome", number, "--json"))["judge"] == "ledger"
        assert cell.elpctl("outcome", 1).code == NO
        assert cell.elpctl("decide", "raise", "--network", "A02", "--year", 2026, "--amount", "100", "--reason",
                           "x").code == USAGE

    def one_attestation_is_followed_to_its_payment_and_cancelled():
        code, rows, _ = submitted(write("one.jsonl", *lines(1, "2026-03-17")))
        id_ = rows[1]["verdict"]["id"]
        status = json.loads(cell.do("status", id_, "--json"))
        assert status["verdict"]["kind"] == "accepted" and status["rating"]["rated"]["fee"] == "91.02", status
        assert status["posting"]["state"] == "posted", status
        text = cell.do("status", id_)
        assert "care.base" in text and "to be ordered on 2026-03-31" in text, text
        cell.do("cancel", id_)
        head = cell.head("intake")
        cell.do("cancel", id_)
        assert cell.head("intake") == head
        assert json.loads(cell.do("status", id_, "--json"))["posting"]["state"] == "reversed"

    def the_chains_hold_and_the_balance_is_zero():
        out = cell.do("journal", "verify")
        assert out.count("chain holds") == 4, out
        assert json.loads(cell.do("trial-balance", "--json"))["sum"] == "0.00"
        record = json.loads(cell.do("journal", "show", "intake", "--from", 1, "--to", 1, "--json"))
        assert record["genesis"]["simulated"] and record["number"] == "1"

    def what_goes_wrong_is_said_in_one_line_with_the_way_out():
        says(cell.elpctl("health", cell=False, env={"ELP_CELL": str(cell.folder / "none")}), CONFIG, "elpctl cell create")
        says(cell.elpctl("budget", "--as", "nobody"), CONFIG, "nobody.key")
        says(cell.elpctl("budget", "--as", "insurer"), DENIED, "denied", "insurer")
        says(cell.elpctl("keys", "new", "operator", "--role", "operator"), NO, "taken")
        says(cell.elpctl("keys", "new", "a b", "--role", "operator"), USAGE, "no name")
        says(cell.elpctl("status", "nonsense"), USAGE, "no attestation id")
        says(cell.elpctl("submit", cell.folder / "none.jsonl"), INPUT, "none.jsonl")
        says(cell.elpctl("submitt"), USAGE, "did you mean elpctl submit?")
        says(cell.elpctl("journal"), USAGE, "journal verify")
        says(cell.elpctl("tariff", "1999"), NO, "load the book")
        for arguments, words in ((("--bogus", "health"), '"--bogus"'), (("submit", "--bogus", "x"), '"--bogus"'),
                                 (("submit",), "FILE"), (("budget", "--year"), "--year=YEAR"), (("health", "-q"), '"-q"'),
                                 (("health", "--json=1"), "--json takes no value"), (("health", "more"), '"more"'),
                                 (("health", "--timeout", "x"), "3600"), (("budget", "--ye", "x"), "whole number")):
            says(cell.elpctl(*arguments, cell=False), USAGE, words)
        cell.new_principal("revoked", "operator")
        (cell.dir / "allow" / "revoked.pub").unlink()

        def refused():
            run = cell.elpctl("budget", "--as", "revoked")
            return run.code == DENIED and says(run, DENIED, "keys list")

        wait_until(refused, what="the revoked key is refused")

    def a_stopped_daemon_is_named_with_the_command_that_starts_it():
        cell.do("health")
        cell.stop("ledger")
        run = cell.elpctl("health", "--timeout", 1)
        assert run.code == UNREACHABLE and "ledger does not answer" in run.err, run
        says(cell.elpctl("budget", "--timeout", 1), UNREACHABLE, "ledger does not answer", f"elp-ledger --cell {cell.dir}")
        cell.start("ledger")
        cell.wait_caught_up()
        cell.do("health")

    def every_command_explains_itself():
        overview = cell.elpctl("--help", cell=False)
        assert overview.code == DONE and "Exit codes" in overview.out, overview
        commands = [row[2:19].strip() for row in overview.out.splitlines() if row.startswith("  ") and row[2:3].islower()]
        assert len(commands) >= 25, commands
        for command in commands:
            page = cell.elpctl(*command.split(), "--help", cell=False)
            assert page.code == DONE and f"Usage: elpctl {command}" in page.out and "Exit codes" in page.out, page

    run_claims(a_book_with_an_amount_out_of_its_quotes_is_refused_with_its_line,
               an_indexation_is_done_once_and_refused_twice,
               a_registry_file_names_every_error_with_its_line_and_sends_nothing,
               a_refused_fact_is_named_with_its_line_and_costs_no_other_one,
               a_second_run_of_the_same_file_doubles_nothing,
               a_line_that_breaks_in_the_middle_of_a_file_costs_no_other_one, a_check_judges_and_records_nothing,
               refused_lines_are_written_away_mended_and_submitted,
               refused_lines_are_asked_again_under_a_new_key_once_the_registry_is_mended,
               a_clock_directive_moves_time_between_two_lines_and_is_passed_at_a_second_run,
               a_submission_outlives_kills_of_intake, decisions_wait_for_their_judgement,
               one_attestation_is_followed_to_its_payment_and_cancelled,
               events_come_without_gap_or_double_over_restarts_of_both_sides, the_chains_hold_and_the_balance_is_zero,
               what_goes_wrong_is_said_in_one_line_with_the_way_out,
               a_stopped_daemon_is_named_with_the_command_that_starts_it, every_command_explains_itself)
