"""§4: is this attestation payable? Every rule walks over everything that stands; nothing is indexed, nothing is clever.

A line is a dictionary with the names of AttestationLine; dates are datetime.date, people are dictionaries {person, birth,
niss, ct}. What a verdict needs of the registry stands in Registry, what was accepted in Intake.standing.
"""

import dates
import figures
import identifiers

INDIVIDUAL = ("individual", "assessment")
WITH_PERSON = ("individual", "assessment", "concertation")
FUNCTIONLESS = ("concertation", "training", "art8-mission")
LOOK_BACK = {"deadline-passed", "volume-exceeded", "quota-exceeded", "series-exhausted", "same-day", "already-attested",
             "concertation-repeated"}


class Registry:
    """R1 to R8 as they stand; a fact with the code of an earlier one replaces it."""

    def __init__(self):
        self.networks, self.contracts, self.leaders = {}, {}, {}
        self.sites, self.programmes, self.payees = {}, {}, {}
        self.statements = {}  # person: statements, the last recorded one last

    def contract_of(self, provider, network, day, conventions):
        """R2 on a day; of two the newer book's (§2)."""
        found = [contract for contract in self.contracts.values()
                 if contract["provider"][:8] == provider[:8] and contract["network"] == network
                 and self.contract_days(contract, conventions)[0] <= day <= self.contract_days(contract, conventions)[1]]
        return max(found, key=lambda contract: contract["convention"], default=None)

    @staticmethod
    def contract_days(contract, conventions):
        """First and last day covered; a notice ends it the day before the first of the third month after (R5)."""
        convention = conventions[contract["convention"]]
        first = max(contract["from"], dates.day(convention.choices["contracts_from"]))
        last = contract["until"] or convention.last
        if contract["notice"]:
            last = min(last, dates.ends_after_notice(contract["notice"]) - dates.DAY)
        return first, min(last, convention.last)

    @staticmethod
    def leader_covers(leader, day):
        last = leader["until"] or figures.SECOND_LEADERS_UNTIL
        if leader["notice"]:
            last = min(last, dates.ends_after_notice(leader["notice"]) - dates.DAY)
        return leader["from"] <= day <= last

    def statement_for(self, person, day):
        """The statement recorded last that speaks about a day."""
        found = [statement for statement in self.statements.get(person, ())
                 if statement["from"] <= day <= (statement["until"] or dates.FOREVER)]
        return found[-1] if found else None


class Judgement:
    """One line being judged: what its rules look at."""

    def __init__(self, intake, line, now):
        self.intake, self.line, self.now, self.today = intake, line, now, dates.brussels_day(now)
        self.registry, self.date = intake.registry, line["date"]
        self.conventions = {name: intake.conventions[name] for name in intake.loaded}
        self.network = self.registry.networks.get(line["network"])
        self.contract = self.registry.contract_of(line["provider"], line["network"], self.date, self.conventions)
        covering = [name for name, convention in self.conventions.items() if convention.covers(self.date)]
        self.book = self.contract["convention"] if self.contract else max(covering, default=None)
        self.people = line["people"]
        self.group = line["service"] == "group"
        self.standing = [each for each in intake.standing.values() if each["number"] != line["replaces"]]
        self.codes, self.warnings = set(), []  # a warning stands once for each reason

    def of_person(self, person):
        return [each for each in self.standing if person in each["persons"]]

    def refuse_if(self, condition, code):
        if condition:
            self.codes.add(code)

    # --- the rules, one by one

    def times(self):
        self.refuse_if(self.in_future(), "session-in-future")
        replaced = self.intake.standing.get(self.line["replaces"])
        if replaced:
            last = self.intake.deadline(*replaced["origin"])
        else:
            last = self.intake.deadline(self.book, self.date, [each["person"] for each in self.people])
        self.refuse_if(last and self.today > last, "deadline-passed")
        if self.book == "2019" and not replaced and self.today > dates.month_end(dates.months_after(self.date.replace(day=1), 1)):
            self.warnings.append("deadline-passed")

    def in_future(self):
        return dates.in_brussels(self.date, self.line["start"]) > self.now

    def contracts(self):
        self.refuse_if(not self.contract, "no-active-contract")
        if not self.contract:
            return
        functions = self.book != "2019" and self.line["service"] not in FUNCTIONLESS
        self.refuse_if(functions and self.line["function"] not in self.contract["functions"], "function-not-contracted")
        self.refuse_if(self.line["site"] and self.line["site"] not in self.contract["sites"], "site-not-contracted")
        self.volume()

    def volume(self):
        """R2, R4: sessions of the month (2021, 2024: a remark) or of the calendar year (2019: refused, also the contingent)."""
        if self.line["service"] in FUNCTIONLESS:
            return
        counted = [each for each in self.standing if each["volumes"] and each["convention"] == self.book]
        year = [each for each in counted if each["date"].year == self.date.year]
        contingent = self.network["contingent"]
        full = bool(contingent) and sum(each["network"] == self.line["network"] for each in year) >= contingent
        if self.book == "2019":
            own = sum(self.contract["code"] in each["volumes"] for each in year)
            most = self.contract["sessions_per_year"] or 12 * self.contract["sessions_per_month"]
            self.refuse_if(full or (most and own >= most), "volume-exceeded")
            return
        month = [each for each in year if each["date"].month == self.date.month]
        reasons = [full]
        for contract in self.engaged():
            held = sum(contract["code"] in each["volumes"] for each in month)
            reasons.append(contract["sessions_per_month"] and held >= contract["sessions_per_month"])
        self.warnings += ["volume-exceeded" for reason in reasons if reason]

    def engaged(self):
        """The contracts under which the session is held: the provider's and that of whoever leads with the provider."""
        found = [self.contract]
        if self.group and self.line["second_provider"]:
            found.append(self.second_contract())
        if self.group and self.line["second_leader"]:
            leader = self.registry.leaders.get(self.line["second_leader"])
            found.append(leader if leader and self.registry.leader_covers(leader, self.date) else None)
        return [contract for contract in found if contract]

    def persons(self):
        for each in self.people:
            years = dates.age(each["birth"], self.date)
            kind = self.network["kind"] if self.network else "mixed"
            if self.book == "2019":
                outside = self.date.year == 2019 and not 18 <= years <= 64
            else:
                outside = (kind == "adult" and years < 15) or (kind == "child" and years > 23)
            self.refuse_if(outside, "age-outside-network")
            insured, _ = self.insurability(each)
            self.refuse_if(not insured, "not-insured")
        if self.book == "2019":
            self.series()
        else:
            self.quota()
        if self.book == "2024":
            self.same_day()
        treatment = self.line["function"] == "F3" and self.line["service"] in ("individual", "group")
        assessed = self.line["assessment_date"] and self.line["assessment_date"] <= self.date
        self.refuse_if(treatment and self.book != "2019" and not assessed, "assessment-missing")

    def insurability(self, each):
        """(insured, increased intervention): an insurer's statement for that day wins over the line's CT1/CT2."""
        statement = self.registry.statement_for(each["person"], self.date)
        if statement:
            return statement["insured"], statement["insured"] and statement["increased"]
        return bool(each["ct"]) and int(each["ct"]) >= 10, each["ct"][-1:] == "1"

    def series(self):
        """2019: a referral opens a series of 4, two a patient, network and calendar year."""
        referral = self.line["referral_date"]
        self.refuse_if(not referral or referral > self.date, "referral-missing")
        if not referral:
            return
        for each in self.people:
            year = [other for other in self.of_person(each["person"])
                    if other["convention"] == "2019" and other["network"] == self.line["network"]
                    and other["date"].year == self.date.year]
            same = [other for other in year if other["referral_date"] == referral]
            series = {other["referral_date"] for other in year} | {referral}
            self.refuse_if(len(same) >= 4 or len(series) > 2 or len(year) >= 8, "series-exhausted")

    def quota(self):
        """No 12 months hold more than the maximum, whatever order the lines arrive in."""
        kind = "group" if self.group else "individual" if self.line["service"] in INDIVIDUAL else None
        most = figures.QUOTAS.get((self.book, self.line["function"], kind))
        if not most:
            return
        for each in self.people:
            held = [other["date"] for other in self.of_person(each["person"])
                    if other["convention"] == self.book and other["function"] == self.line["function"]
                    and other["quota_kind"] == kind] + [self.date]
            for last in held:
                if dates.window_start(last) <= self.date <= last:
                    inside = sum(dates.window_start(last) <= other <= last for other in held)
                    allowed = most[0] if dates.age(each["birth"], last) <= 23 else most[1]
                    self.refuse_if(inside > allowed, "quota-exceeded")

    def same_day(self):
        if self.line["entourage"] or self.line["service"] not in INDIVIDUAL + ("group",):
            return
        for each in self.people:
            self.refuse_if(any(other["date"] == self.date and not other["entourage"] and other["quota_kind"]
                               for other in self.of_person(each["person"])), "same-day")

    def shape(self):
        line, community = self.line, self.line["function"] == "F1"
        if self.group:
            size = line["head_count"] if community else len(self.people)
            least = 10 if community else 4
            self.refuse_if(size < least and not (community and line["defined_group"]), "group-too-small")
            self.refuse_if(line["minutes"] < 120 or line["direct_minutes"] < 90, "duration-too-short")
            self.refuse_if(not self.leaders(), "leaders-invalid")
            self.refuse_if(community and not line["site"], "site-required")
            self.refuse_if(self.book == "2024" and not self.programme(), "programme-unknown")
        if line["service"] == "art8-mission" and self.book == "2024":
            site = self.registry.sites.get(line["site"])
            self.refuse_if(not site or not site["agreement"], "site-required")
        if line["service"] in INDIVIDUAL:
            self.refuse_if(line["minutes"] < 45, "duration-too-short")
        ids = [each["person"] for each in self.people]
        self.refuse_if((community and ids) or len(set(ids)) < len(ids), "named-in-community")
        self.refuse_if(self.book != "2019" and line["other_funding"], "other-funding")

    def leaders(self):
        line = self.line
        if bool(line["second_provider"]) == bool(line["second_leader"]):
            return False
        if line["second_provider"]:
            return line["second_provider"][:8] != line["provider"][:8] and bool(self.second_contract())
        leader = self.registry.leaders.get(line["second_leader"])
        return bool(leader) and leader["network"] == line["network"] and self.registry.leader_covers(leader, self.date)

    def second_contract(self):
        return self.registry.contract_of(self.line["second_provider"], self.line["network"], self.date, self.conventions)

    def programme(self):
        card = self.registry.programmes.get(self.line["programme"])
        return bool(card) and card["network"] == self.line["network"] and bool(card["published_on"]) \
            and card["published_on"] < self.date and self.line["function"] in card["functions"]

    def concertation(self):
        line = self.line
        if line["service"] != "concertation":
            return
        self.refuse_if(line["professionals"] < 3 or line["care_providers"] < 2 or not line["consent"] or not line["report"],
                       "concertation-invalid")
        for each in self.people:
            held = [other["date"] for other in self.of_person(each["person"]) if other["service"] == "concertation"
                    and other["convention"] == self.book]
            self.refuse_if(any(dates.window_start(last) <= first <= last for other in held
                               for first, last in [sorted((other, self.date))]), "concertation-repeated")

    def repeats(self):
        slot = (self.line["service"], self.line["date"], self.line["start"])
        self.refuse_if(any(other["slot"] == slot and other["leaders"] & leaders_of(self.line)
                           for other in self.standing), "already-attested")

    def parallel(self):
        """Individual F2 and F3 follow each other: between two of one there is none of the other, within the window."""
        if self.book != "2024" or self.line["service"] not in INDIVIDUAL or self.line["function"] not in ("F2", "F3"):
            return
        for each in self.people:
            near = [(other["date"], other["function"]) for other in self.of_person(each["person"])
                    if other["convention"] == self.book and other["quota_kind"] == "individual"
                    and (dates.window_start(self.date) <= other["date"] <= self.date
                         or dates.window_start(other["date"]) <= self.date <= other["date"])]
            own = [date for date, function in near if function == self.line["function"]]
            other = [date for date, function in near if function != self.line["function"]]
            before, after = [date for date in other if date < self.date], [date for date in other if date > self.date]
            if self.date in other or (before and after) or any(mine < date for mine in own for date in before) \
                    or any(date < mine for mine in own for date in after):
                self.warnings.append("parallel-functions")

    def judge(self):
        if self.malformed():
            return {"malformed"}, []
        if not self.book:
            self.refuse_if(self.in_future(), "session-in-future")
            self.codes.add("outside-convention")
            return self.codes, []
        for rule in (self.times, self.contracts, self.persons, self.shape, self.concertation, self.repeats,
                     self.parallel):
            rule()
        if self.line["replaces"] and self.line["replaces"] not in self.intake.standing:
            # What it replaces fell before: rules that look at what stands without it are not judged.
            self.codes = (self.codes - LOOK_BACK) | {"already-cancelled"}
            self.warnings = [code for code in self.warnings if code not in LOOK_BACK]
        return self.codes, self.warnings

    def malformed(self):
        line = self.line
        return not identifiers.inami(line["provider"]) or not all(identifiers.niss(each["niss"]) for each in self.people) \
            or not 1 <= line["minutes"] <= 1440

    def positions(self, person, birth):
        """The quota question: {(service, function): (left, next free day or None)} on the line's day."""
        convention, found = self.conventions[self.book], {}
        counted = [(function, kind) for book, function, kind in figures.QUOTAS if book == self.book]
        for function, kind in counted + ([("", "concertation")] if self.book != "2019" else []):
            most = figures.QUOTAS.get((self.book, function, kind), (1, 1))
            held = [other["date"] for other in self.of_person(person) if other["convention"] == self.book
                    and (other["function"] == function and other["quota_kind"] == kind if function
                         else other["service"] == "concertation")]
            free = self.date
            while free <= convention.last and room_on(free, held, birth, most) < 1:
                free += dates.DAY
            found[kind, function] = (max(0, room_on(self.date, held, birth, most)), free if free <= convention.last else None)
        return found

    def first_session(self, person):
        """T3: no individual session stands in the 12 months that end on the day, in any network."""
        return not any(other["quota_kind"] == "individual" and dates.window_start(self.date) <= other["date"] <= self.date
                       for other in self.of_person(person))


def room_on(day, held, birth, most):
    """How many more fit on a day: the least over the windows that hold it."""
    return min((most[0] if dates.age(birth, last) <= 23 else most[1])
               - sum(dates.window_start(last) <= other <= last for other in held)
               for last in held + [day] if dates.window_start(last) <= day <= last)


def leaders_of(line):
    return {who for who in (line["provider"][:8], line["second_provider"][:8], line["second_leader"]) if who}


class Intake:
    """What intake knows: registry, loaded books, what stands, keys with their first verdicts."""

    def __init__(self):
        self.registry = Registry()
        self.conventions = figures.conventions()
        self.loaded = set()
        self.standing = {}   # number: attestation
        self.verdicts = {}   # key: (line, number, codes, warnings)

    def judge(self, line, now):
        """(codes, warnings, attestation or None); records nothing."""
        look = Judgement(self, line, now)
        codes, warnings = look.judge()
        return codes, warnings, None if codes else self.attestation(look)

    def ask(self, network, date, person):
        """(book, age, first session, same day, positions) for a session that is planned; the newest book of the day answers."""
        line = {"network": network, "provider": "", "date": date, "people": [], "service": "individual", "replaces": 0}
        look = Judgement(self, line, dates.in_brussels(date, "00:00"))
        if not look.book:
            return None
        sessions = [other for other in look.of_person(person["person"]) if other["date"] == date and other["quota_kind"]]
        first = self.conventions[look.book].choices["shares"](date)["first_free"] and look.first_session(person["person"])
        return (look.book, dates.age(person["birth"], date), first, any(not other["entourage"] for other in sessions),
                look.positions(person["person"], person["birth"]))

    def attestation(self, look):
        """The facts that rating and ledger use."""
        line, contract, registry = look.line, look.contract, self.registry
        site = registry.sites.get(line["site"])
        individual = line["service"] in INDIVIDUAL
        replaced = self.standing.get(line["replaces"])
        own = (look.book, line["date"], {each["person"] for each in line["people"]})
        return {
            "origin": replaced["origin"] if replaced else own,  # whose deadline it keeps, over any number of replacements
            "network": line["network"], "convention": look.book, "contract": contract["code"], "payee": contract["payee"],
            "service": line["service"], "function": line["function"], "date": line["date"], "minutes": line["minutes"],
            "slot": (line["service"], line["date"], line["start"]), "leaders": leaders_of(line),
            "persons": {each["person"] for each in line["people"]}, "entourage": line["entourage"],
            "quota_kind": "group" if look.group else "individual" if individual else "",
            "volumes": [each["code"] for each in look.engaged()] if individual or look.group else [],
            "referral_date": line["referral_date"], "cost": line["cost"],
            "site": site, "exempt_site": bool(site) and site["share_exempt"], "second": self.second(look),
            "beneficiaries": [{"birth": each["birth"], "increased": look.insurability(each)[1],
                               "first": individual and look.first_session(each["person"])} for each in line["people"]],
            "new_graduate": contract["new_graduate"], "under_served": contract["under_served"],
            "eating_disorder": line["eating_disorder"], "policy": dict(look.network), "replaces": line["replaces"],
        }

    def second(self, look):
        line = look.line
        if not look.group:
            return None
        if line["second_provider"]:
            return {"kind": "psychologist", "payee": look.second_contract()["payee"], "designated": False}
        leader = self.registry.leaders[line["second_leader"]]
        return {"kind": "physician" if leader["kind"] == "physician" else "other", "payee": leader["payee"],
                "designated": leader["designated"], "designator": leader["designator"],
                "rate": leader["rate_per_hour"], "in_person": leader["paid_in_person"]}

    def deadline(self, book, date, persons):
        """The last day for a session, later where an insurer states a problem of that day resolved; 2019: none that refuses."""
        if book == "2019":
            return None
        last = dates.attestation_deadline(date)
        for person in persons:
            statement = self.registry.statement_for(person, date)
            if statement and statement["resolved_on"]:
                last = max(last, dates.attestation_deadline(date, statement["resolved_on"]))
        return last

    def late(self, number, today):
        """Whether the deadline of an attestation that stands has passed."""
        each = self.standing[number]
        last = self.deadline(*each["origin"])
        return bool(last) and today > last

    def accept(self, number, attestation):
        self.standing.pop(attestation["replaces"], None)
        self.standing[number] = {**attestation, "number": number}
