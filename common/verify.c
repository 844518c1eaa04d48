#include "common/verify.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/require.h"
#include "common/store_identity.h"

#define TELL_EVERY 10000
#define FOLDER_BYTES 256
#define BROKEN_BYTES 256
#define KEY_TEXT_SHOWN 16 /* bytes of a key that a sentence shows */

static const char *const journal_tables[] = {"journal", "positions"};

/* A store that is read: the one in question, or one upstream of it. */
struct source {
    struct store *store;
    struct store_txn *txn;
    struct journal journal;
    struct store_identity identity;
};

struct verify {
    const struct service *service;
    struct source own;
    struct source upstreams[SERVICE_UPSTREAMS_MAX];
    struct cell cell;
    char folder[FOLDER_BYTES]; /* of the scratch store; "": none yet */
    struct store *scratch;
    struct journal journal; /* its */
    void *core;
    struct buffer record;
    char broken[BROKEN_BYTES];
};

static int refuse(const char *dir, const char *why) {
    failure_say("%s cannot be verified: %s.\n", dir, why);
    return FAILURE_CONFIG;
}

/* --- what is given ------------------------------------------------------------------------------------------------ */

static int source_open(const char *dir, const char *const *tables, size_t table_count, struct source *source) {
    bool found = false;
    int result = store_open_read(dir, tables, table_count, &source->store);
    if (result == STORE_ABSENT) {
        return refuse(dir, "there is no store in it");
    }
    if (result == 0) {
        result = store_begin_read(source->store, &source->txn);
    }
    if (result == 0) {
        result = store_identity_get(source->txn, TABLE_POSITIONS, &source->identity, &found);
    }
    if (result == 0 && !found) {
        return refuse(dir,
                      "it does not say whose it is; start its daemon once with this version, or it is no store of elp");
    }
    return result < 0 ? result : journal_load(source->txn, TABLE_JOURNAL, &source->journal);
}

static void source_close(struct source *source) {
    store_abort(source->txn);
    store_close(source->store);
    *source = (struct source){0};
}

/* Opens one upstream store and finds out which it is. */
static int take_upstream(struct verify *verify, const char *dir) {
    struct source source = {0};
    int failure = source_open(dir, journal_tables, 2, &source);
    for (size_t i = 0; failure == 0 && i < verify->service->upstream_count; i++) {
        struct source *place = &verify->upstreams[i];
        if (source.identity.service == verify->service->upstreams[i] && place->store == NULL) {
            *place = source;
            return 0;
        }
    }
    source_close(&source);
    return failure < 0 ? failure : refuse(dir, "it is no upstream of that store, or is named twice");
}

static int open_sources(struct verify *verify, const char *dir, const char *const *upstream_dirs,
                        size_t upstream_count) {
    const struct service *service = verify->service;
    if (service->upstream_count == 0) {
        return refuse(dir,
                      "intake's journal is what the others are computed from; elpctl journal verify has its chain");
    }
    int failure = source_open(dir, service->tables, service->table_count, &verify->own);
    if (failure == 0 && verify->own.identity.service != service->id) {
        return refuse(dir, "it is another daemon's store");
    }
    for (size_t i = 0; failure == 0 && i < upstream_count; i++) {
        failure = take_upstream(verify, upstream_dirs[i]);
    }
    for (size_t i = 0; failure == 0 && i < service->upstream_count; i++) {
        const struct source *upstream = &verify->upstreams[i];
        if (upstream->store == NULL) {
            return refuse(dir, "each of its upstream stores is needed: give them with --upstream DIR");
        }
        if (upstream->journal.head < verify->own.journal.head) {
            (void)snprintf(verify->broken, sizeof verify->broken, "it has %" PRIu64 " records, but %s only %" PRIu64,
                           verify->own.journal.head, cell_service_names[upstream->identity.service],
                           upstream->journal.head);
        }
    }
    return failure;
}

/* --- the same again ----------------------------------------------------------------------------------------------- */

static int open_scratch(struct verify *verify) {
    const struct service *service = verify->service;
    const char *above = getenv("TMPDIR");
    struct store_txn *txn = NULL;
    verify->cell.manual_clock = verify->own.identity.simulated;
    memcpy(verify->cell.name, verify->own.identity.cell, sizeof verify->cell.name);
    if (snprintf(verify->folder, sizeof verify->folder, "%s/elp-verify-XXXXXX", above ? above : P_tmpdir) >=
            FOLDER_BYTES ||
        mkdtemp(verify->folder) == NULL) {
        verify->folder[0] = '\0';
        return refuse(above ? above : P_tmpdir,
                      "no scratch folder could be made; set TMPDIR to one with room for a store");
    }
    int failure =
        store_open(verify->folder, STORE_MAP_BYTES_DEFAULT, service->tables, service->table_count, &verify->scratch);
    if (failure == 0) {
        failure = store_begin_write(verify->scratch, &txn);
    }
    if (failure < 0) {
        return failure;
    }
    const struct service_context context = {
        .cell = &verify->cell, .journal = &verify->journal, .store = verify->scratch};
    failure = journal_load(txn, TABLE_JOURNAL, &verify->journal);
    if (failure == 0) {
        failure = service->open(&context, txn, &verify->core);
    }
    if (failure < 0) {
        store_abort(txn);
        return failure;
    }
    return store_commit(txn);
}

static void close_scratch(struct verify *verify) {
    static const char *const names[] = {"data.mdb", "lock.mdb", "owner.lock"};
    verify->service->close(verify->core);
    store_close(verify->scratch);
    buffer_free(&verify->record);
    for (size_t i = 0; verify->folder[0] != '\0' && i < sizeof names / sizeof names[0]; i++) {
        char path[FOLDER_BYTES + 16];
        (void)snprintf(path, sizeof path, "%s/%s", verify->folder, names[i]);
        (void)unlink(path);
    }
    if (verify->folder[0] != '\0') {
        (void)rmdir(verify->folder);
    }
}

static int apply_record(struct verify *verify, struct store_txn *txn, uint64_t number) {
    struct span records[SERVICE_UPSTREAMS_MAX];
    struct span stored;
    int failure = 0;
    for (size_t i = 0; failure == 0 && i < verify->service->upstream_count; i++) {
        const struct source *upstream = &verify->upstreams[i];
        failure = journal_read(&upstream->journal, upstream->txn, number, &records[i], NULL);
    }
    if (failure == 0) {
        failure = verify->service->apply(verify->core, txn, number, records, &verify->record);
    }
    if (failure == 0) {
        failure = journal_append(&verify->journal, txn, buffer_span(&verify->record));
    }
    if (failure == 0) {
        failure = journal_read(&verify->own.journal, verify->own.txn, number, &stored, NULL);
    }
    struct span computed = buffer_span(&verify->record);
    if (failure == 0 && (stored.bytes != computed.bytes || memcmp(stored.data, computed.data, stored.bytes) != 0)) {
        (void)snprintf(verify->broken, sizeof verify->broken, "record %" PRIu64 " is not what the journals give",
                       number);
    }
    return failure;
}

static int apply_some(struct verify *verify) {
    struct store_txn *txn = NULL;
    int failure = store_begin_write(verify->scratch, &txn);
    if (failure < 0) {
        return failure;
    }
    uint64_t until = verify->journal.head + TURN_RECORDS_MAX;
    while (failure == 0 && verify->broken[0] == '\0' && verify->journal.head < verify->own.journal.head &&
           verify->journal.head < until) {
        failure = apply_record(verify, txn, verify->journal.head + 1);
        if (failure == 0 && verify->journal.head % TELL_EVERY == 0) {
            (void)printf("at %" PRIu64 "\n", verify->journal.head);
        }
    }
    if (failure < 0) {
        store_abort(txn);
        return failure;
    }
    return store_commit(txn);
}

/* --- tables ------------------------------------------------------------------------------------------------------- */

static bool spans_equal(struct span a, struct span b) {
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.data, b.data, a.bytes) == 0);
}

static void row_differs(struct verify *verify, size_t table, const struct store_cursor *at) {
    char text[2 * KEY_TEXT_SHOWN + 1];
    struct span key = store_cursor_key(at);
    size_t shown = key.bytes < KEY_TEXT_SHOWN ? key.bytes : KEY_TEXT_SHOWN;
    (void)snprintf(verify->broken, sizeof verify->broken, "table %s: the row %s%s is not what the journals give",
                   verify->service->tables[table], sodium_bin2hex(text, sizeof text, key.data, shown),
                   shown < key.bytes ? "..." : "");
}

static int compare_rows(struct verify *verify, size_t table, struct store_cursor *stored,
                        struct store_cursor *computed) {
    bool has_stored = true;
    bool has_computed = true;
    int failure = 0;
    while (failure == 0 && verify->broken[0] == '\0' && (has_stored || has_computed)) {
        failure = store_cursor_next(stored, &has_stored);
        if (failure == 0) {
            failure = store_cursor_next(computed, &has_computed);
        }
        if (failure < 0 || (!has_stored && !has_computed)) {
            break;
        }
        if (!has_stored || !has_computed || !spans_equal(store_cursor_key(stored), store_cursor_key(computed)) ||
            !spans_equal(store_cursor_value(stored), store_cursor_value(computed))) {
            row_differs(verify, table, has_stored ? stored : computed);
        }
    }
    return failure;
}

static int compare_table(struct verify *verify, struct store_txn *scratch, size_t table) {
    struct store_cursor *stored = NULL;
    struct store_cursor *computed = NULL;
    int failure = store_cursor_open(verify->own.txn, table, &stored);
    if (failure == 0) {
        failure = store_cursor_open(scratch, table, &computed);
    }
    if (failure == 0) {
        failure = compare_rows(verify, table, stored, computed);
    }
    store_cursor_close(stored);
    store_cursor_close(computed);
    return failure;
}

static int compare_tables(struct verify *verify) {
    struct store_txn *scratch = NULL;
    int failure = store_begin_read(verify->scratch, &scratch);
    for (size_t table = SERVICE_TABLE_FIRST; failure == 0 && table < verify->service->table_count; table++) {
        failure = compare_table(verify, scratch, table);
    }
    store_abort(scratch);
    return failure;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static int verify_again(struct verify *verify) {
    int failure = open_scratch(verify);
    while (failure == 0 && verify->broken[0] == '\0' && verify->journal.head < verify->own.journal.head) {
        failure = apply_some(verify);
    }
    if (failure == 0 && verify->broken[0] == '\0') {
        failure = compare_tables(verify);
    }
    return failure;
}

int verify_run(const struct service *service, const char *store_dir, const char *const *upstream_dirs,
               size_t upstream_count) {
    struct verify verify = {.service = service};
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    if (sodium_init() < 0) {
        return failure_exit_code(FAILURE_SYSTEM);
    }
    int failure = open_sources(&verify, store_dir, upstream_dirs, upstream_count);
    if (failure == 0 && verify.broken[0] == '\0') {
        failure = verify_again(&verify);
    }
    if (failure == FAILURE_CORRUPT && verify.scratch == NULL) {
        (void)snprintf(verify.broken, sizeof verify.broken, "its journal, or an upstream's, is damaged");
        failure = 0;
    } else if (failure == FAILURE_UPSTREAM || failure == FAILURE_CORRUPT) {
        (void)snprintf(verify.broken, sizeof verify.broken, "record %" PRIu64 " cannot be computed again: %s",
                       verify.journal.head + 1, failure_text(failure));
        failure = 0;
    }
    close_scratch(&verify);
    uint64_t head = verify.own.journal.head;
    source_close(&verify.own);
    for (size_t i = 0; i < SERVICE_UPSTREAMS_MAX; i++) {
        source_close(&verify.upstreams[i]);
    }
    if (failure < 0) {
        if (failure != FAILURE_CONFIG) { /* which has said what it is */
            failure_say("%s: %s; the scratch folder is below $TMPDIR\n", store_dir, failure_text(failure));
        }
        return failure_exit_code(failure);
    }
    if (verify.broken[0] != '\0') {
        (void)printf("broken %s\n", verify.broken);
        return VERIFY_BROKEN;
    }
    (void)printf("sound %" PRIu64 "\n", head);
    return VERIFY_SOUND;
}
