#include "services/intake/judge.h"

#include <string.h>

#include "services/intake/contract_end.h"
#include "services/intake/history.h"
#include "services/intake/intake_core.h"
#include "services/intake/rules.h"
#include "services/intake/standing.h"

void judge_read(struct intake_core *core, const Elp__V1__AttestationLine *wire) {
    struct judging *judging = &core->judging;
    judging->refusals.count = 0;
    judging->warnings.count = 0;
    judging->not_judged_count = 0;
    judging->line = &judging->line_storage;
    judging->books = &core->books;
    line_validate(wire, &judging->line_storage, &judging->refusals);
}

static void not_good(struct judging *judging, enum line_field field, const char *reason) {
    judging->line_storage.good &= ~FIELD_BIT(field);
    findings_explain(&judging->refusals, REFUSAL_MALFORMED, line_field_names[field], "%s", reason);
}

static bool good(const struct judging *judging, uint32_t fields) {
    return line_has(judging->line, fields);
}

/* --- registry and book -------------------------------------------------------------------------------------------- */

static void find_network_and_site(const struct intake_core *core, struct judging *judging) {
    const struct line *line = judging->line;
    judging->network = NULL;
    judging->site = NULL;
    if (good(judging, FIELD_BIT(FIELD_NETWORK))) {
        judging->network = registry_network(&core->registry, line->network.text);
        if (judging->network == NULL) {
            not_good(judging, FIELD_NETWORK, "No network has this code.");
        }
    }
    if (line->site.text[0] == '\0' || !good(judging, FIELD_BIT(FIELD_SITE))) {
        return;
    }
    const struct registry_site *site = registry_site(&core->registry, line->site.text);
    if (site == NULL) {
        not_good(judging, FIELD_SITE, "No site has this code.");
    } else if (judging->network != NULL && strcmp(site->network.text, line->network.text) != 0) {
        not_good(judging, FIELD_SITE, "The site belongs to another network.");
    } else {
        judging->site = site;
    }
}

const struct registry_contract *judge_contract_on(const struct intake_core *core, const struct inami *provider,
                                                  const struct code *network, struct date day,
                                                  const struct loaded_book **ret_loaded, bool *ret_without_book) {
    const struct registry_contract *found = NULL;
    uint32_t unique = inami_unique(provider);
    *ret_without_book = false;
    const struct registry_contract *contract = registry_contracts(&core->registry, unique);
    for (; contract != NULL; contract = contract->next_of_provider) {
        if (inami_unique(&contract->provider) != unique || strcmp(contract->network.text, network->text) != 0) {
            continue;
        }
        const struct loaded_book *loaded = books_find(&core->books, contract->convention);
        if (!contract_covers(contract, loaded != NULL ? loaded->book : NULL, day)) {
            continue;
        }
        if (loaded == NULL || !book_covers(loaded->book, day)) {
            *ret_without_book = true;
        } else if (found == NULL || date_compare(loaded->book->sessions.from, (*ret_loaded)->book->sessions.from) > 0) {
            found = contract;
            *ret_loaded = loaded;
        }
    }
    *ret_without_book = *ret_without_book && found == NULL;
    return found;
}

/*
 * The book that judges: that of the contract which covers the day. Without a contract the newest book of that day judges
 * the rest of the line, so that one answer names everything there is to mend.
 */
static void find_contract_and_book(const struct intake_core *core, struct judging *judging) {
    const struct line *line = judging->line;
    judging->contract = NULL;
    judging->loaded = NULL;
    judging->contract_without_book = false;
    if (good(judging, FIELD_BIT(FIELD_DATE))) {
        if (good(judging, FIELD_BIT(FIELD_NETWORK) | FIELD_BIT(FIELD_PROVIDER))) {
            judging->contract = judge_contract_on(core, &line->provider, &line->network, line->date, &judging->loaded,
                                                  &judging->contract_without_book);
        }
        if (judging->contract == NULL && !judging->contract_without_book) {
            judging->loaded = books_newest_on(&core->books, line->date);
        }
    }
    judging->book = judging->loaded != NULL ? judging->loaded->book : NULL;
    judging->figures = judging->book != NULL ? book_on(judging->book, line->date) : NULL;
    judging->premises |=
        (judging->book != NULL ? PREMISE_BOOK : 0u) | (judging->contract != NULL ? PREMISE_CONTRACT : 0u);
}

/* What a line may say at all depends on the convention: functions, groups and F1 are not in all of them. */
static void check_against_book(struct judging *judging) {
    const struct line *line = judging->line;
    const struct book_figures *figures = judging->figures;
    bool has_function = line->service != SERVICE_CONCERTATION && line->service != SERVICE_TRAINING &&
                        line->service != SERVICE_ART8_MISSION;
    bool function_needed = has_function && (figures == NULL || figures->function_required);
    if (line->function == FUNCTION_NONE && good(judging, FIELD_BIT(FIELD_FUNCTION)) && function_needed) {
        not_good(judging, FIELD_FUNCTION, "function must be F1, F2 or F3.");
    }
    if (figures == NULL) {
        return;
    }
    if (line->service != SERVICE_NONE && !book_offers_service(judging->book, line->service, line->date)) {
        not_good(judging, FIELD_SERVICE, "The convention of that day does not know this service.");
    }
    if (line->function == FUNCTION_F1 && !figures->community_offered) {
        not_good(judging, FIELD_FUNCTION, "The convention of that day knows no F1.");
    }
}

/* A contract of the model that says so ends when a newer convention takes effect (rulebook R4; S4 art. 11 §5). */
static bool convention_has_changed(const struct intake_core *core, const struct registry_second_leader *leader,
                                   struct date day) {
    struct date end = second_leader_contract_end(&core->books, leader);
    return second_leader_model(&core->books, leader) != NULL && !date_is_none(end) && date_compare(day, end) >= 0;
}

static void find_second_leader(const struct intake_core *core, struct judging *judging) {
    const struct line *line = judging->line;
    uint32_t needed = FIELD_BIT(FIELD_DATE) | FIELD_BIT(FIELD_NETWORK);
    judging->second_contract = NULL;
    judging->second_leader = NULL;
    if (!good(judging, needed)) {
        return;
    }
    if (line->has_second_provider && good(judging, FIELD_BIT(FIELD_SECOND_PROVIDER))) {
        const struct loaded_book *loaded = NULL;
        bool without_book = false;
        judging->second_contract =
            judge_contract_on(core, &line->second_provider, &line->network, line->date, &loaded, &without_book);
    }
    const struct registry_second_leader *leader = registry_second_leader(&core->registry, line->second_leader.text);
    if (leader != NULL && strcmp(leader->network.text, line->network.text) == 0 &&
        second_leader_covers(leader, judging->book, line->date) && !convention_has_changed(core, leader, line->date)) {
        judging->second_leader = leader;
    }
}

/* --- what the line replaces --------------------------------------------------------------------------------------- */

static int find_replaced(struct intake_core *core, struct store_txn *txn, const struct principal *principal,
                         const struct index_overlay *overlay, struct judging *judging) {
    const struct line *line = judging->line;
    judging->replaced = (struct judged_replacement){.given = line->has_replaces, .deadline = DATE_NONE};
    if (!line->has_replaces) {
        judging->premises |= PREMISE_REPLACED;
        return 0;
    }
    if (!good(judging, FIELD_BIT(FIELD_REPLACES))) {
        return 0;
    }
    struct standing standing = {0};
    struct inami provider = {0};
    arena_reset(&core->arena);
    int failure = standing_read(core, txn, line->replaces_number, &core->arena, &standing);
    if (failure < 0) {
        return failure;
    }
    bool own =
        standing.record != NULL && epochs_hold(&core->epochs, line->replaces_epoch, line->replaces_number) &&
        (principal->role == ROLE_OPERATOR || strcmp(standing.record->accepted->principal, principal->name.text) == 0);
    if (!own || !inami_parse(standing.record->accepted->provider, &provider)) {
        not_good(judging, FIELD_REPLACES, "replaces names no accepted attestation of this principal.");
        return 0;
    }
    if (good(judging, FIELD_BIT(FIELD_PROVIDER)) && inami_unique(&provider) != inami_unique(&line->provider)) {
        not_good(judging, FIELD_REPLACES, "replaces names an attestation of another provider.");
        return 0;
    }
    if (standing.ended_by != 0 || (overlay != NULL && index_overlay_hides(overlay, line->replaces_number))) {
        findings_add(&judging->refusals, REFUSAL_ALREADY_CANCELLED, "replaces");
        return 0;
    }
    judging->replaced.number = line->replaces_number;
    volumes_of_accepted(core, standing.record->accepted, &judging->replaced.volumes);
    judging->premises |= PREMISE_REPLACED;
    return standing_deadline(core, txn, line->replaces_number, &judging->replaced.deadline);
}

/* --- people ------------------------------------------------------------------------------------------------------- */

/* A code that begins with 00 says that the insurer has no insurance to state; it counts as not given. */
static bool says_insured(const char code[4]) {
    return code[0] != '\0' && (code[0] != '0' || code[1] != '0');
}

/* Last digit 1 of CT1 or CT2: increased intervention. */
static bool says_increased(const char code[4]) {
    return says_insured(code) && code[2] == '1';
}

static int identify(struct vault *vault, bool dry_run, struct line_beneficiary *beneficiary,
                    struct judged_person *person) {
    struct person known = {0};
    person->lookup = vault_lookup_of(vault, &beneficiary->niss);
    int failure = vault_find(vault, &person->lookup, &known);
    if (failure < 0) {
        return failure;
    }
    person->known = known.number != 0;
    person->number = !person->known && dry_run ? persons_provisional(&person->lookup) : known.number;
    memcpy(beneficiary->salt, known.salt, sizeof beneficiary->salt);
    return 0;
}

int judge_identify(struct intake_core *core, bool dry_run) {
    struct judging *judging = &core->judging;
    int failure = 0;
    for (size_t i = 0; failure == 0 && i < judging->line->beneficiary_count; i++) {
        struct line_beneficiary *beneficiary = &judging->line_storage.beneficiaries[i];
        judging->persons[i] = (struct judged_person){.insurability = {.resolved_on = DATE_NONE}};
        if (beneficiary->good & 1u << BENEFICIARY_NISS) {
            failure = identify(core->vault, dry_run, beneficiary, &judging->persons[i]);
        }
    }
    return failure;
}

static int find_person(const struct intake_core *core, struct store_txn *txn, const struct line *line, size_t index,
                       struct judged_person *person) {
    const struct line_beneficiary *beneficiary = &line->beneficiaries[index];
    bool dated = line_has(line, FIELD_BIT(FIELD_DATE));
    if (dated && (beneficiary->good & 1u << BENEFICIARY_BIRTH_DATE)) {
        person->age = date_age_years(beneficiary->birth, line->date);
    }
    if (person->known && dated && core->statements_exist) {
        int failure = insurability_on(txn, person->number, line->date, &person->insurability);
        if (failure < 0) {
            return failure;
        }
    }
    if (person->insurability.stated) {
        person->insured = person->insurability.insured;
        person->increased = person->insurability.increased;
    } else {
        person->insured = says_insured(beneficiary->ct1) || says_insured(beneficiary->ct2);
        person->increased = says_increased(beneficiary->ct1) || says_increased(beneficiary->ct2);
    }
    return 0;
}

static int find_persons(const struct intake_core *core, const struct index_view *view, struct judging *judging) {
    for (size_t i = 0; i < judging->line->beneficiary_count; i++) {
        struct judged_person *person = &judging->persons[i];
        int failure = find_person(core, view->txn, judging->line, i, person);
        if (failure == 0 && judging->book != NULL && good(judging, FIELD_BIT(FIELD_DATE) | FIELD_BIT(FIELD_SERVICE))) {
            failure = history_find(judging, view, &judging->days, person);
        }
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

/* --- leaders ------------------------------------------------------------------------------------------------------ */

struct same_session {
    const struct line *line;
    uint64_t number;
};

static bool visit_same_session(void *context, const struct index_entry *entry) {
    struct same_session *same = context;
    if (entry->service == same->line->service && entry->start_minute == same->line->start_minute) {
        same->number = entry->number;
        return false;
    }
    return true;
}

/* A standing session of one of the leaders with the same service, date and start. */
static int find_leader_session(const struct index_view *view, struct judging *judging) {
    const struct line *line = judging->line;
    struct same_session same = {.line = line};
    uint64_t subjects[3];
    size_t count = 0;
    judging->leader_session = 0;
    uint32_t needed =
        FIELD_BIT(FIELD_PROVIDER) | FIELD_BIT(FIELD_DATE) | FIELD_BIT(FIELD_START) | FIELD_BIT(FIELD_SERVICE);
    if (!good(judging, needed)) {
        return 0;
    }
    subjects[count++] = subject_of_provider(inami_unique(&line->provider));
    if (line->has_second_provider && good(judging, FIELD_BIT(FIELD_SECOND_PROVIDER))) {
        subjects[count++] = subject_of_provider(inami_unique(&line->second_provider));
    }
    if (judging->second_leader != NULL) {
        subjects[count++] = subject_of_second_leader(judging->second_leader->entry.first_number);
    }
    for (size_t i = 0; i < count && same.number == 0; i++) {
        int failure = index_scan(view, subjects[i], line->date, line->date, visit_same_session, &same);
        if (failure < 0) {
            return failure;
        }
    }
    judging->leader_session = same.number;
    return 0;
}

/* --- volumes ------------------------------------------------------------------------------------------------------ */

static int find_volumes(struct store_txn *txn, const struct dry_writes *dry, struct judging *judging) {
    const struct volumes *replaced = &judging->replaced.volumes;
    volumes_of_judging(judging, &judging->volumes);
    for (size_t i = 0; i < judging->volumes.count; i++) {
        const struct volume *volume = &judging->volumes.items[i];
        int failure = volume_read(txn, dry != NULL ? dry->volumes : NULL, volume, &judging->volume_held[i]);
        if (failure < 0) {
            return failure;
        }
        for (size_t r = 0; r < replaced->count; r++) {
            judging->volume_held[i] -= volume_equal(volume, &replaced->items[r]);
        }
    }
    return 0;
}

int judge_line(struct intake_core *core, struct store_txn *txn, const struct principal *principal,
               const struct dry_writes *dry) {
    struct judging *judging = &core->judging;
    const struct index_overlay *overlay = dry != NULL ? dry->index : NULL;
    judging->at = core->clock.at;
    judging->today = brussels_date(core->clock.at);
    judging->premises = 0;
    find_network_and_site(core, judging);
    find_contract_and_book(core, judging);
    check_against_book(judging);
    find_second_leader(core, judging);
    judging->programme = registry_programme(&core->registry, judging->line->programme.text);
    int failure = find_replaced(core, txn, principal, overlay, judging);
    if (failure < 0) {
        return failure;
    }
    struct index_view view = {.txn = txn, .overlay = overlay, .without = judging->replaced.number};
    failure = find_persons(core, &view, judging);
    if (failure == 0) {
        failure = find_leader_session(&view, judging);
    }
    if (failure == 0) {
        failure = find_volumes(txn, dry, judging);
    }
    if (failure == 0) {
        rules_judge(judging);
    }
    return failure;
}
