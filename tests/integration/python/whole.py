"""Is a cell whole? Every accepted attestation is rated, posted and published exactly once, and everything adds up."""

from collections import Counter

from cell import SERVICES, say
from elp.v1 import ledger_pb2

POSTED = (ledger_pb2.TRANSACTION_KIND_SESSION, ledger_pb2.TRANSACTION_KIND_SUSPENSION)


def check_whole(cell):
    """Reads the four journals, with their chains verified, and compares them record by record. Returns them."""
    cell.wait_caught_up()
    journals = {service: cell.records(service) for service in SERVICES}
    heads = cell.heads()
    assert len(set(heads.values())) == 1, heads
    assert {len(records) for records in journals.values()} == set(heads.values())
    keys = Counter()
    for place, record in enumerate(journals["intake"]):
        rating, ledger, reporting = (journals[service][place] for service in SERVICES[1:])
        body = record.WhichOneof("body")
        kinds = Counter(event.kind for event in reporting.events)
        sessions = [transaction for transaction in ledger.transactions if transaction.kind in POSTED]
        for transaction in ledger.transactions:
            assert sum(entry.cents for entry in transaction.entries) == 0, transaction
        if body in ("accepted", "refused", "cancelled"):
            attested = getattr(record, body)
            keys[body == "cancelled", attested.principal, bytes(attested.key)] += 1
        if body == "accepted":
            assert rating.rated.attestation == record.number, f"{record.number} is accepted and not rated"
            assert rating.rated.fee_cents == rating.rated.insurer_cents + rating.rated.share_cents
            assert len(sessions) == 1 and sessions[0].attestation == record.number, f"{record.number} is not posted once"
            assert sessions[0].cents == rating.rated.insurer_cents
            falls = 1 if attested.replaces else 0
            assert kinds["attestation.accepted"] == 1 and kinds["attestation.cancelled"] == falls, f"{record.number}: {kinds}"
            assert kinds["rated"] == kinds["posted"] + kinds["suspended"] == 1 + falls, f"{record.number}: {kinds}"
        elif body == "refused":
            assert kinds["attestation.refused"] == 1 and not sessions and not rating.HasField("rated")
        elif body == "cancelled":
            assert kinds["attestation.cancelled"] == 1 and kinds["rated"] == 1, f"{record.number}: {kinds}"
            assert kinds["posted"] + kinds["suspended"] == 1, f"{record.number}: {kinds}"
    doubled = [key for key, count in keys.items() if count > 1]
    assert not doubled, f"keys recorded twice: {doubled[:5]}"
    assert cell.trial_balance() == 0
    bodies = Counter(record.WhichOneof("body") for record in journals["intake"])
    events = sum(len(record.events) for record in journals["reporting"])
    say(f"  {len(keys)} keys, {heads['intake']} records in each of four journals ({dict(bodies)}), {events} events, "
        "chains valid, trial balance 0.00")
    return journals
