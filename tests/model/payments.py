"""B7: what payees are owed, and the orders that pay it. Under the convention of 2019 in two parts (S3)."""

import collections

import dates
from figures import rounded

PAYEE_FIELDS = ("name", "street", "town", "country", "iban")
SESSIONS = ("SESSION", "REVERSAL", "RELEASE", "COST")  # transactions that are a line of an order


def month_number(date):
    return date.year * 100 + date.month


class Payments:
    """The part of the ledger that owes and orders. The ledger brings registry, result and today."""

    def __init__(self):
        self.accounts = collections.Counter()
        self.lines = collections.Counter()    # account: attestations and reversals behind it since the last order
        self.orders, self.made = {}, {}       # held orders by network and payee; every order by network, payee and month
        self.insurers_paid = {}               # (network, month of the list): month that pays the rest

    def transact(self, kind, network, year, envelope, attestation, cents, entries):
        found = collections.Counter()
        for account, amount in entries:
            found[account] += amount
        assert sum(found.values()) == 0, (kind, found)
        self.accounts.update(found)
        if kind in SESSIONS:
            self.lines.update(account for account, amount in found.items() if amount and account.startswith(("liabilities:", "assets:")))
        self.result.transactions.append((kind, network, year, envelope, attestation, cents,
                                         tuple(sorted((account, amount) for account, amount in found.items() if amount))))

    # --- owing

    def owe(self, each, year):
        """Entries of what payees are owed: payable at once, from January of a later year, or in the two parts of 2019."""
        network, places = each["network"], collections.Counter()
        for payee, cents in each["payable"]:
            if each["convention"] == "2019" and year == self.today.year:
                first = rounded(cents * 9000, 10000)
                following = month_number(dates.months_after(self.today.replace(day=1), 1))
                places["deferred", payee, following] += first
                places["insurers", payee, month_number(self.today)] += cents - first
            elif year > self.today.year:
                places["carried", payee, year] += cents
            else:
                places["payable", payee, ""] += cents
        each["places"] = places
        return [(self.account(network, *place), -cents) for place, cents in places.items()]

    @staticmethod
    def account(network, kind, payee, when):
        return f"liabilities:{kind}:{network}:{payee}" + (f":{when}" if when else "")

    def owe_no_more(self, each):
        """The same taken back, from where the amounts stand by now."""
        return [(self.account(each["network"], *self.by_now(each["network"], *place)), cents)
                for place, cents in each["places"].items()]

    def by_now(self, network, kind, payee, when):
        this_month = month_number(self.today)
        if kind == "insurers" and (network, when) in self.insurers_paid:
            kind, when = "deferred", self.insurers_paid[network, when]
        if kind == "deferred" and when < this_month or kind == "carried" and when * 100 + 1 < this_month:
            kind, when = "payable", ""
        return kind, payee, when

    def move(self, network, payee, old, new):
        """A whole account with its lines (2019: what a month makes due)."""
        cents, lines = -self.accounts[old], self.lines.pop(old, 0)
        if cents:
            self.transact("DUE", network, self.today.year, "", 0, cents, [(old, cents), (new, -cents)])
        self.lines[new] += lines

    def standing(self, kind):
        """[(account, network, payee, when)] of the accounts of a kind that hold something."""
        prefix = f"liabilities:{kind}:"
        return [(account, *account.split(":")[2:]) for account in sorted(set(self.accounts) | set(self.lines))
                if account.startswith(prefix) and (self.accounts[account] or self.lines[account])]

    def insurers_pay(self, network, month, paid_on):
        """2019: the insurers paid a list; the rest of its sessions is due in the month after."""
        if month >= month_number(self.today) or month > month_number(paid_on):
            self.result.outcome = (False, "wrong-month", None)
        elif (network, month) in self.insurers_paid:
            self.result.outcome = (False, "already-paid", None)
        elif not any((where, int(when)) == (network, month) for _, where, _, when in self.standing("insurers")):
            self.result.outcome = (False, "not-found", None)
        else:
            due = month_number(dates.months_after(paid_on.replace(day=1), 1))
            self.insurers_paid[network, month] = due
            for account, where, payee, when in self.standing("insurers"):
                if (where, int(when)) == (network, month):
                    self.move(network, payee, account, self.account(network, "deferred", payee, due))
            self.result.outcome = (True, "", None)

    # --- ordering

    def day(self, date):
        """The first of a month orders what is owed for the month before."""
        if date.day > 1:
            return
        last = date - dates.DAY
        for network in self.networks_of(last.year) if last.year not in self.closed else ():
            self.settle_year(network, last.year)
        for account, network, payee, when in self.standing("deferred"):
            if int(when) <= month_number(last):
                self.move(network, payee, account, self.account(network, "payable", payee, ""))
        pairs = set()
        for account in set(self.accounts) | set(self.lines):
            words = account.split(":")
            if words[1] in ("payable", "carried", "receivable") and (self.accounts[account] or self.lines[account]):
                pairs.add((words[2], words[3]))
        for network, payee in sorted(pairs):
            self.order(network, payee, last)

    def waiting(self, network, payee):
        """Orders that are held for an incomplete payee, oldest first: [last day of the month, cents, lines]."""
        return self.orders.setdefault((network, payee), [])

    def order(self, network, payee, last):
        """One order for a network, payee and month; a balance below zero becomes or stays a receivable."""
        held, missing = self.waiting(network, payee), self.missing(payee)
        carried = [f"liabilities:carried:{network}:{payee}:{year}" for year in range(2019, last.year + 1)]
        receivable = f"assets:receivable:{network}:{payee}"
        accounts = carried + [f"liabilities:payable:{network}:{payee}", receivable]
        total, lines = -sum(self.accounts[account] for account in accounts), sum(self.lines.pop(each, 0) for each in accounts)
        if total < 0:
            self.lines[receivable] = lines
        ordered = 0 if missing else max(total, 0)
        if ordered:
            self.tell(network, payee, last, ordered, lines)
        self.settle(network, payee, last.year, carried, ordered)
        fresh = max(total, 0) - sum(each[1] for each in held) if missing else 0
        if fresh > 0:
            held.append([last, fresh, lines])
            self.tell(network, payee, last, fresh, lines)
        elif missing:
            self.lower(network, payee, -fresh, lines if total >= 0 else 0)

    def tell(self, network, payee, last, cents, lines):
        """An order as it stands now; one with nothing left to pay stays held."""
        missing = self.missing(payee)
        order = (network, payee, month_number(last), last, cents, "HELD" if missing or not cents else "ORDERED", missing, lines)
        self.made[order[:3]] = order
        self.result.payments.append(order)

    def confirm(self, command):
        """The collecting institution paid an order, whole."""
        order = self.made.get((command["network"], command["payee"], command["month"]))
        if not order:
            self.result.outcome = (False, "not-found", None)
        elif order[5] != "ORDERED":
            self.result.outcome = (False, "already-paid" if order[5] == "PAID" else "not-ordered", None)
        elif command["cents"] != order[4]:
            self.result.outcome = (False, "wrong-amount", order[4])
        elif month_number(command["paid_on"]) < order[2]:
            self.result.outcome = (False, "too-early", None)
        else:
            network, payee, month, _, cents, *_ = order
            paid = order[:5] + ("PAID",) + order[6:]
            self.made[order[:3]] = paid
            self.result.payments.append(paid)
            self.transact("PAID", network, month // 100, "", 0, cents,
                          [(f"liabilities:ordered:{network}:{payee}", cents), (f"assets:bank:{network}", -cents)])
            self.result.outcome = (True, "", None)

    def lower(self, network, payee, excess, lines):
        """A correction lowers the oldest held orders first."""
        held = self.waiting(network, payee)
        for each in list(held):
            if excess <= 0:
                break
            taken = min(each[1], excess)
            excess, each[1], each[2], lines = excess - taken, each[1] - taken, each[2] + lines, 0
            self.tell(network, payee, each[0], each[1], each[2])
            if not each[1]:
                held.remove(each)

    def completed(self, payee):
        """A fact that completes a payee makes what was held an order, under its own month."""
        if self.missing(payee):
            return
        for network, who in sorted(self.orders):
            if who != payee:
                continue
            for last, cents, lines in self.orders.pop((network, who)):
                available = -self.accounts[f"liabilities:payable:{network}:{payee}"] \
                    - self.accounts[f"assets:receivable:{network}:{payee}"]
                pay = max(0, min(cents, available))
                if pay:
                    self.transact("PAYMENT", network, last.year, "", 0, pay,
                                  [(f"liabilities:payable:{network}:{payee}", pay),
                                   (f"liabilities:ordered:{network}:{payee}", -pay)])
                self.tell(network, payee, last, pay, lines)

    def settle(self, network, payee, year, carried, ordered):
        """Moves what is ordered; what remains stands on one side, payable or receivable."""
        payable, receivable = f"liabilities:payable:{network}:{payee}", f"assets:receivable:{network}:{payee}"
        entries = [(account, -self.accounts[account]) for account in [payable, receivable] + carried]
        entries.append((f"liabilities:ordered:{network}:{payee}", -ordered))
        rest = sum(cents for _, cents in entries)
        entries.append((receivable if rest < 0 else payable, -rest))
        moved = {account: sum(cents for name, cents in entries if name == account) for account, _ in entries}
        if any(moved.values()):
            self.transact("PAYMENT", network, year, "", 0, ordered, entries)

    def missing(self, code):
        payee = self.registry.payees.get(code, {})
        lacking = [field for field in PAYEE_FIELDS if not payee.get(field)]
        if not payee.get("bce") and not payee.get("without_enterprise"):
            lacking.append("bce")
        return tuple(lacking)
