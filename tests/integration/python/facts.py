"""Fictitious facts for the tests: people, providers and payees whose numbers pass their checks, a registry, lines.

    world = Registry()
    world.network("A01", budget={2026: {"care.base": "10000.00"}})
    provider = world.provider("P1", "A01")
    cell.load_registry(world.text())
    cell.submit([individual("key-1", "A01", provider, "2026-01-20", Person("1985-07-30"))])
"""

import datetime
import itertools
import json
import zoneinfo

import cell  # noqa: F401  (finds the generated Python)
from elp.v1 import intake_pb2, types_pb2

INSURED, INCREASED = "110", "111"
CONDITIONS = ("portfolio", "separate-accounts", "insurance")  # what every second leader needs (R4)


def inami(serial):
    """An INAMI number: six digits, 97 minus their remainder, a competence code."""
    number = 100000 + serial
    return f"{number:06d}{97 - number % 97:02d}001"


def bce(serial):
    number = 4000000 + serial
    return f"{number:08d}{97 - number % 97:02d}"


def iban(serial):
    account = f"{5390000000 + serial:010d}"
    account += f"{int(account) % 97 or 97:02d}"
    return f"BE{98 - int(account + '111400') % 97:02d}{account}"


class Person:
    """Somebody who can be in a session; every one has a number of their own."""

    _serials = itertools.count(1)

    def __init__(self, birth, increased=False, insured=True, serial=None):
        serial = serial or next(Person._serials)
        year, month, day = (int(word) for word in birth.split("-"))
        # 998 numbers a day of birth; the explicit birth date wins over the one in the number (R10).
        coded = datetime.date(year, month, day) - datetime.timedelta(days=serial // 998)
        number = f"{coded:%y%m%d}{serial % 998 + 1:03d}"
        prefixed = int(("2" if coded.year >= 2000 else "") + number)
        self.niss = f"{number}{97 - prefixed % 97:02d}"
        self.birth = birth
        self.increased, self.insured = increased, insured

    def message(self):
        code = INCREASED if self.increased else INSURED
        codes = {"ct1": code, "ct2": code} if self.insured else {}
        return intake_pb2.Beneficiary(niss=self.niss, birth_date=self.birth, **codes)


class Registry:
    """Facts as a registry file (docs/registry-file.md). YAML takes JSON as it is."""

    KINDS = ("payees", "networks", "sites", "programmes", "provider_contracts", "second_leader_contracts",
             "amendments", "amendment_letters", "representations", "insurability", "budgets")

    def __init__(self, represent="integrator"):
        self.facts = {kind: [] for kind in self.KINDS}
        self.serials = itertools.count(1)
        if represent:
            self.represent(represent, "*")

    def text(self):
        """One fact a line."""
        lines = []
        for kind, facts in self.facts.items():
            if facts:
                lines.append(f"{kind}:")
                lines.extend(f"  - {json.dumps(fact)}" for fact in facts)
        return "\n".join(lines) + "\n"

    def payee(self, code, **changes):
        serial = next(self.serials)
        fact = {"code": code, "name": f"Payee {code}", "street": f"Street {serial}", "town": "1000 Brussels",
                "country": "BE", "bce": bce(serial), "iban": iban(serial), **changes}
        self.facts["payees"].append(fact)
        return code

    def network(self, code, kind="adult", budget=None, **policy):
        """A network with its hospital; budget: {year: {envelope: amount}}."""
        hospital = self.payee(f"{code}-H")
        self.facts["networks"].append({"code": code, "name": f"Network {code}", "kind": kind,
                                       "collecting_institution": hospital, "contingent": 12000, **policy})
        for year, envelopes in (budget or {}).items():
            self.budget(code, year, envelopes)
        return code

    def budget(self, network, year, envelopes):
        self.facts["budgets"].append({"network": network, "year": year, "envelopes": envelopes})

    def provider(self, code, network, functions=("F1", "F2", "F3"), from_="2024-04-01", sites=(), serial=None, **rest):
        """A provider with payee and contract; the INAMI number."""
        number = inami(serial or 100 + next(self.serials))
        self.payee(code)
        self.facts["provider_contracts"].append({
            "code": f"{code}-{network}", "provider": number, "network": network, "convention": "2024", "from": from_,
            "functions": list(functions), "sites": list(sites), "sessions_per_month": 60, "payee": code,
            "name": f"Provider {code}", **rest})
        return number

    def second_leader(self, code, network, kind="expert", from_="2024-04-01", **rest):
        self.facts["second_leader_contracts"].append({"code": code, "network": network, "kind": kind, "from": from_,
                                                      "sessions_per_month": 8, "name": f"Leader {code}",
                                                      "conditions": list(CONDITIONS), **rest})
        return code

    def amendment(self, code, network, signed_on, convention="2024", **rest):
        self.facts["amendments"].append({"code": code, "network": network, "convention": convention,
                                         "signed_on": signed_on, "title": f"Amendment {code}", **rest})
        return code

    def letter(self, amendment, network, contract, sent_on, **rest):
        self.facts["amendment_letters"].append({"amendment": amendment, "network": network, "contract": contract,
                                                "sent_on": sent_on, **rest})

    def site(self, code, network, kind="school", agreement=True, share_exempt=True):
        self.facts["sites"].append({"code": code, "network": network, "name": f"Site {code}", "kind": kind,
                                    "agreement": agreement, "share_exempt": share_exempt})
        return code

    def programme(self, code, network, functions=("F2",), published_on="2024-04-10"):
        self.facts["programmes"].append({
            "code": code, "network": network, "title": f"Programme {code}", "functions": list(functions),
            "decided_on": "2024-04-02", "published_on": published_on, "participants_min": 4, "interventions": 6,
            "goal": "a goal", "method": "a method", "target_group": "a group", "participation": "in talks",
            "sources": "a source"})
        return code

    def represent(self, principal, provider):
        self.facts["representations"].append({"principal": principal, "provider": provider})

    def insurability(self, person, from_, insured=True, increased=False, **rest):
        self.facts["insurability"].append({"niss": person.niss, "from": from_, "insured": insured,
                                           "increased": increased, **rest})


def key(text):
    return text if isinstance(text, bytes) else text.encode()


def individual(key_, network, provider, date, person, function="F2", start="10:00", **rest):
    """A sound line for an individual session of 45 minutes."""
    return intake_pb2.AttestationLine(**{
        "key": key(key_), "network": network, "provider": provider, "service": types_pb2.SERVICE_INDIVIDUAL,
        "function": types_pb2.Function.Value(f"FUNCTION_{function}"), "date": date, "start": start, "minutes": 45,
        "beneficiaries": [person.message()], **rest})


def group(key_, network, provider, date, people, programme, second_leader="", second_provider="", function="F2",
          start="14:00", **rest):
    """A sound line for a group session of two hours."""
    return intake_pb2.AttestationLine(**{
        "key": key(key_), "network": network, "provider": provider, "service": types_pb2.SERVICE_GROUP,
        "function": types_pb2.Function.Value(f"FUNCTION_{function}"), "date": date, "start": start, "minutes": 120,
        "direct_minutes": 95, "programme": programme, "second_leader": second_leader,
        "second_provider": second_provider, "beneficiaries": [person.message() for person in people], **rest})


def days(first, count, step=1):
    """Dates from a first one, as texts."""
    start = datetime.date.fromisoformat(first)
    return [(start + datetime.timedelta(days=step * place)).isoformat() for place in range(count)]


def at(date, time_of_day="09:00:00"):
    """An instant in Brussels, as text: the offset follows the day."""
    moment = datetime.datetime.fromisoformat(f"{date}T{time_of_day}")
    return moment.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Brussels")).isoformat()
