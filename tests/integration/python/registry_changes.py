"""Single changes of a registry by command: notice and hand-over (R5), letters (R6), a budget; each a record with its author."""

import json

from cell import Cell, run_claims, say
from facts import Person, Registry, at, individual
from elp.v1 import intake_pb2

with Cell(clock_from="2025-12-01") as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "100000.00", "operating": "500.00"}})
    world.network("A02")
    leaving = world.provider("P1", "A01")
    staying = world.provider("P2", "A01")
    cell.start()
    cell.set_clock(at("2026-01-10"))
    cell.load_book()
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    people = [Person(f"1980-03-{day:02d}") for day in range(1, 7)]

    def set_(*arguments, as_=None):
        result = cell.elpctl("registry", "set", *arguments, *(["--as", as_] if as_ else []))
        return result.code, result.out + result.err

    def shown(kind, code):
        rows = json.loads(cell.do("registry", "show", kind, "--json"))
        return next(row for row in rows if row["code"] == code)

    def one_field_is_changed_and_the_others_stay():
        before = shown("provider-contract", "P2-A01")
        code, text = set_("provider-contract", "P2-A01", "sessions_per_month=45", "functions=F2,F3")
        assert code == 0, text
        after = shown("provider-contract", "P2-A01")
        assert after == {**before, "sessions_per_month": 45, "functions": ["F2", "F3"]}, (before, after)
        assert set_("provider-contract", "P2-A01", "sessions_per_month=45")[1].startswith("unchanged")

    def what_is_wrong_is_named_with_its_exit_code():
        for arguments, code, word in (
                (("provider-contract", "NONE", "notice=2026-01-12"), 1, "--new makes one"),
                (("provider-contract", "P2-A01", "--new", "notice=2026-01-12"), 1, "stands already"),
                (("provider-contract", "P2-A01", "salary=1"), 2, "no field"),
                (("provider-contract", "P2-A01", "notice"), 2, "FIELD=VALUE"),
                (("insurability", "X", "insured=true"), 2, "no kind of fact to be set"),
                (("amendment-letter", "P2-A01", "sent_on=2026-01-01", "--new"), 2, "amendment/contract"),
                (("provider-contract", "P2-A01", "new_graduate=perhaps"), 5, "true nor false"),
                (("provider-contract", "P2-A01", "notice=soon"), 1, "malformed"),
                (("provider-contract", "P2-A01", "until=2028-01-01"), 1, "S0 art. 4"),
                (("budget", "A01/2026", "mission.prisons=1.00"), 1, "S0 art. 14 §1 b.d")):
            got, text = set_(*arguments)
            assert got == code and word in text, (arguments, got, text)

    def a_role_changes_its_own_facts_alone():
        assert set_("provider-contract", "P2-A01", "notice=2026-01-10", as_="network")[0] == 1
        code, text = set_("programme", "G1", "--new", "network=A01", "title=Sleeping", "functions=F2", "decided_on=2026-01-05",
                          as_="network")
        assert code == 0, text

    def an_envelope_of_a_budget_is_changed_alone():
        assert set_("budget", "A01/2026", "mission.art8=300.00")[0] == 0
        cell.wait_caught_up()
        assert cell.envelopes("A01", 2026)["MISSION_ART8"][0] == 30000
        assert cell.envelopes("A01", 2026)["CARE_BASE"][0] == 10000000

    def a_notice_ends_a_contract_and_is_told_with_its_author_and_date():
        cell.accept([individual(f"a{place}", "A01", leaving, f"2026-01-0{place + 1}", person)
                     for place, person in enumerate(people[:4])])
        cell.accept([individual("b0", "A01", staying, "2026-01-08", people[4])])
        cell.set_clock(at("2026-01-12"))
        code, text = set_("provider-contract", "P1-A01", "notice=2026-01-12")
        assert code == 0, text
        cell.wait_caught_up()
        event, = cell.events("A01", kinds=["contract.notice"])
        record = next(record for record in cell.records("intake") if record.number == event.number)
        say(f"  record {record.number} by {record.author}: {event.detail} ends on {event.date}")
        assert (event.detail, event.date, record.author) == ("P1-A01", "2026-04-01", "operator")

    def whoever_was_seen_is_listed_for_the_hand_over_and_nobody_is_named():
        cancelled = cell.submit([individual("a9", "A01", leaving, "2026-01-09", people[5])])[0].verdict.id
        assert cell.cancel(cancelled, b"c9").cancelled
        cell.accept([individual("a8", "A01", leaving, "2026-01-09", people[0], start="15:00")])
        reply = json.loads(cell.do("hand-over", "P1-A01", "--json"))
        say(f"  {len(reply['people'])} people, seen from {reply['window_from']} to {reply['window_until']}")
        assert (reply["ends_on"], reply["window_from"], reply["window_until"]) == ("2026-04-01", "2025-01-13", "2026-01-12")
        assert [(each["date"], each["sessions"]) for each in reply["people"]] == [
            ("2026-01-09", 2), ("2026-01-04", 1), ("2026-01-03", 1), ("2026-01-02", 1)], reply
        last = intake_pb2.AttestationQuery(id=reply["people"][0]["attestation"])
        assert cell.request("intake", last).key == b"a8"
        text = cell.do("hand-over", "P1-A01")
        assert not any(person.niss in text or person.niss in json.dumps(reply) for person in people)

    def the_window_ends_with_the_contract():
        cell.set_clock(at("2026-06-15"))
        reply = json.loads(cell.do("hand-over", "P1-A01", "--json"))
        assert (reply["window_from"], reply["window_until"]) == ("2025-04-01", "2026-03-31")

    def a_foreign_network_and_a_provider_that_is_not_represented_are_denied():
        cell.new_principal("net-2", "network", "A02")
        cell.new_principal("nobody", "integrator")
        for as_ in ("net-2", "nobody"):
            result = cell.elpctl("hand-over", "P1-A01", "--as", as_)
            assert result.code == 4, (as_, result)
        assert cell.elpctl("hand-over", "P1-A01", "--as", "integrator").code == 0
        assert cell.elpctl("hand-over", "NONE").code != 0

    run_claims(one_field_is_changed_and_the_others_stay, what_is_wrong_is_named_with_its_exit_code,
               a_role_changes_its_own_facts_alone, an_envelope_of_a_budget_is_changed_alone,
               a_notice_ends_a_contract_and_is_told_with_its_author_and_date,
               whoever_was_seen_is_listed_for_the_hand_over_and_nobody_is_named, the_window_ends_with_the_contract,
               a_foreign_network_and_a_provider_that_is_not_represented_are_denied)
