"""Nobody is named: after a small year no file of the cell gives a beneficiary's national number, birth date or name.

Goal: stores with their free pages, logs, backups, journals, events, metrics and answers hold no national number in any
writing, no birth date and no name; the vault holds the numbers, and not in clear. A person is erased, balances and chains
stay, and whoever returns is new. (The wire has no field for a beneficiary's name; a client that sends one all the same, in
fields of its own beside ours, finds it dropped.)
Method: a sample year with its faulty lines, insurers' statements, cancellations and an erasure, backups before and after it;
then every byte of every file is searched, and a control shows that the search finds what is there.
"""

import collections
import json
import re
import urllib.request

from cell import SERVICES, Cell, Refused, run_claims, say
from facts import Person, at, individual
from elp.v1 import envelope_pb2, intake_pb2, ledger_pb2, registry_pb2
from whole import check_whole

NETWORKS, ATTESTATIONS = 4, 2500
ELEVEN = re.compile(rb"(?=(\d{11}))")
SEPARATORS = bytes.maketrans(b"", b""), b".-/ _:"
NAME = b"Hadewych van Nergenshuizen"  # nobody's
BACKUPS = ("before", "after")  # the erasure


def numbers_in(data, wanted):
    """The wanted numbers that stand in the data: as digits, with separators, as 64-bit integers in either order."""
    found = set()
    for text in (data, data.translate(*SEPARATORS)):
        found |= wanted.intersection(match.group(1) for match in ELEVEN.finditer(text))
    for niss in sorted(wanted)[:20]:
        for order in ("big", "little"):
            if int(niss).to_bytes(8, order) in data:
                found.add(niss)
    return found


def dates_in(data, births):
    found = {match.group(1) for match in re.finditer(rb"(?=(\d{4}-\d\d-\d\d))", data)}
    found |= {b"-".join(match.groups()[::-1]) for match in re.finditer(rb"(?=(\d\d)[/.-](\d\d)[/.-](\d{4}))", data)}
    found |= {b"-".join(match.groups()) for match in re.finditer(rb"(?=(\d{4})(\d\d)(\d\d))", data)}
    return found & {birth.encode() for birth in births}


def named(message):
    """The message with the name in a field that no schema of ours knows (4095, bytes), as the wire allows."""
    return type(message).FromString(message.SerializeToString() + b"\xfa\xff\x01" + bytes([len(NAME)]) + NAME)


with Cell() as cell:
    year, registry = cell.folder / "year.jsonl", cell.folder / "sample.yaml"
    size = ("--networks", NETWORKS, "--attestations", ATTESTATIONS)
    cell.do("sample", *size, "--output", registry, "--registry", cell=False)
    cell.do("sample", *size, "--output", year, cell=False)
    lines = [json.loads(text) for text in year.read_text().splitlines()]
    people = [person for line in lines for person in line.get("beneficiaries", [])]
    niss = {re.sub(r"\D", "", person["niss"]).encode() for person in people} - {b""}
    insured = [Person(f"19{decade}0-05-17").niss for decade in range(3, 9)]
    niss |= {number.encode() for number in insured}
    assert all(len(number) == 11 for number in niss), "the sample writes whole numbers, also wrong ones"
    # Days that the registry, the books and the sessions name too say nothing about anybody.
    known = registry.read_text() + "".join(line.get("date", "") + str(line.get("clock", "")) for line in lines)
    births = {person["birth_date"] for person in people} - set(re.findall(r"\d{4}-\d\d-\d\d", known))
    births = {birth for birth in births if birth < "2019-01-01"}

    cell.start()
    cell.set_clock(at("2026-01-01"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.do("registry", "load", registry)

    def money():
        """Every envelope of every network."""
        cell.wait_caught_up()
        budgets = cell.request("ledger", ledger_pb2.BudgetQuery(year=2026)).budgets
        assert len(budgets) == NETWORKS and cell.trial_balance() == 0
        return [budget.SerializeToString() for budget in budgets]

    def a_year_goes_through():
        global shown
        run = cell.elpctl("submit", year, "--json")
        assert run.code == 1, run  # the faulty lines of the sample
        for number in insured:
            fact = registry_pb2.InsurabilityStatement(niss=number, insured=True, **{"from": "2026-01-01"})
            load = intake_pb2.LoadRegistry(facts=[registry_pb2.RegistryFact(insurability=fact)])
            assert cell.request("intake", load, as_="insurer").facts[0].number
        accepted = [json.loads(text) for text in run.out.splitlines()]
        cell.cancel(next(line["verdict"]["id"] for line in accepted if line.get("verdict", {}).get("id")), b"c",
                    reason="entered twice", as_="operator")
        cell.wait_caught_up()
        shown = run.out + run.err
        say(f"  {len(lines)} lines, {len(niss)} national numbers, {len(births)} birth dates to look for")

    def a_number_where_none_belongs_is_refused():
        number = Person("1971-03-03").niss
        niss.add(number.encode())
        line = individual("x", lines[-1]["network"], lines[-1]["provider"], "2026-01-20", Person("1971-03-03"))
        line.key = b"k-" + line.beneficiaries[0].niss.encode()
        niss.add(line.beneficiaries[0].niss.encode())
        reason, = [reason for reason in cell.submit([line])[0].verdict.reasons if reason.field == "key"]
        assert reason.code == "malformed"
        for message in (intake_pb2.ErasePerson(person=1, reason=f"request of {number}"),
                        intake_pb2.IndexTariffs(convention="2024", year=2031, source=number)):
            try:
                raise AssertionError(cell.request("intake", message))
            except Refused as refused:
                assert refused.code == "malformed" and number not in str(refused), refused

    def a_name_beside_the_fields_is_dropped():
        serial = iter(range(1000))
        template = next(line for line in lines if line.get("service") == "individual")

        def sent(date):
            person = Person("1962-06-06")
            niss.add(person.niss.encode())
            line = individual(f"named-{next(serial)}", template["network"], template["provider"], date, person, start="07:45")
            line.beneficiaries[0].CopyFrom(named(line.beneficiaries[0]))
            return named(line)

        batch = named(intake_pb2.SubmitBatch(lines=[sent(f"2026-10-{day:02d}") for day in range(5, 25)] + [sent("2026-12-15")]))
        assert batch.SerializeToString().count(NAME) == 1 + 2 * 21
        answers = [answer.verdict for answer in cell.request("intake", batch, as_="integrator").lines]
        assert [reason.code for reason in answers[-1].reasons] == ["session-in-future"], answers[-1]
        fact = named(registry_pb2.InsurabilityStatement(niss=insured[0], insured=True, **{"from": "2026-02-01"}))
        load = named(intake_pb2.LoadRegistry(facts=[named(registry_pb2.RegistryFact(insurability=fact))]))
        assert cell.request("intake", load, as_="insurer").facts[0].number
        payee, = cell.request("intake", intake_pb2.RegistryQuery(kind="payee", max=1)).facts
        payee.payee.name += " II"
        payee.payee.CopyFrom(named(payee.payee))
        assert cell.request("intake", named(intake_pb2.LoadRegistry(facts=[named(payee)]))).facts[0].number
        standing = [verdict.id for verdict in answers if verdict.id]
        cancel = named(intake_pb2.CancelAttestation(id=standing[0], key=b"named", reason="entered twice"))
        assert cell.request("intake", cancel, as_="operator").cancelled
        say(f"  {len(standing)} of {len(answers)} lines accepted")

    def back_up(name):
        cell.do("backup", name)
        cell.do("backup", name, "vault")

    def a_person_is_erased_and_balances_and_chains_stay():
        global erased
        back_up(BACKUPS[0])
        counts = collections.Counter(person["niss"] for line in lines if line.get("service") == "individual"
                                     for person in line["beneficiaries"])
        erased = counts.most_common(1)[0][0]
        before = money()
        out = cell.do("person", "erase", "--reason", "request of 3 May, file 2026-117", input=erased + "\n")
        assert "is erased" in out and erased not in out, out
        head = cell.wait_caught_up()
        again = cell.do("person", "erase", "-", "--reason", "again", input=erased + "\n")
        assert "nobody is known" in again and cell.head("intake") == head, again
        record = cell.records("intake")[-1]
        assert record.author == "operator" and record.erased.reason == "request of 3 May, file 2026-117"
        twice = json.loads(cell.do("person", "erase", "--person", record.erased.person, "--reason", "again", "--json"))
        assert twice["earlier"] and twice["number"] == str(record.number) and cell.head("intake") == head
        assert money() == before
        cell.do("journal", "verify")
        check_whole(cell)
        say(f"  person {record.erased.person} with {counts[erased]} sessions, record {record.number}")

    def whoever_returns_is_new():
        line = dict(next(line for line in lines if line.get("service") == "individual" and
                         line["beneficiaries"][0]["niss"] == erased and
                         any(reply["key"] == line["key"] and reply["verdict"].get("id")
                             for reply in map(json.loads, shown.splitlines()) if "key" in reply)))
        numbers = {person.person for record in cell.records("intake") for person in record.accepted.beneficiaries}
        line.update(key="back-again", start="06:15")
        back = cell.folder / "back.jsonl"
        back.write_text(json.dumps(line) + "\n")
        cell.elpctl("submit", back)
        *_, record = cell.records("intake")
        if record.HasField("refused"):  # its deadline has passed: the person was numbered all the same
            fact = registry_pb2.InsurabilityStatement(niss=erased, insured=True, **{"from": "2026-01-01"})
            load = intake_pb2.LoadRegistry(facts=[registry_pb2.RegistryFact(insurability=fact)])
            cell.request("intake", load, as_="insurer")
            number = cell.records("intake")[-1].insurability.person
        else:
            number = record.accepted.beneficiaries[0].person
        assert number > max(numbers), (number, max(numbers))
        cell.wait_caught_up()

    def no_answer_no_event_no_metric_says_who():
        pages = [urllib.request.urlopen(f"http://127.0.0.1:{cell.port_base + 10 * place + 9}/metrics", timeout=10).read()
                 for place, _ in enumerate(SERVICES)]
        said = shown.encode(), b"".join(event.SerializeToString() for event in cell.events()), *pages
        journals = [cell.do("journal", "show", service, "--json").encode() for service in SERVICES]
        for data in (*said, *journals):
            assert not numbers_in(data, niss) and not dates_in(data, births) and NAME not in data
        for service in SERVICES:
            cell.request(service, envelope_pb2.Health())

    def no_file_says_who():
        back_up(BACKUPS[1])
        cell.stop()
        cell.start()  # the vault is opened, read and closed once more
        cell.stop()
        files = [path for folder in (cell.dir, cell.logs) for path in folder.rglob("*") if path.is_file()]
        stores = [path for path in files if path.name == "data.mdb"]
        assert len(stores) == (1 + len(BACKUPS)) * (len(SERVICES) + 1), stores
        for path in files:
            data = path.read_bytes()
            found = numbers_in(data, niss) | dates_in(data, births)
            assert not found, f"{path} holds {len(found)} of them"
            assert NAME not in data, f"{path} holds the name"
        control = year.read_bytes()
        assert numbers_in(control, niss) and len(dates_in(control, births)) == len(births)
        say(f"  {len(files)} files, {sum(path.stat().st_size for path in files):,} bytes")

    run_claims(a_year_goes_through, a_number_where_none_belongs_is_refused, a_name_beside_the_fields_is_dropped,
               a_person_is_erased_and_balances_and_chains_stay, whoever_returns_is_new,
               no_answer_no_event_no_metric_says_who, no_file_says_who)
