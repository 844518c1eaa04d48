"""§7: the events that one record must tell, out of what the model says happened, and those of a record of reporting.

An event is a tuple of its network, its kind and its fields that are not zero, in the words of reporting.proto.
"""

FIELDS = ("attestation_number", "year", "envelope", "cents", "provisional", "codes", "basis_points", "up", "zone",
          "care_spent_cents", "care_budget_cents", "payee", "month", "fee_cents", "share_cents", "detail", "reimbursed_cents")


def event(network, kind, **fields):
    return (network, kind) + tuple((name, fields[name]) for name in FIELDS if fields.get(name))


def of_accepted(number, attestation, warnings):
    """Intake's part of an accepted line; a replacement is a cancellation too."""
    network, told = attestation["network"], []
    if attestation["replaces"]:
        told.append(event(network, "attestation.cancelled", attestation_number=attestation["replaces"], detail="replaced"))
    told.append(event(network, "attestation.accepted", attestation_number=number))
    return told + [event(network, f"warning.{code}", attestation_number=number, codes=(code,)) for code in warnings]


def of_refused(network, codes):
    return [event(network, "attestation.refused", codes=tuple(sorted(codes)))]


def of_cancelled(network, number):
    return [event(network, "attestation.cancelled", attestation_number=number)]


def of_rated(network, number, rated, sign=1):
    return [event(network, "rated", attestation_number=number, cents=sign * rated["insurer"], fee_cents=sign * rated["fee"],
                  share_cents=sign * rated["share"], provisional=rated["provisional"])]


def of_transaction(transaction, provisional):
    """posted and suspended follow the entries."""
    kind, network, year, envelope, attestation, _, entries = transaction
    told = []
    for account, cents in entries:
        words = account.split(":")
        if words[0] in ("expenses", "suspended"):
            told.append(event(network, "posted" if words[0] == "expenses" else "suspended", attestation_number=attestation,
                              year=int(words[2]), envelope=words[3] if words[0] == "expenses" else "", cents=cents,
                              provisional=provisional.get(attestation, False)))
    if kind == "SESSION" and not told:
        told.append(event(network, "posted", attestation_number=attestation, year=year, envelope=envelope,
                          provisional=provisional.get(attestation, False)))
    return told


def of_result(result, provisional):
    """The ledger's part. `provisional` says it of attestations that the same record rates or takes back."""
    told = [each for transaction in result.transactions for each in of_transaction(transaction, provisional)]
    for network, year, points, up, spent, budget, zone in result.crossings:
        told.append(event(network, "threshold.crossed", year=year, basis_points=points, up=up, zone=zone,
                          care_spent_cents=spent, care_budget_cents=budget))
    for network, year, used, most in result.ceilings:
        told.append(event(network, "ceiling.reached", year=year, cents=most, reimbursed_cents=used))
    for network, year, envelope, cents, _ in result.budgets:
        told.append(event(network, "budget.changed", year=year, envelope=envelope, cents=cents))
    for network, payee, month, _, cents, state, missing, _ in result.payments:
        told.append(event(network, f"payment.{state.lower()}", payee=payee, month=month,
                          cents=cents, detail=",".join(missing)))
    for network, year, share, cents, _ in result.neutralised:
        told.append(event(network, "neutralised", year=year, cents=cents, detail=share))
    for network, year, zone, budget, spent, _, _, largest in result.closings:
        told.append(event(network, "year.closed", year=year, zone=zone.replace("unspecified", ""), care_spent_cents=spent,
                          care_budget_cents=budget, cents=largest))
    for network, _, to_year, cents in result.reductions:
        told.append(event(network, "reduction.decided", year=to_year, cents=cents))
    for network, year, code, cents in result.warnings:
        told.append(event(network, f"warning.{code}", year=year, cents=cents, codes=(code,)))
    return told


def of_message(message, envelope_name, zone_name):
    """An Event of reporting's journal; the ones about the registry's own facts are not the model's."""
    fields = {name: getattr(message, name) for name in FIELDS}
    fields.update(codes=tuple(sorted(message.codes)), envelope=envelope_name(message.envelope),
                  zone=zone_name(message.zone).replace("unspecified", ""),
                  detail=",".join(sorted(message.detail.split(","))) if message.kind == "payment.held" else message.detail)
    return event(message.network, message.kind, **fields)


def is_registry(told):
    return told[1].startswith(("contract.", "programme.", "warning.overcontracted"))
