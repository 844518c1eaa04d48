"""Random histories: what may happen to a small network or two, made from a seed. The same seed makes the same history.

A history is plain data: {"people": {name: birth}, "steps": [...]}. Every step has "do" and "t", the place of its instant on the
timeline that all histories of a cell share. Steps name each other ("of": "l4"), never by number, so that any of them can be
left out while a failure is shrunk.
"""

import datetime
import random

DAY = datetime.timedelta(days=1)
STARTS = [f"{hour:02d}:{minute:02d}" for hour in range(8, 19) for minute in (0, 30)]
ERAS = ("2026", "2024", "2023", "2019")
GROUP = 50  # histories that share a cell

LINE = {"service": "individual", "function": "F2", "start": "10:00", "minutes": 45, "direct_minutes": 0, "site": "",
        "people": [], "head_count": 0, "defined_group": False, "second_provider": "", "second_leader": "", "programme": "",
        "other_funding": False, "eating_disorder": False, "entourage": False, "assessment_date": "", "replaces": "",
        "referral_date": "", "referrer": "", "professionals": 0, "care_providers": 0, "consent": False, "report": False,
        "cost": 0}
PAYEE = {"name": "N", "street": "S", "town": "T", "country": "BE", "bce": True, "iban": True, "without_enterprise": False}
CONTRACT = {"from": "2019-04-01", "until": "", "notice": "", "functions": ["F1", "F2", "F3"], "sites": ["S1", "S2"],
            "sessions_per_month": 0, "sessions_per_year": 0, "new_graduate": False, "under_served": False}
LEADER = {"from": "2024-04-01", "until": "", "notice": "", "kind": "expert", "designated": False, "designator": "",
          "rate_per_hour": 0, "paid_in_person": False, "sessions_per_month": 8}


class Timeline:
    """The instants that the histories of one cell share, its books, indexations and closings."""

    def __init__(self, seed, era):
        source = random.Random(f"{seed}/timeline")
        self.era = era
        first, last = {"2026": ("2026-01-05", "2027-04-20"), "2024": ("2024-04-10", "2025-12-28"),
                       "2023": ("2023-02-01", "2024-05-30"), "2019": ("2019-05-02", "2020-12-20")}[era]
        self.first = datetime.date.fromisoformat(first)
        span = (datetime.date.fromisoformat(last) - self.first).days
        days = sorted(source.sample(range(1, span), 9))
        self.instants = [(self.first + DAY * day, source.choice(("09:00:00", "09:00:00", "23:59:59", "00:00:00")))
                         for day in [0] + days]
        self.books = {"2026": ["2024"], "2024": ["2021", "2024"], "2023": ["2021", "2024"], "2019": ["2019"]}[era]
        self.closings = {}  # place of the instant: (year, (budget, spent) of networks elsewhere)
        for place, (day, _) in enumerate(self.instants):
            if place and day.year > 2019 and source.random() < 0.3:
                self.closings[place] = (day.year - 1, source.choice(((0, 0), (0, 10 ** 12))))
        self.indexations = [("2024", 2026, 172)] if era == "2026" else []

    def day(self, place):
        return self.instants[place][0]

    def years(self):
        return sorted({day.year for day, _ in self.instants})


class Maker:
    """Makes one history."""

    def __init__(self, seed, number, timeline):
        self.random = random.Random(f"{seed}/{number}")
        self.timeline, self.era = timeline, timeline.era
        self.steps, self.people, self.lines, self.cancels = [], {}, 0, 0
        self.sent = []          # lines so far
        self.tight = self.random.random() < 0.6
        self.focus = self.random.random() < 0.5
        self.networks = ["A"] if self.random.random() < 0.6 else ["A", "B"]
        self.kinds = {}

    def step(self, do, t, **fields):
        self.steps.append({"do": do, "t": t, **fields})

    # --- the world

    def world(self):
        pick = self.random
        for network in self.networks:
            self.kinds[network] = pick.choice(("adult", "adult", "child", "mixed"))
            self.payee(f"H{network}")
            self.step("network", 0, code=network, kind=self.kinds[network], collecting_institution=f"H{network}",
                      prison_network=pick.random() < 0.4, contingent=pick.choice((5, 12, 1000)),
                      sites_from_art8=pick.random() < 0.6 and "2024" in self.timeline.books,
                      new_graduates_merged=pick.random() < 0.3 and "2024" in self.timeline.books)
            for year in self.timeline.years():
                if pick.random() < 0.95:
                    self.budget(network, year, 0)
            for place, kind in (("1", pick.choice(("school", "gp-practice"))), ("2", pick.choice(("prison", "youth-centre")))):
                agreement = pick.random() < 0.8
                self.step("site", 0, code=f"S{place}{network}", network=network, kind=kind, agreement=agreement,
                          share_exempt=pick.random() < 0.4, agreement_cents=pick.choice((0, 20000)) if agreement else 0)
            if self.era not in ("2019", "2023"):
                self.step("programme", 0, code=f"G{network}", network=network, functions=["F1", "F2", "F3"],
                          published_on="2024-04-02")
            if self.era != "2019":
                self.leaders(network)
        for place in (1, 2, 3):
            self.payee(f"P{place}", name="N" if pick.random() < 0.9 else "")
            for network in self.networks:
                self.contracts(place, network)
        self.payee("E1", bce=False, without_enterprise=True)
        self.payee("O1")
        order = ("payee", "network", "site", "programme", "contract", "leader", "budget")
        self.steps.sort(key=lambda step: order.index(step["do"]))
        birth_years = (1950, 1985, 1998, 2000, 2001, 2002, 2003, 2010, 2015)
        for place in range(9):
            year = birth_years[place]
            self.people[f"c{place}"] = f"{year}-{pick.randint(1, 12):02d}-{pick.randint(1, 28):02d}"

    def payee(self, code, **changes):
        self.step("payee", 0, code=code, **{**PAYEE, **changes})

    def budget(self, network, year, t):
        pick = self.random
        care = pick.randrange(20000, 150000) if self.tight else 100000000
        mission = (lambda: pick.choice((0, 9000, 20000, 60000))) if self.tight else (lambda: pick.choice((0, 50000000)))
        envelopes = {"care.base": care, "operating": pick.choice((0, 10000, 50000)) if self.era != "2019" else 0}
        if self.era in ("2026", "2024"):
            for name in ("new-graduates", "art8", "under-served"):
                envelopes[f"mission.{name}"] = mission()
            if self.kinds[network] == "child":
                envelopes["mission.eating-disorders"] = mission()
        self.step("budget", t, network=network, year=year,
                  envelopes={name: cents for name, cents in envelopes.items() if cents})

    def contracts(self, place, network):
        pick = self.random
        conventions = {"2026": ["2024"], "2024": ["2021", "2024"], "2023": ["2021", "2024"], "2019": ["2019"]}[self.era]
        for convention in conventions:
            first = {"2019": "2019-04-01", "2021": "2021-09-01", "2024": "2024-04-01"}[convention]
            functions = {"2019": [], "2021": ["F2", "F3"], "2024": ["F1", "F2", "F3"]}[convention]
            if convention != "2019" and pick.random() < 0.15:
                functions = functions[:-1]
            self.step("contract", 0, code=f"P{place}{network}{convention}", provider=f"P{place}", network=network,
                      convention=convention, payee=f"P{place}", **{
                          **CONTRACT, "from": first, "functions": functions,
                          "sites": [f"S1{network}"] + ([f"S2{network}"] if pick.random() < 0.7 else []),
                          "sessions_per_month": pick.choice((0, 0, 2, 60)),
                          "sessions_per_year": pick.choice((0, 6)) if convention == "2019" else 0,
                          "new_graduate": pick.random() < 0.2, "under_served": pick.random() < 0.2 and convention == "2024"})

    def leaders_from(self):
        return "2024-04-01" if self.era == "2026" else "2022-01-01"

    def leaders(self, network):
        pick = self.random
        self.step("leader", 0, code=f"L1{network}", network=network, payee="E1", **{
            **LEADER, "from": self.leaders_from(), "designated": True, "designator": "O1",
            "rate_per_hour": pick.choice((3000, 4210, 6000)), "paid_in_person": pick.random() < 0.5})
        self.step("leader", 0, code=f"L2{network}", network=network, payee="E1", **{
            **LEADER, "from": self.leaders_from(), "kind": pick.choice(("physician", "care-provider", "expert")),
            "sessions_per_month": pick.choice((0, 1, 8))})

    # --- sessions

    def convention_on(self, date):
        if self.era == "2019":
            return "2019"
        return "2024" if date >= datetime.date(2024, 4, 1) else "2021"

    def date_before(self, t):
        """A day of a session: mostly recent, sometimes at the edge of the deadline or beyond it, rarely to come."""
        pick, today = self.random, self.timeline.day(t)
        draw = pick.random()
        ahead = pick.choice((1, 30)) if draw < 0.02 else -pick.randint(60, 200) if draw < 0.12 else -pick.randint(0, 60)
        return max(today + DAY * ahead, datetime.date(2019, 1, 1))

    def ct(self):
        draw = self.random.random()
        return "" if draw < 0.03 else "111" if draw < 0.25 else "110"

    def somebody(self, network):
        kinds = {"adult": range(0, 7), "child": range(3, 9), "mixed": range(0, 9)}[self.kinds[network]]
        if self.random.random() < 0.03:
            kinds = range(0, 9)
        if self.focus and self.random.random() < 0.7:
            kinds = list(kinds)[2:4]
        return f"c{self.random.choice(list(kinds))}"

    def line(self, t, **changes):
        """A line, mostly sound; sometimes with one fault."""
        pick = self.random
        network = pick.choice(self.networks)
        date = self.date_before(t)
        convention = self.convention_on(date)
        step = {**LINE, "network": network, "provider": f"P{pick.randint(1, 3)}", "date": date.isoformat(),
                "start": pick.choice(STARTS), "function": pick.choice(("F2", "F2", "F3"))}
        draw = pick.random()
        if convention == "2019":
            step.update(function="", minutes=pick.choice((45, 60, 60)), people=[(self.somebody(network), self.ct())])
            referral = date.replace(month=pick.choice((1, 1, 6)) if date.month > 6 else 1, day=2)
            step.update(referral_date=referral.isoformat() if pick.random() < 0.95 else "", referrer="gp")
        elif draw < 0.70:
            step.update(people=[(self.somebody(network), self.ct())])
        elif draw < 0.78:
            step.update(service="assessment", function="F3", people=[(self.somebody(network), self.ct())])
        elif draw < 0.92:
            self.group(step, network, convention)
        elif draw < 0.95:
            self.mission(step, network, convention)
        else:
            step.update(service="concertation", function="", minutes=30, professionals=3, care_providers=2, consent=True,
                        report=True, people=[(self.somebody(network), self.ct())])
        if step["function"] == "F3" and step["service"] != "assessment" and pick.random() < 0.9:
            step["assessment_date"] = (date - DAY * pick.choice((0, 20))).isoformat()
        if not step["site"] and pick.random() < 0.3:
            step["site"] = pick.choice((f"S1{network}", f"S2{network}"))
        step["eating_disorder"] = pick.random() < 0.1
        if pick.random() < 0.15:
            self.fault(step, convention)
        step.update(changes)
        self.lines += 1
        self.step("line", t, id=f"l{self.lines}", **step)
        self.sent.append(self.steps[-1])

    def group(self, step, network, convention):
        pick = self.random
        community = convention == "2024" and pick.random() < 0.3
        step.update(service="group", minutes=120, direct_minutes=95, programme=f"G{network}" if convention == "2024" else "")
        if community:
            step.update(function="F1", head_count=12, site=f"S1{network}")
        else:
            kinds = {"adult": range(0, 7), "child": range(3, 9), "mixed": range(0, 9)}[self.kinds[network]]
            names = pick.sample(list(kinds), pick.randint(4, 6))
            step.update(people=[(f"c{name}", self.ct() if pick.random() < 0.3 else "110") for name in names])
        if pick.random() < 0.4:
            step["second_provider"] = f"P{pick.randint(1, 3)}"
        else:
            step["second_leader"] = pick.choice((f"L1{network}", f"L2{network}"))

    def mission(self, step, network, convention):
        pick = self.random
        if pick.random() < 0.3 and (convention != "2024" or step["date"].startswith("2026")):
            step.update(service="training", function="", minutes=120)
        else:
            step.update(service="art8-mission", function="", minutes=60, site=f"S{pick.choice('12')}{network}",
                        cost=pick.choice((5000, 15000, 25000)))

    def fault(self, step, convention):
        pick = self.random
        kind = pick.choice(("minutes", "direct", "leader", "few", "funding", "twice", "site", "programme", "head", "report",
                            "entourage", "slot"))
        if kind == "minutes":
            step.update(minutes=44, direct_minutes=min(44, step["direct_minutes"]))
        elif kind == "direct" and step["service"] == "group":
            step["direct_minutes"] = 89
        elif kind == "leader" and step["service"] == "group":
            step["second_provider"], step["second_leader"] = pick.choice((("", ""), (step["provider"], "")))
        elif kind == "few" and step["people"] and step["service"] == "group":
            step["people"] = step["people"][:pick.randint(1, 3)]
        elif kind == "twice" and step["service"] == "group" and step["people"]:
            step["people"] = step["people"] + step["people"][:1]
        elif kind == "funding":
            step["other_funding"] = True
        elif kind == "site" and step["function"] == "F1":
            step["site"] = ""
        elif kind == "programme" and step["service"] == "group":
            step["programme"] = ""
        elif kind == "head" and step["function"] == "F1":
            step.update(head_count=pick.choice((5, 9)), defined_group=pick.random() < 0.5)
        elif kind == "report":
            step["report"] = False
        elif kind == "entourage" and step["service"] == "individual":
            step["entourage"] = True
        elif kind == "slot" and self.sent:
            other = pick.choice(self.sent)
            if self.convention_on(datetime.date.fromisoformat(other["date"])) == convention:
                step.update(date=other["date"], start=other["start"], provider=other["provider"])

    # --- what else happens

    def happening(self, t):
        pick = self.random
        draw = pick.random()
        if draw < 0.66 or not self.sent:
            for _ in range(pick.choice((1, 1, 2, 3))):
                self.line(t)
        elif draw < 0.76:
            self.cancel(t, pick.choice(self.sent), pick.choice(("", "a reason")), pick.choice(("integrator", "operator")))
        elif draw < 0.80:
            old = pick.choice(self.sent)
            self.line(t, replaces=old["id"], network=old["network"], provider=old["provider"], date=self.near(old["date"], t),
                      service=old["service"], **{name: old[name] for name in (
                          "function", "people", "minutes", "direct_minutes", "head_count", "defined_group", "programme", "second_provider",
                          "second_leader", "site", "cost", "assessment_date", "referral_date", "professionals", "care_providers",
                          "consent", "report")})
        elif draw < 0.84:
            self.step("resend", t, of=pick.choice(self.sent)["id"])
        elif draw < 0.86:
            self.step("conflict", t, of=pick.choice(self.sent)["id"])
        elif draw < 0.91:
            self.decision(t)
        elif draw < 0.93:
            self.money(t)
        elif draw < 0.945:
            network = pick.choice(self.networks)
            self.step("quota", t, network=network, person=self.somebody(network),
                      date=(self.timeline.day(t) + DAY * pick.randint(-60, 200)).isoformat())
        elif draw < 0.96:
            self.statement(t)
        elif draw < 0.98:
            self.step("payee", t, code=f"P{pick.randint(1, 3)}", **{**PAYEE, "street": pick.choice(("S", "S", ""))})
        else:
            self.budget(pick.choice(self.networks), pick.choice(self.timeline.years()), t)

    def cancel(self, t, line, reason, as_):
        self.cancels += 1
        self.step("cancel", t, id=f"x{self.cancels}", of=line["id"], reason=reason, as_=as_)

    def there_and_back(self, t):
        """A few lines, and all of them cancelled: every figure is as before."""
        first = len(self.sent)
        self.step("mark", t)
        for _ in range(self.random.randint(1, 4)):
            self.line(t, replaces="")
        fallen = self.sent[first:]
        self.random.shuffle(fallen)
        for line in fallen:
            self.cancel(t, line, "a reason", "operator")
        self.step("restored", t)

    def near(self, date, t):
        """The same day, or one soon after or before it."""
        old = datetime.date.fromisoformat(date)
        moved = min(old + DAY * self.random.choice((0, 0, 0, 1, -1, -30)), self.timeline.day(t))
        return (moved if self.convention_on(moved) == self.convention_on(old) else old).isoformat()

    def decision(self, t):
        pick, today = self.random, self.timeline.day(t)
        year = max(2019, pick.choice((today.year, today.year, today.year - 1)))
        kind = pick.choice(("RAISE", "CARRY", "WRITE_OFF", "RELEASE", "REDUCTION" if year < today.year else "RAISE"))
        raises = kind in ("RAISE", "REDUCTION")
        named = [pick.choice(self.sent)["id"]] if not raises and pick.random() < 0.3 else []
        self.step("decide", t, kind=kind, network=pick.choice(self.networks), year=year,
                  to_year=year + 1 if kind == "CARRY" else 0, envelope="",
                  cents=pick.choice((100, 5000, 10000, 40000)) if raises else 0, attestations=named,
                  decided_on=today.isoformat(), key=f"d{len(self.steps)}")

    def money(self, t):
        """An order is confirmed as paid, budget is transferred, or the insurers pay a list of 2019."""
        pick, today = self.random, self.timeline.day(t)
        month = (today.replace(day=1) - DAY * pick.choice((-1, 1, 1, 40)))
        network = pick.choice(self.networks)
        kind = pick.choice(("paid", "transfer", "insurers" if self.era == "2019" else "paid"))
        if kind == "transfer":
            envelopes = ("care.base", "mission.art8", "mission.new-graduates", "mission.prisons", "operating", "other-missions")
            self.step("transfer", t, network=network, year=today.year - pick.choice((0, 0, 1)) if today.year > 2019 else 2019,
                      from_envelope=pick.choice(envelopes[:3]), to_envelope=pick.choice(envelopes),
                      cents=pick.choice((100, 5000, 100000)))
            if self.steps[-1]["from_envelope"] == self.steps[-1]["to_envelope"]:
                self.steps.pop()
        elif kind == "insurers":
            self.step("insurers", t, network=network, month=month.year * 100 + month.month,
                      paid_on=(today - DAY * pick.choice((0, 10, 40))).isoformat())
        else:
            self.step("paid", t, network=network, payee=f"P{pick.randint(1, 3)}", month=month.year * 100 + month.month,
                      paid_on=today.isoformat(), more=pick.choice((0, 0, 0, 1)))

    def statement(self, t):
        pick, today = self.random, self.timeline.day(t)
        first = today - DAY * pick.randint(0, 200)
        insured = pick.random() < 0.8
        self.step("statement", t, person=self.somebody(self.networks[0]), until="", insured=insured,
                  increased=insured and pick.random() < 0.3, **{"from": first.isoformat()},
                  resolved_on=(today - DAY * pick.randint(0, 60)).isoformat() if pick.random() < 0.5 else "")

    def history(self):
        self.world()
        for t in range(1, len(self.timeline.instants)):
            for _ in range(self.random.choice((0, 1, 2, 3))):
                self.happening(t)
            if self.random.random() < 0.08:
                self.there_and_back(t)
        return {"people": self.people, "steps": self.steps}

    def independent(self):
        """Lines that have nothing to do with each other, in a world where no limit binds; all at one instant."""
        self.tight = self.focus = False
        self.world()
        for step in self.steps:
            step.update({name: 0 for name in ("contingent", "sessions_per_month", "sessions_per_year") if name in step})
        t = self.random.randrange(1, len(self.timeline.instants))
        slots = self.random.sample(STARTS, 12)
        births = dict(self.people)
        for slot in slots:
            self.line(t, start=slot, other_funding=False)
            line = self.sent[-1]
            for place, (name, ct) in enumerate(line["people"]):
                own = f"{name}-{line['id']}-{place}"
                self.people[own] = births[name]
                line["people"][place] = (own, ct)
        return {"people": self.people, "steps": self.steps}


def make(seed, number, timeline):
    """Every eighth history is independent lines alone; it has a twin in another order."""
    maker = Maker(seed, number, timeline)
    return maker.independent() if number % 8 == 7 else maker.history()


def twin_of(seed, number, history):
    """The same lines in another order; they are the history's last steps."""
    lines = [step for step in history["steps"] if step["do"] == "line"]
    rest = [step for step in history["steps"] if step["do"] != "line"]
    random.Random(f"{seed}/{number}/twin").shuffle(lines)
    return {"people": history["people"], "steps": rest + lines}


def told(step):
    """A step in one line, without what is as usual."""
    if not step:
        return "-"
    usual = LINE if step["do"] == "line" else {}
    return " ".join([step["do"]] + [f"{name}={value}" for name, value in step.items()
                                    if name != "do" and usual.get(name, None) != value])
