#include <stdio.h>
#include <string.h>

#include "common/wire.h"
#include "services/intake/books.h"
#include "services/intake/contract_end.h"
#include "services/intake/registry_fact.h"
#include "services/intake/registry_field.h"

/*
 * Amendments of a network's convention and the letters about them (rulebook R6; S0, S4 art. 5 8°, art. 11 §3): the network
 * informs each contractor in time, a contractor may refuse in writing in time, silence is acceptance.
 */
#define ARTICLE_LETTER "S4 art. 5 8°"
#define ARTICLE_ANSWER "S4 art. 11 §3"

bool registry_read_amendment(const Elp__V1__Amendment *wire, struct registry_fact *fact, struct fact_wire *out,
                             struct fact_refusal *refusal) {
    struct registry_amendment *amendment = &fact->as.amendment;
    struct code code;
    struct code convention;
    if (!fact_read_code(wire->code, "code", true, &code, refusal) ||
        !fact_read_code(wire->network, "network", true, &amendment->network, refusal) ||
        !fact_read_code(wire->convention, "convention", true, &convention, refusal) ||
        !fact_read_date(wire->signed_on, "signed_on", true, &amendment->signed_on, refusal) ||
        !fact_read_date(wire->second_leaders_until, "second_leaders_until", false, &amendment->second_leaders_until,
                        refusal) ||
        !fact_check_text(wire->title, "title", WIRE_TEXT_BYTES_MAX, refusal) ||
        !fact_check_text(wire->reference, "reference", WIRE_TEXT_BYTES_MAX, refusal)) {
        return false;
    }
    if (strlen(convention.text) >= sizeof amendment->convention) {
        return fact_refuse(refusal, "malformed", "convention", "convention must be the word of a book, such as 2024.");
    }
    memcpy(amendment->convention, convention.text, sizeof amendment->convention);
    amendment->providers_only = wire->providers_only;
    (void)snprintf(fact->code, sizeof fact->code, "%s", code.text);
    fact->network = amendment->network;
    out->body.amendment = *wire;
    out->body.amendment.base.n_unknown_fields = 0;
    out->fact.amendment = &out->body.amendment;
    return true;
}

bool registry_read_letter(const Elp__V1__AmendmentLetter *wire, struct registry_fact *fact, struct fact_wire *out,
                          struct fact_refusal *refusal) {
    struct registry_letter *letter = &fact->as.letter;
    if (!fact_read_code(wire->amendment, "amendment", true, &letter->amendment, refusal) ||
        !fact_read_code(wire->network, "network", true, &letter->network, refusal) ||
        !fact_read_code(wire->contract, "contract", true, &letter->contract, refusal) ||
        !fact_read_date(wire->sent_on, "sent_on", true, &letter->sent_on, refusal) ||
        !fact_read_date(wire->refused_on, "refused_on", false, &letter->refused_on, refusal) ||
        !fact_check_order(letter->sent_on, letter->refused_on, "refused_on", refusal)) {
        return false;
    }
    (void)snprintf(fact->code, sizeof fact->code, "%s/%s", letter->amendment.text, letter->contract.text);
    fact->network = letter->network;
    out->body.letter = *wire;
    out->body.letter.base.n_unknown_fields = 0;
    out->fact.amendment_letter = &out->body.letter;
    return true;
}

/* --- amendments --------------------------------------------------------------------------------------------------- */

/* No letter about the amendment may have been sent before it was signed. */
static bool letters_come_after(const struct fact_context *context, const struct registry_fact *fact,
                               struct fact_refusal *refusal) {
    struct registry_walker walker;
    registry_walker_begin(&walker, context->registry, FACT_AMENDMENT_LETTER);
    for (const struct registry_entry *at = registry_walker_next(&walker); at != NULL;
         at = registry_walker_next(&walker)) {
        const struct registry_letter *letter = (const struct registry_letter *)at;
        if (strcmp(letter->amendment.text, fact->code) == 0 &&
            date_compare(letter->sent_on, fact->as.amendment.signed_on) < 0) {
            return fact_refuse_by(refusal, ARTICLE_LETTER, "signed_on", "The letter to %s was sent before that day.",
                                  letter->contract.text);
        }
    }
    return true;
}

bool amendment_fits(const struct fact_context *context, const struct registry_fact *fact,
                    struct fact_refusal *refusal) {
    const struct registry_amendment *amendment = &fact->as.amendment;
    const struct loaded_book *loaded = books_find(context->books, amendment->convention);
    char day[DATE_TEXT_BYTES];
    if (!fact_is_known(context->registry, FACT_NETWORK, amendment->network.text, "network", refusal)) {
        return false;
    }
    if (loaded == NULL) {
        return fact_refuse(refusal, "unknown-reference", "convention", "No book of the convention %s is loaded.",
                           amendment->convention);
    }
    if (date_compare(amendment->signed_on, context->today) > 0) {
        return fact_refuse(refusal, "malformed", "signed_on", "signed_on must not lie in the future.");
    }
    struct date last = loaded->book->sessions.until;
    if (!date_is_none(amendment->second_leaders_until) && date_compare(amendment->second_leaders_until, last) > 0) {
        return fact_refuse_by(refusal, loaded->book->article_sessions, "second_leaders_until",
                              "The convention of %s ends on %s.", amendment->convention,
                              date_format(last, day, sizeof day));
    }
    return letters_come_after(context, fact, refusal);
}

/* --- letters ------------------------------------------------------------------------------------------------------ */

/* The contract that a letter is about, of either kind. */
struct addressed {
    const struct code *network;
    struct date from;
    struct date end;
    const char *convention; /* NULL: a second leader's contract names none */
};

static bool find_addressed(const struct fact_context *context, const char *code, struct addressed *ret) {
    const struct registry_contract *contract = registry_contract(context->registry, code);
    const struct registry_second_leader *leader = registry_second_leader(context->registry, code);
    if (contract != NULL) {
        *ret = (struct addressed){&contract->network, contract->from, provider_contract_end(context->books, contract),
                                  contract->convention};
    } else if (leader != NULL) {
        *ret = (struct addressed){&leader->network, leader->from, second_leader_contract_end(context->books, leader),
                                  NULL};
    }
    return contract != NULL || leader != NULL;
}

/* The contractor is one of those whom the amendment binds: of its network and convention, in force when it was signed. */
static bool letter_is_addressed(const struct fact_context *context, const struct registry_letter *letter,
                                const struct registry_amendment *amendment, struct fact_refusal *refusal) {
    struct addressed contract;
    char day[DATE_TEXT_BYTES];
    if (!find_addressed(context, letter->contract.text, &contract) ||
        strcmp(contract.network->text, letter->network.text) != 0) {
        return fact_refuse(refusal, "unknown-reference", "contract", "Network %s has no contract %s.",
                           letter->network.text, letter->contract.text);
    }
    if (contract.convention != NULL && strcmp(contract.convention, amendment->convention) != 0) {
        return fact_refuse_by(refusal, ARTICLE_ANSWER, "contract",
                              "Contract %s is under the convention of %s; the amendment is of that of %s.",
                              letter->contract.text, contract.convention, amendment->convention);
    }
    if (contract.convention == NULL && amendment->providers_only) {
        return fact_refuse_by(refusal, ARTICLE_ANSWER, "contract",
                              "The amendment does not touch contracts of second leaders.");
    }
    if (date_compare(contract.from, amendment->signed_on) > 0 ||
        (!date_is_none(contract.end) && date_compare(contract.end, amendment->signed_on) <= 0)) {
        return fact_refuse_by(refusal, ARTICLE_ANSWER, "contract",
                              "Contract %s was not in force on %s, when the amendment was signed.",
                              letter->contract.text, date_format(amendment->signed_on, day, sizeof day));
    }
    return true;
}

static bool answer_fits(const struct fact_context *context, const struct registry_letter *letter,
                        const struct book *book, struct fact_refusal *refusal) {
    char day[DATE_TEXT_BYTES];
    if (date_is_none(letter->refused_on)) {
        return true;
    }
    struct date last = amendment_answer_until(book, letter->sent_on);
    if (date_compare(letter->refused_on, last) > 0) {
        return fact_refuse_by(refusal, ARTICLE_ANSWER, "refused_on",
                              "A refusal was possible until %s; silence until then is acceptance.",
                              date_format(last, day, sizeof day));
    }
    return date_compare(letter->refused_on, context->today) <= 0 ||
           fact_refuse(refusal, "malformed", "refused_on", "refused_on must not lie in the future.");
}

bool letter_fits(const struct fact_context *context, const struct registry_fact *fact, struct fact_refusal *refusal) {
    const struct registry_letter *letter = &fact->as.letter;
    const struct registry_amendment *amendment = registry_amendment(context->registry, letter->amendment.text);
    char day[DATE_TEXT_BYTES];
    if (amendment == NULL || strcmp(amendment->network.text, letter->network.text) != 0) {
        return fact_refuse(refusal, "unknown-reference", "amendment", "Network %s has no amendment %s.",
                           letter->network.text, letter->amendment.text);
    }
    if (date_compare(letter->sent_on, amendment->signed_on) < 0) {
        return fact_refuse_by(refusal, ARTICLE_LETTER, "sent_on", "The network signed the amendment on %s.",
                              date_format(amendment->signed_on, day, sizeof day));
    }
    if (date_compare(letter->sent_on, context->today) > 0) {
        return fact_refuse(refusal, "malformed", "sent_on", "sent_on must not lie in the future.");
    }
    const struct loaded_book *loaded = books_find(context->books, amendment->convention);
    return letter_is_addressed(context, letter, amendment, refusal) &&
           (loaded == NULL || answer_fits(context, letter, loaded->book, refusal));
}
