#!/usr/bin/python3
"""Checks the model against the worked cases: cases.py [FOLDER], by default tests/cases.

Goal: the model that judges the daemons is itself right where the answer is known. Method: every row of every CSV file goes
through the model's own functions; each mismatch is printed, and any makes the exit code 1.
"""

import csv
import pathlib
import sys

import dates
import figures
import identifiers
import rating
import settlement


def deadline(row):
    resolved = row["insurability_resolved_on"]
    last = dates.attestation_deadline(dates.day(row["session_date"]), dates.day(resolved) if resolved else None)
    late = dates.brussels_day(dates.instant(row["received_at"])) > last
    return {"expected": "deadline-passed" if late else "accepted"}


def group_rating(row):
    kind = row["second_leader"]
    second = {"kind": kind if kind in ("physician", "psychologist") else "other", "designated": kind == "designated",
              "rate": int(row["designated_rate_cents_per_hour"] or 0), "in_person": True, "payee": "second",
              "designator": "organisation"}
    people = [{"birth": dates.day(word)} for word in row["birth_dates"].split()]
    rated = rating.rate(figures.conventions()["2024"], {
        "service": "group", "function": row["function"], "date": dates.day(row["session_date"]), "minutes": 120,
        "exempt_site": row["share_exempt_site"] == "yes", "beneficiaries": people, "payee": "attesting", "second": second})
    fees = {payee: fee for _, payee, fee, _, _ in rated["parts"]}
    return {"attesting_cents": fees["attesting"], "second_cents": fees["second"],
            "organisation_cents": fees.get("organisation", 0), "patient_share_cents": rated["share"],
            "insurer_cents": rated["insurer"]}


def identifier(row):
    return {"expected": "valid" if identifiers.CHECKS[row["kind"]](row["value"]) else "invalid"}


def indexation(row):
    columns = figures.chain(1, int(row["base_cents"]), [int(word) for word in row["index_basis_points"].split()])
    return {"published_cents": " ".join(str(columns[year]) for year in sorted(columns)[1:])}


def individual_share(row):
    date = dates.day(row["session_date"])
    terms = figures.conventions()[row["convention"]].choices["shares"](date)
    return {"patient_share_cents": rating.individual_share(
        terms, dates.day(row["birth_date"]), date, row["bim"] == "yes", row["first_individual_session"] == "yes",
        row["share_exempt_site"] == "yes")}


def neutralisation(row):
    return {"neutralised_cents": settlement.neutralised(row["kind"], int(row["cost_cents"]), int(row["inside"]),
                                                        int(row["total"]))}


def notice(row):
    return {"contract_ends_on": dates.ends_after_notice(dates.day(row["notice_or_letter_date"])).isoformat()}


def reduction(row):
    return {"largest_reduction_cents": settlement.largest_reduction(
        int(row["care_spent_cents"]), int(row["care_budget_cents"]), int(row["national_spent_cents"]),
        int(row["national_budget_cents"]))}


def zone(row):
    return {"zone": settlement.zone(int(row["care_spent_cents"]), int(row["care_budget_cents"]))}


RULES = {"deadline": deadline, "group_rating": group_rating, "identifiers": identifier, "indexation": indexation,
         "individual_share": individual_share, "neutralisation": neutralisation, "notice": notice, "reduction": reduction,
         "zone": zone}


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[1] / "cases"
    passed = failed = 0
    for path in sorted(folder.glob("*.csv")):
        with open(path, newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                got = RULES[path.stem](row)
                wrong = {name: value for name, value in got.items() if str(value) != row[name]}
                passed, failed = passed + (not wrong), failed + bool(wrong)
                for name, value in wrong.items():
                    print(f"{path.name}:{number}: {name}: the case says {row[name]}, the model {value}")
    print(f"{passed} rows agree, {failed} do not")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
