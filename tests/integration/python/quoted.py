"""A quote before the session is what the attested session is worth then, and its explanation names an article at every step.

Goal: nobody computes an amount a second way (rulebook §5), and nobody is left with "why?".
Method: for each service, each kind of second leader and each convention the same session is quoted by elpctl, attested, and
rated; fee, shares, parts, steps and envelope are compared. Then explain is read as people and programs read it.
"""

import json

from cell import Cell, cents, run_claims, say
from facts import Person, Registry, at, group, individual
from elp.v1 import rating_pb2, types_pb2

LEADERS = {
    "physician": dict(kind="physician"), "expert": dict(kind="expert"),
    "designated": dict(kind="expert", designated=True, designator="ORG", rate_per_hour="50.00", paid_in_person=True),
    "capped": dict(kind="care-provider", designated=True, designator="ORG", rate_per_hour="99.00"),
}

with Cell() as cell:
    world = Registry()
    world.network("A01", budget={2026: {"care.base": "100000.00", "operating": "5000.00", "mission.art8": "9000.00",
                                        "mission.new-graduates": "100.00"}}, sites_from_art8=True)
    world.payee("ORG")
    world.payee("EXP")
    world.site("SCHOOL", "A01")
    world.site("YOUTH", "A01", kind="youth-centre", share_exempt=False)
    world.programme("G1", "A01", functions=("F1", "F2", "F3"))
    provider = world.provider("P1", "A01", sites=["SCHOOL", "YOUTH"])
    second = world.provider("P2", "A01")
    graduate = world.provider("P3", "A01", new_graduate=True)
    for code, contract in LEADERS.items():
        world.second_leader(code, "A01", payee="EXP", **contract)
    cell.start()
    cell.set_clock(at("2026-03-20"))
    for convention in ("2019", "2021", "2024"):
        cell.load_book(convention)
    assert cell.index("2024", 2026, 172)[1].done
    cell.load_registry(world.text())
    people = [Person("1980-05-01") for _ in range(4)] + [Person("2010-05-01")]
    day = {"of": 2}

    def next_day():
        day["of"] += 1
        return f"2026-0{1 + day['of'] // 28}-{1 + day['of'] % 28:02d}"

    def quote(*arguments, as_="integrator"):
        return json.loads(cell.do("quote", *arguments, "--as", as_, "--json"))

    def agree(quoted, verdict):
        rated = json.loads(cell.do("status", verdict.id, "--json"))
        mine, theirs = quoted["rated"], rated["rating"]["rated"]
        for field in ("fee", "share", "insurer", "parts", "steps", "column", "provisional", "convention", "book", "service"):
            assert mine[field] == theirs[field], (field, mine[field], theirs[field])
        assert quoted["reasons"] == rated["rating"]["reasons"]
        assert all(reason["text"] and reason["article"] for reason in quoted["reasons"]), quoted["reasons"]
        latest = rated["posting"]["latest"]
        wanted = latest["wanted"] if latest["wanted"] not in ("", "unspecified") else latest["envelope"]
        assert quoted["envelope"] == wanted, (quoted["envelope"], latest)
        assert all(reason["text"] and reason["article"] for reason in rated["posting"]["reasons"])
        return rated

    def individual_sessions_are_quoted_as_they_are_rated():
        base = ("--network", "A01", "--function", "F2")
        cases = [
            (individual("i1", "A01", provider, next_day(), people[0]), ("--provider", provider, "--beneficiary", "45,first")),
            (individual("i2", "A01", provider, next_day(), people[0]), ("--provider", provider, "--beneficiary", "45")),
            (individual("i3", "A01", provider, next_day(), people[4]), ("--provider", provider, "--beneficiary", "15,first")),
            (individual("i4", "A01", provider, next_day(), people[0], site="SCHOOL"),
             ("--provider", provider, "--site", "SCHOOL", "--beneficiary", "45")),
            (individual("i5", "A01", provider, next_day(), people[0], site="YOUTH"),
             ("--provider", provider, "--site", "YOUTH", "--beneficiary", "45")),
            (individual("i6", "A01", graduate, next_day(), people[1]), ("--provider", graduate, "--beneficiary", "45,first")),
        ]
        for line, options in cases:
            verdict, = cell.accept([line])
            quoted = quote("individual", *base, "--date", line.date, *options)
            agree(quoted, verdict)
            say(f"  {' '.join(options)}: {quoted['rated']['fee']}, share {quoted['rated']['share']}, {quoted['envelope']}")

    def groups_are_quoted_as_they_are_rated_with_every_second_leader():
        for leader in LEADERS:
            line = group(f"g-{leader}", "A01", provider, next_day(), people, "G1", second_leader=leader)
            verdict, = cell.accept([line])
            quoted = quote("group", "--function", "F2", "--network", "A01", "--provider", provider, "--second-leader", leader,
                           "--date", line.date, "--beneficiary", "4x45", "--beneficiary", "15")
            agree(quoted, verdict)
            say(f"  {leader}: " + ", ".join(f"{part['payee']} {part['payable']}" for part in quoted["rated"]["parts"]))
        line = group("g-second", "A01", provider, next_day(), people, "G1", second_provider=second)
        agree(quote("group", "--function", "F2", "--network", "A01", "--provider", provider, "--second-provider", second,
                    "--date", line.date, "--beneficiary", "4x45", "--beneficiary", "15"), cell.accept([line])[0])
        line = group("g-community", "A01", provider, next_day(), [], "G1", second_leader="expert", function="F1",
                     head_count=14, site="SCHOOL")
        agree(quote("group", "--function", "F1", "--network", "A01", "--provider", provider, "--second-leader", "expert",
                    "--date", line.date, "--site", "SCHOOL"), cell.accept([line])[0])

    def a_mission_is_quoted_at_its_cost_and_every_convention_answers_without_a_registry():
        line = individual("m1", "A01", provider, next_day(), people[0], function="F2", site="SCHOOL", cost_cents=25000)
        line.service, line.function, line.minutes = types_pb2.SERVICE_ART8_MISSION, 0, 60
        del line.beneficiaries[:]
        verdict, = cell.accept([line])
        agree(quote("art8-mission", "--network", "A01", "--provider", provider, "--site", "SCHOOL", "--cost", "250.00",
                    "--date", line.date), verdict)
        for service in ("assessment", "concertation", "training"):
            quoted = quote(service, "--function", "F3", "--beneficiary", "40", "--date", "2026-03-02")
            assert cents(quoted["rated"]["fee"]) > 0 and quoted["rated"]["convention"] == "2024", quoted
        short = quote("individual", "--convention", "2019", "--date", "2019-06-03", "--minutes", "45", "--beneficiary", "40")
        long = quote("individual", "--convention", "2019", "--date", "2019-06-03", "--beneficiary", "40,bim")
        assert (short["rated"]["fee"], short["rated"]["share"]) == ("45.00", "11.00"), short
        assert (long["rated"]["fee"], long["rated"]["share"]) == ("60.00", "4.00"), long
        old = quote("individual", "--date", "2023-05-02", "--function", "F2", "--beneficiary", "40")
        assert (old["rated"]["fee"], old["rated"]["convention"]) == ("81.74", "2021"), old

    def a_question_without_an_answer_says_what_is_missing():
        for arguments, code, words in (
                (("group", "--function", "F2", "--beneficiary", "4x30"), 2, "second"),
                (("individual", "--beneficiary", "30"), 2, "function"),
                (("individual", "--function", "F2"), 2, "beneficiaries"),
                (("group", "--convention", "2019", "--date", "2019-06-03"), 1, "service"),
                (("individual", "--function", "F2", "--beneficiary", "30", "--date", "2010-01-01"), 1, "book"),
                (("individual", "--function", "F2", "--beneficiary", "30,x"), 2, "34,bim,first"),
                (("individual", "--function", "F2", "--network", "A01", "--provider", "99999999999", "--beneficiary", "30"), 1,
                 "registry show provider-contract"),
                (("walk",), 2, "art8-mission")):
            run = cell.elpctl("quote", *arguments)
            assert run.code == code and words in run.err and run.err.count("\n") == 1, run
        head = cell.head("intake")
        quote("individual", "--function", "F2", "--beneficiary", "30")
        assert cell.head("intake") == head, "a quote is not recorded"

    def explain_names_articles_envelope_and_order_and_why_a_line_was_refused():
        line = individual("why", "A01", provider, next_day(), people[2])
        verdict, = cell.accept([line])
        text = cell.do("explain", verdict.id)
        for words in ("accepted", "tariffs of 2026, indexed by a test", "T4", "S4 art. 9", "S0 art. 14 §1 a", "care.base",
                      "attesting psychologist", "to be ordered on 2026-03-31"):
            assert words in text, (words, text)
        bad = cell.submit([individual("bad", "A01", provider, line.date, people[2], start="12:00")])[0]
        text = cell.do("explain", "--key", "bad", "--as", "integrator")
        for words in ("refused", "same-day", "public fact", "why", "to do", "billed to the patient"):
            assert words in text, (words, text)
        told = json.loads(cell.do("explain", "--key", "bad", "--as", "integrator", "--json"))
        assert told["verdict"]["reasons"][0]["code"] == bad.verdict.reasons[0].code == "same-day"

    def where_a_mission_is_full_the_base_pays_and_says_so():
        lines = [individual(f"n{place}", "A01", graduate, next_day(), Person("1980-05-01")) for place in range(2)]
        last = cell.accept(lines)[-1]
        text = cell.do("explain", last.id)
        assert "mission.new-graduates: the provider's contract is that of a recent graduate" in text, text
        assert "care.base pays: mission.new-graduates could not hold it whole" in text, text

    def an_integrator_explains_its_own_and_nobody_else_s():
        cell.new_principal("other-software", "integrator")
        verdict, = cell.accept([individual("mine", "A01", provider, next_day(), people[3])])
        text = cell.do("explain", verdict.id, "--as", "integrator")
        assert "91.02" in text and "not shown to this principal" in text
        run = cell.elpctl("explain", verdict.id, "--as", "other-software")
        assert run.code == 1 and "not-found" in run.err, run
        query = rating_pb2.RatedQuery(number=verdict.number)
        assert cell.request("rating", query, as_="integrator").rated.principal == "integrator"

    run_claims(individual_sessions_are_quoted_as_they_are_rated,
               groups_are_quoted_as_they_are_rated_with_every_second_leader,
               a_mission_is_quoted_at_its_cost_and_every_convention_answers_without_a_registry,
               a_question_without_an_answer_says_what_is_missing,
               explain_names_articles_envelope_and_order_and_why_a_line_was_refused,
               where_a_mission_is_full_the_base_pays_and_says_so, an_integrator_explains_its_own_and_nobody_else_s)
