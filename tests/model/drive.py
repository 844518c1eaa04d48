"""Drives a real cell and the model with the same histories, and compares them after every step.

Histories share a cell and its clock, and nothing else. At each instant of the timeline every history does its steps in
rounds: in a round the lines of all histories go in one batch, then everything else one by one. After a round every record of
every journal that it made is compared with what the model says, and every budget that it could have touched is asked for.
"""

import collections
import datetime

import dates
import events
import histories
import real
from cell import Cell, Refused
from elp.v1 import intake_pb2, ledger_pb2, money_pb2  # noqa: F401
from facts import at
from model import Model
from names import Names, Numbers

FACTS = ("network", "payee", "contract", "leader", "site", "programme", "statement", "budget")
LINES = ("line", "resend", "conflict")
# A year that is known and holds nothing.
EMPTY = {"envelopes": {}, "care": (0, 0), "budget": 0, "reimbursed": 0, "suspended": (0, 0), "closed": False, "neutralised": 0}


class Expected:
    """What one record must hold: rating's, the ledger's and reporting's part."""

    def __init__(self, place, step, result, told=(), rated=None, rated_events=(), provisional=None):
        self.place, self.step, self.rated, self.result = place, step, rated, result
        self.events = [*told, *rated_events] + (events.of_result(result, provisional or {}) if result else [])


NOTHING = Expected(None, None, None)


def some(position):
    """A position, or None for a year that is known and holds nothing."""
    return None if position is None or {**position, "zone": ""} == {**EMPTY, "zone": ""} else position


class Mismatch:
    """Where model and cell part for the first time."""

    def __init__(self, place, step, what, model, cell):
        self.place, self.step, self.what, self.model, self.cell = place, step, what, model, cell

    def kind(self):
        """What two mismatches share that are the same fault: a verdict's codes, otherwise what differs."""
        verdict = self.what in ("codes", "warnings", "outcome")
        return (self.what, str(self.model), str(self.cell)) if verdict else (self.what.split(" ")[0],)

    def __str__(self):
        return f"{self.what}\n  at     {histories.told(self.step)}\n  model  {self.model}\n  cell   {self.cell}"


class Run:
    """Several histories in one cell."""

    def __init__(self, timeline, histories, twins=None):
        self.timeline, self.histories, self.twins = timeline, histories, twins or {}
        self.course, self.cancelled, self.decided = [], [], []  # what was sent, for the replay
        self.marks, self.crossed = {}, collections.defaultdict(collections.Counter)
        self.owed, self.checked = collections.Counter(), collections.Counter()
        self.numbers = Numbers()
        self.names = [Names(place, history, self.numbers) for place, history in enumerate(histories)]
        self.model = Model()
        self.mismatches = {}                   # place: first mismatch
        self.lines = {}                        # (place, id): what became of a line
        self.expected = {}                     # record number: (place, step, rated, ledger's Result)
        self.touched = set()
        self.steps_done = 0
        self.today = self.now = None

    def blame(self, place, step, what, model, cell):
        self.mismatches.setdefault(place, Mismatch(place, step, what, model, cell))

    def place_of(self, network):
        return int(network.partition(".")[0][1:])

    # --- the course

    def run(self):
        with Cell(clock_from=f"{self.timeline.first - dates.DAY}") as self.cell:
            self.cell.start()
            self.journals = {service: real.Journal(self.cell, service) for service in ("intake", "rating", "ledger", "reporting")}
            for t, (day, time_of_day) in enumerate(self.timeline.instants):
                self.move_clock(day, time_of_day)
                if t == 0:
                    self.prepare()
                if t in self.timeline.closings:
                    self.close(*self.timeline.closings[t])
                self.instant(t)
            self.laws()
        return self.mismatches

    def laws(self):
        """What holds at the end of every history."""
        self.replay()
        self.compare_accounts()
        for place, twin in self.twins.items():
            self.compare_twins(place, twin)

    def well(self, place):
        return place not in self.mismatches

    def replay(self):
        """Everything that has a key comes a second time: the first answers, and no record."""
        head = self.cell.head("intake")
        lines = [(place, step) for place, step in self.course if step["do"] == "line" and self.well(place)]
        self.submit([(place, {"do": "resend", "t": step["t"], "of": step["id"]}) for place, step in lines])
        for place, step, number in self.cancelled:
            reply = self.cell.cancel(self.lines[place, step["of"]].id, self.cancel_key(place, step), step["reason"], step["as_"])
            if not reply.cancelled or reply.number != number:
                self.blame(place, step, "cancelled once", number, str(reply))
        for place, step, message, number in self.decided:
            recorded = self.cell.request("intake", message, as_="authority")
            if not recorded.earlier or recorded.number != number:
                self.blame(place, step, "decided once", number, str(recorded))
        after = self.cell.head("intake")
        if after != head:
            self.blame(0, None, "replaying records nothing", head, after)
        self.checked["replay"] += len(lines) + len(self.cancelled) + len(self.decided)

    def compare_accounts(self):
        """Every account of the ledger, and: what payees get plus shares equals the fees."""
        for prefix in ("expenses:", "suspended:", "liabilities:", "assets:", "written-off:", "neutralised:"):
            reply = self.cell.request("ledger", ledger_pb2.TrialBalanceQuery(prefix=prefix), timeout=30)
            assert not reply.more and reply.sum_cents == 0, reply.sum_cents
            real_accounts = {entry.account: entry.cents for entry in reply.accounts if entry.cents}
            for account in set(real_accounts) | {name for name in self.model.ledger.accounts if name.startswith(prefix)}:
                said, found = self.model.ledger.accounts[account], real_accounts.get(account, 0)
                word = 2 if prefix in ("liabilities:", "assets:") else 1
                place = self.place_of(account.split(":")[word])
                if said != found:
                    self.blame(place, None, f"account {account}", said, found)
                elif word == 2:
                    self.owed[place] -= found
        for place in range(len(self.histories)):
            rated = [self.model.rated[number] for number, each in self.model.intake.standing.items()
                     if self.place_of(each["network"]) == place]
            fees, shares = sum(each["fee"] for each in rated), sum(each["share"] for each in rated)
            if self.well(place) and self.owed[place] + shares != fees:
                self.blame(place, None, "payees plus shares are fees", fees, (self.owed[place], shares))
            self.checked["fees"] += 1

    def compare_twins(self, place, twin):
        """Reordering independent attestations changes no final balance."""
        if not self.well(place) or not self.well(twin):
            return
        networks = [step["code"] for step in self.histories[place]["steps"] if step["do"] == "network"]
        for year in self.timeline.years():
            one, other = ([self.ask_budget(self.names[each].prefix + network, year) for network in networks]
                          for each in (place, twin))
            if one != other:
                self.blame(place, None, f"the same in another order, {year}", one, other)
        self.checked["order"] += 1

    def ask_budget(self, network, year):
        reply, = real.ask_all(self.cell, "ledger", [ledger_pb2.BudgetQuery(network=network, year=year)])
        return None if isinstance(reply, Refused) else real.budget_of(reply.budgets[0])

    def prepare(self):
        for convention in self.timeline.books:
            self.cell.load_book(convention)
            self.model.load_book(convention)
        for convention, year, points in self.timeline.indexations:
            _, outcome = self.cell.index(convention, year, points)
            assert outcome.done == self.model.index(convention, year, points)
        self.cell.load_registry("representations:\n  - {principal: integrator, provider: \"*\"}\n")

    def move_clock(self, day, time_of_day):
        self.today, self.now = day, dates.in_brussels(day, time_of_day)
        self.cell.set_clock(at(day.isoformat(), time_of_day))
        self.compare()

    def close(self, year, others):
        """B4 closes every network of the cell."""
        number, _ = self.cell.close_year(year, other_care_budget_cents=others[0], other_care_spent_cents=others[1])
        self.expected[number] = Expected(None, {"do": "close", "year": year, "others": others}, self.model.close(year, others))
        self.touched.update((name.prefix + network, when) for name, history in zip(self.names, self.histories)
                            for network in ("A", "B")[:sum(step["do"] == "network" for step in history["steps"])]
                            for when in (year, year + 1))
        self.compare()

    def instant(self, t):
        queues = {place: collections.deque(step for step in history["steps"] if step["t"] == t)
                  for place, history in enumerate(self.histories) if place not in self.mismatches}
        while any(queues.values()):
            batch, others = [], []
            for place, queue in queues.items():
                kind = queue and ("lines" if queue[0]["do"] in LINES else "facts" if queue[0]["do"] in FACTS else "other")
                if t and kind == "facts":
                    others.append((place, queue.popleft()))
                    continue
                while queue and kind != "other" and (queue[0]["do"] in (LINES if kind == "lines" else FACTS)):
                    (batch if kind == "lines" else others).append((place, queue.popleft()))
                if queue and kind == "other":
                    others.append((place, queue.popleft()))
            self.facts([each for each in others if each[1]["do"] in FACTS])
            self.submit(batch)
            for place, step in others:
                if step["do"] not in FACTS:
                    getattr(self, step["do"])(place, step)
            self.compare()
            queues = {place: queue for place, queue in queues.items() if place not in self.mismatches}

    # --- steps

    def facts(self, steps):
        resolved = [(place, step, self.names[place](step)) for place, step in steps]
        for begin in range(0, len(resolved), 500):
            chunk = resolved[begin:begin + 500]
            request = intake_pb2.LoadRegistry(facts=[real.fact_message(each) for _, _, each in chunk])
            for (place, step, each), verdict in zip(chunk, self.cell.request("intake", request, timeout=30).facts):
                if verdict.result == intake_pb2.FACT_RESULT_REFUSED:
                    self.blame(place, step, "registry fact", "recorded", f"refused: {verdict.refusal}")
                    continue
                result = self.model.fact(each)
                if verdict.result == intake_pb2.FACT_RESULT_RECORDED:
                    self.expected[verdict.number] = Expected(place, step, result)

    def resolve_line(self, place, step):
        each = self.names[place](step)
        replaced = self.lines.get((place, step["replaces"])) if step["replaces"] else None
        number = replaced.number if replaced and replaced.kind == intake_pb2.VERDICT_KIND_ACCEPTED else 0
        if step["replaces"] and not number:
            return None
        each.update(key=f"{self.names[place].prefix}{step['id']}", replaces=number, replaces_id=replaced.id if number else "")
        return each

    def submit(self, steps):
        sent = []
        for place, step in steps:
            if step["do"] in ("resend", "conflict"):
                first = self.lines.get((place, "step", step["of"]))
                if not first:
                    continue
                each = dict(first)
                if step["do"] == "conflict":
                    each["minutes"] += 1
            else:
                each = self.resolve_line(place, step)
                if not each:
                    continue
            sent.append((place, step, each))
        self.course.extend((place, step) for place, step, _ in sent)
        for begin in range(0, len(sent), 1000):
            chunk = sent[begin:begin + 1000]
            answers = self.cell.submit([real.line_message(each) for _, _, each in chunk])
            for (place, step, each), answer in zip(chunk, answers):
                self.judge(place, step, each, answer)

    def judge(self, place, step, each, answer):
        self.steps_done += 1
        verdict = answer.verdict
        if step["do"] in ("resend", "conflict"):
            first = self.lines[place, step["of"]]
            result = "DUPLICATE" if step["do"] == "resend" else "KEY_CONFLICT"
            if intake_pb2.LineResult.Name(answer.result) != f"LINE_RESULT_{result}" or verdict != first:
                self.blame(place, step, "the first verdict again", f"{result} {first}", str(answer))
            return
        codes, warnings, attestation = self.model.judge(each, self.now)
        real_codes = {reason.code for reason in verdict.reasons}
        warnings, real_warnings = sorted(warnings), sorted(reason.code for reason in verdict.warnings)
        if codes != real_codes:
            self.blame(place, step, "codes", sorted(codes), f"{sorted(real_codes)}, not judged {list(verdict.not_judged)}")
            return
        if warnings != real_warnings:
            self.blame(place, step, "warnings", warnings, real_warnings)
            return
        for reason in verdict.reasons:
            if not reason.article or reason.patient_billable != self.model.billable(reason.code):
                self.blame(place, step, "reason", f"{reason.code} with article", str(reason))
        self.lines[place, step["id"]], self.lines[place, "step", step["id"]] = verdict, each
        if attestation:
            self.accept(place, step, verdict.number, attestation, warnings)
        elif step["do"] == "line":
            self.expected[verdict.number] = Expected(place, step, None, events.of_refused(each["network"], codes))

    def accept(self, place, step, number, attestation, warnings):
        network, replaces = attestation["network"], attestation["replaces"]
        rated, result = self.model.accept(number, attestation, self.today)
        rated_events, provisional = events.of_rated(network, number, rated), {number: rated["provisional"]}
        if replaces:
            old = self.model.rated[replaces]
            rated_events = events.of_rated(network, replaces, old, -1) + rated_events
            provisional[replaces] = old["provisional"]
        told = events.of_accepted(number, attestation, warnings)
        self.expected[number] = Expected(place, step, result, told, rated, rated_events, provisional)
        self.touch(network)

    def touch(self, network):
        self.touched.update((network, year) for year in range(self.today.year - 1, self.today.year + 2))

    def cancel_key(self, place, step):
        return f"{self.names[place].prefix}{step['id']}".encode()

    def position(self, place):
        """Every figure of a history's networks, as the cell says them."""
        prefix = self.names[place].prefix
        networks = [prefix + step["code"] for step in self.histories[place]["steps"] if step["do"] == "network"]
        return {(network, year): self.ask_budget(network, year) for network in networks for year in self.timeline.years()}

    def mark(self, place, _):
        self.compare()
        self.marks[place] = (self.position(place), len(self.model.ledger.held), len(self.course))
        for network, year in self.marks[place][0]:
            self.crossed[network, year].clear()

    def restored(self, place, step):
        """In an open year and without suspended amounts cancelling restores every figure and un-crosses every threshold."""
        self.compare()
        before, _, sent = self.marks.pop(place, (None, 0, 0))
        after = self.position(place)
        lines = [self.lines.get((who, each["id"])) for who, each in self.course[sent:] if who == place and each["do"] == "line"]
        accepted = [verdict.number for verdict in lines if verdict and verdict.kind == intake_pb2.VERDICT_KIND_ACCEPTED]
        # An amount that would have been suspended settles 2023 first; that settlement stays.
        settled = before and any(each and each["neutralised"] != after[key]["neutralised"] for key, each in before.items())
        if before is None or settled or any(each and each["suspended"][0] for each in before.values()) or any(
                self.model.ledger.held[number]["suspended_once"] or number in self.model.intake.standing for number in accepted):
            return
        if [some(each) for each in after.values()] != [some(each) for each in before.values()]:
            self.blame(place, step, "cancelling restores every figure", before, after)
        if any(balance for network, year in before for balance in self.crossed[network, year].values()):
            self.blame(place, step, "cancelling un-crosses every threshold", {}, dict(self.crossed))
        self.checked["restored"] += 1

    def cancel(self, place, step):
        verdict = self.lines.get((place, step["of"]))
        if not verdict or verdict.kind != intake_pb2.VERDICT_KIND_ACCEPTED:
            return
        self.steps_done += 1
        line = self.lines[place, "step", step["of"]]
        reply = self.cell.cancel(verdict.id, self.cancel_key(place, step), step["reason"], step["as_"])
        refusal = self.model.may_cancel(verdict.number, step["as_"], step["reason"], self.today)
        if reply.cancelled == bool(refusal) or (refusal and reply.refusal.code != refusal):
            self.blame(place, step, "cancellation", refusal or "cancelled", str(reply))
            return
        if reply.cancelled:
            self.cancelled.append((place, step, reply.number))
            network, rated = line["network"], self.model.rated[verdict.number]
            self.expected[reply.number] = Expected(
                place, step, self.model.cancel(verdict.number, self.today), events.of_cancelled(network, verdict.number), None,
                events.of_rated(network, verdict.number, rated, -1), {verdict.number: rated["provisional"]})
            self.touch(network)

    def decide(self, place, step):
        each = self.names[place](step)
        verdicts = [self.lines.get((place, name)) for name in step["attestations"]]
        numbers = [verdict.number for verdict in verdicts if verdict and verdict.kind == intake_pb2.VERDICT_KIND_ACCEPTED]
        if len(numbers) < len(step["attestations"]):
            return
        self.steps_done += 1
        each.update(attestations=numbers, key=self.names[place].prefix + step["key"])
        message = real.decision_message(each)
        recorded = self.cell.request("intake", message, as_="authority")
        self.decided.append((place, step, message, recorded.number))
        self.expected[recorded.number] = Expected(place, step, self.model.decide(each))
        self.touch(each["network"])

    def command(self, place, each, step):
        """A command about money that the ledger judges."""
        self.steps_done += 1
        recorded = self.cell.request("intake", real.command_message(each))
        self.expected[recorded.number] = Expected(place, step, self.model.command(each, self.today))
        self.touch(each["network"])

    def insurers(self, place, step):
        self.command(place, self.names[place](step), step)

    transfer = insurers

    def paid(self, place, step):
        """Confirms the order that stands, or one cent more than it."""
        each = self.names[place](step)
        order = self.model.ledger.made.get((each["network"], each["payee"], each["month"]))
        each["cents"] = (order[4] if order else 100) + step["more"]
        self.command(place, each, step)

    def quota(self, place, step):
        """The quota question records nothing."""
        each = self.names[place](step)
        query = intake_pb2.QuotaQuery(niss=each["person"]["niss"], network=each["network"], date=each["date"].isoformat(),
                                      birth_date=each["person"]["birth"].isoformat())
        self.steps_done += 1
        model = self.model.intake.ask(each["network"], each["date"], each["person"])
        try:
            found = real.quota_of(self.cell.request("intake", query))
        except Refused as refused:
            found = None if refused.code == "not-found" else str(refused)
        if found != model:
            self.blame(place, step, "quota", model, found)

    # --- comparing

    def compare(self):
        head = self.cell.head("intake")
        intake = dict(self.journals["intake"].until(head))
        for number in sorted(intake):
            if intake[number].WhichOneof("body") == "day":
                date = real.EPOCH + dates.DAY * intake[number].day.date
                self.expected[number] = Expected(None, {"do": "day", "date": date.isoformat()}, self.model.day(date))
        told = dict(self.journals["reporting"].until(head))
        for number, record in self.journals["rating"].until(head):
            expected, found = self.expected.get(number, NOTHING), real.rated_of(record)
            if expected.place is not None and found != expected.rated:
                self.blame(expected.place, expected.step, "rated", expected.rated, found)
        for number, record in self.journals["ledger"].until(head):
            expected = self.expected.pop(number, NOTHING)
            results = real.results_of(record)
            for network, year, threshold, up, *_ in results["crossings"]:
                self.crossed[network, year][threshold] += 1 if up else -1
            self.compare_result(expected.place, expected.step, expected.result, results)
            found = [events.of_message(each, real.envelope_name, real.zone_name) for each in told[number].events]
            if expected is not NOTHING:
                self.compare_lists(expected.step, "events", expected.events,
                                   [each for each in found if not events.is_registry(each)], 0)
        self.compare_budgets()

    def compare_result(self, place, step, result, found):
        for name, said in found.items():
            model = getattr(result, name) if result else (None if name == "outcome" else [])
            if name == "outcome":
                if model != said:
                    self.blame(place, step, name, model, said)
                continue
            if name == "closings" and self.mismatches:
                continue  # the country's figures hold those of histories that went astray
            self.compare_lists(step, name, model, said, 1 if name == "transactions" else 0)

    def compare_lists(self, step, what, model, said, where):
        """Two lists of tuples as sets with repetition; `where` in a tuple stands its network."""
        more, less = collections.Counter(model), collections.Counter(said)
        if more == less:
            return
        for guilty in {self.place_of(odd[where]) for odd in (more - less) + (less - more)}:
            self.blame(guilty, step, what, [each for each in more - less if self.place_of(each[where]) == guilty],
                       [each for each in less - more if self.place_of(each[where]) == guilty])

    def compare_budgets(self):
        asked = sorted(each for each in self.touched if self.place_of(each[0]) not in self.mismatches)
        queries = [ledger_pb2.BudgetQuery(network=network, year=year) for network, year in asked]
        for (network, year), reply in zip(asked, real.ask_all(self.cell, "ledger", queries)):
            found = [] if isinstance(reply, Refused) else [real.budget_of(budget) for budget in reply.budgets]
            model = self.model.budget(network, year)
            if (found[0] if found else None) != model:
                self.blame(self.place_of(network), None, f"budget {network} {year}", model, found)
        self.touched.clear()
