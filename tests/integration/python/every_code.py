"""Every refusal code of every convention, through the real socket: its article, whether the patient may be billed.

For each row of rules of the three books a line is sent that breaks that rule and no other, unless it cannot; what comes is
compared with the book. Codes about the sender have no row; they are sent too.
"""

import json

from cell import Cell, run_claims, say
from facts import Person, Registry, at, group, inami, individual
from elp.v1 import intake_pb2, types_pb2

# Under 2019 there is one function, under 2021 no F1. A day of each book that can still be attested on 2024-05-20.
DAY = {"2019": "2019-05-06", "2021": "2024-03-20", "2024": "2024-05-14"}
SENDERS = {"not-represented", "not-found", "already-cancelled"}


class Book:
    """A convention as `book show` tells it: {code: (article, "refuses" or "warns" and more)}."""

    def __init__(self, shown):
        self.rules = {figure["name"][len("rule."):]: (figure["article"], figure["value"])
                      for figure in shown["figures"] if figure["name"].startswith("rule.")}


with Cell(clock_from="2019-05-01") as cell:
    world = Registry(represent=None)
    world.represent("integrator", "*")
    world.represent("one-provider", inami(1))
    money = {2024: {"care.base": "100000.00", "operating": "500.00"}}
    world.network("A1", budget=money)
    world.network("C1", kind="child", budget=money)
    world.payee("E1", without_enterprise=True, bce="")
    world.site("S1", "A1")
    world.site("S2", "A1")
    first, second, child, small = (inami(serial) for serial in (1, 2, 3, 4))
    for convention, from_, functions in (("2019", "2019-04-01", ()), ("2021", "2022-01-01", ("F2",)),
                                         ("2024", "2024-04-01", ("F1", "F2"))):
        for serial, name in ((1, "P"), (2, "Q")):
            both = ("F2", "F3") if convention == "2021" else ("F1", "F2", "F3") if convention == "2024" else ()
            world.provider(f"{name}{convention}", "A1", convention=convention, from_=from_, serial=serial,
                           functions=functions if name == "P" else both, sites=["S1"])
        world.provider(f"R{convention}", "C1", convention=convention, from_=from_, serial=3, functions=functions)
        world.provider(f"T{convention}", "A1", convention=convention, from_=from_, serial=4, functions=functions,
                       sessions_per_month=1, sessions_per_year=1)
    world.second_leader("L1", "A1", from_="2024-01-01", payee="E1")
    world.programme("G1", "A1", functions=("F1", "F2", "F3"))
    uninsured = Person("1980-02-02", insured=False)
    cell.start()
    cell.set_clock(at("2019-05-10", "12:00:00"))
    books = {}
    for convention in DAY:
        cell.load_book(convention)
        shown, = json.loads(cell.do("book", "show", convention, "--json"))
        books[convention] = Book(shown)
    cell.load_registry(world.text())
    seen, serial = {}, iter(range(1, 10000))

    def key():
        return f"k{next(serial):05d}"

    def session(convention, date=None, person=None, provider=first, function=None, network="A1", **rest):
        """A sound individual session under a book."""
        date = date or DAY[convention]
        line = individual(key(), network, provider, date, person or Person("1980-01-01"), function=function or "F2",
                          start=f"{8 + next(serial) % 10:02d}:{next(serial) % 60:02d}", **{"minutes": 60, **rest})
        if convention == "2019":
            line.function = types_pb2.FUNCTION_UNSPECIFIED
            line.referral_date = line.referral_date or "2019-04-29"
            line.referrer = types_pb2.REFERRER_GENERAL_PRACTITIONER
        return line

    def meeting(convention, people=4, provider=first, function="F2", **rest):
        """A sound group session under a book."""
        return group(key(), "A1", provider, DAY[convention], [Person("1980-03-03") for _ in range(people)],
                     "G1" if convention == "2024" else "", **{"second_provider": second, "function": function,
                                                              "start": f"{8 + next(serial) % 10:02d}:30", **rest})

    def community(**rest):
        line = meeting("2024", people=0, function="F1", **{"site": "S1", **rest})
        line.head_count = rest.get("head_count", 10)
        return line

    def concertation(convention, date=None, person=None, **rest):
        line = session(convention, date, person)
        line.service, line.function, line.minutes = types_pb2.SERVICE_CONCERTATION, types_pb2.FUNCTION_UNSPECIFIED, 30
        line.professionals, line.care_providers, line.consent, line.report = 3, 2, True, True
        for name, value in rest.items():
            setattr(line, name, value)
        return line

    def after(*lines):
        """Accepts all lines but the last, which is returned."""
        cell.accept(list(lines[:-1]))
        return lines[-1]

    def twice(convention):
        once, again = session(convention), session(convention)
        again.start = once.start
        return after(once, again)

    def full(convention):
        """A line beyond what a beneficiary may have, made of sessions on days of their own."""
        person, (year, month, _) = Person("1980-01-01"), DAY[convention].split("-")
        return after(*(session(convention, f"{year}-{month}-{day:02d}", person) for day in range(1, 10)))

    def series():
        person = Person("1980-01-01")
        return after(*(session("2019", f"2019-05-{day:02d}", person) for day in range(6, 11)))

    def same_day():
        person = Person("1980-01-01")
        return after(session("2024", person=person), session("2024", person=person, provider=second))

    def repeated(convention):
        person = Person("1980-01-01")
        return after(concertation(convention, person=person), concertation(convention, person=person))

    def volume(convention):
        return after(session(convention, provider=small), session(convention, provider=small))

    def changed(line, **fields):
        for name, value in fields.items():
            setattr(line, name, value)
        return line

    def late(convention):
        return session(convention, {"2019": "2019-05-07", "2021": "2024-01-15", "2024": ""}[convention])

    # code: (conventions, line). A code that stands here is produced alone.
    LINES = {
        "deadline-passed": (("2019", "2021"), late),
        "no-active-contract": (("2019", "2021", "2024"), lambda c: session(c, provider=child)),
        "function-not-contracted": (("2021", "2024"), lambda c: session(c, function="F3", assessment_date=DAY[c])),
        "site-not-contracted": (("2019", "2021", "2024"), lambda c: session(c, site="S2")),
        "volume-exceeded": (("2019", "2021", "2024"), volume),
        "age-outside-network": (("2019", "2021", "2024"), lambda c: session(c, person=Person("2012-01-01"))
                                if c != "2021" else session(c, person=Person("1980-01-01"), network="C1", provider=child)),
        "not-insured": (("2019", "2021", "2024"), lambda c: session(c, person=uninsured)),
        "referral-missing": (("2019",), lambda c: session(c, referral_date="2019-05-07")),
        "series-exhausted": (("2019",), lambda c: series()),
        "quota-exceeded": (("2021", "2024"), full),
        "same-day": (("2024",), lambda c: same_day()),
        "assessment-missing": (("2021", "2024"), lambda c: session(c, function="F3", provider=second)),
        "group-too-small": (("2021", "2024"), lambda c: meeting(c, people=3)),
        "duration-too-short": (("2019", "2021", "2024"), lambda c: session(c, minutes=44)),
        "leaders-invalid": (("2021", "2024"), lambda c: meeting(c, second_provider=first)),
        "site-required": (("2024",), lambda c: community(site="")),
        "named-in-community": (("2021", "2024"),
                               lambda c: (lambda line: line.beneficiaries.append(line.beneficiaries[0]) or line)(meeting(c))),
        "programme-unknown": (("2024",), lambda c: changed(meeting(c), programme="NONE")),
        "other-funding": (("2021", "2024"), lambda c: session(c, other_funding=True)),
        "already-attested": (("2019", "2021", "2024"), twice),
        "malformed": (("2019", "2021", "2024"), lambda c: session(c, minutes=1441)),
        "concertation-repeated": (("2021", "2024"), repeated),
        "concertation-invalid": (("2021", "2024"), lambda c: concertation(c, professionals=2, care_providers=2)),
    }

    def note(code, convention, reason):
        seen.setdefault(code, set()).add(convention)
        say(f"  {convention:4} {code}: {reason.field or '-'} [{reason.article}]"
            f"{', the patient may be billed' if reason.patient_billable else ''}")
        assert reason.rule and reason.reason and reason.remedy, reason

    def tomorrow_lies_in_the_future_under_each_convention():
        for convention, today, tomorrow in (("2019", "2019-05-10", "2019-05-11"), ("2021", "2022-01-10", "2022-01-11"),
                                            ("2024", "2024-05-20", "2024-05-21")):
            cell.set_clock(at(today, "12:00:00"))
            answer, = cell.submit([session(convention, tomorrow)])
            reason, = answer.verdict.reasons
            assert (reason.code, reason.article) == ("session-in-future", books[convention].rules[reason.code][0]), answer
            note(reason.code, convention, reason)

    def each_row_of_rules_refuses_or_warns_under_its_article():
        for code, (conventions, make) in LINES.items():
            for convention in conventions:
                article, value = books[convention].rules[code]
                answer, = cell.submit([make(convention)])
                warns = value == "warns"
                found = answer.verdict.warnings if warns else answer.verdict.reasons
                assert {reason.code for reason in found if reason.code != "deadline-passed" or code == "deadline-passed"} \
                    == {code}, (code, convention, answer)
                assert warns == (answer.verdict.kind == intake_pb2.VERDICT_KIND_ACCEPTED), (code, convention, answer)
                reason = next(reason for reason in found if reason.code == code)
                assert reason.article == article, (code, convention, reason)
                assert warns or reason.patient_billable == ("patient" in value), (code, convention, value, reason)
                note(code, convention, reason)

    def a_date_that_no_book_covers_is_outside_every_convention():
        answer, = cell.submit([session("2024", "2018-12-31")])
        reason, = answer.verdict.reasons
        assert reason.code == "outside-convention"
        note(reason.code, "none", reason)

    def a_key_that_was_used_for_another_content_conflicts():
        line = session("2024")
        cell.accept([line])
        answer, = cell.submit([changed(line, minutes=61)])
        assert answer.result == intake_pb2.LINE_RESULT_KEY_CONFLICT and answer.conflict.field == "minutes"
        assert {book.rules["key-conflict"][0] for book in books.values()} == {answer.conflict.article}, answer
        note(answer.conflict.code, "none", answer.conflict)

    def after_the_fifth_of_july_april_of_2024_is_too_late():
        line = session("2024", "2024-04-10")
        cell.set_clock(at("2024-07-06", "00:00:01"))
        answer, = cell.submit([line])
        reason, = answer.verdict.reasons
        assert (reason.code, reason.article) == ("deadline-passed", books["2024"].rules[reason.code][0]), answer
        note(reason.code, "2024", reason)

    def codes_about_the_sender_have_their_own():
        cell.new_principal("one-provider", "integrator")
        answer, = cell.submit([session("2024", provider=second)], as_="one-provider")
        note(answer.verdict.reasons[0].code, "none", answer.verdict.reasons[0])
        refusal = cell.cancel("0123456789abcdef-7", b"c1").refusal
        note(refusal.code, "none", refusal)
        verdict, = cell.accept([session("2024")])
        assert cell.cancel(verdict.id, b"c2").cancelled
        refusal = cell.cancel(verdict.id, b"c3").refusal
        note(refusal.code, "none", refusal)

    def no_code_of_the_rulebook_is_missing():
        rows = {code for book in books.values() for code in book.rules}
        assert rows | SENDERS == seen.keys(), (rows | SENDERS) ^ seen.keys()
        # These have one article in every book: the key belongs to no day, and the day outside to no book.
        open_rows = {(code, convention) for convention, book in books.items() for code in book.rules
                     if convention not in seen[code]}
        assert {code for code, _ in open_rows} <= {"outside-convention", "key-conflict"}, open_rows
        say(f"  {len(seen)} codes, {sum(len(conventions) for conventions in seen.values())} of them by convention")

    run_claims(tomorrow_lies_in_the_future_under_each_convention, each_row_of_rules_refuses_or_warns_under_its_article,
               a_date_that_no_book_covers_is_outside_every_convention,
               a_key_that_was_used_for_another_content_conflicts, codes_about_the_sender_have_their_own,
               after_the_fifth_of_july_april_of_2024_is_too_late, no_code_of_the_rulebook_is_missing)
