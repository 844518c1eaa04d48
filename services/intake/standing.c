#include "services/intake/standing.h"

#include "common/require.h"
#include "services/intake/insurability.h"
#include "services/intake/intake_core.h"
#include "services/intake/person_index.h"

/*
 * TABLE_CANCELLED. Key: attestation, 8 bytes. Value: record that cancelled or replaced it, 8 bytes. Record 4661 ended
 * attestation 4660:
 *   0000 0000 0000 1234 → 0000 0000 0000 1235
 */

int standing_ended_by(struct store_txn *txn, uint64_t number, uint64_t *ret_record) {
    uint8_t key[8];
    struct span value = {0};
    bool found = false;
    store_write_u64(key, number);
    int failure = store_get(txn, TABLE_CANCELLED, span_of(key, sizeof key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != 8) {
        return FAILURE_CORRUPT;
    }
    *ret_record = found ? store_read_u64(value.data) : 0;
    return 0;
}

int standing_read(const struct intake_core *core, struct store_txn *txn, uint64_t number, struct arena *arena,
                  struct standing *ret) {
    struct standing standing = {0};
    if (number >= 1 && number <= core->context.journal->head) {
        const Elp__V1__IntakeRecord *record = NULL;
        int failure = intake_read(core, txn, number, arena, &record);
        if (failure == 0) {
            failure = standing_ended_by(txn, number, &standing.ended_by);
        }
        if (failure < 0) {
            return failure;
        }
        standing.record = record->body_case == ELP__V1__INTAKE_RECORD__BODY_ACCEPTED ? record : NULL;
    }
    *ret = standing;
    return 0;
}

/* The index subject of the second leader of a recorded group; 0 when there is none. */
static uint64_t second_subject(const struct intake_core *core, const Elp__V1__AttestationAccepted *accepted) {
    struct inami inami;
    if (accepted->second == NULL) {
        return 0;
    }
    if (accepted->second->kind == ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PSYCHOLOGIST) {
        bool parsed = inami_parse(accepted->second->code, &inami);
        require(parsed);
        return subject_of_provider(inami_unique(&inami));
    }
    const struct registry_second_leader *leader = registry_second_leader(&core->registry, accepted->second->code);
    require(leader != NULL);
    return subject_of_second_leader(leader->entry.first_number);
}

int standing_end(const struct intake_core *core, struct store_txn *txn, uint64_t number,
                 const Elp__V1__AttestationAccepted *accepted, uint64_t by) {
    uint8_t key[8];
    uint8_t value[8];
    struct date date = {accepted->date};
    struct inami provider;
    store_write_u64(key, number);
    store_write_u64(value, by);
    int failure = store_put(txn, TABLE_CANCELLED, span_of(key, sizeof key), span_of(value, sizeof value));
    if (!inami_parse(accepted->provider, &provider)) {
        return FAILURE_CORRUPT;
    }
    if (failure == 0) {
        failure = index_delete(txn, subject_of_provider(inami_unique(&provider)), date, number);
    }
    uint64_t second = second_subject(core, accepted);
    if (failure == 0 && second != 0) {
        failure = index_delete(txn, second, date, number);
    }
    for (size_t i = 0; failure == 0 && i < accepted->n_beneficiaries; i++) {
        failure = index_delete(txn, accepted->beneficiaries[i]->person, date, number);
    }
    struct volumes volumes;
    volumes_of_accepted(core, accepted, &volumes);
    return failure < 0 ? failure : volumes_add(txn, &volumes, -1);
}

/* The latest day on which an insurer stated a problem of one of these people resolved, for the session's day. */
static int resolved_on(struct store_txn *txn, const Elp__V1__AttestationAccepted *accepted, struct date *ret) {
    struct date latest = DATE_NONE;
    for (size_t i = 0; i < accepted->n_beneficiaries; i++) {
        struct insurability insurability;
        int failure =
            insurability_on(txn, accepted->beneficiaries[i]->person, (struct date){accepted->date}, &insurability);
        if (failure < 0) {
            return failure;
        }
        if (!date_is_none(insurability.resolved_on) &&
            (date_is_none(latest) || date_compare(insurability.resolved_on, latest) > 0)) {
            latest = insurability.resolved_on;
        }
    }
    *ret = latest;
    return 0;
}

int standing_deadline(struct intake_core *core, struct store_txn *txn, uint64_t number, struct date *ret) {
    const Elp__V1__AttestationAccepted *accepted = NULL;
    /* A replaced attestation is older than its replacement, so the walk ends. */
    while (number != 0) {
        struct standing standing;
        arena_reset(&core->arena);
        int failure = standing_read(core, txn, number, &core->arena, &standing);
        if (failure < 0) {
            return failure;
        }
        if (standing.record == NULL) {
            return FAILURE_CORRUPT;
        }
        accepted = standing.record->accepted;
        require(accepted->replaces < number);
        number = accepted->replaces;
    }
    require(accepted != NULL);
    const struct loaded_book *loaded = books_find(&core->books, accepted->convention);
    struct date session = {accepted->date};
    *ret = DATE_NONE;
    if (loaded == NULL || book_on(loaded->book, session)->deadline_kind == DEADLINE_WARNING) {
        return 0;
    }
    struct date resolved = DATE_NONE;
    int failure = resolved_on(txn, accepted, &resolved);
    if (failure == 0) {
        *ret = book_deadline(loaded->book, session, resolved);
    }
    return failure;
}
