"""Formulas of the ledger that stand alone: B2 zones, B3 reduction, B5 neutralisation."""

from figures import rounded


def beyond(spent, budget, basis_points):
    """Whether use is above a threshold: exact integers, no ratio is rounded (B2)."""
    return spent * 10000 > budget * basis_points


def zone(spent, budget):
    if beyond(spent, budget, 10300):
        return "critical"
    return "vigilance" if beyond(spent, budget, 10100) else "normal"


def crossings(before, after, thresholds):
    """[(basis points, up)] between two (spent, budget): crossed is from <= to >, or back."""
    found = []
    for threshold in thresholds:
        was, now = beyond(*before, threshold), beyond(*after, threshold)
        if was != now:
            found.append((threshold, now))
    return found


def largest_reduction(spent, budget, national_spent, national_budget):
    """B3: what is beyond 103 %, rounded down to whole cents, if the national budget is used up."""
    if zone(spent, budget) != "critical" or national_spent < national_budget:
        return 0
    return (spent * 100 - budget * 103) // 100


def neutralised(kind, cost, inside, total):
    """B5: the part of a cost beyond 10 % of patients in group, or 20 % of sessions in outreach."""
    times = {"group": 10, "outreach": 5}[kind]
    if inside == 0 or times * inside <= total:
        return 0
    return rounded(cost * (times * inside - total), times * inside)
