/*
 * Goal: the vault alone leads from a national number to a person and back, survives crashes and rotations, and forgets
 * whom it is told to forget: no file of intake's gives the number back, nor does an older backup of either store.
 * Method: lines and erasures go through the handlers on real stores; turns are cut off at the two places where one store
 * is flushed and the other is not; files are read byte by byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "services/intake/intake_core.h"
#include "services/intake/vault_entry.h"
#include "tests/support/intake_fixture.h"
#include "tests/support/stderr_capture.h"

static struct intake_fixture fixture;
static struct fixture_line line;

static int open_world(void **state) {
    (void)state;
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    return 0;
}

static int close_world(void **state) {
    (void)state;
    intake_fixture_close(&fixture);
    return 0;
}

/* --- what tests do ------------------------------------------------------------------------------------------------ */

/* An individual session of the serial-th adult; serials differ by person. */
static void session_of(int serial, const char *key, const char *start) {
    fixture_individual(&line, key);
    fixture_people(&line, 1, serial, "1980-02-01");
    line.line.start = (char *)start;
}

/* The person's number as the record of an accepted session carries it. */
static uint64_t attest_on(int serial, const char *key, const char *start, const char *date) {
    session_of(serial, key, start);
    line.line.date = (char *)date;
    const Elp__V1__Verdict *verdict = fixture_submit(&fixture, &line.line)->verdict;
    assert_int_equal(verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED);
    return fixture_record(&fixture, verdict->number)->accepted->beneficiaries[0]->person;
}

static uint64_t attest(int serial, const char *key, const char *start) {
    return attest_on(serial, key, start, "2024-05-14");
}

static const Elp__V1__ErasePersonReply *erase_with(const char *niss, uint64_t person, const char *reason,
                                                   bool dry_run) {
    Elp__V1__ErasePerson erase = ELP__V1__ERASE_PERSON__INIT;
    erase.niss = (char *)niss;
    erase.person = person;
    erase.reason = (char *)reason;
    erase.dry_run = dry_run;
    return intake_fixture_call(&fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ERASE_PERSON,
                               &erase.base, &elp__v1__erase_person_reply__descriptor);
}

static uint64_t erase(const char *niss, uint64_t person) {
    const Elp__V1__ErasePersonReply *reply = erase_with(niss, person, "request of 3 May", false);
    assert_non_null(reply);
    return reply->number;
}

static struct vault_lookup lookup_of(int serial) {
    struct intake_core *core = fixture.core;
    struct niss niss;
    session_of(serial, "x", "09:00");
    assert_true(niss_parse(line.niss[0], &niss));
    return vault_lookup_of(core->vault, &niss);
}

static uint64_t number_of(int serial) {
    struct intake_core *core = fixture.core;
    struct vault_lookup lookup = lookup_of(serial);
    struct person person;
    assert_int_equal(vault_find(core->vault, &lookup, &person), 0);
    vault_abandon(core->vault);
    return person.number;
}

static void entry_of(uint64_t number, uint8_t out[VAULT_ENTRY_BYTES]) {
    struct store_txn *txn = NULL;
    struct span value = {0};
    bool found = false;
    uint8_t row[8];
    store_write_u64(row, number);
    assert_int_equal(store_begin_read(fixture.vault.store, &txn), 0);
    assert_int_equal(store_get(txn, VAULT_PEOPLE, span_of(row, sizeof row), &value, &found), 0);
    assert_true(found);
    assert_int_equal(value.bytes, VAULT_ENTRY_BYTES);
    memcpy(out, value.data, value.bytes);
    store_abort(txn);
}

/* A whole file of a store that is closed. */
static uint8_t *read_file(const char *folder, size_t *ret_bytes) {
    char path[TEMPORARY_PATH_BYTES + 16];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/data.mdb", folder);
    assert_int_equal(stat(path, &status), 0);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *bytes = malloc((size_t)status.st_size);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, (size_t)status.st_size, file), status.st_size);
    (void)fclose(file);
    *ret_bytes = (size_t)status.st_size;
    return bytes;
}

static void write_file(const char *folder, const uint8_t *data, size_t bytes) {
    char path[TEMPORARY_PATH_BYTES + 16];
    (void)snprintf(path, sizeof path, "%s/data.mdb", folder);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
}

static bool file_holds(const char *folder, const void *what, size_t bytes) {
    size_t size = 0;
    uint8_t *file = read_file(folder, &size);
    bool holds = memmem(file, size, what, bytes) != NULL;
    free(file);
    return holds;
}

static void close_all(void) {
    intake_close(fixture.core);
    fixture.core = NULL;
    store_close(fixture.store.store);
    store_close(fixture.vault.store);
    fixture.store.store = NULL;
    fixture.vault.store = NULL;
}

/* Opens again; the sentence that it was refused with lands in `said`. */
static int reopen_saying(char said[1024]) {
    stderr_capture_begin();
    int failure = intake_fixture_reopen(&fixture);
    (void)stderr_capture_end(said, 1024);
    return failure;
}

static void assert_reopen_refused(const char *why) {
    char said[1024];
    assert_int_equal(reopen_saying(said), FAILURE_CONFIG);
    assert_non_null(strstr(said, why));
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

/* --- people ------------------------------------------------------------------------------------------------------- */

static void a_person_keeps_the_number_over_restarts_and_two_people_never_share_one(void **state) {
    (void)state;
    uint64_t first = attest(1, "a", "09:00");
    uint64_t second = attest(2, "b", "10:00");
    assert_int_not_equal(first, second);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(attest_on(1, "c", "11:00", "2024-05-13"), first);
    assert_int_equal(attest_on(2, "d", "12:00", "2024-05-13"), second);
    assert_true(attest(3, "e", "13:00") > second);
}

static void a_crash_between_the_two_flushes_leaves_an_orphan_that_harms_nobody(void **state) {
    (void)state;
    uint64_t head = fixture.journal.head;
    session_of(1, "a", "09:00");
    fixture.crash = FIXTURE_CRASH_BEFORE_COMMIT;
    (void)fixture_submit(&fixture, &line.line);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(fixture.journal.head, head);
    uint64_t orphan = number_of(1);
    assert_int_not_equal(orphan, 0);
    assert_true(attest(2, "b", "10:00") > orphan);
    assert_int_equal(attest(1, "a", "09:00"), orphan);
    assert_int_equal(fixture_submit(&fixture, &line.line)->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
}

static void a_refused_line_numbers_its_people_and_a_dry_run_nobody(void **state) {
    (void)state;
    session_of(1, "a", "09:00");
    (void)fixture_submit_as(&fixture, fixture_demo(), &line.line, true);
    assert_int_equal(number_of(1), 0);
    session_of(1, "a", "09:00");
    line.line.minutes = 3;
    assert_int_equal(fixture_submit(&fixture, &line.line)->verdict->kind, ELP__V1__VERDICT_KIND__VERDICT_KIND_REFUSED);
    assert_int_equal(fixture_submit(&fixture, &line.line)->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
    assert_int_not_equal(number_of(1), 0);
}

static void the_number_is_in_clear_in_neither_file(void **state) {
    (void)state;
    (void)attest(1, "a", "09:00");
    char digits[12];
    memcpy(digits, line.niss[0], sizeof digits);
    close_all();
    assert_false(file_holds(fixture.store.folder, digits, 11));
    assert_false(file_holds(fixture.vault.folder, digits, 11));
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
}

/* --- sealing ------------------------------------------------------------------------------------------------------ */

static void make_master(uint8_t byte, struct master_key *out) {
    memset(out->id, byte, sizeof out->id);
    memset(out->wrap, byte + 1, sizeof out->wrap);
}

static void an_entry_opens_for_its_own_person_under_its_own_key_and_unchanged_only(void **state) {
    (void)state;
    struct master_keys masters = {.has_previous = true};
    struct master_keys others = {.has_previous = false};
    struct niss niss;
    struct niss opened;
    uint8_t entry[VAULT_ENTRY_BYTES];
    make_master(1, &masters.current);
    make_master(2, &masters.previous);
    make_master(3, &others.current);
    assert_true(niss_parse("85073003328", &niss));
    for (int previous = 0; previous < 2; previous++) {
        vault_entry_make(previous ? &masters.previous : &masters.current, 258, &niss, entry);
        assert_true(vault_entry_open(&masters, 258, span_of(entry, sizeof entry), &opened));
        assert_string_equal(opened.digits, "85073003328");
        assert_false(vault_entry_open(&masters, 259, span_of(entry, sizeof entry), &opened));
        assert_false(vault_entry_open(&others, 258, span_of(entry, sizeof entry), &opened));
        assert_false(vault_entry_open(&masters, 258, span_of(entry, sizeof entry - 1), &opened));
        for (size_t i = 0; i < sizeof entry; i++) {
            entry[i] ^= 0x10;
            assert_false(vault_entry_open(&masters, 258, span_of(entry, sizeof entry), &opened));
            entry[i] ^= 0x10;
        }
    }
}

static void two_entries_of_one_person_have_nothing_in_common(void **state) {
    (void)state;
    struct master_key master;
    struct niss niss;
    uint8_t a[VAULT_ENTRY_BYTES];
    uint8_t b[VAULT_ENTRY_BYTES];
    make_master(1, &master);
    assert_true(niss_parse("85073003328", &niss));
    vault_entry_make(&master, 258, &niss, a);
    vault_entry_make(&master, 258, &niss, b);
    size_t head = 1 + SEAL_KEY_ID_BYTES;
    for (size_t i = head; i + 8 <= sizeof a; i++) {
        assert_memory_not_equal(a + i, b + i, 8);
    }
}

/* --- erasing ------------------------------------------------------------------------------------------------------ */

static void an_erased_person_is_gone_from_every_file_and_returns_as_a_new_one(void **state) {
    (void)state;
    uint8_t entry[VAULT_ENTRY_BYTES];
    uint64_t first = attest(1, "a", "09:00");
    uint64_t other = attest(2, "b", "10:00");
    entry_of(first, entry);
    struct vault_lookup lookup = lookup_of(1);
    uint64_t head = fixture.journal.head;
    assert_int_equal(erase(line.niss[0], 0), head + 1);
    const Elp__V1__IntakeRecord *record = fixture_record(&fixture, head + 1);
    assert_int_equal(record->body_case, ELP__V1__INTAKE_RECORD__BODY_ERASED);
    assert_int_equal(record->erased->person, first);
    assert_string_equal(record->erased->reason, "request of 3 May");
    assert_string_equal(record->author, "operator");
    assert_int_equal(number_of(1), 0);
    close_all();
    /* Key, number and tag of the entry, and the look-up, in pieces short enough to be found beside other rows. */
    for (size_t i = 1 + SEAL_KEY_ID_BYTES; i + 12 <= sizeof entry; i += 12) {
        assert_false(file_holds(fixture.vault.folder, entry + i, 12));
    }
    assert_false(file_holds(fixture.vault.folder, lookup.bytes, sizeof lookup.bytes));
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(2), other);
    assert_true(attest(1, "c", "11:00") > other);
}

static void the_entry_would_have_been_found_before(void **state) {
    (void)state;
    uint8_t entry[VAULT_ENTRY_BYTES];
    uint64_t first = attest(1, "a", "09:00");
    entry_of(first, entry);
    struct vault_lookup lookup = lookup_of(1);
    close_all();
    assert_true(file_holds(fixture.vault.folder, entry, sizeof entry));
    assert_true(file_holds(fixture.vault.folder, lookup.bytes, sizeof lookup.bytes));
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
}

static void erasing_again_changes_nothing_and_answers_the_same(void **state) {
    (void)state;
    uint64_t person = attest(1, "a", "09:00");
    const Elp__V1__ErasePersonReply *dry = erase_with("", person, "request", true);
    assert_true(dry->known && dry->number == 0 && !dry->earlier);
    uint64_t number = erase("", person);
    uint64_t head = fixture.journal.head;
    for (int i = 0; i < 2; i++) {
        const Elp__V1__ErasePersonReply *reply = erase_with("", person, "request", false);
        assert_true(reply->known && reply->earlier);
        assert_int_equal(reply->number, number);
        assert_int_equal(intake_fixture_reopen(&fixture), 0);
    }
    const Elp__V1__ErasePersonReply *reply = erase_with(line.niss[0], 0, "request", false);
    assert_false(reply->known);
    assert_int_equal(reply->number, 0);
    assert_int_equal(fixture.journal.head, head);
}

static void a_request_that_names_nobody_or_too_much_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *niss;
        uint64_t person;
        const char *reason;
        const char *code;
        const char *field;
    } bad[] = {
        {"", 0, "request", "malformed", "niss"},
        {"85073003328", 1, "request", "malformed", "niss"},
        {"85073003329", 0, "request", "malformed", "niss"},
        {"85073003328", 0, "", "malformed", "reason"},
        {"85073003328", 0, "it was 85.07.30-033.28", "malformed", "reason"},
        {"", 1, "it was 85073003328", "malformed", "reason"},
        {"", 4711, "request", "not-found", "person"},
    };
    (void)attest(1, "a", "09:00");
    uint64_t head = fixture.journal.head;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(erase_with(bad[i].niss, bad[i].person, bad[i].reason, false));
        assert_string_equal(fixture.refused->code, bad[i].code);
        assert_string_equal(fixture.refused->field, bad[i].field);
    }
    assert_int_equal(fixture.journal.head, head);
}

static void a_resend_of_an_erased_person_s_line_doubles_nothing(void **state) {
    (void)state;
    uint64_t person = attest(1, "a", "09:00");
    session_of(1, "r", "10:00");
    line.line.minutes = 3;
    (void)fixture_submit(&fixture, &line.line);
    (void)erase("", person);
    uint64_t head = fixture.journal.head;
    for (int refused = 0; refused < 2; refused++) {
        session_of(1, refused ? "r" : "a", refused ? "10:00" : "09:00");
        line.line.minutes = refused ? 3 : line.line.minutes;
        const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
        assert_int_equal(answer->result, ELP__V1__LINE_RESULT__LINE_RESULT_KEY_CONFLICT);
        assert_string_equal(answer->conflict->field, "beneficiaries[0].niss");
    }
    assert_int_equal(fixture.journal.head, head);
}

static void an_erasure_that_a_crash_cut_off_is_completed_at_the_next_start(void **state) {
    (void)state;
    uint8_t entry[VAULT_ENTRY_BYTES];
    uint64_t person = attest(1, "a", "09:00");
    entry_of(person, entry);
    fixture.crash = FIXTURE_CRASH_AFTER_COMMIT;
    uint64_t number = erase("", person);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(1), 0);
    assert_int_equal(erase("", person), number);
    close_all();
    assert_false(file_holds(fixture.vault.folder, entry + 16, 16));
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
}

static void an_erasure_that_was_not_recorded_did_not_happen(void **state) {
    (void)state;
    uint64_t person = attest(1, "a", "09:00");
    fixture.crash = FIXTURE_CRASH_BEFORE_COMMIT;
    (void)erase("", person);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(1), person);
}

static void a_vault_from_an_older_backup_forgets_again(void **state) {
    (void)state;
    size_t bytes = 0;
    uint64_t person = attest(1, "a", "09:00");
    uint64_t other = attest(2, "b", "10:00");
    close_all();
    uint8_t *backup = read_file(fixture.vault.folder, &bytes);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    (void)erase("", person);
    uint64_t later = attest(3, "c", "11:00");
    close_all();
    write_file(fixture.vault.folder, backup, bytes);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(1), 0);
    assert_int_equal(number_of(2), other);
    /* The third came after the backup: known no more, and nobody else gets the number. */
    assert_int_equal(number_of(3), 0);
    assert_true(attest(3, "d", "12:00") > later);
    free(backup);
}

static void a_store_from_an_older_backup_brings_nobody_back(void **state) {
    (void)state;
    size_t bytes = 0;
    uint64_t person = attest(1, "a", "09:00");
    close_all();
    uint8_t *backup = read_file(fixture.store.folder, &bytes);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    (void)erase("", person);
    uint64_t later = attest(2, "b", "10:00");
    close_all();
    write_file(fixture.store.folder, backup, bytes);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(1), 0);
    assert_int_equal(attest(2, "b", "10:00"), later);
    assert_true(attest(1, "c", "11:00") > later);
    free(backup);
}

/* A backup that does not come to its end: nobody reads the other end of its pipe. */
static void *copy_into_pipe(void *fd) {
    (void)!store_copy(fixture.vault.store, *(int *)fd, false);
    return NULL;
}

static void beside_a_backup_the_file_is_rewritten_a_minute_later(void **state) {
    (void)state;
    uint8_t entry[VAULT_ENTRY_BYTES];
    pthread_t thread;
    int ends[2];
    char said[1024];
    uint8_t byte;
    for (int serial = 1; serial <= 40; serial++) { /* more than a pipe takes */
        char key[8];
        char start[8];
        (void)snprintf(key, sizeof key, "k%d", serial);
        (void)snprintf(start, sizeof start, "%02d:%02d", serial / 60, serial % 60);
        (void)attest(serial, key, start);
    }
    uint64_t person = number_of(1);
    entry_of(person, entry);
    fixture.machine = 1000000;
    assert_int_equal(pipe(ends), 0);
    /* room for the two pages that LMDB copies under its writer lock, and little more */
    assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 16384), 16384);
    assert_int_equal(pthread_create(&thread, NULL, copy_into_pipe, &ends[1]), 0);
    assert_int_equal(read(ends[0], &byte, 1), 1); /* it has begun */
    stderr_capture_begin();
    (void)erase("", person);
    assert_non_null(strstr(stderr_capture_end(said, sizeof said), "vault-not-rewritten"));
    assert_int_equal(number_of(1), 0);
    assert_false(intake_turn_due(fixture.core, fixture.machine + 59 * 1000000));
    assert_true(intake_turn_due(fixture.core, fixture.machine + 60 * 1000000));
    (void)close(ends[0]);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(ends[1]);
    fixture.machine += 60 * 1000000;
    intake_fixture_turn(&fixture);
    assert_false(intake_turn_due(fixture.core, fixture.machine + 60 * 1000000));
    close_all();
    assert_false(file_holds(fixture.vault.folder, entry + 16, 16));
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
}

static void erased_and_returned_in_one_batch_of_requests(void **state) {
    (void)state;
    struct intake_core *core = fixture.core;
    uint64_t person = attest(1, "a", "09:00");
    struct vault_lookup lookup = lookup_of(1);
    struct niss niss;
    struct person again;
    assert_true(niss_parse(line.niss[0], &niss));
    assert_true(vault_erase(core->vault, person));
    assert_int_equal(vault_find(core->vault, &lookup, &again), 0);
    assert_int_equal(again.number, 0);
    assert_int_equal(vault_add(core->vault, &lookup, &niss, person + 1, &again), 0);
    assert_int_equal(vault_flush(core->vault), 0);
    assert_int_equal(vault_settle(core->vault, 0), 0);
    assert_int_equal(number_of(1), person + 1);
}

/* --- master key --------------------------------------------------------------------------------------------------- */

static void key_path(const char *name, char out[CELL_PATH_BYTES]) {
    cell_path(&fixture.cell, name, out);
}

static void put_key(const char *name, uint8_t byte) {
    char path[CELL_PATH_BYTES];
    uint8_t master[CELL_MASTER_BYTES];
    char hex[2 * CELL_MASTER_BYTES + 1];
    memset(master, byte, sizeof master);
    key_path(name, path);
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(chmod(path, 0600), 0);
    (void)fprintf(file, "%s\n", sodium_bin2hex(hex, sizeof hex, master, sizeof master));
    assert_int_equal(fclose(file), 0);
}

static void drop_key(const char *name) {
    char path[CELL_PATH_BYTES];
    key_path(name, path);
    (void)unlink(path);
}

#define MASTER "keys/vault.master"
#define PREVIOUS "keys/vault.master.previous"

static void another_master_key_is_refused_and_harms_nothing(void **state) {
    (void)state;
    put_key(MASTER, 1);
    intake_fixture_close(&fixture);
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    uint64_t person = attest(1, "a", "09:00");
    put_key(MASTER, 2);
    assert_reopen_refused("keys/vault.master");
    put_key(MASTER, 1);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(1), person);
}

static void a_rotation_reads_with_the_key_before_until_everybody_is_wrapped_anew(void **state) {
    (void)state;
    char said[1024];
    uint8_t before[VAULT_ENTRY_BYTES];
    uint8_t after[VAULT_ENTRY_BYTES];
    put_key(MASTER, 3);
    intake_fixture_close(&fixture);
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    uint64_t first = attest(1, "a", "09:00");
    (void)attest(2, "b", "10:00");
    entry_of(first, before);
    put_key(PREVIOUS, 3);
    put_key(MASTER, 4);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(1), first);
    assert_true(intake_turn_due(fixture.core, 0));
    drop_key(PREVIOUS);
    assert_reopen_refused("vault.master.previous");
    put_key(PREVIOUS, 3);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    stderr_capture_begin();
    intake_fixture_turn(&fixture);
    assert_non_null(strstr(stderr_capture_end(said, sizeof said), "vault-rewrapped"));
    assert_false(intake_turn_due(fixture.core, 0));
    entry_of(first, after);
    assert_memory_not_equal(before, after, sizeof after);
    drop_key(PREVIOUS);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(1), first);
    session_of(1, "a", "09:00");
    assert_int_equal(fixture_submit(&fixture, &line.line)->result, ELP__V1__LINE_RESULT__LINE_RESULT_DUPLICATE);
    (void)erase("", first);
    assert_int_equal(number_of(1), 0);
    close_all();
    assert_false(file_holds(fixture.vault.folder, before + 16, 16));
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
}

static void a_third_key_is_refused_while_people_are_under_the_first(void **state) {
    (void)state;
    put_key(MASTER, 5);
    intake_fixture_close(&fixture);
    intake_fixture_open(&fixture, FIXTURE_WORLD, true);
    uint64_t person = attest(1, "a", "09:00");
    put_key(PREVIOUS, 5);
    put_key(MASTER, 6);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    put_key(PREVIOUS, 6);
    put_key(MASTER, 7);
    assert_reopen_refused("vault.master.previous");
    put_key(PREVIOUS, 5);
    put_key(MASTER, 6);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    intake_fixture_turn(&fixture);
    drop_key(PREVIOUS);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_int_equal(number_of(1), person);
}

/* --- whose vault -------------------------------------------------------------------------------------------------- */

static void a_lost_vault_is_refused_until_somebody_says_that_it_is_lost(void **state) {
    (void)state;
    uint64_t person = attest(1, "a", "09:00");
    close_all();
    char path[TEMPORARY_PATH_BYTES + 16];
    (void)snprintf(path, sizeof path, "%s/data.mdb", fixture.vault.folder);
    assert_int_equal(unlink(path), 0);
    assert_reopen_refused("--new-vault");
    assert_reopen_refused("is empty");
    fixture.new_vault = true;
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    fixture.new_vault = false;
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    assert_true(attest(1, "b", "10:00") > person);
}

static void the_vault_of_another_store_is_refused(void **state) {
    (void)state;
    static struct intake_fixture other;
    size_t bytes = 0;
    (void)attest(1, "a", "09:00");
    close_all();
    uint8_t *foreign = read_file(fixture.vault.folder, &bytes);
    assert_int_equal(intake_fixture_reopen(&fixture), 0);
    intake_fixture_open(&other, FIXTURE_EMPTY, true);
    intake_close(other.core);
    other.core = NULL;
    store_close(other.vault.store);
    other.vault.store = NULL;
    write_file(other.vault.folder, foreign, bytes);
    char said[1024];
    stderr_capture_begin();
    assert_int_equal(intake_fixture_reopen(&other), FAILURE_CONFIG);
    assert_non_null(strstr(stderr_capture_end(said, sizeof said), "another store"));
    intake_fixture_close(&other);
    free(foreign);
}

/* --- what people write -------------------------------------------------------------------------------------------- */

static void a_number_in_a_text_is_seen_however_it_is_written_and_other_numbers_are_not(void **state) {
    (void)state;
    static const char *const naming[] = {"85073003328", "see 85.07.30-033.28.", "85 07 30 033 28", "(85/07/30-033.28)"};
    static const char *const harmless[] = {"",           "file 2026-117",       "85073003329", "850730033281",
                                           "1850730033", "BE68 5390 0754 7034", "4711",        "0403.019.261"};
    for (size_t i = 0; i < sizeof naming / sizeof naming[0]; i++) {
        assert_true(text_names_a_person(naming[i]));
    }
    for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
        assert_false(text_names_a_person(harmless[i]));
    }
}

static void a_key_that_holds_its_line_s_number_is_refused_and_not_kept(void **state) {
    (void)state;
    uint64_t head = fixture.journal.head;
    char key[40];
    for (int spaced = 0; spaced < 2; spaced++) {
        session_of(1, "x", "09:00");
        (void)snprintf(key, sizeof key, spaced ? "2024/%.6s-%.3s.%.2s/1" : "2024-%.6s%.3s%.2s", line.niss[0],
                       line.niss[0] + 6, line.niss[0] + 9);
        line.line.key = (ProtobufCBinaryData){strlen(key), (uint8_t *)key};
        const Elp__V1__LineVerdict *answer = fixture_submit(&fixture, &line.line);
        assert_string_equal(fixture_reason(answer->verdict, "malformed")->field, "key");
    }
    assert_int_equal(fixture.journal.head, head);
    assert_int_equal(number_of(1), 0);
}

static void a_reason_that_holds_a_number_is_refused_wherever_it_is_kept(void **state) {
    (void)state;
    (void)attest(1, "a", "09:00");
    char id[ATTESTATION_ID_BYTES];
    struct intake_core *core = fixture.core;
    const Elp__V1__CancelReply *reply =
        fixture_cancel(&fixture, fixture_operator(),
                       attestation_id_format(epochs_current(&core->epochs), fixture.journal.head, id, sizeof id), "k",
                       "wrong person: 85073003328");
    assert_false(reply->cancelled);
    assert_string_equal(reply->refusal->field, "reason");
    Elp__V1__IndexTariffs index = ELP__V1__INDEX_TARIFFS__INIT;
    index.convention = (char *)"2024";
    index.year = 2030;
    index.source = (char *)"85073003328";
    assert_null(intake_fixture_call(&fixture, fixture_operator(), ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_INDEX_TARIFFS,
                                    &index.base, &elp__v1__recorded__descriptor));
    assert_string_equal(fixture.refused->field, "source");
}

int main(void) {
    (void)signal(SIGPIPE, SIG_IGN);
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)
    const struct CMUnitTest tests[] = {
        CASE(a_person_keeps_the_number_over_restarts_and_two_people_never_share_one),
        CASE(a_crash_between_the_two_flushes_leaves_an_orphan_that_harms_nobody),
        CASE(a_refused_line_numbers_its_people_and_a_dry_run_nobody),
        CASE(the_number_is_in_clear_in_neither_file),
        cmocka_unit_test(an_entry_opens_for_its_own_person_under_its_own_key_and_unchanged_only),
        cmocka_unit_test(two_entries_of_one_person_have_nothing_in_common),
        CASE(an_erased_person_is_gone_from_every_file_and_returns_as_a_new_one),
        CASE(the_entry_would_have_been_found_before),
        CASE(erasing_again_changes_nothing_and_answers_the_same),
        CASE(a_request_that_names_nobody_or_too_much_is_refused),
        CASE(a_resend_of_an_erased_person_s_line_doubles_nothing),
        CASE(an_erasure_that_a_crash_cut_off_is_completed_at_the_next_start),
        CASE(an_erasure_that_was_not_recorded_did_not_happen),
        CASE(a_vault_from_an_older_backup_forgets_again),
        CASE(a_store_from_an_older_backup_brings_nobody_back),
        CASE(beside_a_backup_the_file_is_rewritten_a_minute_later),
        CASE(erased_and_returned_in_one_batch_of_requests),
        CASE(another_master_key_is_refused_and_harms_nothing),
        CASE(a_rotation_reads_with_the_key_before_until_everybody_is_wrapped_anew),
        CASE(a_third_key_is_refused_while_people_are_under_the_first),
        CASE(a_lost_vault_is_refused_until_somebody_says_that_it_is_lost),
        CASE(the_vault_of_another_store_is_refused),
        cmocka_unit_test(a_number_in_a_text_is_seen_however_it_is_written_and_other_numbers_are_not),
        CASE(a_key_that_holds_its_line_s_number_is_refused_and_not_kept),
        CASE(a_reason_that_holds_a_number_is_refused_wherever_it_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
