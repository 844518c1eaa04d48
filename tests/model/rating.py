"""T1 to T4: what an accepted session is worth. Plain integers, no state but the tariff columns.

A session here is a dictionary: convention, service, function, date, minutes, exempt_site, beneficiaries (birth, increased,
first), and for a group `second`: kind psychologist, physician or other, designated, rate, in_person, payee, designator.
"""

from dates import age
from figures import FICTITIOUS

GROUP_HOURS = 2


def amount(convention, tariff, year):
    """(cents, column, provisional): after the last column that one rates, marked provisional (§2)."""
    columns = convention.columns[tariff]
    column = year if year in columns else max(columns)
    provisional = tariff in FICTITIOUS or column >= convention.provisional_from or column != year
    return columns[column], column, provisional


def individual_share(terms, birth, date, increased, first, exempt_site):
    """T3 for one person in an individual session."""
    if exempt_site and terms["exempt_site"]:
        return 0
    if age(birth, date) <= terms["free_age"]:
        return 0
    if first and terms["first_free"]:
        return 0
    return terms["increased"] if increased else terms["individual"]


def group_share(terms, function, births, date, exempt_site):
    """T3 for a group: each who pays, the same; nobody in F1."""
    if function == "F1" or (exempt_site and terms["exempt_site"]):
        return 0
    return terms["group"] * sum(age(birth, date) >= terms["group_age"] for birth in births)


def group_parts(convention, year, payee, second):
    """T1, T2: [(role, payee, cents)], the column and whether it is provisional."""
    full, column, provisional = amount(convention, "group-psychologist", year)
    parts = [("ATTESTING", payee, full)]
    if second["kind"] in ("psychologist", "physician"):
        return parts + [("SECOND", second["payee"], full)], column, provisional
    other, _, _ = amount(convention, "group-other", year)
    if not second["designated"]:
        return parts + [("SECOND", second["payee"], other)], column, provisional
    hour, _, _ = amount(convention, "designated-hour", year)
    person = min(second["rate"], hour) * GROUP_HOURS
    receiver = second["payee"] if second["in_person"] else second["designator"]
    return parts + [("SECOND", receiver, person), ("DESIGNATOR", second["designator"], other - person)], column, provisional


def rate(convention, session):
    """The rated line: fee, share, insurer, parts of (role, payee, fee, collected, payable), column, provisional."""
    date, year = session["date"], session["date"].year
    terms = convention.choices["shares"](date)
    people = session["beneficiaries"]
    if session["service"] == "group":
        parts, column, provisional = group_parts(convention, year, session["payee"], session["second"])
        share = group_share(terms, session["function"], [person["birth"] for person in people], date, session["exempt_site"])
    elif session["service"] == "art8-mission":
        agreed = session["site"]["agreement_cents"] if session["site"] else 0
        cents, column, provisional, share = min(session["cost"], agreed or session["cost"]), 0, False, 0
        parts = [("ATTESTING", session["payee"], cents)]
    else:
        tariff = session["service"]
        if convention.name == "2019" and session["minutes"] < 60:
            tariff = "individual-short"
        cents, column, provisional = amount(convention, tariff, year)
        parts = [("ATTESTING", session["payee"], cents)]
        share = 0
        for person in people if tariff not in FICTITIOUS else ():
            share += individual_share(terms, person["birth"], date, person["increased"], person["first"],
                                      session["exempt_site"])
    fee = sum(cents for _, _, cents in parts)
    return {"fee": fee, "share": share, "insurer": fee - share, "column": column, "provisional": provisional,
            "parts": [(role, payee, cents, share if role == "ATTESTING" else 0, cents - (share if role == "ATTESTING" else 0))
                      for role, payee, cents in parts]}
