#include "services/intake/record_line.h"

#include <string.h>

#include "common/require.h"
#include "services/intake/intake_core.h"
#include "services/intake/standing.h"

_Static_assert((int)SERVICE_ART8_MISSION == ELP__V1__SERVICE__SERVICE_ART8_MISSION, "services have the same numbers");
_Static_assert((int)FUNCTION_F3 == ELP__V1__FUNCTION__FUNCTION_F3, "functions have the same numbers");
_Static_assert((int)NETWORK_MIXED == ELP__V1__NETWORK_KIND__NETWORK_KIND_MIXED, "network kinds have the same numbers");
_Static_assert((int)SITE_OTHER == ELP__V1__SITE_KIND__SITE_KIND_OTHER, "site kinds have the same numbers");
_Static_assert((int)SECOND_EXPERT == ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_EXPERT,
               "second leaders' kinds have the same numbers");

/* --- the accepted line -------------------------------------------------------------------------------------------- */

/* A record and all that it points to. */
struct accepted_record {
    Elp__V1__IntakeRecord record;
    Elp__V1__AttestationAccepted accepted;
    Elp__V1__BeneficiaryFacts beneficiaries[ATTESTATION_BENEFICIARIES_MAX];
    Elp__V1__BeneficiaryFacts *beneficiary_pointers[ATTESTATION_BENEFICIARIES_MAX];
    Elp__V1__SecondLeaderFacts second;
    struct reason_list warnings;
    char *warning_codes[FINDINGS_MAX];
};

static void fill_session(const struct judging *judging, Elp__V1__AttestationAccepted *accepted) {
    const struct line *line = judging->line;
    accepted->key = line->wire->key;
    accepted->provider = (char *)line->provider.digits;
    accepted->service = (Elp__V1__Service)line->service;
    accepted->function = (Elp__V1__Function)line->function;
    accepted->date = line->date.days;
    accepted->start_minute = (uint32_t)line->start_minute;
    accepted->minutes = (uint32_t)line->minutes;
    accepted->direct_minutes = (uint32_t)line->direct_minutes;
    bool names_nobody =
        line->function == FUNCTION_F1 || line->service == SERVICE_TRAINING || line->service == SERVICE_ART8_MISSION;
    accepted->head_count = names_nobody ? (uint32_t)line->head_count : 0;
    accepted->programme = (char *)line->programme.text;
    accepted->eating_disorder = line->eating_disorder;
    accepted->entourage = line->entourage;
    accepted->replaces = judging->replaced.number;
    accepted->cost_cents = money_cents(line->cost);
    accepted->referral_date = date_is_none(line->referral_date) ? 0 : line->referral_date.days;
    accepted->referrer = line->wire->referrer;
    accepted->professionals = (uint32_t)line->professionals;
    accepted->care_providers = (uint32_t)line->care_providers;
    accepted->assessment_date = date_is_none(line->assessment_date) ? 0 : line->assessment_date.days;
    if (judging->site != NULL) {
        accepted->site_agreement_cents = money_cents(judging->site->agreement_amount);
        accepted->site = (char *)judging->site->entry.code;
        accepted->site_kind = (Elp__V1__SiteKind)judging->site->kind;
        accepted->share_exempt_site = judging->site->share_exempt;
        accepted->site_agreement = judging->site->agreement;
    }
}

/* The facts of registry and book as they are today: the record means the same for ever (design.md, The picture). */
static void fill_registry(const struct judging *judging, Elp__V1__AttestationAccepted *accepted) {
    const struct registry_contract *contract = judging->contract;
    const struct registry_network *network = judging->network;
    accepted->network = (char *)network->entry.code;
    accepted->network_kind = (Elp__V1__NetworkKind)network->kind;
    accepted->prison_network = network->prison_network;
    accepted->sites_from_art8 = network->sites_from_art8;
    accepted->new_graduates_merged = network->new_graduates_merged;
    accepted->convention = (char *)judging->book->convention;
    accepted->book_number = judging->loaded->number;
    accepted->contract = (char *)contract->entry.code;
    accepted->payee = (char *)contract->payee.text;
    accepted->new_graduate = contract->new_graduate;
    accepted->under_served = contract->under_served;
    accepted->extra_one_percent = contract->extra_one_percent;
}

static void fill_second_leader(const struct judging *judging, struct accepted_record *out) {
    Elp__V1__SecondLeaderFacts *second = &out->second;
    elp__v1__second_leader_facts__init(second);
    if (judging->second_contract != NULL) {
        second->kind = ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PSYCHOLOGIST;
        second->code = (char *)judging->line->second_provider.digits;
        second->payee = (char *)judging->second_contract->payee.text;
        second->contract = (char *)judging->second_contract->entry.code;
    } else if (judging->second_leader != NULL) {
        const struct registry_second_leader *leader = judging->second_leader;
        second->kind = (Elp__V1__SecondLeaderKind)leader->kind;
        second->code = (char *)leader->entry.code;
        second->designated = leader->designated;
        second->rate_cents_per_hour = money_cents(leader->rate_per_hour);
        second->paid_in_person = leader->paid_in_person;
        second->payee = (char *)leader->payee.text;
        second->designator = (char *)leader->designator.text;
    } else {
        return;
    }
    out->accepted.second = second;
}

static void fill_beneficiaries(const struct judging *judging, struct accepted_record *out) {
    for (size_t i = 0; i < judging->line->beneficiary_count; i++) {
        const struct judged_person *person = &judging->persons[i];
        Elp__V1__BeneficiaryFacts *facts = &out->beneficiaries[i];
        elp__v1__beneficiary_facts__init(facts);
        facts->person = person->number;
        facts->age = (uint32_t)person->age;
        facts->increased = person->increased;
        facts->first_session = person->first_session;
        out->beneficiary_pointers[i] = facts;
    }
    out->accepted.n_beneficiaries = judging->line->beneficiary_count;
    out->accepted.beneficiaries = out->beneficiary_pointers;
}

static void fill_warnings(const struct judging *judging, struct accepted_record *out) {
    verdict_reasons(judging, &judging->warnings, &out->warnings);
    for (size_t i = 0; i < out->warnings.count; i++) {
        out->warning_codes[i] = out->warnings.items[i].code;
    }
    out->accepted.n_warnings = out->warnings.count;
    out->accepted.warnings = out->warning_codes;
    out->accepted.n_remarks = out->warnings.count;
    out->accepted.remarks = out->warnings.pointers;
}

static int number_person(struct intake_core *core, struct store_txn *txn, struct line_beneficiary *beneficiary,
                         struct judged_person *person) {
    struct person known = {0};
    /* Asked again: a line may name somebody new twice. */
    int failure = vault_find(core->vault, &person->lookup, &known);
    if (failure == 0 && known.number == 0) {
        failure = persons_add(core, txn, &person->lookup, &beneficiary->niss, &known);
    }
    if (failure == 0) {
        person->number = known.number;
        person->known = true;
        memcpy(beneficiary->salt, known.salt, sizeof beneficiary->salt);
    }
    return failure;
}

/*
 * Everybody whom a recorded line names gets a number, also when the line is refused: what is kept under its key is keyed
 * with the salts of its people. *ret_any: somebody was new.
 */
static int number_new_persons(struct intake_core *core, struct store_txn *txn, bool *ret_any) {
    struct judging *judging = &core->judging;
    bool any = false;
    for (size_t i = 0; i < judging->line->beneficiary_count; i++) {
        struct judged_person *person = &judging->persons[i];
        struct line_beneficiary *beneficiary = &judging->line_storage.beneficiaries[i];
        if (person->known || !(beneficiary->good & 1u << BENEFICIARY_NISS)) {
            continue;
        }
        int failure = number_person(core, txn, beneficiary, person);
        if (failure < 0) {
            return failure;
        }
        any = true;
    }
    *ret_any = any;
    return 0;
}

/* --- the index ---------------------------------------------------------------------------------------------------- */

static struct index_entry entry_of(const struct judging *judging, uint64_t number) {
    const struct line *line = judging->line;
    struct index_entry entry = {
        .number = number,
        .date = line->date,
        .service = line->service,
        .function = line->function,
        .start_minute = line->start_minute,
        .entourage = line->entourage,
        .referral = DATE_NONE,
    };
    size_t bytes = strlen(judging->book->convention);
    require(bytes < sizeof entry.convention);
    memcpy(entry.convention, judging->book->convention, bytes);
    return entry;
}

/* What a beneficiary's row says beyond a leader's. */
static void about_person(const struct judging *judging, size_t index, struct index_entry *entry) {
    entry->age = judging->persons[index].age;
    entry->network = judging->network->entry.first_number;
    entry->referral = judging->line->referral_date;
}

/* The leaders' subjects, at most two. */
static size_t leaders_of(const struct judging *judging, uint64_t subjects[2]) {
    size_t count = 0;
    subjects[count++] = subject_of_provider(inami_unique(&judging->line->provider));
    if (judging->second_contract != NULL) {
        subjects[count++] = subject_of_provider(inami_unique(&judging->line->second_provider));
    } else if (judging->second_leader != NULL) {
        subjects[count++] = subject_of_second_leader(judging->second_leader->entry.first_number);
    }
    return count;
}

static int index_line(const struct judging *judging, struct store_txn *txn, uint64_t number) {
    uint64_t leaders[2];
    struct index_entry entry = entry_of(judging, number);
    size_t count = leaders_of(judging, leaders);
    int failure = 0;
    for (size_t i = 0; failure == 0 && i < count; i++) {
        failure = index_put(txn, leaders[i], &entry);
    }
    for (size_t i = 0; failure == 0 && i < judging->line->beneficiary_count; i++) {
        about_person(judging, i, &entry);
        failure = index_put(txn, judging->persons[i].number, &entry);
    }
    return failure;
}

void overlay_line(const struct judging *judging, uint64_t number, struct dry_writes *dry) {
    struct index_overlay *overlay = dry->index;
    uint64_t leaders[2];
    struct index_entry entry = entry_of(judging, number);
    size_t count = leaders_of(judging, leaders);
    if (judging->replaced.number != 0) {
        index_overlay_hide(overlay, judging->replaced.number);
    }
    for (size_t i = 0; i < count; i++) {
        index_overlay_add(overlay, leaders[i], &entry);
    }
    for (size_t i = 0; i < judging->line->beneficiary_count; i++) {
        about_person(judging, i, &entry);
        index_overlay_add(overlay, judging->persons[i].number, &entry);
    }
    volume_overlay_add(dry->volumes, &judging->replaced.volumes, -1);
    volume_overlay_add(dry->volumes, &judging->volumes, 1);
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

static int end_replaced(struct intake_core *core, struct store_txn *txn, uint64_t replaced, uint64_t by) {
    struct standing standing;
    arena_reset(&core->arena);
    int failure = standing_read(core, txn, replaced, &core->arena, &standing);
    if (failure < 0) {
        return failure;
    }
    require(standing.record != NULL && standing.ended_by == 0);
    return standing_end(core, txn, replaced, standing.record->accepted, by);
}

static int record_accepted(struct intake_core *core, struct store_txn *txn, const struct principal *principal,
                           uint64_t *ret_number) {
    struct judging *judging = &core->judging;
    struct accepted_record record;
    struct accepted_record *out = &record;
    require(judging->contract != NULL && judging->network != NULL && judging->book != NULL);
    elp__v1__intake_record__init(&out->record);
    elp__v1__attestation_accepted__init(&out->accepted);
    out->record.body_case = ELP__V1__INTAKE_RECORD__BODY_ACCEPTED;
    out->record.accepted = &out->accepted;
    out->accepted.principal = (char *)principal->name.text;
    fill_session(judging, &out->accepted);
    fill_registry(judging, &out->accepted);
    fill_second_leader(judging, out);
    fill_beneficiaries(judging, out);
    fill_warnings(judging, out);
    int failure = intake_append(core, txn, &out->record, principal->name.text, ret_number);
    if (failure == 0 && judging->replaced.number != 0) {
        failure = end_replaced(core, txn, judging->replaced.number, *ret_number);
    }
    if (failure == 0) {
        failure = index_line(judging, txn, *ret_number);
    }
    return failure < 0 ? failure : volumes_add(txn, &judging->volumes, 1);
}

static int record_refused(struct intake_core *core, struct store_txn *txn, const struct principal *principal,
                          uint64_t *ret_number) {
    struct judging *judging = &core->judging;
    const struct line *line = judging->line;
    struct reason_list reasons;
    struct reason_list warnings;
    char *not_judged[REFUSAL_COUNT];
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__AttestationRefused refused = ELP__V1__ATTESTATION_REFUSED__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_REFUSED;
    record.refused = &refused;
    refused.key = line->wire->key;
    refused.principal = (char *)principal->name.text;
    refused.network = judging->network != NULL ? (char *)judging->network->entry.code : (char *)"";
    verdict_reasons(judging, &judging->refusals, &reasons);
    refused.n_reasons = reasons.count;
    refused.reasons = reasons.pointers;
    verdict_reasons(judging, &judging->warnings, &warnings);
    refused.n_warnings = warnings.count;
    refused.warnings = warnings.pointers;
    for (size_t i = 0; i < judging->not_judged_count; i++) {
        not_judged[i] = (char *)refusal_word(judging->not_judged[i]);
    }
    refused.n_not_judged = judging->not_judged_count;
    refused.not_judged = not_judged;
    refused.service = (uint32_t)line->service;
    refused.date = date_is_none(line->date) ? 0 : line->date.days;
    return intake_append(core, txn, &record, principal->name.text, ret_number);
}

int record_line(struct intake_core *core, struct store_txn *txn, const struct principal *principal,
                struct line_digests *digests, uint64_t *ret_number) {
    bool accepts = judging_accepts(&core->judging);
    bool new_persons = false;
    int failure = number_new_persons(core, txn, &new_persons);
    if (failure == 0) {
        failure = accepts ? record_accepted(core, txn, principal, ret_number)
                          : record_refused(core, txn, principal, ret_number);
    }
    if (failure < 0) {
        return failure;
    }
    if (new_persons) {
        line_digests_of(core->judging.line, vault_digest_key(core->vault), digests);
    }
    struct key_entry entry = {accepts ? KEY_ACCEPTED : KEY_REFUSED, *ret_number, *digests};
    return client_key_put(txn, principal->name.text, core->judging.line->key, &entry);
}
