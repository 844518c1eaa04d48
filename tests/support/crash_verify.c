#include "tests/support/crash_verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "services/ctl/store_chain.h"
#include "services/intake/client_keys.h"
#include "services/intake/intake_core.h"
#include "services/intake/intake_service.h"
#include "services/intake/vault.h"
#include "tests/support/crash_disk.h"

#define IMAGE_MAP_BYTES (UINT64_C(1) << 30)
#define FOLDER_BYTES 512

const char *const crash_disk_names[CRASH_DISKS] = {
    [CELL_INTAKE] = "intake",       [CELL_RATING] = "rating", [CELL_LEDGER] = "ledger",
    [CELL_REPORTING] = "reporting", [CRASH_VAULT] = "vault",
};

static bool fails(const struct crash_image *image, const char *disk, const char *what, uint64_t number) {
    (void)printf("after byte %zu of the record: %s: %s %" PRIu64 "\n", image->position, disk, what, number);
    return false;
}

/* --- intake and its vault ----------------------------------------------------------------------------------------- */

static bool holds_acknowledged(const struct crash_image *image, struct store_txn *txn) {
    for (size_t i = 0; i < image->told_count; i++) {
        const struct crash_told *one = &image->told[i];
        struct key_entry entry;
        bool found = false;
        if (one->after > image->position || strcmp(one->key, "-") == 0) {
            continue;
        }
        int failure = client_key_find(txn, one->principal, span_of_text(one->key), &entry, &found);
        if (failure < 0 || !found || entry.number != one->number || one->number > image->heads[CELL_INTAKE]) {
            return fails(image, "intake", "an acknowledged record is not there:", one->number);
        }
    }
    return true;
}

/* Everybody to whom the store has given a number is known to the vault. */
static bool holds_people(const struct crash_image *image, struct intake_core *core, struct store_txn *txn) {
    uint64_t last = 0;
    bool found = false;
    if (intake_state_get(txn, "persons", &last, &found) < 0) {
        return fails(image, "intake", "the number of people cannot be read", 0);
    }
    for (uint64_t number = 1; found && number <= last; number++) {
        bool holds = false;
        if (vault_holds(core->vault, number, &holds) < 0 || !holds) {
            return fails(image, "vault", "does not hold person", number);
        }
    }
    return true;
}

static bool verify_core(struct crash_image *image, struct store *store, struct store *vault, struct store_txn *txn) {
    struct journal journal;
    uint64_t bad = 0;
    void *core = NULL;
    if (journal_load(txn, TABLE_JOURNAL, &journal) < 0 ||
        journal_verify(txn, TABLE_JOURNAL, 1, journal.head, &bad) < 0) {
        return fails(image, "intake", "the journal does not hold at record", bad);
    }
    image->heads[CELL_INTAKE] = journal.head;
    const struct service_context context = {.cell = &image->cell, .journal = &journal, .store = store, .vault = vault};
    if (intake_service.open(&context, txn, &core) < 0) {
        return fails(image, "intake", "its core does not open; head", image->heads[CELL_INTAKE]);
    }
    bool holds = holds_acknowledged(image, txn) && holds_people(image, core, txn);
    intake_service.close(core);
    return holds;
}

/* Opens both as intake's daemon does. What that writes to the store is undone; the vault keeps it. */
static bool verify_intake(struct crash_image *image) {
    char folders[2][FOLDER_BYTES];
    struct store *store = NULL;
    struct store *vault = NULL;
    struct store_txn *txn = NULL;
    (void)snprintf(folders[0], sizeof folders[0], "%s/intake", image->folder);
    (void)snprintf(folders[1], sizeof folders[1], "%s/vault", image->folder);
    bool holds =
        store_open(folders[0], IMAGE_MAP_BYTES, intake_service.tables, intake_service.table_count, &store) == 0 &&
        store_open(folders[1], IMAGE_MAP_BYTES, intake_service.vault_tables, intake_service.vault_table_count,
                   &vault) == 0 &&
        store_begin_write(store, &txn) == 0;
    if (!holds) {
        (void)fails(image, "intake", "the stores do not open", 0);
    } else {
        holds = verify_core(image, store, vault, txn);
        store_abort(txn);
    }
    store_close(vault);
    store_close(store);
    return holds;
}

/* --- the others --------------------------------------------------------------------------------------------------- */

/* As elpctl verify does with one store. */
static bool verify_reader(struct crash_image *image, int service) {
    struct store_chain chain = {.head = 0};
    (void)snprintf(chain.folder, sizeof chain.folder, "%s/%s", image->folder, crash_disk_names[service]);
    if (store_chain_check(&chain) != CTL_DONE) {
        return fails(image, crash_disk_names[service], "cannot be looked at", 0);
    }
    /* Between its tables and its first record a store does not say yet whose it is. */
    bool begun = chain.head > 0 || strcmp(chain.broken, "it does not say whose store it is") != 0;
    if (begun && chain.broken[0] != '\0') {
        return fails(image, crash_disk_names[service], chain.broken, chain.head);
    }
    image->heads[service] = chain.head;
    for (int upstream = 0; upstream < CELL_SERVICES; upstream++) {
        image->positions[service][upstream] = chain.positions[upstream].number;
        if (chain.reads[upstream] && chain.positions[upstream].number != chain.head) {
            return fails(image, crash_disk_names[service], "its position is not its head, but",
                         chain.positions[upstream].number);
        }
    }
    return true;
}

/* Nobody has read what its upstream has lost, and nobody has lost what was told. */
static bool compare(const struct crash_image *image) {
    for (int service = 0; service < CELL_SERVICES; service++) {
        for (int upstream = 0; upstream < CELL_SERVICES; upstream++) {
            if (image->positions[service][upstream] > image->heads[upstream]) {
                return fails(image, crash_disk_names[service],
                             "its upstream has not the record that it has read:", image->positions[service][upstream]);
            }
        }
    }
    for (size_t i = 0; i < image->told_count; i++) {
        const struct crash_told *one = &image->told[i];
        for (int service = 0; service < CELL_SERVICES; service++) {
            if (one->after <= image->position && strcmp(one->key, "-") == 0 &&
                strcmp(one->principal, crash_disk_names[service]) == 0 && one->number > image->heads[service]) {
                return fails(image, crash_disk_names[service], "it has told the head", one->number);
            }
        }
    }
    return true;
}

bool crash_verify(struct crash_image *image) {
    bool holds = true;
    if (image->changed[CELL_INTAKE] || image->changed[CRASH_VAULT]) {
        holds = verify_intake(image);
    }
    for (int service = CELL_RATING; holds && service < CELL_SERVICES; service++) {
        holds = !image->changed[service] || verify_reader(image, service);
    }
    memset(image->changed, 0, sizeof image->changed);
    return holds && compare(image);
}

bool crash_verify_again(const struct crash_image *image, const char *elpctl) {
    int status = 0;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
        (void)execl(elpctl, elpctl, "verify", image->folder, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        crash_give_up("no process for", elpctl);
    }
    return status == 0 || fails(image, elpctl, "verify ended with", (uint64_t)status);
}
