#include <string.h>

#include "services/intake/books.h"
#include "services/intake/contract_end.h"
#include "services/intake/registry_fact.h"

/* Contracts of providers (rulebook R2) and second leaders (R4): what their convention and what stands allow. */

/* Two kinds of contracts share their codes, so that a letter needs no more than a code to name one (R6). */
static bool code_is_free(const struct registry *registry, enum fact_kind other, const char *code,
                         struct fact_refusal *refusal) {
    return registry_find(registry, other, code) == NULL ||
           fact_refuse(refusal, "contradiction", "code", "A %s has the code %s; contracts have a code of their own.",
                       fact_kind_words[other], code);
}

/* A notice of a mistyped year would take the contract from under sessions that were held long ago (R5). */
static bool notice_leaves_a_day(struct date notice, struct date from, struct date end, struct fact_refusal *refusal) {
    char day[DATE_TEXT_BYTES];
    return date_is_none(notice) || date_is_none(end) || date_compare(end, from) > 0 ||
           fact_refuse_by(refusal, "S4 art. 11 §4", "notice",
                          "With that notice the contract would end on %s and cover no day.",
                          date_format(end, day, sizeof day));
}

/* --- providers ---------------------------------------------------------------------------------------------------- */

static bool sites_are_known(const struct registry *registry, const struct registry_contract *contract,
                            const Elp__V1__ProviderContract *wire, struct fact_refusal *refusal) {
    for (size_t i = 0; i < wire->n_sites; i++) {
        const struct registry_site *site = registry_site(registry, wire->sites[i]);
        if (site == NULL || strcmp(site->network.text, contract->network.text) != 0) {
            return fact_refuse(refusal, "unknown-reference", "sites", "Network %s has no site %s.",
                               contract->network.text, wire->sites[i]);
        }
    }
    return true;
}

/* From the convention's first day for contracts to its last day: S0 art. 4, S1, S3. */
static bool days_lie_within(const struct registry_contract *contract, const struct book *book,
                            struct fact_refusal *refusal) {
    struct date first = date_is_none(book->contracts_from) ? book->sessions.from : book->contracts_from;
    char day[DATE_TEXT_BYTES];
    if (date_compare(contract->from, first) < 0) {
        return fact_refuse_by(refusal, book->article_sessions, "from",
                              "Contracts under the convention of %s begin on %s or later.", book->convention,
                              date_format(first, day, sizeof day));
    }
    if (date_compare(contract->from, book->sessions.until) > 0) {
        return fact_refuse_by(refusal, book->article_sessions, "from", "The convention of %s ends on %s.",
                              book->convention, date_format(book->sessions.until, day, sizeof day));
    }
    return date_is_none(contract->until) || date_compare(contract->until, book->sessions.until) <= 0 ||
           fact_refuse_by(refusal, book->article_sessions, "until", "The convention of %s ends on %s.",
                          book->convention, date_format(book->sessions.until, day, sizeof day));
}

static bool functions_fit(const struct registry_contract *contract, const struct book *book,
                          struct fact_refusal *refusal) {
    const struct book_figures *figures = book_on(book, contract->from);
    if (contract->functions == 0 && figures->function_required) {
        return fact_refuse(refusal, "malformed", "functions",
                           "A contract under the book of %s must name its functions.", contract->convention);
    }
    if (contract->functions != 0 && !figures->function_required) {
        return fact_refuse_by(refusal, book->article_sessions, "functions",
                              "The convention of %s has a single function: a contract names none.",
                              contract->convention);
    }
    return (contract->functions & 1u << FUNCTION_F1) == 0 || figures->community_offered ||
           fact_refuse_by(refusal, book->article_sessions, "functions",
                          "The convention of %s knows no community interventions (F1).", contract->convention);
}

static bool book_has_envelope(const struct book *book, enum book_envelope_id envelope) {
    for (size_t i = 0; i < book->envelope_count; i++) {
        if (book->envelopes[i].envelope == envelope) {
            return true;
        }
    }
    return false;
}

/* Does the book give money for additional contracts on some day of this one (B8)? */
static bool extra_money_exists(const struct book *book, struct date from, struct date end) {
    for (size_t i = 0; i < book->epoch_count; i++) {
        const struct book_figures *figures = &book->epochs[i];
        bool begins_in_time = date_is_none(end) || date_compare(figures->valid.from, end) < 0;
        bool lasts = date_is_none(figures->valid.until) || date_compare(from, figures->valid.until) <= 0;
        if (figures->extra_care_share != BOOK_ABSENT && begins_in_time && lasts) {
            return true;
        }
    }
    return false;
}

/* Marks for money that the convention does not know would be counted nowhere. */
static bool marks_are_known(const struct fact_context *context, const struct registry_contract *contract,
                            const struct book *book, struct fact_refusal *refusal) {
    if (contract->under_served && !book_has_envelope(book, ENVELOPE_UNDER_SERVED)) {
        return fact_refuse_by(refusal, "S0 art. 14 §1 b.e", "under_served",
                              "The convention of %s has no money for under-served regions.", contract->convention);
    }
    return !contract->extra_one_percent ||
           extra_money_exists(book, contract->from, provider_contract_end(context->books, contract)) ||
           fact_refuse_by(refusal, "S0 art. 3", "extra_one_percent",
                          "The convention of %s has no extra money for contracts on the days of this one.",
                          contract->convention);
}

static bool starts_before(struct date from, struct date end) {
    return date_is_none(end) || date_compare(from, end) < 0;
}

/* Two contracts of one provider with one network and convention would leave open which of them covers a session. */
static bool overlaps_none(const struct fact_context *context, const struct registry_fact *fact, const struct book *book,
                          struct fact_refusal *refusal) {
    const struct registry_contract *contract = &fact->as.contract;
    uint32_t provider = inami_unique(&contract->provider);
    struct date end = provider_contract_end(context->books, contract);
    const struct registry_contract *other = registry_contracts(context->registry, provider);
    for (; other != NULL; other = other->next_of_provider) {
        if (inami_unique(&other->provider) == provider && strcmp(other->entry.code, fact->code) != 0 &&
            strcmp(other->network.text, contract->network.text) == 0 &&
            strcmp(other->convention, contract->convention) == 0 &&
            starts_before(contract->from, provider_contract_end(context->books, other)) &&
            starts_before(other->from, end)) {
            return fact_refuse_by(refusal, book->article_sessions, "from",
                                  "Contract %s of the same provider, network and convention covers some of these days.",
                                  other->entry.code);
        }
    }
    return true;
}

bool provider_contract_fits(const struct fact_context *context, const struct registry_fact *fact,
                            const Elp__V1__ProviderContract *wire, struct fact_refusal *refusal) {
    const struct registry_contract *contract = &fact->as.contract;
    const struct loaded_book *loaded = books_find(context->books, contract->convention);
    if (!fact_is_known(context->registry, FACT_NETWORK, contract->network.text, "network", refusal) ||
        !fact_is_known(context->registry, FACT_PAYEE, contract->payee.text, "payee", refusal) ||
        !sites_are_known(context->registry, contract, wire, refusal)) {
        return false;
    }
    if (loaded == NULL) {
        return fact_refuse(refusal, "unknown-reference", "convention", "No book of the convention %s is loaded.",
                           contract->convention);
    }
    return code_is_free(context->registry, FACT_SECOND_LEADER_CONTRACT, fact->code, refusal) &&
           days_lie_within(contract, loaded->book, refusal) && functions_fit(contract, loaded->book, refusal) &&
           notice_leaves_a_day(contract->notice, contract->from, provider_contract_end(context->books, contract),
                               refusal) &&
           marks_are_known(context, contract, loaded->book, refusal) &&
           overlaps_none(context, fact, loaded->book, refusal);
}

/* --- second leaders ----------------------------------------------------------------------------------------------- */

/* S4 art. 6, 7 and 10: what everybody needs, and what a structural engagement needs beside it. */
static const struct condition {
    Elp__V1__SecondLeaderCondition condition;
    const char *word;
    const char *article;
    bool structural_only;
} conditions[] = {
    {ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_PORTFOLIO, "portfolio", "S4 art. 6", false},
    {ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_SEPARATE_ACCOUNTS, "separate-accounts", "S4 art. 7 6°",
     false},
    {ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_INSURANCE, "insurance", "S4 art. 10", false},
    {ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_TRAINING, "training", "S4 art. 7 7°", true},
    {ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_INTERVISION, "intervision", "S4 art. 7 8°", true},
    {ELP__V1__SECOND_LEADER_CONDITION__SECOND_LEADER_CONDITION_STUDY, "study", "S4 art. 7 9°", true},
};

static bool conditions_are_met(const struct registry_second_leader *leader, struct fact_refusal *refusal) {
    for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        if ((!conditions[i].structural_only || leader->structural) &&
            (leader->conditions & 1u << conditions[i].condition) == 0) {
            return fact_refuse_by(refusal, conditions[i].article, "conditions", "%s second leader needs: %s.",
                                  leader->structural ? "A structural" : "Every", conditions[i].word);
        }
    }
    return true;
}

/* The last day that an amendment of the network's convention allows; DATE_NONE: none says so. */
static struct date amended_until(const struct registry *registry, const struct registry_second_leader *leader,
                                 const struct book *model) {
    struct registry_walker walker;
    struct date last = DATE_NONE;
    registry_walker_begin(&walker, registry, FACT_AMENDMENT);
    for (const struct registry_entry *at = registry_walker_next(&walker); at != NULL;
         at = registry_walker_next(&walker)) {
        const struct registry_amendment *amendment = (const struct registry_amendment *)at;
        if (strcmp(amendment->network.text, leader->network.text) == 0 &&
            strcmp(amendment->convention, model->convention) == 0 && !amendment->providers_only &&
            !date_is_none(amendment->second_leaders_until) &&
            (date_is_none(last) || date_compare(amendment->second_leaders_until, last) > 0)) {
            last = amendment->second_leaders_until;
        }
    }
    return last;
}

/* S4 art. 11 §2: until the model's last day, unless amended. */
static bool until_is_allowed(const struct registry *registry, const struct registry_second_leader *leader,
                             const struct book *model, struct fact_refusal *refusal) {
    struct date last = amended_until(registry, leader, model);
    char day[DATE_TEXT_BYTES];
    if (date_is_none(last) || date_compare(last, model->second_leaders_until) < 0) {
        last = model->second_leaders_until;
    }
    return date_is_none(leader->until) || date_compare(leader->until, last) <= 0 ||
           fact_refuse_by(refusal, "S4 art. 11 §2", "until",
                          "Contracts of second leaders last until %s, unless an amendment of the network says more.",
                          date_format(last, day, sizeof day));
}

/* What the model asks binds the contracts of that model only: no source says what earlier ones asked. */
bool second_leader_contract_fits(const struct fact_context *context, const struct registry_fact *fact,
                                 const Elp__V1__SecondLeaderContract *wire, struct fact_refusal *refusal) {
    const struct registry_second_leader *leader = &fact->as.second_leader;
    const struct book *model = second_leader_model(context->books, leader);
    const struct loaded_book *loaded = books_newest_on(context->books, leader->from);
    (void)wire;
    if (!fact_is_known(context->registry, FACT_NETWORK, leader->network.text, "network", refusal) ||
        !fact_is_known(context->registry, FACT_PAYEE, leader->designator.text, "designator", refusal) ||
        !fact_is_known(context->registry, FACT_PAYEE, leader->payee.text, "payee", refusal) ||
        !code_is_free(context->registry, FACT_PROVIDER_CONTRACT, fact->code, refusal)) {
        return false;
    }
    if (loaded != NULL && !book_on(loaded->book, leader->from)->group_offered) {
        return fact_refuse_by(refusal, loaded->book->article_sessions, "from",
                              "The convention of %s has no group sessions.", loaded->book->convention);
    }
    struct date end = second_leader_contract_end(context->books, leader);
    if (!notice_leaves_a_day(leader->notice, leader->from, end, refusal)) {
        return false;
    }
    return model == NULL ||
           (until_is_allowed(context->registry, leader, model, refusal) && conditions_are_met(leader, refusal));
}
