"""The real cell under the same commands as the model: messages out of steps, results out of journals."""

import datetime

import dates
from cell import _RECORDS, Refused, open_reply
from elp.v1 import envelope_pb2, intake_pb2, ledger_pb2, money_pb2, registry_pb2, types_pb2

INFLIGHT = 4
EPOCH = datetime.date(1970, 1, 1)


def text(date):
    return date.isoformat() if date else ""


def line_message(step):
    """An AttestationLine out of a resolved step."""
    function = step["function"]
    referrer = {"": 0, "gp": 1, "psychiatrist": 2}[step["referrer"]]
    return intake_pb2.AttestationLine(
        key=step["key"].encode(), network=step["network"], provider=step["provider"],
        service=types_pb2.Service.Value("SERVICE_" + step["service"].upper().replace("-", "_")),
        function=types_pb2.Function.Value("FUNCTION_" + (function or "UNSPECIFIED")), date=text(step["date"]),
        start=step["start"], minutes=step["minutes"], direct_minutes=step["direct_minutes"], site=step["site"],
        beneficiaries=[intake_pb2.Beneficiary(niss=each["niss"], birth_date=text(each["birth"]), ct1=each["ct"],
                                              ct2=each["ct"]) for each in step["people"]],
        head_count=step["head_count"], defined_group=step["defined_group"], second_provider=step["second_provider"],
        second_leader=step["second_leader"], programme=step["programme"], other_funding=step["other_funding"],
        eating_disorder=step["eating_disorder"], entourage=step["entourage"],
        assessment_date=text(step["assessment_date"]), replaces=step["replaces_id"],
        referral_date=text(step["referral_date"]), referrer=referrer, professionals=step["professionals"],
        care_providers=step["care_providers"], consent=step["consent"], report=step["report"], cost_cents=step["cost"])


def envelope_number(name):
    return types_pb2.BudgetEnvelope.Value("BUDGET_ENVELOPE_" + name.upper().replace(".", "_").replace("-", "_")) if name else 0


def envelope_name(number):
    """BUDGET_ENVELOPE_MISSION_ART8 is mission.art8."""
    word = types_pb2.BudgetEnvelope.Name(number)[len("BUDGET_ENVELOPE_"):].lower()
    group, _, rest = word.partition("_")
    if word == "unspecified":
        return ""
    return f"{group}.{rest.replace('_', '-')}" if group in ("care", "mission", "lump") else word.replace("_", "-")


def functions(names):
    return [types_pb2.Function.Value("FUNCTION_" + name) for name in names]


def fact_message(step):
    """A RegistryFact out of a resolved step."""
    kind = step["do"]
    if kind == "network":
        fields = {name: step[name] for name in ("code", "collecting_institution", "prison_network", "sites_from_art8",
                                                "new_graduates_merged", "contingent")}
        fact = registry_pb2.Network(name="N", kind=types_pb2.NetworkKind.Value("NETWORK_KIND_" + step["kind"].upper()), **fields)
        return registry_pb2.RegistryFact(network=fact)
    if kind == "payee":
        fields = {name: step[name] for name in ("code", "name", "street", "town", "country", "bce", "iban",
                                                "without_enterprise")}
        return registry_pb2.RegistryFact(payee=registry_pb2.Payee(**fields))
    if kind == "contract":
        fields = {name: step[name] for name in ("code", "provider", "network", "convention", "sites", "sessions_per_month",
                                                "sessions_per_year", "new_graduate", "under_served", "payee")}
        fact = registry_pb2.ProviderContract(name="P", until=text(step["until"]), notice=text(step["notice"]),
                                             functions=functions(step["functions"]), **fields)
        setattr(fact, "from", text(step["from"]))
        return registry_pb2.RegistryFact(provider_contract=fact)
    if kind == "leader":
        fields = {name: step[name] for name in ("code", "network", "designated", "designator", "paid_in_person", "payee",
                                                "sessions_per_month")}
        word = "SECOND_LEADER_KIND_" + step["kind"].upper().replace("-", "_")
        fact = registry_pb2.SecondLeaderContract(
            name="L", kind=types_pb2.SecondLeaderKind.Value(word), until=text(step["until"]), notice=text(step["notice"]),
            rate_cents_per_hour=step["rate_per_hour"], conditions=[1, 2, 3], **fields)
        setattr(fact, "from", text(step["from"]))
        return registry_pb2.RegistryFact(second_leader_contract=fact)
    if kind == "site":
        fields = {name: step[name] for name in ("code", "network", "agreement", "share_exempt", "agreement_cents")}
        word = "SITE_KIND_" + step["kind"].upper().replace("-", "_")
        return registry_pb2.RegistryFact(site=registry_pb2.Site(name="S", kind=types_pb2.SiteKind.Value(word), **fields))
    if kind == "programme":
        fact = registry_pb2.Programme(code=step["code"], network=step["network"], title="T", functions=functions(step["functions"]),
                                      decided_on=text(step["published_on"]), published_on=text(step["published_on"]),
                                      participants_min=4, interventions=6, goal="g", method="m", target_group="t", participation="p",
                                      sources="s")
        return registry_pb2.RegistryFact(programme=fact)
    if kind == "statement":
        fact = registry_pb2.InsurabilityStatement(niss=step["person"]["niss"], until=text(step["until"]), insured=step["insured"],
                                                  increased=step["increased"], resolved_on=text(step["resolved_on"]))
        setattr(fact, "from", text(step["from"]))
        return registry_pb2.RegistryFact(insurability=fact)
    amounts = [registry_pb2.EnvelopeAmount(envelope=envelope_number(name), cents=cents)
               for name, cents in step["envelopes"].items()]
    return registry_pb2.RegistryFact(budget=registry_pb2.Budget(network=step["network"], year=step["year"], envelopes=amounts))


def decision_message(step):
    kind = intake_pb2.DecisionKind.Value("DECISION_KIND_" + step["kind"])
    return intake_pb2.Decide(kind=kind, network=step["network"], year=step["year"], to_year=step["to_year"],
                             envelope=envelope_number(step["envelope"]), cents=step["cents"],
                             attestations=step["attestations"], decided_on=text(step["decided_on"]), reason="history",
                             key=step["key"].encode())


def command_message(step):
    """InsurersPaid, ConfirmPayment or Transfer."""
    if step["do"] == "insurers":
        return money_pb2.InsurersPaid(network=step["network"], month=step["month"], paid_on=text(step["paid_on"]), reason="r")
    if step["do"] == "paid":
        return money_pb2.ConfirmPayment(network=step["network"], payee=step["payee"], month=step["month"], cents=step["cents"],
                                        paid_on=text(step["paid_on"]), reason="r")
    fields = {"from": envelope_number(step["from_envelope"]), "to": envelope_number(step["to_envelope"])}
    return money_pb2.Transfer(network=step["network"], year=step["year"], cents=step["cents"], reason="r", **fields)


class Journal:
    """Follows one journal: every record once."""

    def __init__(self, cell, service):
        self.cell, self.service = cell, service
        self.last, self.hash = 0, b""

    def until(self, number):
        """Records up to one, waiting for it: [(number, record)]."""
        found = []
        while self.last < number:
            fetch = envelope_pb2.JournalFetch(after=self.last, hash=self.hash, wait_ms=20000)
            page = self.cell.request(self.service, fetch, journal=True, timeout=30)
            assert page.state == envelope_pb2.POSITION_STATE_CONTINUES, page.state
            for record in page.records:
                self.last += 1
                found.append((self.last, _RECORDS[self.service].FromString(record)))
            self.hash = page.last_hash
        return found


def ask_all(cell, service, messages, as_="operator"):
    """Replies to many requests, some under way at a time; in order. One that is refused as a whole is a Refused."""
    session, answers, waiting, order = cell.session(service, as_), {}, set(), []

    def receive():
        envelope = session.receive(30.0)
        if envelope.request_id in waiting:
            waiting.remove(envelope.request_id)
            try:
                answers[envelope.request_id] = open_reply(envelope)
            except Refused as refused:
                answers[envelope.request_id] = refused

    for message in messages:
        if len(waiting) == INFLIGHT:
            receive()
        order.append(session.send(message))
        waiting.add(order[-1])
    while waiting:
        receive()
    return [answers[request] for request in order]


# --- results of the journals in the model's words

def rated_of(record):
    """Of a RatingRecord: what model.accept says, or None."""
    if not record.HasField("rated"):
        return None
    rated = record.rated
    roles = ("", "ATTESTING", "SECOND", "DESIGNATOR")
    return {"fee": rated.fee_cents, "share": rated.share_cents, "insurer": rated.insurer_cents, "column": rated.column,
            "provisional": rated.provisional,
            "parts": [(roles[part.role], part.payee, part.fee_cents, part.share_collected_cents, part.payable_cents)
                      for part in rated.parts]}


def zone_name(number):
    return ledger_pb2.Zone.Name(number)[len("ZONE_"):].lower()


def entries_of(transaction):
    found = {}
    for entry in transaction.entries:
        found[entry.account] = found.get(entry.account, 0) + entry.cents
    return tuple(sorted((account, cents) for account, cents in found.items() if cents))


def results_of(record):
    """Of a LedgerRecord: the fields of ledger.Result, each as a sorted list of tuples."""
    kinds = ledger_pb2.TransactionKind
    outcome = None
    if record.HasField("outcome"):
        said = record.outcome
        outcome = (said.done, said.code, said.largest_cents if said.has_largest else None)
    return {
        "transactions": sorted((kinds.Name(each.kind)[len("TRANSACTION_KIND_"):], each.network, each.year,
                                envelope_name(each.envelope), each.attestation, each.cents, entries_of(each))
                               for each in record.transactions),
        "crossings": sorted((each.network, each.year, each.basis_points, each.up, each.care_spent_cents,
                             each.care_budget_cents, zone_name(each.zone)) for each in record.crossings),
        "ceilings": sorted((each.network, each.year, each.reimbursed_cents, each.budget_cents) for each in record.ceilings),
        "budgets": sorted((each.network, each.year, envelope_name(each.envelope), each.cents, each.change_cents)
                          for each in record.budgets),
        "payments": sorted((each.network, each.payee, each.month, EPOCH + dates.DAY * each.date, each.cents,
                            ledger_pb2.PaymentState.Name(each.state)[len("PAYMENT_STATE_"):], tuple(sorted(each.missing)),
                            each.lines) for each in record.payments),
        "closings": sorted((each.network, each.year, zone_name(each.zone), each.care_budget_cents, each.care_spent_cents,
                            each.national_care_budget_cents, each.national_care_spent_cents, each.largest_reduction_cents)
                           for each in record.closings),
        "reductions": sorted((each.network, each.year, each.to_year, each.cents) for each in record.reductions),
        "warnings": sorted((each.network, each.year, each.code, each.cents) for each in record.warnings),
        "neutralised": sorted((each.network, each.year, each.share, each.cents, each.total_cents) for each in record.neutralised),
        "outcome": outcome,
    }


def budget_of(budget):
    """A NetworkBudget in the model's words."""
    return {"envelopes": {envelope_name(each.envelope): (each.budget_cents, each.spent_cents) for each in budget.envelopes
                          if each.budget_cents or each.spent_cents},
            "care": (budget.care_spent_cents, budget.care_budget_cents), "budget": budget.budget_cents,
            "reimbursed": budget.reimbursed_cents, "suspended": (budget.suspended_count, budget.suspended_cents),
            "zone": zone_name(budget.zone), "closed": budget.closed, "neutralised": budget.neutralised_cents}


def quota_of(reply):
    """A QuotaReply as intake.ask says it."""
    positions = {}
    for each in reply.positions:
        service = types_pb2.Service.Name(each.service)[len("SERVICE_"):].lower()
        function = types_pb2.Function.Name(each.function)[len("FUNCTION_"):] if each.function else ""
        positions[service, function] = (each.left, datetime.date.fromisoformat(each.next_free) if each.next_free else None)
    return reply.convention, reply.age, reply.first_session, reply.same_day, positions
