"""The second opinion: intake, rating and ledger of a whole cell, small, plain and slow, written from the rulebook alone.

Covered
  registry   R2, R4 with notices, R5, R7, R8, R9 completeness, R10; statements of insurers
  intake     every code of §4 but what hangs on a line's form, on roles and on the field that key-conflict names; the warnings
             of volume, of functions in parallel, of late lists (2019); replacements, cancellations, resends; the quota
             question; conventions of 2019, 2021, 2024
  rating     T1 to T4 and T6, every service
  ledger     envelopes with their conditions and priorities, B1 with all decisions, B2, B3 with reductions, B4 on the basis of
             acceptance, B5, B7 with holds, receivables, carried amounts, the two parts of 2019 and confirmations, the remark
             of B9, transfers of B10
  events     all that intake, rating and ledger cause (§7), but those about the registry's own facts
Not covered: lump sums (2019), operating costs (B6), the extra 1 % (B8), action plans, amendments (R6), budget years by
session, roles and representation, the feed.

Assumptions: where the rulebook is silent, what the cell does and the model follows
  - A session on the day of its reception is in the future while its start is.
  - A fault in a line's form that leaves rules nothing to look at is `malformed`, and those rules are not judged; the histories
    hold no such lines. A referral later than the session is missing, and counts for its series all the same.
  - Warnings stand beside refusals, one for each reason: a full month of either leader's contract and a full contingent are two.
    The contingent counts sessions of a calendar year, by convention.
  - F2 and F3 are parallel when one of them lies between two of the other, or on the day of one, within the quota's months.
  - A training of the 2024 book is one of 2026, the only year whose operating money pays any; the histories hold no others.
  - A replacement is late when the first of what it replaces is; under 2019 it is never warned about.
  - An assessment counts for quota, first session and the patient's share like an individual session, and not among the
    individual sessions of B5. Concertation has no share.
  - What asks for operating or other missions may be suspended while the ceiling has room: then nothing says ceiling.reached.
    Other missions of 2023 are neutralised wholly, so nothing holds them back.
  - A replacement of what fell already is already-cancelled; rules that look at what stands are not judged then.
  - Concertation on a site goes where a session there would go ("the rest as sessions").
  - The newest loaded convention that covers a year's sessions says its ceiling and whether it has zones; without zones there
    are no events of thresholds.
  - `ceiling.reached` is told when the ceiling suspends an amount and none stood that only it holds back.
  - A decision without names pays each suspended amount that fits, oldest first, passing over others; with names all or none.
    Decided amounts stand beside budget facts. A fact about a closed year changes nothing and says year-closed.
  - A reversal counts in the year in which it is accepted, but not before the year to which a decision carried the amount.
  - A held payment order is lowered by corrections, oldest first, and becomes an order when the payee is complete. The lines of
    an order are the postings and reversals since the one before; those of a receivable stay with it.
  - An art. 8 part of zero is a breach where the network has money for it.
"""

import figures
import intake
import ledger
import rating


class Model:
    """Takes what a cell takes, in the same order, and says what each record must hold."""

    def __init__(self):
        self.intake = intake.Intake()
        self.registry = self.intake.registry
        self.ledger = ledger.Ledger(self.registry, self.intake.conventions, self.intake.loaded)
        self.rated = {}  # number: rated line

    def _begin(self, today=None):
        self.ledger.today = today or self.ledger.today
        self.ledger.result = ledger.Result()
        return self.ledger.result

    def load_book(self, convention):
        self.intake.loaded.add(convention)

    def index(self, convention, year, basis_points):
        """T6: creates the next column, refused twice; fictitious amounts are not indexed."""
        book = self.intake.conventions[convention]
        if year in book.columns["individual"] or year - 1 not in book.columns["individual"]:
            return False
        for tariff, columns in book.columns.items():
            if tariff not in figures.FICTITIOUS:
                columns[year] = figures.indexed(columns[year - 1], basis_points)
        return True

    def judge(self, line, now):
        return self.intake.judge(line, now)

    def accept(self, number, attestation, today):
        """(rated, ledger's result) of an accepted attestation; one that replaces another reverses that first."""
        result = self._begin(today)
        if attestation["replaces"]:
            self.ledger.reverse(attestation["replaces"])
        self.intake.accept(number, attestation)
        rated = rating.rate(self.intake.conventions[attestation["convention"]], attestation)
        self.rated[number] = rated
        self.ledger.post(number, attestation, rated)
        return rated, result

    def cancel(self, number, today):
        result = self._begin(today)
        self.intake.standing.pop(number)
        self.ledger.reverse(number)
        return result

    def day(self, date):
        result = self._begin(date)
        self.ledger.day(date)
        return result

    def decide(self, decision):
        result = self._begin()
        self.ledger.decide(decision)
        return result

    def command(self, step, today):
        """InsurersPaid, ConfirmPayment or Transfer, already resolved."""
        result = self._begin(today)
        if step["do"] == "insurers":
            self.ledger.insurers_pay(step["network"], step["month"], step["paid_on"])
        elif step["do"] == "paid":
            self.ledger.confirm(step)
        else:
            self.ledger.transfer(step)
        return result

    def close(self, year, others):
        result = self._begin()
        self.ledger.close(year, others)
        return result

    def grant(self, network, year, envelopes):
        result = self._begin()
        self.ledger.grant(network, year, envelopes)
        return result

    def fact(self, step):
        """A registry fact, already resolved."""
        kind = step["do"]
        tables = {"network": "networks", "payee": "payees", "contract": "contracts", "leader": "leaders", "site": "sites",
                  "programme": "programmes"}
        if kind in tables:
            getattr(self.registry, tables[kind])[step["code"]] = step
            if kind == "payee":
                result = self._begin()
                self.ledger.completed(step["code"])
                return result
        elif kind == "statement":
            self.registry.statements.setdefault(step["person"]["person"], []).append(step)
        else:
            return self.grant(step["network"], step["year"], step["envelopes"])
        return self._begin()

    @staticmethod
    def billable(code):
        return code in figures.BILLABLE

    def may_cancel(self, number, role, reason, today):
        """The refusal's code, or "": after the deadline only the network or the operator cancels, with a reason."""
        if number not in self.intake.standing:
            return "already-cancelled"
        late = self.intake.late(number, today)
        if late and role == "integrator":
            return "deadline-passed"
        return "malformed" if late and not reason else ""

    def budget(self, network, year):
        """What a BudgetQuery must say."""
        return self.ledger.position(network, year)
