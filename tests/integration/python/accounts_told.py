"""The ledger in the words of others: hledger's check and balances, and statements of payees and networks, to the cent.

Goal: the export is a journal that Debian's hledger takes strictly, and every balance, by whomever it is added up, is ours.
Method: a cell with sessions, groups with a designated leader, cancellations, a ceiling with each kind of decision, payment
orders of a held payee too, and a closed year; hledger's balances, the statements' and elpctl trial-balance are compared.
"""

import csv
import io
import json
import shutil
import subprocess

from cell import Cell, cents, run_claims, say
from child_network import registry, sessions
from facts import Person, at, days, group, individual

assert shutil.which("hledger"), "hledger is missing: deploy/install-deps"


def hledger(journal, *arguments):
    run = subprocess.run(["hledger", "-f", "-", *arguments], input=journal, capture_output=True, text=True, timeout=120,
                         env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    assert run.returncode == 0, run.stderr
    return run.stdout


def hledger_balances(journal, *arguments):
    rows = list(csv.reader(io.StringIO(hledger(journal, "balance", "--flat", "--no-total", "-O", "csv", *arguments))))
    return {account: cents(balance.removesuffix(" EUR")) for account, balance in rows[1:]}


with Cell() as cell:
    world, children = registry("K1", "K2", "K3", "K4")
    world.network("A01", budget={2026: {"care.base": "100000.00", "operating": "5000.00"}, 2027: {"care.base": "90000.00"}})
    adult = world.provider("P1", "A01", sites=["S1"])
    world.site("S1", "A01")
    world.programme("G1", "A01")
    world.payee("ORG")
    world.payee("EXP", iban="")
    world.second_leader("L1", "A01", designated=True, designator="ORG", rate_per_hour="50.00", paid_in_person=True,
                        payee="EXP")
    cell.start()
    cell.set_clock(at("2026-03-20"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())

    def trial_balance(prefix=""):
        """{account: cents} of accounts that are not zero."""
        accounts = json.loads(cell.do("trial-balance", "--json", "--prefix", prefix))["accounts"]
        return {row["account"]: cents(row["amount"]) for row in accounts if cents(row["amount"])}

    def statement(*arguments):
        return json.loads(cell.do("statement", *arguments, "--json"))

    def closing(told):
        return {row["account"]: cents(row["closing"]) for row in told["accounts"] if cents(row["closing"])}

    def a_history_of_every_kind():
        verdicts = {network: cell.accept(sessions(network, children[network], 116)) for network in children}
        people = [Person("1980-05-01") for _ in range(6)]
        adults = cell.accept([individual(f"i{place}", "A01", adult, day, people[place % 6], site="S1" if place % 3 else "")
                              for place, day in enumerate(days("2026-01-05", 24, 2))])
        groups = cell.accept([group(f"g{place}", "A01", adult, day, people, "G1", second_leader="L1")
                              for place, day in enumerate(days("2026-03-02", 3, 7))])
        for place, verdict in enumerate((adults[0], adults[5], groups[0], verdicts["K4"][3])):
            assert cell.cancel(verdict.id, b"cancel-%d" % place).cancelled
        assert cell.decide("RAISE", "K1", 2026, "2026-03-20", cents=cents("100.00"))[1].done
        assert cell.decide("WRITE_OFF", "K3", 2026, "2026-03-20")[1].done
        assert cell.decide("RELEASE", "K4", 2026, "2026-03-20")[1].done
        cell.set_clock(at("2026-04-02"))
        assert cell.cancel(adults[7].id, b"late").cancelled  # after its order: a receivable
        cell.accept([individual("later", "A01", adult, "2026-03-30", people[0])])
        cell.set_clock(at("2027-01-04"))
        assert cell.close_year(2026)[1].done
        cell.set_clock(at("2027-02-02"))
        cell.wait_caught_up()
        assert cell.trial_balance() == 0
        say(f"  {len(trial_balance())} accounts are not zero")

    def hledger_takes_the_export_strictly_and_its_balances_are_ours():
        journal = cell.do("export", "hledger")
        hledger(journal, "check", "--strict")
        hledger(journal, "check", "ordereddates", "accounts", "commodities")
        assert hledger_balances(journal) == trial_balance()
        say(f"  {journal.count(chr(10))} lines, {len(hledger_balances(journal))} accounts agree")

    def a_period_begins_with_opening_balances_and_ends_with_the_same_closing_ones():
        journal = cell.do("export", "hledger", "--from", "2026-04-01")
        hledger(journal, "check", "--strict")
        assert "opening balances" in journal and hledger_balances(journal) == trial_balance()
        until = cell.do("export", "hledger", "--to", "2026-03-31")
        hledger(until, "check", "--strict")
        assert hledger_balances(journal, "desc:opening") == hledger_balances(until)

    def a_network_exports_itself_alone():
        cell.new_principal("net-1", "network", "A01")
        journal = cell.do("export", "hledger", "--as", "net-1")
        hledger(journal, "check", "--strict")
        own = hledger_balances(journal)
        assert {account: balance for account, balance in own.items() if "authority" not in account} == {
            account: balance for account, balance in trial_balance().items() if ":A01" in account}
        assert journal == cell.do("export", "hledger", "--network", "A01", "--as", "net-1").replace(", network A01", "")
        assert cell.elpctl("export", "hledger", "--network", "K1", "--as", "net-1").code == 4

    def a_file_is_written_whole_or_not_at_all():
        path = cell.folder / "cell.journal"
        run = cell.elpctl("export", "hledger", "--output", path)
        assert run.code == 0 and not run.out and path.read_text() == cell.do("export", "hledger")
        assert cell.elpctl("export", "hledger", "--output", path, "--as", "consumer").code == 4 and not path.exists()

    def a_payee_s_statement_closes_with_the_ledger_s_accounts():
        for payee in ("P1", "EXP", "ORG", "K3-P", "K4-P"):
            told = statement("payee", payee)
            ours = {account: balance for account, balance in trial_balance().items()
                    if account.startswith(("liabilities:", "assets:")) and account.split(":")[3:4] == [payee]}
            assert closing(told) == ours, (payee, closing(told), ours)
            first, *lines, last = told["lines"]
            assert (first["what"], first["open"], last["what"]) == ("opening", "0.00", "closing")
            if payee == "P1":
                assert any(line["what"].startswith("cancelled: ") for line in lines)
                assert any(line["what"] == "payment order" and line["article"] == "S4 art. 8" for line in lines)
                assert all(line["attestation"] and line["article"] for line in lines if line["what"] != "payment order")
            if payee == "EXP":  # held: nothing is ordered
                assert lines and last["ordered"] == "0.00" and cents(last["open"]) > 0

    def two_periods_follow_each_other_without_gap():
        march = statement("payee", "P1", "--from", "2026-03-01", "--to", "2026-03-31")
        after = statement("payee", "P1", "--from", "2026-04-01")
        whole = statement("payee", "P1")
        assert {row["account"]: row["closing"] for row in march["accounts"]} == {
            row["account"]: row["opening"] for row in after["accounts"] if row["account"] in closing(march)
            or row["opening"] != "0.00"} | {row["account"]: "0.00" for row in march["accounts"] if row["closing"] == "0.00"}
        assert march["lines"][1:-1] + after["lines"][1:-1] == whole["lines"][1:-1]
        assert closing(after) == closing(whole)

    def a_network_s_statement_closes_with_the_ledger_s_accounts():
        for network in ("A01", "K1", "K3", "K4"):
            told = statement("network", network)
            ours = {account: balance for account, balance in trial_balance().items() if f":{network}" in account}
            assert {account: balance for account, balance in closing(told).items()} == {
                account: balance for account, balance in ours.items() if network in account.split(":")}
        told = statement("network", "A01", "--year", 2026)
        assert told["lines"][-1]["spent"] == json.loads(cell.do("budget", "A01", "--year", 2026, "--json"))[
            "budgets"][0]["reimbursed"]

    def csv_and_table_say_the_same():
        told = statement("network", "A01", "--year", 2026)["lines"]
        assert "budget of care.base 2026" in [line["what"] for line in told]
        rows = list(csv.DictReader(io.StringIO(cell.do("statement", "network", "A01", "--year", 2026, "--csv"))))
        assert [row["amount"] for row in rows] == [line.get("amount", "") for line in told]
        assert [row["attestation"] for row in rows] == [line["attestation"] for line in told]
        text = cell.do("statement", "payee", "P1", "--from", "2026-03-01", "--to", "2026-04-30")
        assert "opening" in text and "closing" in text and "liabilities:payable:A01:P1" in text
        print(text)

    run_claims(a_history_of_every_kind, hledger_takes_the_export_strictly_and_its_balances_are_ours,
               a_period_begins_with_opening_balances_and_ends_with_the_same_closing_ones, a_network_exports_itself_alone,
               a_file_is_written_whole_or_not_at_all, a_payee_s_statement_closes_with_the_ledger_s_accounts,
               two_periods_follow_each_other_without_gap, a_network_s_statement_closes_with_the_ledger_s_accounts,
               csv_and_table_say_the_same)
