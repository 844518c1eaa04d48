#include "services/ledger/posting.h"

#include <string.h>

#include "services/ledger/ceiling.h"
#include "services/ledger/closings.h"
#include "services/ledger/envelope.h"
#include "services/ledger/instalments.h"
#include "services/ledger/settlement.h"
#include "services/ledger/suspended.h"
#include "services/ledger/year_figures.h"
#include "services/ledger/zones.h"

/* The part of a payee, new when there is none yet; NULL when there is no room or the code is too long. */
static struct payee_part *part_of(struct rated_amounts *amounts, const char *payee) {
    for (size_t i = 0; i < amounts->part_count; i++) {
        if (strcmp(amounts->parts[i].payee.text, payee) == 0) {
            return &amounts->parts[i];
        }
    }
    if (amounts->part_count == POSTING_PAYEES_MAX || strlen(payee) > CODE_BYTES_MAX) {
        return NULL;
    }
    struct payee_part *part = &amounts->parts[amounts->part_count++];
    *part = (struct payee_part){.amount = MONEY_ZERO};
    memcpy(part->payee.text, payee, strlen(payee));
    return part;
}

bool rated_amounts_of_message(const Elp__V1__Rated *message, struct rated_amounts *ret) {
    struct rated_amounts amounts = {.insurer = money_of_cents(message->insurer_cents)};
    struct money sum = MONEY_ZERO;
    struct money fee = MONEY_ZERO;
    if (!money_add(amounts.insurer, money_of_cents(message->share_cents), &fee) ||
        money_cents(fee) != message->fee_cents) {
        return false;
    }
    for (size_t i = 0; i < message->n_parts; i++) {
        struct money payable = money_of_cents(message->parts[i]->payable_cents);
        struct payee_part *part = part_of(&amounts, message->parts[i]->payee);
        if (part == NULL || !money_add(part->amount, payable, &part->amount) || !money_add(sum, payable, &sum)) {
            return false;
        }
    }
    if (money_compare(sum, amounts.insurer) != 0) {
        return false;
    }
    *ret = amounts;
    return true;
}

int posting_move(struct ledger *ledger, struct balance *balance, enum book_envelope_id envelope, struct money amount) {
    struct care_use before = care_use_of(balance);
    struct envelope_balance *place = &balance->envelopes[envelope];
    place->spent = money_require_add(place->spent, amount);
    balances_touch(&ledger->balances, balance);
    return zones_note(ledger, balance, before);
}

/* B9: a remark, never a refusal, when F3 with concertation passes its share of the care budget. */
static int count_f3(struct ledger *ledger, struct balance *balance, struct money amount) {
    struct year_figures year;
    Elp__V1__LedgerWarning *warning = NULL;
    struct money before = balance->f3;
    balance->f3 = money_require_add(before, amount);
    if (!year_figures_of(ledger, balance->year, &year) || year.figures->f3_concertation_max == BOOK_ABSENT) {
        return 0;
    }
    struct money budget = money_max(balance_care_budget(balance), MONEY_ZERO);
    int32_t share = year.figures->f3_concertation_max;
    if (!balance->has_budget || money_compare_share(before, budget, share) > 0 ||
        money_compare_share(balance->f3, budget, share) <= 0) {
        return 0;
    }
    int failure = results_warning(&ledger->results, &warning);
    if (failure < 0) {
        return failure;
    }
    warning->year = (uint32_t)balance->year;
    warning->code = (char *)"f3-share";
    warning->cents = money_cents(balance->f3);
    return results_text(&ledger->results, balance->network.text, &warning->network);
}

int posting_spend(struct ledger *ledger, struct balance *balance, const struct transaction *transaction, bool settled) {
    bool reversal = transaction->kind == ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL;
    if ((transaction->traits & TRAIT_SESSION) != 0) {
        balance->sessions += reversal ? -1 : 1;
    }
    if ((transaction->traits & TRAIT_MISSION) != 0 && transaction->envelope == ENVELOPE_ART8) {
        balance->missions = money_require_add(balance->missions, transaction->amount);
    }
    if ((transaction->traits & TRAIT_EXTRA) != 0) {
        balance->extra = money_require_add(balance->extra, transaction->amount);
        balance->extra_minutes += reversal ? -transaction->minutes : transaction->minutes;
    }
    int failure = (transaction->traits & TRAIT_F3) != 0 ? count_f3(ledger, balance, transaction->amount) : 0;
    if (failure < 0) {
        return failure;
    }
    failure = settled ? settlement_count(ledger, balance, transaction) : 0;
    return failure < 0 ? failure : posting_move(ledger, balance, transaction->envelope, transaction->amount);
}

static uint32_t traits_of(const struct attestation_facts *facts) {
    uint32_t site = facts->site.text[0] != '\0' ? TRAIT_OUTREACH : 0;
    bool counts_as_f3 = facts->function == FUNCTION_F3 || facts->service == SERVICE_CONCERTATION;
    uint32_t f3 = counts_as_f3 && !facts->eating_disorder ? TRAIT_F3 : 0;
    switch (facts->service) {
    case SERVICE_INDIVIDUAL:
        return TRAIT_SESSION | TRAIT_INDIVIDUAL | site | f3;
    case SERVICE_ASSESSMENT:
        return TRAIT_SESSION | f3;
    case SERVICE_GROUP:
        return TRAIT_SESSION | TRAIT_GROUP | f3;
    case SERVICE_ART8_MISSION:
        return TRAIT_MISSION;
    case SERVICE_CONCERTATION:
        return f3;
    case SERVICE_TRAINING:
    case SERVICE_NONE:
        break;
    }
    return 0;
}

/* A 2019 session has no function; other words are those of the wire. */
static struct transaction_subject subject_of(const struct attestation_facts *facts, enum book_envelope_id wanted) {
    return (struct transaction_subject){
        .principal = facts->principal.text,
        .service = (Elp__V1__Service)facts->service,
        .function = (Elp__V1__Function)facts->function,
        .session = facts->date,
        .book = facts->book_number,
        .wanted = wanted,
    };
}

/* Notes on a transaction what the rules count; people only where the session's book neutralises in some year. */
static int note_traits(struct ledger *ledger, const struct book *book, const struct attestation_facts *facts,
                       struct transaction *transaction) {
    transaction->traits = traits_of(facts);
    if (facts->extra_one_percent) {
        transaction->traits |= TRAIT_EXTRA;
        transaction->minutes = facts->minutes;
    }
    if (!settlement_counts_people(book) || facts->beneficiary_count == 0) {
        return 0;
    }
    uint64_t *persons = arena_take(&ledger->arena, facts->beneficiary_count * sizeof *persons);
    if (persons == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < facts->beneficiary_count; i++) {
        persons[i] = facts->beneficiaries[i].person;
    }
    transaction->persons = persons;
    transaction->person_count = facts->beneficiary_count;
    return 0;
}

void posting_owe(const struct ledger *ledger, struct transaction *transaction, int year, const struct payee_part *parts,
                 size_t part_count) {
    bool later = year > date_year(ledger->today);
    const char *network = transaction->network.text;
    for (size_t i = 0; i < part_count; i++) {
        const char *payee = parts[i].payee.text;
        struct account account = account_payable(network, payee);
        if (money_compare(parts[i].amount, MONEY_ZERO) < 0) {
            account = account_receivable(network, payee);
        } else if (later) {
            account = account_carried(network, payee, year);
        }
        transaction_add(transaction, account, money_negate(parts[i].amount));
    }
}

static int post(struct ledger *ledger, struct balance *balance, enum book_envelope_id wanted, const struct book *book,
                const struct attestation_facts *facts, const struct rated_amounts *amounts) {
    enum book_envelope_id envelope = envelope_that_pays(balance, wanted, amounts->insurer);
    struct transaction transaction;
    transaction_begin(&transaction, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION, balance->network.text,
                      balance->year);
    transaction.envelope = envelope;
    transaction.attestation = facts->number;
    transaction.amount = amounts->insurer;
    transaction.subject = subject_of(facts, wanted);
    int failure = note_traits(ledger, book, facts, &transaction);
    if (failure < 0) {
        return failure;
    }
    transaction_add(&transaction, account_expenses(balance->network.text, balance->year, envelope), amounts->insurer);
    const struct book_figures *figures = book_on(book, facts->date);
    if (figures->payment_due == PAYMENT_MONTH_AFTER_LIST) {
        instalments_owe(ledger, &transaction, figures, amounts);
    } else {
        posting_owe(ledger, &transaction, date_year(ledger->today), amounts->parts, amounts->part_count);
    }
    failure = transaction_post(ledger, &transaction, 1);
    return failure < 0 ? failure : posting_spend(ledger, balance, &transaction, true);
}

static int suspend(struct ledger *ledger, struct balance *balance, enum book_envelope_id wanted,
                   const struct book *book, const struct attestation_facts *facts,
                   const struct rated_amounts *amounts) {
    const char *network = balance->network.text;
    struct suspended suspended = {facts->number, amounts->insurer, wanted};
    struct transaction transaction;
    transaction_begin(&transaction, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SUSPENSION, network, balance->year);
    transaction.attestation = facts->number;
    transaction.amount = amounts->insurer;
    transaction.subject = subject_of(facts, wanted);
    int failure = note_traits(ledger, book, facts, &transaction);
    if (failure < 0) {
        return failure;
    }
    transaction_add(&transaction, account_suspended(network, balance->year), amounts->insurer);
    for (size_t i = 0; i < amounts->part_count; i++) {
        transaction_add(&transaction, account_suspended_liability(network, amounts->parts[i].payee.text),
                        money_negate(amounts->parts[i].amount));
    }
    failure = transaction_post(ledger, &transaction, 1);
    if (failure == 0) {
        failure = suspended_put(ledger, network, balance->year, &suspended);
    }
    if (failure < 0) {
        return failure;
    }
    balance->suspended = money_require_add(balance->suspended, amounts->insurer);
    balance->suspended_count++;
    balances_touch(&ledger->balances, balance);
    if (ceiling_holds(ledger, balance, amounts->insurer)) {
        return 0;
    }
    bool told = false;
    failure =
        balance->suspended_count == 1 ? 0 : suspended_by_ceiling(ledger, network, balance->year, facts->number, &told);
    return failure < 0 || told ? failure : ceiling_note(ledger, balance);
}

int posting_apply(struct ledger *ledger, const struct book *book, const struct attestation_facts *facts,
                  const struct rated_amounts *amounts) {
    bool by_session = book_on(book, facts->date)->budget_year_basis == BASIS_SESSION;
    int year = date_year(by_session ? facts->date : ledger->today);
    struct balance *balance = NULL;
    int failure = closings_open_year(ledger, year, &year);
    if (failure == 0) {
        failure = balances_take(&ledger->balances, facts->network.text, year, &balance);
    }
    if (failure < 0) {
        return failure;
    }
    enum book_envelope_id wanted = envelope_wanted(book, facts);
    if (!ceiling_takes(ledger, balance, wanted, amounts->insurer)) {
        failure = settlement_run(ledger, balance); /* neutralised amounts make room (rulebook B5) */
        if (failure < 0) {
            return failure;
        }
    }
    if (!ceiling_takes(ledger, balance, wanted, amounts->insurer)) {
        return suspend(ledger, balance, wanted, book, facts, amounts);
    }
    return post(ledger, balance, wanted, book, facts, amounts);
}
