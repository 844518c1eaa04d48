"""From the names of a history (A, P1, c3) to those of a cell that holds many histories, and to numbers that pass their checks.

A history speaks of its own networks, providers and people. Each gets a place in a cell, and everything there is called by it,
so histories that share a cell do not meet.
"""

import collections

import dates
from facts import bce, iban, inami

CODES = ("network", "code", "site", "programme", "second_leader", "payee", "designator", "collecting_institution")
PROVIDERS = ("provider", "second_provider")
DATES = ("date", "assessment_date", "referral_date", "from", "until", "notice", "resolved_on", "decided_on", "published_on", "paid_on")
PER_PLACE = 20


class Numbers:
    """National numbers of a cell: every person their own, coded with their day of birth."""

    def __init__(self):
        self.serials = collections.Counter()

    def niss(self, birth):
        self.serials[birth] += 1
        number = f"{birth:%y%m%d}{self.serials[birth]:03d}"
        prefixed = int(("2" if birth.year >= 2000 else "") + number)
        return f"{number}{97 - prefixed % 97:02d}"


class Names:
    """The names of one history at its place in a cell."""

    def __init__(self, place, history, numbers):
        self.prefix, self.place = f"h{place}.", place
        self.people = {name: {"person": self.prefix + name, "birth": dates.day(birth), "niss": numbers.niss(dates.day(birth))}
                       for name, birth in history["people"].items()}

    def local(self, name):
        return name.removeprefix(self.prefix)

    def serial(self, name):
        """P3 of place 7 is 143."""
        return self.place * PER_PLACE + int(name[1:])

    def __call__(self, step):
        """A step with the names of the cell; dates become dates."""
        real = dict(step)
        for field, value in step.items():
            if field in CODES and value:
                real[field] = self.prefix + value
            elif field in PROVIDERS and value:
                real[field] = inami(self.serial(value))
            elif field in DATES:
                real[field] = dates.day(value) if value else None
            elif field == "sites":
                real[field] = [self.prefix + code for code in value]
            elif field == "people":
                real[field] = [{**self.people[name], "ct": ct} for name, ct in value]
            elif field == "person":
                real[field] = self.people[value]
        if step["do"] == "payee":
            serial = self.place * 40 + sum(map(ord, step["code"]))
            real["bce"] = bce(serial) if step["bce"] else ""
            real["iban"] = iban(serial) if step["iban"] else ""
        return real
