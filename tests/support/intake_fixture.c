#include "tests/support/intake_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/book.h"
#include "services/intake/intake_service.h"
#include "tests/support/intake_world.h"

static _Noreturn void give_up(const char *what) {
    (void)fprintf(stderr, "intake fixture: %s failed\n", what);
    abort();
}

#define CHECK(condition)         \
    do {                         \
        if (!(condition)) {      \
            give_up(#condition); \
        }                        \
    } while (0)

/* One cell for the whole program: its keys cost, its store is another one each time. */
static const char *cell_folder(void) {
    static char folder[TEMPORARY_PATH_BYTES];
    static char cell[TEMPORARY_PATH_BYTES + 8];
    if (folder[0] == '\0') {
        (void)temporary_folder_make(folder);
        (void)snprintf(cell, sizeof cell, "%s/cell", folder);
        CHECK(cell_create(cell, "fixture", true, 7110) == 0);
    }
    return cell;
}

static void remove_cell(void) {
    char parent[TEMPORARY_PATH_BYTES + 8];
    (void)snprintf(parent, sizeof parent, "%s", cell_folder());
    *strrchr(parent, '/') = '\0';
    temporary_folder_remove(parent);
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static int open_core(struct intake_fixture *fixture) {
    CHECK(store_begin_write(fixture->store.store, &fixture->txn) == 0);
    CHECK(journal_load(fixture->txn, TABLE_JOURNAL, &fixture->journal) == 0);
    struct service_context context = {
        .cell = &fixture->cell,
        .journal = &fixture->journal,
        .store = fixture->store.store,
        .vault = fixture->vault.store,
        .new_vault = fixture->new_vault,
        .restored = fixture->restored,
    };
    int failure = intake_service.open(&context, fixture->txn, &fixture->core);
    if (failure < 0) {
        fixture->core = NULL;
        store_abort(fixture->txn);
    } else {
        CHECK(store_commit(fixture->txn) == 0);
    }
    fixture->txn = NULL;
    return failure;
}

void intake_fixture_open(struct intake_fixture *fixture, enum fixture_content content, bool manual_clock) {
    static bool registered;
    memset(fixture, 0, sizeof *fixture);
    if (!registered) {
        registered = true;
        CHECK(atexit(remove_cell) == 0);
    }
    CHECK(cell_load(cell_folder(), &fixture->cell) == 0);
    fixture->cell.manual_clock = manual_clock;
    temporary_store_open(&fixture->store, intake_service.tables, intake_service.table_count, 0);
    temporary_store_open(&fixture->vault, intake_service.vault_tables, intake_service.vault_table_count, 0);
    CHECK(arena_open(&fixture->arena, WIRE_ARENA_BYTES) == 0);
    CHECK(open_core(fixture) == 0);
    if (content == FIXTURE_WORLD) {
        intake_world_load(fixture);
    }
}

int intake_fixture_reopen(struct intake_fixture *fixture) {
    intake_service.close(fixture->core);
    fixture->core = NULL;
    temporary_store_reopen(&fixture->store);
    temporary_store_reopen(&fixture->vault);
    return open_core(fixture);
}

void intake_fixture_close(struct intake_fixture *fixture) {
    intake_service.close(fixture->core);
    temporary_store_close(&fixture->store);
    temporary_store_close(&fixture->vault);
    arena_close(&fixture->arena);
    buffer_free(&fixture->payload);
}

/* --- principals --------------------------------------------------------------------------------------------------- */

const struct principal *fixture_principal(const char *name, enum role role, const char *scope) {
    static struct principal principals[16];
    static size_t count;
    size_t index = 0;
    while (index < count && strcmp(principals[index].name.text, name) != 0) {
        index++;
    }
    CHECK(index < 16);
    if (index == count) {
        count++;
    }
    struct principal *principal = &principals[index];
    *principal = (struct principal){.role = role};
    CHECK(code_parse(name, &principal->name));
    CHECK(scope_parse(scope, &principal->all_networks, principal->networks, &principal->network_count));
    return principal;
}

const struct principal *fixture_demo(void) {
    return fixture_principal("demo", ROLE_INTEGRATOR, "*");
}

const struct principal *fixture_operator(void) {
    return fixture_principal("operator", ROLE_OPERATOR, "*");
}

/* --- requests ----------------------------------------------------------------------------------------------------- */

static const struct handler *row_of(Elp__V1__MessageType type) {
    for (size_t i = 0; i < intake_service.handler_count; i++) {
        if (intake_service.handlers[i].type == type) {
            return &intake_service.handlers[i];
        }
    }
    give_up("finding the handler");
}

static void begin(struct intake_fixture *fixture, enum handler_kind kind) {
    if (kind == HANDLER_QUERY) {
        CHECK(store_begin_read(fixture->store.store, &fixture->txn) == 0);
        return;
    }
    CHECK(store_begin_write(fixture->store.store, &fixture->txn) == 0);
    CHECK(intake_service.begin_turn(fixture->core, fixture->txn, fixture->machine) == 0);
}

static void commit(struct intake_fixture *fixture) {
    enum fixture_crash crash = fixture->crash;
    fixture->crash = FIXTURE_NO_CRASH;
    if (crash == FIXTURE_CRASH_BEFORE_COMMIT) {
        store_abort(fixture->txn);
        return;
    }
    CHECK(store_commit(fixture->txn) == 0);
    if (crash == FIXTURE_NO_CRASH) {
        CHECK(intake_service.after_commit(fixture->core) == 0);
    }
}

static void end(struct intake_fixture *fixture, enum handler_kind kind) {
    if (kind == HANDLER_QUERY) {
        store_abort(fixture->txn);
    } else {
        CHECK(intake_service.before_commit(fixture->core) == 0);
        commit(fixture);
    }
    fixture->txn = NULL;
}

static void refuse_role(struct reply *reply) {
    CHECK(reply_refuse(reply, "denied", "", "this principal's role may not send this request", "") == 0);
}

const void *intake_fixture_call(struct intake_fixture *fixture, const struct principal *principal,
                                Elp__V1__MessageType type, const ProtobufCMessage *message,
                                const ProtobufCMessageDescriptor *descriptor) {
    const struct handler *row = row_of(type);
    struct reply reply = {.payload = fixture->payload};
    struct buffer bytes = {0};
    CHECK(buffer_pack(&bytes, message) == 0);
    arena_reset(&fixture->arena);
    const void *unpacked = handler_unpack(row, &fixture->arena, buffer_span(&bytes));
    CHECK(unpacked != NULL);
    begin(fixture, row->kind);
    struct request request = {
        .principal = principal, .txn = fixture->txn, .arena = &fixture->arena, .journal = &fixture->journal};
    if (principal->role & row->roles) {
        CHECK(row->handle(fixture->core, &request, unpacked, &reply) == 0);
    } else {
        refuse_role(&reply);
    }
    CHECK(reply.answered);
    end(fixture, row->kind);
    buffer_free(&bytes);
    fixture->payload = reply.payload;
    fixture->refused = NULL;
    arena_reset(&fixture->arena);
    if (reply.refused) {
        fixture->refused = wire_unpack(&fixture->arena, &elp__v1__refused__descriptor, buffer_span(&reply.payload));
        CHECK(fixture->refused != NULL);
        return NULL;
    }
    CHECK(reply.payload.used <= WIRE_REPLY_BYTES_MAX);
    const void *answer = wire_unpack(&fixture->arena, descriptor, buffer_span(&reply.payload));
    CHECK(answer != NULL);
    return answer;
}

void intake_fixture_turn(struct intake_fixture *fixture) {
    begin(fixture, HANDLER_COMMAND);
    end(fixture, HANDLER_COMMAND);
}

const Elp__V1__LineVerdict *fixture_submit_as(struct intake_fixture *fixture, const struct principal *principal,
                                              Elp__V1__AttestationLine *line, bool dry_run) {
    Elp__V1__SubmitBatch batch = ELP__V1__SUBMIT_BATCH__INIT;
    batch.n_lines = 1;
    batch.lines = &line;
    batch.dry_run = dry_run;
    const Elp__V1__BatchVerdicts *verdicts =
        intake_fixture_call(fixture, principal, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, &batch.base,
                            &elp__v1__batch_verdicts__descriptor);
    CHECK(verdicts != NULL && verdicts->n_lines == 1);
    return verdicts->lines[0];
}

const Elp__V1__LineVerdict *fixture_submit(struct intake_fixture *fixture, Elp__V1__AttestationLine *line) {
    return fixture_submit_as(fixture, fixture_demo(), line, false);
}

const Elp__V1__FactVerdict *fixture_load(struct intake_fixture *fixture, const struct principal *principal,
                                         Elp__V1__RegistryFact *fact) {
    Elp__V1__LoadRegistry load = ELP__V1__LOAD_REGISTRY__INIT;
    load.n_facts = 1;
    load.facts = &fact;
    const Elp__V1__LoadRegistryReply *reply =
        intake_fixture_call(fixture, principal, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY, &load.base,
                            &elp__v1__load_registry_reply__descriptor);
    CHECK(reply != NULL && reply->n_facts == 1);
    return reply->facts[0];
}

const Elp__V1__CancelReply *fixture_cancel(struct intake_fixture *fixture, const struct principal *principal,
                                           const char *id, const char *key, const char *reason) {
    Elp__V1__CancelAttestation cancel = ELP__V1__CANCEL_ATTESTATION__INIT;
    cancel.id = (char *)id;
    cancel.reason = (char *)reason;
    cancel.key = (ProtobufCBinaryData){strlen(key), (uint8_t *)key};
    return intake_fixture_call(fixture, principal, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_ATTESTATION, &cancel.base,
                               &elp__v1__cancel_reply__descriptor);
}

const Elp__V1__ClockReply *fixture_clock(struct intake_fixture *fixture, const char *at) {
    Elp__V1__SetClock set = ELP__V1__SET_CLOCK__INIT;
    set.at = (char *)at;
    return intake_fixture_call(fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SET_CLOCK, &set.base,
                               &elp__v1__clock_reply__descriptor);
}

const Elp__V1__LoadBookReply *fixture_book(struct intake_fixture *fixture, const char *path) {
    static uint8_t yaml[BOOK_BYTES_MAX];
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    Elp__V1__LoadBook load = ELP__V1__LOAD_BOOK__INIT;
    load.yaml = (ProtobufCBinaryData){fread(yaml, 1, sizeof yaml, file), yaml};
    (void)fclose(file);
    return intake_fixture_call(fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_BOOK, &load.base,
                               &elp__v1__load_book_reply__descriptor);
}

const Elp__V1__IntakeRecord *fixture_record(struct intake_fixture *fixture, uint64_t number) {
    struct span bytes = {0};
    CHECK(store_begin_read(fixture->store.store, &fixture->txn) == 0);
    CHECK(journal_read(&fixture->journal, fixture->txn, number, &bytes, NULL) == 0);
    arena_reset(&fixture->arena);
    const Elp__V1__IntakeRecord *record = wire_unpack(&fixture->arena, &elp__v1__intake_record__descriptor, bytes);
    CHECK(record != NULL);
    store_abort(fixture->txn);
    fixture->txn = NULL;
    return record;
}

/* --- verdicts ----------------------------------------------------------------------------------------------------- */

size_t fixture_reasons(const Elp__V1__Verdict *verdict, const char *code) {
    size_t count = 0;
    for (size_t i = 0; i < verdict->n_reasons; i++) {
        count += strcmp(verdict->reasons[i]->code, code) == 0;
    }
    return count;
}

const Elp__V1__RefusalReason *fixture_reason(const Elp__V1__Verdict *verdict, const char *code) {
    for (size_t i = 0; i < verdict->n_reasons; i++) {
        if (strcmp(verdict->reasons[i]->code, code) == 0) {
            return verdict->reasons[i];
        }
    }
    return NULL;
}

bool fixture_not_judged(const Elp__V1__Verdict *verdict, const char *code) {
    for (size_t i = 0; i < verdict->n_not_judged; i++) {
        if (strcmp(verdict->not_judged[i], code) == 0) {
            return true;
        }
    }
    return false;
}
