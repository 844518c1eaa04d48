#include "services/ctl/rulebook.h"

/* The rules that are no refusal code. A sentence here says what the daemons do; the rulebook's page says why. */

const struct rulebook_rule rulebook_registry[] = {
    {RULEBOOK_REGISTRY,
     "R1",
     REFUSAL_NONE,
     "Network",
     "A network is for adults, for children and adolescents, or mixed; it has a collecting institution, prisons or "
     "none, a "
     "contingent of the year and policies of its own. The collecting institution registers providers, contracts and "
     "costs, "
     "the network programmes and sites, the insurer insurability; the provider attests, also for the second leader.",
     "Name the network by its code; elpctl registry show network lists them.",
     "S2; S4 art. 4, art. 8; S3; prisons: S0",
     {"community_offered"}},
    {RULEBOOK_REGISTRY,
     "R2",
     REFUSAL_NONE,
     "Contract of a provider",
     "A contract binds provider and network from a day until a day: convention, volume, functions, sites, and the "
     "marks new "
     "graduate, under-served region and extra 1 %. Of two contracts on one day the newer convention judges. A signed "
     "volume is "
     "no claim: only sessions held are paid.",
     "Attest under the network and functions of the contract; elpctl registry show provider-contract prints it.",
     "S4 annex 1; S3; own decision",
     {"contracts.from", "function_required", "volume_period"}},
    {RULEBOOK_REGISTRY,
     "R3",
     REFUSAL_NONE,
     "Contracts beyond the contingent",
     "Contracts of a network may add up to more than its contingent; above the book's share of it a warning event "
     "tells so.",
     "Nothing is refused: watch the events warning.*.",
     "",
     {"overcontracting_remark_above"}},
    {RULEBOOK_REGISTRY,
     "R4",
     REFUSAL_NONE,
     "Contract of a second leader",
     "A second leader, physicians included, has a contract with this network: independent or designated (then with a "
     "rate per "
     "hour and who designates), occasional or structural, with portfolio, separate accounts and insurance; structural "
     "with "
     "training, intervision and study clauses accepted. It ends with the book's day unless amended. A psychologist "
     "without a "
     "provider's contract may hold one and is rated as other second leader.",
     "Name the code of the second leader's contract on a group line; elpctl registry show second-leader-contract "
     "prints them.",
     "S4 art. 6, art. 7, art. 10, art. 11, annex 1",
     {"second_leaders.until", "group_leaders_min"}},
    {RULEBOOK_REGISTRY,
     "R5",
     REFUSAL_NONE,
     "Notice",
     "A contract ended by either side ends on the first day of the book's month after the notice; that day is not "
     "covered any "
     "more. Beneficiaries in care, seen within the window, are listed for the hand-over.",
     "Sessions from that day on are refused with no-active-contract: hand the beneficiaries over before.",
     "S4 art. 11 §4",
     {"notice_month", "hand_over_window_months"}},
    {RULEBOOK_REGISTRY,
     "R6",
     REFUSAL_NONE,
     "Amendment",
     "The network informs each contractor by letter within the book's days of signing; the contractor may refuse in "
     "writing "
     "within the book's months of the letter, and the contract then ends like after a notice on the letter's day; "
     "silence is "
     "acceptance. Letters that are late and ends that come are events.",
     "Register letters and refusals as they happen; follow the events contract.*.",
     "S0; S4 art. 5 8°, art. 11 §3",
     {"amendment_letter_days", "amendment_refusal_months", "notice_month", "contract_end_remark_months"}},
    {RULEBOOK_REGISTRY,
     "R7",
     REFUSAL_NONE,
     "Programme card",
     "A group programme has a card decided by the network: goal, method, target group, number of interventions, "
     "participation, minimum of participants, sources. It is published before its first session and is not commercial.",
     "Name the card's code on group lines; elpctl registry show programme lists them.",
     "S4 art. 4, art. 5 7°",
     {"programme_required"}},
    {RULEBOOK_REGISTRY,
     "R8",
     REFUSAL_NONE,
     "Site",
     "A site is a place outside practice and mental-health service where care goes to the people: GP practice, school, "
     "youth "
     "centre, prison and others. It belongs to one network, with or without an agreement, share-exempt or not.",
     "Name the site's code, or none for the practice; elpctl registry show site lists them.",
     "S0 art. 14 §1; S1 note 1",
     {"site_required_f1", "site_agreement_required_art8", "share.exempt_site_free"}},
    {RULEBOOK_REGISTRY,
     "R9",
     REFUSAL_NONE,
     "Payee",
     "Whoever can be paid has name, address, enterprise number and account, in clear. An enterprise number is not "
     "asked of a "
     "person without enterprise.",
     "Complete the payee: what it is owed is held meanwhile (B7), not lost.",
     "S4 art. 8; own decision",
     {NULL}},
    {RULEBOOK_REGISTRY,
     "R10",
     REFUSAL_NONE,
     "Identifiers",
     "Identifiers are checked when they arrive: NISS with both centuries and BIS numbers, INAMI numbers of which the "
     "first "
     "eight digits are unique, enterprise numbers, Belgian accounts. An explicit birth date wins over the one in the "
     "NISS.",
     "Correct the field that the refusal malformed names.",
     "public fact",
     {NULL}},
    {.id = NULL},
};

const struct rulebook_rule rulebook_rating[] = {
    {RULEBOOK_RATING,
     "services",
     REFUSAL_NONE,
     "Services, pseudo-codes and published amounts",
     "A session is rated with the published amount of its service in the year of its date, indexed year by year from "
     "the "
     "published amount before and rounded to the cent. Pseudo-codes of sessions are fictitious until INAMI's are "
     "known; those "
     "of operating costs are real. After the last column the last one rates, marked provisional.",
     "Take amounts from the rated event or elpctl tariff, never from your own table.",
     "",
     {"tariff.*", "code.*", "figures_until", "individual_long_minutes"}},
    {RULEBOOK_RATING,
     "T1",
     REFUSAL_NONE,
     "Group with a physician or a second psychologist",
     "Each of the two leaders gets the full amount of a group. Otherwise the psychologist gets the full amount and the "
     "second "
     "leader the amount of another second leader.",
     "Name the second leader: the contract's kind decides the amounts.",
     "S4 art. 9; second psychologist: public fact",
     {"tariff.group-psychologist*", "tariff.group-other*"}},
    {RULEBOOK_RATING,
     "T2",
     REFUSAL_NONE,
     "Designated second leader",
     "The person gets the book's hours at the contract's rate per hour, at most the published one (rounded per hour, "
     "then "
     "multiplied); the rest of the second leader's amount goes to the designator. Who receives the person's part "
     "stands in "
     "the contract.",
     "Register rate and payees with the contract; nothing of it stands on the line.",
     "S4 art. 8, art. 9",
     {"tariff.group-designated-hour*", "tariff.group-other*", "designated_hours", "designated_payee_default"}},
    {RULEBOOK_RATING,
     "T3",
     REFUSAL_NONE,
     "Patient share",
     "The share of a session follows from the book of its date: individual, or with increased intervention, free for "
     "the first "
     "session in the window, free up to the book's age, free on a share-exempt site; in a group for each beneficiary "
     "who pays; "
     "none in F1. First means that no individual session of the beneficiary stands in the window, fixed on acceptance. "
     "It is "
     "not indexed.",
     "Collect the share that the rated event states; ask for a quote before the session.",
     "",
     {"share.*", "first_session_window_months"}},
    {RULEBOOK_RATING,
     "T4",
     REFUSAL_NONE,
     "Fee, insurer part and share",
     "Fee = insurer part + patient share, always. The budget bears the insurer part; the share is deducted from what "
     "the "
     "attesting psychologist is paid, and what it exceeds the fee by is carried as a receivable.",
     "Do not deduct the share yourself.",
     "own decision",
     {"tariff.individual*", "tariff.assessment*", "tariff.concertation*", "tariff.training*"}},
    {RULEBOOK_RATING,
     "T5",
     REFUSAL_NONE,
     "No supplements, and a receipt",
     "Supplements do not exist. A receipt states fee, insurer part and share, also when the share is zero.",
     "Print the three amounts of the rated event on the receipt.",
     "S3; public fact",
     {NULL}},
    {RULEBOOK_RATING,
     "T6",
     REFUSAL_NONE,
     "Indexation is an act",
     "elpctl index YEAR PERCENT creates the next column of every indexed tariff, with its source; a second one for the "
     "same "
     "year is refused.",
     "Nothing: lines rated before the act keep their mark provisional.",
     "",
     {"indexation.*", "index_mass", "figures_until"}},
    {.id = NULL},
};

const struct rulebook_rule rulebook_budget[] = {
    {RULEBOOK_BUDGET,
     "envelopes",
     REFUSAL_NONE,
     "Envelopes of a network and year",
     "The first mission in the book's order whose condition a session meets pays it whole, if it holds the amount; "
     "else "
     "care.base. Operating costs and training are paid by operating, missions of article 8 by mission.art8. A transfer "
     "or cost "
     "that its envelope does not allow is refused.",
     "Mark eating disorders and sites on the line: the marks of the contract are added by the registry.",
     "S0 art. 14 §1",
     {"envelope.*", "art8_*", "new_graduates_mergeable"}},
    {RULEBOOK_BUDGET,
     "B1",
     REFUSAL_NONE,
     "Ceiling",
     "What a network is reimbursed in a year never exceeds the book's ceiling. Beyond it an amount is posted whole to "
     "suspended, with an event, until a decision raises the budget, carries it into a later year or writes it off. A "
     "suspended "
     "attestation stays accepted and counts for quotas.",
     "Nothing on the line: watch ceiling.reached and suspended.",
     "",
     {"ceiling"}},
    {RULEBOOK_BUDGET,
     "B2",
     REFUSAL_NONE,
     "Use of care and its zones",
     "Use of care is spent care by budget of care, compared exactly: normal, vigilance and critical, with an event on "
     "crossing "
     "each threshold, both ways. Vigilance asks for an action plan, recorded with its dates.",
     "Watch threshold.crossed; elpctl budget shows the zone.",
     "",
     {"zones", "zone_vigilance_above", "zone_critical_above", "thresholds"}},
    {RULEBOOK_BUDGET,
     "B3",
     REFUSAL_NONE,
     "Year close and reduction",
     "At the close each network has its class. A reduction of next year's care budget is at most what was spent beyond "
     "the "
     "critical line, only for critical networks, only when the national budget of care is used up, decided and told by "
     "the "
     "book's day. Overruns are never charged to the collecting institution.",
     "Watch year.closed and reduction.decided.",
     "",
     {"reduction*", "zone_critical_above"}},
    {RULEBOOK_BUDGET,
     "B4",
     REFUSAL_NONE,
     "Closing is explicit",
     "A year is closed by command, from the book's day on; what is attested later belongs to the new year, or, on the "
     "session's year basis, is posted to the open one. Closed years never move.",
     "Attest before the deadline: the year that pays is that of acceptance.",
     "",
     {"close_from*", "budget_year_basis"}},
    {RULEBOOK_BUDGET,
     "B5",
     REFUSAL_NONE,
     "Neutralisation and other missions",
     "In 2023 groups and outreach beyond the book's share, and other missions wholly, are payable but counted neither "
     "in care "
     "nor in its ceiling; the ledger books the difference at each month's end and at the close. In 2021 and 2022 other "
     "missions "
     "beyond the book's share of care are suspended.",
     "Name the site of outreach and list every participant: the shares are counted from them.",
     "",
     {"neutralise_*", "other_missions_max"}},
    {RULEBOOK_BUDGET,
     "B6",
     REFUSAL_NONE,
     "Operating costs",
     "Costs are claimed under the pseudo-codes of S2, within operating and the limits of each code: the hospital's "
     "lump and "
     "amount per session, partnerships within a share of operating, none to somebody who represents an interest "
     "organisation. "
     "Beyond a limit they are refused with the largest possible amount.",
     "Claim by the book's day; mark partnership pay.",
     "",
     {"operating_*", "hospital_*", "partnership_max", "code.79*"}},
    {RULEBOOK_BUDGET,
     "B7",
     REFUSAL_NONE,
     "Payment",
     "One payment order per payee and month, with the lines behind it; a payee that lacks name, address, account or "
     "enterprise "
     "number is held, with an event. 2019: an advance of the insurer part in the month after the list, the rest in the "
     "month "
     "after the insurer paid; lump sums by half-year.",
     "Watch payment.ordered and payment.held.",
     "",
     {"payment_*", "lump_*"}},
    {RULEBOOK_BUDGET,
     "B8",
     REFUSAL_NONE,
     "The extra 1 % of 2026",
     "The book's share of the care budget of the year before is for additional contracts, each marked and with its "
     "need; hours "
     "contracted and used under the mark are reported.",
     "Nothing on the line: the contract carries the mark.",
     "",
     {"extra_care_share", "index_mass"}},
    {RULEBOOK_BUDGET,
     "B9",
     REFUSAL_NONE,
     "F3 with concertation",
     "F3 with concertation is at most the book's share of care, eating disorders outside the count: an indicator and "
     "an event, "
     "no refusal.",
     "Nothing is refused.",
     "",
     {"f3_concertation_max"}},
    {RULEBOOK_BUDGET,
     "B10",
     REFUSAL_NONE,
     "Records with author, date and reason",
     "Lump sums, transfers between envelopes, decisions and corrections are records with an author, a date and a "
     "reason.",
     "Give the reason with the command; without one it is refused.",
     "own decision",
     {NULL}},
    {.id = NULL},
};
