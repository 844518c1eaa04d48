"""The rulebook's figures, written down a second time: cents, dates, ages. Nothing here comes from the books of deploy/."""

from dates import FOREVER, day


def rounded(numerator, denominator):
    """To the nearest, ties away from zero; the denominator is positive."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def indexed(cents, basis_points):
    """The published amount of the next year (§5: index the published amount, not the base)."""
    return rounded(cents * (10000 + basis_points), 10000)


def chain(first_year, base, basis_points):
    """{year: cents} from a base and the indexations after it."""
    columns = {first_year: base}
    for place, points in enumerate(basis_points):
        columns[first_year + place + 1] = indexed(columns[first_year + place], points)
    return columns


BASES = {"individual": 7500, "assessment": 7500, "group-psychologist": 20000, "group-other": 12600, "designated-hour": 4700}
INDEXATIONS = (79, 814, 605, 322)  # of 2022, 2023, 2024, 2025; the last is provisional
PUBLISHED = {tariff: chain(2021, base, INDEXATIONS) for tariff, base in BASES.items()}
FICTITIOUS = {"concertation": 5000, "training": 10000}  # not in the sources; from the shipped books, always provisional


class Convention:
    """One convention: its sessions' interval, its tariff columns, its choices."""

    def __init__(self, name, first, last, columns, provisional_from, **choices):
        self.name, self.first, self.last = name, day(first), day(last)
        self.columns = columns              # {tariff: {year: cents}}
        self.provisional_from = provisional_from
        self.choices = choices

    def covers(self, date):
        return self.first <= date <= self.last


def shares_2019(date):
    return {"individual": 1100 if date.year == 2019 else 1120, "increased": 400, "group": 0, "first_free": False,
            "free_age": -1, "group_age": 0, "exempt_site": False}


def shares_2021(date):
    late = date >= day("2024-02-01")
    return {"individual": 1100, "increased": 400, "group": 250, "first_free": True, "free_age": 23 if late else -1,
            "group_age": 24 if late else 0, "exempt_site": date >= day("2023-05-15")}


def conventions():
    """The three of them; indexation by act changes the columns, so every caller gets its own."""
    of_2021 = {tariff: {year: cents for year, cents in columns.items() if year <= 2024} for tariff, columns in PUBLISHED.items()}
    of_2024 = {tariff: {year: cents for year, cents in columns.items() if year >= 2024} for tariff, columns in PUBLISHED.items()}
    for tariff, cents in FICTITIOUS.items():
        of_2021[tariff] = {year: cents for year in range(2021, 2025)}
        of_2024[tariff] = {year: cents for year in range(2024, 2026)}
    of_2019 = {"individual": {year: 6000 for year in (2019, 2020, 2021)},
               "individual-short": {year: 4500 for year in (2019, 2020, 2021)}}
    return {
        "2019": Convention("2019", "2019-01-01", "2021-12-31", of_2019, 2020, contracts_from="2019-04-01",
                           shares=shares_2019, late_is_warning=True, groups=False, functions=False),
        "2021": Convention("2021", "2021-09-01", "2024-03-31", of_2021, 9999, contracts_from="2021-09-01",
                           shares=shares_2021, late_is_warning=False, groups=True, functions=True),
        "2024": Convention("2024", "2024-04-01", "2027-12-31", of_2024, 2025, contracts_from="2024-04-01",
                           shares=shares_2021, late_is_warning=False, groups=True, functions=True),
    }


SECOND_LEADERS_UNTIL = day("2026-12-31")  # S4 art. 11 §2

# Quota: (convention, function, individual or group) to (child, adult); whoever is missing is not counted.
QUOTAS = {
    ("2021", "F2", "individual"): (10, 8), ("2021", "F2", "group"): (8, 5),
    ("2021", "F3", "individual"): (20, 20), ("2021", "F3", "group"): (15, 12),
    ("2024", "F2", "individual"): (10, 8), ("2024", "F3", "individual"): (20, 20),
}

THRESHOLDS = (8000, 10000, 10100, 10300)  # B2; the years of the 2024 book alone have zones (§6)
BILLABLE = {"volume-exceeded", "age-outside-network", "not-insured", "referral-missing", "series-exhausted", "quota-exceeded"}
ART8_SITES_FROM = day("2025-12-15")
ALWAYS = (day("0001-01-01"), FOREVER)
