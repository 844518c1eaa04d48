"""§6: which money pays it. Every figure is summed anew from the list of what was posted; nothing is kept twice.

A result is what one record of intake did: transactions, crossings, ceilings, budgets, payments, outcome and so on, in the
words of LedgerRecord. Amounts are cents; debits are positive.
"""

import collections

import dates
import figures
import payments
import settlement

CARE = ("care.base", "mission.new-graduates", "mission.art8", "mission.eating-disorders", "mission.prisons",
        "mission.under-served", "other-missions")
SHARES = ("group", "outreach", "other-missions")  # of what is neutralised


class Result:
    """The ledger's answer to one record."""

    def __init__(self):
        self.transactions, self.crossings, self.ceilings, self.budgets, self.payments = [], [], [], [], []
        self.closings, self.reductions, self.warnings, self.neutralised = [], [], [], []
        self.outcome = None


class Ledger(payments.Payments):
    def __init__(self, registry, conventions, loaded):
        super().__init__()
        self.registry, self.conventions, self.loaded = registry, conventions, loaded
        self.granted = {}                             # (network, year): {envelope: cents}
        self.posted = {}                              # (network, year): [(envelope, cents)]
        self.held, self.of_network = {}, {}           # number: how an attestation stands; the same by network
        self.closed = {}
        self.missions = collections.Counter()         # (network, year): art. 8 missions that mission.art8 paid
        self.treatment = collections.Counter()        # (network, year): spent on F3 and concertation
        self.counted = {}                             # (network, year): what is posted there, for settlement and close
        self.known = set()                            # (network, year) that have a balance, be it of nothing
        self.facts = {}                               # budget facts as they stand
        self.today = None
        self.result = Result()

    # --- figures, summed anew

    def budget(self, network, year, envelopes=None):
        return sum(cents for envelope, cents in self.granted.get((network, year), {}).items()
                   if envelopes is None or envelope in envelopes)

    def spent(self, network, year, envelopes=None):
        return sum(cents for envelope, cents in self.posted.get((network, year), ())
                   if envelopes is None or envelope in envelopes)

    def suspended(self, network, year):
        return [number for number, each in self.of_network.get(network, {}).items()
                if each["state"] == "suspended" and each["year"] == year]

    def care(self, network, year):
        return self.spent(network, year, CARE), self.budget(network, year, CARE)

    def book_of(self, year):
        """The convention that governs a budget year: the newest loaded one that covers sessions of it, or the newest."""
        covering = [name for name in self.loaded
                    if self.conventions[name].first.year <= year <= self.conventions[name].last.year]
        return max(covering or self.loaded)

    # --- what a record does

    def spend(self, network, year, envelope, cents):
        """Books an amount on an envelope and tells the thresholds that it crosses."""
        before = self.care(network, year)
        self.posted.setdefault((network, year), []).append((envelope, cents))
        self.cross(network, year, before)

    def spend_session(self, each, year, cents):
        """The same for a session; F3 with concertation beyond 45 % of care, eating disorders apart, is remarked (B9)."""
        network, attestation = each["network"], each["attestation"]
        if attestation["service"] == "art8-mission" and each["envelope"] == "mission.art8":
            self.missions[network, year] += cents
        if (attestation["function"] == "F3" or attestation["service"] == "concertation") and not attestation["eating_disorder"]:
            before = self.treatment[network, year]
            self.treatment[network, year] += cents
            budget = max(self.care(network, year)[1], 0)
            if self.book_of(year) == "2024" and (network, year) in self.granted and not settlement.beyond(before, budget, 4500) \
                    and settlement.beyond(before + cents, budget, 4500):
                self.result.warnings.append((network, year, "f3-share", before + cents))
        self.spend(network, year, each["envelope"], cents)

    def zone(self, network, year):
        spent, budget = self.care(network, year)
        return settlement.zone(spent, max(budget, 0)) if self.book_of(year) == "2024" else "unspecified"

    def cross(self, network, year, before):
        if self.book_of(year) != "2024":
            return
        spent, budget = self.care(network, year)
        for threshold, up in settlement.crossings(before, (spent, max(budget, 0)), figures.THRESHOLDS):
            self.result.crossings.append((network, year, threshold, up, spent, budget, self.zone(network, year)))

    # --- envelopes

    def mission(self, attestation):
        """The first mission that could pay it, or None."""
        policy, site = attestation["policy"], attestation["site"]
        if attestation["service"] == "training":
            return "operating"
        if attestation["service"] == "art8-mission":
            return "mission.art8" if attestation["convention"] == "2024" else "other-missions"
        if attestation["convention"] != "2024":
            return None
        if site and site["kind"] == "prison" and policy["prison_network"]:
            return "mission.prisons"
        if attestation["eating_disorder"] and policy["kind"] == "child":
            return "mission.eating-disorders"
        if attestation["new_graduate"] and not policy["new_graduates_merged"]:
            return "mission.new-graduates"
        if attestation["under_served"]:
            return "mission.under-served"
        if site and policy["sites_from_art8"] and attestation["date"] >= figures.ART8_SITES_FROM:
            return "mission.art8"
        return None

    def envelope(self, attestation, year, cents):
        """An amount is never split: where a mission cannot hold it whole, care.base takes it whole."""
        network, mission = attestation["network"], self.mission(attestation)
        if mission in ("operating", "other-missions"):
            return mission
        if mission and self.spent(network, year, (mission,)) + cents <= self.budget(network, year, (mission,)):
            return mission
        return "care.base"

    def limit(self, network, year):
        """(used, most) of the ceiling (B1; 2021: the care budget; 2019: none in money)."""
        book = self.book_of(year)
        if book == "2019":
            return 0, 10 ** 15
        if book == "2021":
            return self.care(network, year)
        return self.spent(network, year), self.budget(network, year)

    def room(self, network, year):
        """What a year still holds; nothing without a budget."""
        used, most = self.limit(network, year)
        return most - used if (network, year) in self.granted or self.book_of(year) == "2019" else 0

    def fits(self, attestation, year, cents):
        """The ceiling; besides, operating holds its own amount, and other missions of 2021 and 2022 a tenth of care (B5)."""
        network, wanted = attestation["network"], self.mission(attestation)
        if wanted == "operating" and self.spent(network, year, (wanted,)) + cents > self.budget(network, year, (wanted,)):
            return False
        if wanted == "other-missions" and year == 2023:
            return True
        if wanted == "other-missions" and year < 2023 and settlement.beyond(
                self.spent(network, year, (wanted,)) + cents, self.care(network, year)[1], 1000):
            return False
        return cents <= self.room(network, year)

    # --- attestations

    def post(self, number, attestation, rated):
        year, network, insurer = self.today.year, attestation["network"], rated["insurer"]
        self.known.add((network, year))
        each = {"network": network, "year": year, "insurer": insurer, "attestation": attestation, "envelope": "",
                "convention": attestation["convention"],
                "payable": [(payee, payable) for _, payee, _, _, payable in rated["parts"]]}
        first = not any(self.mission(self.held[other]["attestation"]) not in ("operating", "other-missions")
                        for other in self.suspended(network, year))
        self.held[number] = self.of_network.setdefault(network, {})[number] = each
        each.update(state="", suspended_once=False)
        if not self.fits(attestation, year, insurer):
            self.settle_year(network, year)
        if not self.fits(attestation, year, insurer):
            each.update(state="suspended", suspended_once=True)
            self.transact("SUSPENSION", network, year, "", number, insurer,
                          [(f"suspended:{network}:{year}", insurer)]
                          + [(f"liabilities:suspended:{network}:{payee}", -cents) for payee, cents in each["payable"]])
            if first and insurer > self.room(network, year):
                self.result.ceilings.append((network, year, *self.limit(network, year)))
            return
        each["state"], each["envelope"] = "posted", self.envelope(attestation, year, insurer)
        self.transact("SESSION", network, year, each["envelope"], number, insurer,
                      [(f"expenses:{network}:{year}:{each['envelope']}", insurer)] + self.owe(each, year))
        self.spend_session(each, year, insurer)
        self.counted.setdefault((network, year), {})[number] = each

    @staticmethod
    def owed(each, account, sign=-1):
        return [(f"liabilities:{account}:{each['network']}:{payee}", sign * cents) for payee, cents in each["payable"]]

    def reverse(self, number):
        """Its own amounts again, in the year of the reversal, but not before the year that a decision carried it to."""
        each = self.held[number]
        network, insurer = each["network"], each["insurer"]
        state, each["state"] = each["state"], "reversed"
        year = max(self.today.year, each["year"])
        if state == "posted":
            self.known.add((network, year))
            self.transact("REVERSAL", network, year, each["envelope"], number, -insurer,
                          [(f"expenses:{network}:{year}:{each['envelope']}", -insurer)] + self.owe_no_more(each))
            self.spend_session(each, year, -insurer)
            self.counted.get((network, year), {}).pop(number, None)
        elif state == "suspended":
            self.transact("REVERSAL", network, each["year"], "", number, -insurer,
                          [(f"suspended:{network}:{each['year']}", -insurer)] + self.owed(each, "suspended", 1))
        elif state == "written-off":
            self.transact("REVERSAL", network, each["year"], "", number, -insurer,
                          [(f"written-off:{network}:{each['year']}", -insurer)] + self.owed(each, "written-off", 1))

    # --- budgets and decisions

    def grant(self, network, year, envelopes):
        """A budget fact replaces what the fact before it granted; decided amounts stand beside it."""
        if year in self.closed:
            self.result.outcome = (False, "year-closed", None)
            return
        self.known.add((network, year))
        before = self.facts.get((network, year), {})
        self.facts[network, year] = envelopes
        self.granted.setdefault((network, year), {})
        use = self.care(network, year)
        for envelope in sorted(set(envelopes) | set(before)):
            self.change(network, year, envelope, envelopes.get(envelope, 0) - before.get(envelope, 0))
        self.cross(network, year, use)

    def change(self, network, year, envelope, cents):
        amounts = self.granted[network, year]
        if not cents:
            return
        amounts[envelope] = amounts.get(envelope, 0) + cents
        self.transact("BUDGET", network, year, envelope, 0, cents,
                      [(f"budget:{network}:{year}:{envelope}", cents), (f"budget:authority:{year}", -cents)])
        self.result.budgets.append((network, year, envelope, amounts[envelope], cents))

    def alter(self, network, year, envelope, cents):
        """A decided amount: at once with the thresholds that it crosses."""
        use = self.care(network, year)
        self.change(network, year, envelope, cents)
        self.cross(network, year, use)

    def decide(self, decision):
        """B1: what becomes of suspended amounts."""
        self.result.outcome = self.decided(decision)

    def decided(self, decision):
        """(done, code, largest amount or None). Named amounts move all or none; without names each that fits, oldest first."""
        network, year, kind, named = decision["network"], decision["year"], decision["kind"], decision["attestations"]
        if kind == "REDUCTION":
            return self.reduce(decision)
        if kind == "CARRY" and decision["to_year"] <= year:
            return False, "wrong-year", None
        to_year = decision["to_year"] if kind == "CARRY" else year
        suspended = self.suspended(network, year)
        chosen = named or sorted(suspended)
        if kind == "RAISE":
            if (network, year) not in self.granted:
                return False, "no-budget", None
            if year in self.closed:
                return False, "year-closed", None
            self.alter(network, year, decision["envelope"] or "care.base", decision["cents"])
        elif not set(named) <= set(suspended):
            return False, "not-suspended", None
        elif not chosen:
            return False, "nothing-suspended", None
        if kind in ("RELEASE", "CARRY") and (network, to_year) not in self.granted:
            return False, "no-budget", None
        if kind in ("RELEASE", "CARRY") and to_year in self.closed:
            return False, "year-closed", None
        if kind == "WRITE_OFF":
            for number in chosen:
                self.write_off(number)
            return True, "", None
        room = self.room(network, to_year)
        if named and sum(self.held[number]["insurer"] for number in chosen) > room:
            return False, "ceiling", max(room, 0)
        paid = [number for number in chosen if self.pay(number, to_year)]
        return (True, "", None) if paid or kind == "RAISE" else (False, "ceiling", max(room, 0))

    def pay(self, number, year):
        """A decision pays a suspended amount, in its own year or a later one, if it fits whole."""
        each = self.held[number]
        network, insurer, suspended_in = each["network"], each["insurer"], each["year"]
        if not self.fits(each["attestation"], year, insurer):
            return False
        envelope = self.envelope(each["attestation"], year, insurer)
        each.update(state="posted", year=year, envelope=envelope)
        self.transact("RELEASE", network, year, envelope, number, insurer,
                      [(f"suspended:{network}:{suspended_in}", -insurer), (f"expenses:{network}:{year}:{envelope}", insurer)]
                      + self.owed(each, "suspended", 1) + self.owe(each, year))
        self.spend_session(each, year, insurer)
        self.known.add((network, year))
        self.counted.setdefault((network, year), {})[number] = each
        return True

    def write_off(self, number):
        each = self.held[number]
        network, year, insurer = each["network"], each["year"], each["insurer"]
        each["state"] = "written-off"
        self.transact("WRITE_OFF", network, year, "", number, insurer,
                      [(f"suspended:{network}:{year}", -insurer), (f"written-off:{network}:{year}", insurer)]
                      + self.owed(each, "suspended", 1) + self.owed(each, "written-off"))

    def transfer(self, command):
        """B10: budget moves between two envelopes of care, as far as the first has not spent it."""
        self.result.outcome = self.transferred(command)

    def transferred(self, command):
        network, year, cents = command["network"], command["year"], command["cents"]
        if (network, year) not in self.granted:
            return False, "no-budget", None
        if year in self.closed:
            return False, "year-closed", None
        if not {command["from_envelope"], command["to_envelope"]} <= set(self.envelopes_of(network, year)):
            return False, "not-allowed", None
        left = self.granted[network, year].get(command["from_envelope"], 0) - self.spent(network, year, (command["from_envelope"],))
        if cents > left:
            return False, "above-maximum", max(left, 0)
        use = self.care(network, year)
        self.change(network, year, command["from_envelope"], -cents)
        self.change(network, year, command["to_envelope"], cents)
        self.cross(network, year, use)
        return True, "", None

    def envelopes_of(self, network, year):
        """The envelopes of care that a network has."""
        policy, books = self.registry.networks[network], set()
        for name in self.loaded:
            if self.conventions[name].first.year <= year <= self.conventions[name].last.year:
                books.add(name)
        return [envelope for envelope in CARE if envelope == "care.base" or (
            "2021" in books if envelope == "other-missions" else
            "2024" in books and (envelope != "mission.prisons" or policy["prison_network"])
            and (envelope != "mission.eating-disorders" or policy["kind"] == "child"))]

    # --- settlements and closings

    def settle_year(self, network, year):
        """B5: what 2023 takes out of care on year-to-date figures; the difference to before is booked."""
        if year != 2023 or self.book_of(year) != "2021":
            return
        standing = list(self.counted.get((network, year), {}).values())
        groups = [each for each in standing if each["attestation"]["service"] == "group"]
        individual = [each for each in standing if each["attestation"]["service"] == "individual"]
        outreach = [each for each in individual if each["attestation"]["site"]]
        missions = [each for each in standing if each["attestation"]["service"] == "art8-mission"]
        people = {person for each in standing for person in each["attestation"]["persons"]}
        grouped = {person for each in groups for person in each["attestation"]["persons"]}
        cost = {name: sum(each["insurer"] for each in found)
                for name, found in (("group", groups), ("outreach", outreach), ("other-missions", missions))}
        now = {"group": settlement.neutralised("group", cost["group"], len(grouped), len(people)),
               "outreach": settlement.neutralised("outreach", cost["outreach"], len(outreach), len(individual)),
               "other-missions": cost["other-missions"]}
        for share, total in now.items():
            account = f"neutralised:{network}:{year}:{share}"
            difference = total - self.accounts[account]
            if not difference:
                continue
            envelope = "other-missions" if share == "other-missions" else "care.base"
            self.transact("NEUTRALISATION", network, year, envelope, 0, difference,
                          [(f"expenses:{network}:{year}:{envelope}", -difference), (account, difference)])
            self.spend(network, year, envelope, -difference)
            self.result.neutralised.append((network, year, share, difference, total))

    def neutralised(self, network, year):
        return sum(self.accounts[f"neutralised:{network}:{year}:{share}"] for share in SHARES)

    def networks_of(self, year):
        """Networks that have a balance in a year."""
        return sorted({network for network, when in self.known if when == year})

    def close(self, year, others):
        """B3, B4: every network of the cell at once; the country is them and `others`, (budget, spent)."""
        if self.today <= dates.day(f"{year}-12-31"):
            self.result.outcome = (False, "too-early", None)
        elif year in self.closed:
            self.result.outcome = (False, "already-closed", None)
        elif not any(when == year for _, when in self.granted):
            self.result.outcome = (False, "no-budget", None)
        else:
            self.result.outcome = (True, "", None)
            self.close_now(year, others)

    def close_now(self, year, others):
        networks = self.networks_of(year)
        for network in networks:
            self.settle_year(network, year)
        national_spent = others[1] + sum(self.care(network, year)[0] for network in networks)
        national_budget = others[0] + sum(self.care(network, year)[1] for network in networks)
        self.closed[year] = {}
        for network in networks:
            spent, budget = self.care(network, year)
            largest = 0
            if year >= 2026:
                largest = settlement.largest_reduction(spent, budget, national_spent, national_budget)
            self.closed[year][network] = [largest, 0]
            self.result.closings.append((network, year, self.zone(network, year), budget, spent, national_budget,
                                         national_spent, largest))
            missions = self.missions[network, year]
            if self.book_of(year) == "2024" and self.budget(network, year, ("mission.art8",)) > 0 >= missions:
                self.result.warnings.append((network, year, "art8-unused", self.spent(network, year, ("mission.art8",))))

    def reduce(self, decision):
        """B3: a decision on a closed year lowers next year's care.base, up to the largest, by 30 April."""
        network, year = decision["network"], decision["year"]
        if year not in self.closed:
            return False, "year-open", None
        if network not in self.closed[year]:
            return False, "no-budget", None
        largest, reduced = self.closed[year].get(network, [0, 0])
        if decision["cents"] > largest - reduced:
            return False, "above-maximum", largest - reduced
        if decision["decided_on"].year <= year:
            return False, "too-early", None
        if decision["decided_on"] > dates.day(f"{year + 1}-04-30"):
            return False, "too-late", None
        if year + 1 in self.closed:
            return False, "year-closed", None
        self.closed[year][network][1] += decision["cents"]
        self.granted.setdefault((network, year + 1), {})
        self.alter(network, year + 1, "care.base", -decision["cents"])
        self.result.reductions.append((network, year, year + 1, decision["cents"]))
        return True, "", None

    def position(self, network, year):
        """Budget and use of a network and year, in the words of NetworkBudget."""
        granted = self.granted.get((network, year), {})
        used = {envelope for envelope, _ in self.posted.get((network, year), ())}
        suspended = self.suspended(network, year)
        if (network, year) not in self.known:
            return None
        envelopes = {envelope: (granted.get(envelope, 0), self.spent(network, year, (envelope,)))
                     for envelope in used | set(granted)}
        care = self.care(network, year)
        return {"envelopes": {envelope: both for envelope, both in envelopes.items() if any(both)}, "care": care,
                "budget": self.budget(network, year), "reimbursed": self.spent(network, year),
                "suspended": (len(suspended), sum(self.held[number]["insurer"] for number in suspended)),
                "zone": self.zone(network, year), "closed": year in self.closed, "neutralised": self.neutralised(network, year)}
