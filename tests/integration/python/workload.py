"""A mixed stream of lines for tests that are about daemons, not about rules: two networks, sound and faulty sessions.

Every line's fate is its own: no two use the same person on one day or the same provider at one time, so that the order in
which several clients' batches arrive changes no verdict. N2's budget is small: what passes its ceiling is suspended.
"""

import datetime
import itertools
import random

from facts import Person, Registry, days, group, inami, individual

DATES = days("2026-01-05", 60)
STARTS = [f"{6 + quarter // 4:02d}:{15 * (quarter % 4):02d}" for quarter in range(64)]
PROVIDERS = 6
PARTS, PEOPLE_OF_A_DAY = 8, 120  # a day of birth has 998 numbers: each part has its own
FAULTS = ("no-active-contract", "not-insured", "duration-too-short", "malformed", "group-too-small", "session-in-future")


class Workload:
    """Makes lines from a seed; the same seed makes the same lines. Workloads of different parts have providers and people of
    their own and the same networks, so that several clients do not take each other's hours."""

    def __init__(self, seed, part=0, small_budget="20000.00"):
        assert part < PARTS
        self.random = random.Random(seed)
        self.part = part
        self.serials = itertools.count(1)
        self.people = itertools.count()
        self.seen_once = {}  # {network: (person, date)}
        self.world = Registry(represent=None)
        self.world.payee("E1", without_enterprise=True, bce="")
        self.world.payee("O1")
        self.slots = []
        self.expected = {}
        for network, kind, care in (("N1", "adult", "900000.00"), ("N2", "child", small_budget)):
            self.world.network(network, kind=kind, budget={2026: {"care.base": care, "operating": "100.00"}})
            self.world.site(f"{network}-S", network)
            self.world.programme(f"{network}-G", network)
            for place in range(PROVIDERS):
                leader = self.world.second_leader(f"{network}-L{part}-{place}", network, kind="expert", designated=True,
                                                  designator="O1", rate_per_hour="42.10", paid_in_person=True, payee="E1")
                provider = self.world.provider(f"{network}-P{part}-{place}", network, sites=[f"{network}-S"],
                                               serial=1000 * (part + 1) + 100 * int(network[1:]) + place)
                self.slots.extend((network, provider, leader, date, start) for date in DATES for start in STARTS)
        self.random.shuffle(self.slots)

    def _person(self, network, date):
        """Somebody new, or somebody who was in one session on another day: nobody twice on one day, whatever the part."""
        seen, self.seen_once[network] = self.seen_once.get(network), None
        if seen and seen[1] != date:
            return seen[0]
        place = next(self.people)
        day, serial = divmod(place, PEOPLE_OF_A_DAY)
        first, years = (1950, 50) if network == "N1" else (2010, 6)
        birth = datetime.date(first + day % years, 1, 1) + datetime.timedelta(days=day // years)
        person = Person(birth.isoformat(), serial=1 + PEOPLE_OF_A_DAY * self.part + serial, increased=place % 5 == 0)
        if place % 3 == 0:
            self.seen_once[network] = person, date
        return person

    def line(self, faulty=0.08):
        """The next line; its expected refusal code ("" for none) stands in self.expected under its key."""
        network, provider, leader, date, start = self.slots.pop()
        key = f"w-{next(self.serials):06d}"
        fault = self.random.choice(FAULTS) if self.random.random() < faulty else ""
        if fault == "group-too-small" or self.random.random() < 0.1:
            people = [self._person(network, date) for _ in range(3 if fault == "group-too-small" else 5)]
            line = group(key, network, provider, date, people, f"{network}-G", second_leader=leader, start=start)
            fault = fault if fault == "group-too-small" else ""
        else:
            line = individual(key, network, provider, date, self._person(network, date), start=start)
            if self.random.random() < 0.2:
                line.site = f"{network}-S"
            if fault == "no-active-contract":
                line.provider = inami(90000)
            elif fault == "not-insured":
                line.beneficiaries[0].ct1 = line.beneficiaries[0].ct2 = ""
            elif fault == "duration-too-short":
                line.minutes = 44
            elif fault == "malformed":
                line.beneficiaries[0].niss = line.beneficiaries[0].niss[:-1]
            elif fault == "session-in-future":
                line.date = "2026-12-01"
        self.expected[line.key] = fault
        return line

    def lines(self, count, **options):
        return [self.line(**options) for _ in range(count)]
