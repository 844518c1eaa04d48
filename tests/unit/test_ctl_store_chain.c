/*
 * Goal: one flipped bit anywhere in a journal is found; a flip elsewhere in the file never makes a sound journal of other
 * bytes.
 * Method: a store with the ledger's records of many sizes, copied so that no page is free; then a thousand times one bit of the
 * file itself is flipped where the journal's rows lie, and some hundred times anywhere, and elpctl's own walk looks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/wire.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ctl/store_chain.h"
#include "tests/support/temporary_store.h"

#define RECORDS 150
#define FLIPS_IN_THE_JOURNAL 1000
#define FLIPS_ANYWHERE 200
#define SEED UINT64_C(20260511)
#define ROW_BYTES_MAX 16384
#define KEY_BYTES 8

enum { JOURNAL, POSITIONS, TABLES };
static const char *const tables[TABLES] = {"journal", "positions"};

static char folder[TEMPORARY_PATH_BYTES]; /* of the copy */
static int file;
static uint8_t *bytes; /* of the file, as written */
static size_t byte_count;
static struct {
    size_t at; /* of the row's key in the file */
    size_t bytes;
} rows[RECORDS];
static uint64_t random_state = SEED;

/* xorshift: the same flips on every machine. */
static uint64_t draw(uint64_t below) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state % below;
}

static struct span make_record(struct buffer *buffer, uint64_t number) {
    static char account[12000];
    Elp__V1__LedgerRecord record = ELP__V1__LEDGER_RECORD__INIT;
    Elp__V1__Transaction transaction = ELP__V1__TRANSACTION__INIT;
    Elp__V1__Transaction *transactions[] = {&transaction};
    Elp__V1__Entry entries[2] = {ELP__V1__ENTRY__INIT, ELP__V1__ENTRY__INIT};
    Elp__V1__Entry *pointers[] = {&entries[0], &entries[1]};
    size_t length = number % 50 == 0 ? 9000 : number % 40; /* some lie on pages of their own */
    memset(account, 'a', sizeof account);
    account[length] = '\0';
    entries[0].account = account;
    entries[0].cents = (int64_t)number;
    entries[1].cents = -(int64_t)number;
    transaction.entries = pointers;
    transaction.n_entries = 2;
    record.number = number;
    record.transactions = transactions;
    record.n_transactions = 1;
    buffer_reset(buffer);
    assert_int_equal(buffer_pack(buffer, &record.base), 0);
    return buffer_span(buffer);
}

static void fill(struct store *store) {
    const struct store_identity identity = {.service = CELL_LEDGER, .engine = 1, .cell = "demo"};
    struct journal journal = {.table = JOURNAL};
    struct buffer buffer = {0};
    struct store_txn *txn;
    assert_int_equal(store_begin_write(store, &txn), 0);
    assert_int_equal(store_identity_put(txn, POSITIONS, &identity), 0);
    for (uint64_t number = 1; number <= RECORDS; number++) {
        assert_int_equal(journal_append(&journal, txn, make_record(&buffer, number)), 0);
    }
    assert_int_equal(store_commit(txn), 0);
    buffer_free(&buffer);
}

static void read_file(void) {
    struct stat status;
    assert_int_equal(fstat(file, &status), 0);
    byte_count = (size_t)status.st_size;
    bytes = malloc(byte_count);
    assert_non_null(bytes);
    assert_int_equal(pread(file, bytes, byte_count, 0), byte_count);
}

/* Where a row lies: its hash stands in the file once, because the copy has no free page. */
static void find_rows(struct store *store) {
    struct journal journal;
    struct store_txn *txn;
    assert_int_equal(store_begin_read(store, &txn), 0);
    assert_int_equal(journal_load(txn, JOURNAL, &journal), 0);
    for (uint64_t number = 1; number <= RECORDS; number++) {
        struct span record;
        const uint8_t *hash;
        assert_int_equal(journal_read(&journal, txn, number, &record, &hash), 0);
        const uint8_t *at = memmem(bytes, byte_count, hash, JOURNAL_HASH_BYTES);
        assert_non_null(at);
        assert_memory_equal(at + JOURNAL_HASH_BYTES, record.data, record.bytes);
        /* A row on pages of its own has its key elsewhere: its value alone is taken. */
        bool together = number % 50 != 0;
        rows[number - 1].at = (size_t)(at - bytes) - (together ? KEY_BYTES : 0);
        rows[number - 1].bytes = (together ? KEY_BYTES : 0) + JOURNAL_HASH_BYTES + record.bytes;
    }
    store_abort(txn);
}

static int make_store(void **state) {
    (void)state;
    struct temporary_store temporary;
    char path[TEMPORARY_PATH_BYTES + 16];
    temporary_store_open(&temporary, tables, TABLES, 0);
    fill(temporary.store);
    (void)temporary_folder_make(folder);
    (void)snprintf(path, sizeof path, "%s/data.mdb", folder);
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(file >= 0);
    assert_int_equal(store_copy(temporary.store, file, true), 0);
    read_file();
    find_rows(temporary.store);
    temporary_store_close(&temporary);
    return 0;
}

static int remove_store(void **state) {
    (void)state;
    (void)close(file);
    free(bytes);
    temporary_folder_remove(folder);
    return 0;
}

static void look(struct store_chain *ret) {
    *ret = (struct store_chain){.head = 0};
    (void)snprintf(ret->folder, sizeof ret->folder, "%s", folder);
    assert_int_equal(store_chain_check(ret), CTL_DONE);
}

/* Flips one bit of the file, looks, and puts it back. */
static void look_with_flip(size_t at, unsigned bit, struct store_chain *ret) {
    uint8_t flipped = (uint8_t)(bytes[at] ^ (1U << bit));
    assert_int_equal(pwrite(file, &flipped, 1, (off_t)at), 1);
    look(ret);
    assert_int_equal(pwrite(file, &bytes[at], 1, (off_t)at), 1);
}

static void the_journal_as_written_is_sound(void **state) {
    (void)state;
    struct store_chain chain;
    look(&chain);
    assert_string_equal(chain.broken, "");
    assert_int_equal(chain.head, RECORDS);
    assert_int_equal(chain.identity.service, CELL_LEDGER);
}

static void each_of_a_thousand_flipped_bits_in_the_journal_is_found(void **state) {
    (void)state;
    for (int i = 0; i < FLIPS_IN_THE_JOURNAL; i++) {
        size_t row = (size_t)draw(RECORDS);
        size_t at = rows[row].at + (size_t)draw(rows[row].bytes);
        unsigned bit = (unsigned)draw(8);
        struct store_chain chain;
        look_with_flip(at, bit, &chain);
        if (chain.broken[0] == '\0') {
            fail_msg("flip %d of seed %llu: bit %u of byte %zu, in record %zu, was not found", i,
                     (unsigned long long)SEED, bit, at, row + 1);
        }
    }
}

static void a_flip_anywhere_never_makes_a_sound_journal_of_other_bytes(void **state) {
    (void)state;
    struct store_chain whole;
    size_t unseen = 0;
    look(&whole);
    for (int i = 0; i < FLIPS_ANYWHERE; i++) {
        struct store_chain chain;
        look_with_flip((size_t)draw(byte_count), (unsigned)draw(8), &chain);
        if (chain.broken[0] == '\0') {
            assert_int_equal(chain.head, whole.head);
            assert_memory_equal(chain.head_hash, whole.head_hash, JOURNAL_HASH_BYTES);
            unseen++;
        }
    }
    print_message("%zu of %d flips lay outside the journal\n", unseen, FLIPS_ANYWHERE);
}

static void what_a_reader_knows_must_lie_on_the_chain(void **state) {
    (void)state;
    struct store_chain chain;
    look(&chain);
    struct chain_anchor head = {.holder = CELL_REPORTING, .number = chain.head};
    memcpy(head.hash, chain.head_hash, sizeof head.hash);
    chain.anchors[0] = head;
    chain.anchor_count = 1;
    assert_int_equal(store_chain_walk(&chain), CTL_DONE);
    assert_string_equal(chain.broken, "");
    chain.anchors[0].hash[5] ^= 1;
    assert_int_equal(store_chain_walk(&chain), CTL_DONE);
    assert_non_null(strstr(chain.broken, "record 150 is not the one that reporting has read"));
    chain.broken[0] = '\0';
    chain.anchors[0].number = RECORDS + 7;
    assert_int_equal(store_chain_walk(&chain), CTL_DONE);
    assert_non_null(strstr(chain.broken, "it ends at record 150, but reporting has read 157 of it"));
}

static void a_file_that_was_cut_and_one_that_is_none_are_findings(void **state) {
    (void)state;
    struct store_chain chain;
    assert_int_equal(ftruncate(file, (off_t)(byte_count / 2 / 4096 * 4096)), 0);
    look(&chain);
    assert_string_not_equal(chain.broken, "");
    assert_int_equal(ftruncate(file, 0), 0);
    look(&chain);
    assert_non_null(strstr(chain.broken, "there is no store in it"));
    assert_int_equal(pwrite(file, bytes, byte_count, 0), byte_count);
    look(&chain);
    assert_string_equal(chain.broken, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_journal_as_written_is_sound),
        cmocka_unit_test(each_of_a_thousand_flipped_bits_in_the_journal_is_found),
        cmocka_unit_test(a_flip_anywhere_never_makes_a_sound_journal_of_other_bytes),
        cmocka_unit_test(what_a_reader_knows_must_lie_on_the_chain),
        cmocka_unit_test(a_file_that_was_cut_and_one_that_is_none_are_findings),
    };
    return cmocka_run_group_tests(tests, make_store, remove_store);
}
