#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/store_chain.h"
#include "services/ctl/table.h"
#include "services/ctl/verify_again.h"

/*
 * verify: are stores sound, each in itself and against each other? Chains, numbers, sums and positions are looked at here;
 * what follows from the rules is computed again by the daemons' own programs (verify_again.h).
 */

struct stores {
    struct ctl *ctl;
    struct store_chain *chains[CELL_SERVICES]; /* by service; NULL: not given */
    char again[CELL_SERVICES][32];             /* what became of computing it again, for the table */
    bool sound;
};

/* --- which stores ------------------------------------------------------------------------------------------------- */

static bool is_there(const char *folder, const char *name) {
    char path[CELL_PATH_BYTES * 2 + 32];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static int add_store(struct stores *stores, const char *folder) {
    struct store_chain *chain = calloc(1, sizeof *chain);
    if (!chain) {
        return ctl_failure(FAILURE_MEMORY);
    }
    int used = snprintf(chain->folder, sizeof chain->folder, "%s", folder);
    int code = used > 0 && (size_t)used < sizeof chain->folder
                   ? store_chain_look(chain)
                   : ctl_fail(CTL_USAGE, "the path %.60s... is too long", folder);
    if (code == CTL_DONE && chain->broken[0]) {
        code = ctl_fail(CTL_NO, "%s: %s", folder, chain->broken);
    }
    if (code == CTL_DONE && stores->chains[chain->identity.service]) {
        code = ctl_fail(CTL_USAGE, "%s and %s are both stores of %s: give one of each daemon", folder,
                        stores->chains[chain->identity.service]->folder, cell_service_names[chain->identity.service]);
    }
    if (code != CTL_DONE) {
        free(chain);
        return code;
    }
    stores->chains[chain->identity.service] = chain;
    return CTL_DONE;
}

/* Does the path end in "vault"? A vault has no journal, and so nothing that a chain could show. */
static bool is_named_vault(const char *folder) {
    size_t bytes = strlen(folder);
    while (bytes > 1 && folder[bytes - 1] == '/') {
        bytes--;
    }
    size_t name = bytes;
    while (name > 0 && folder[name - 1] != '/') {
        name--;
    }
    return bytes - name == strlen("vault") && strncmp(folder + name, "vault", bytes - name) == 0;
}

static int refuse_folder(const char *folder) {
    if (is_named_vault(folder) || is_there(folder, "vault/data.mdb")) {
        return ctl_fail(
            CTL_INPUT,
            "%s is of intake's vault, which has no journal to verify: elpctl restore vault --from %s --store "
            "DIR compares a backup of it byte for byte with its backup.yaml; delete what that leaves in DIR",
            folder, folder);
    }
    return ctl_fail(
        CTL_INPUT,
        "there is no store in %s: give the folder of a store, or one that holds intake/, rating/, ledger/ or "
        "reporting/, as a cell and backup/NAME do",
        folder);
}

/* A store's folder, or one that holds the folders of several: a cell, or a backup. */
static int add_folder(struct stores *stores, const char *folder) {
    bool any = false;
    int code = CTL_DONE;
    if (is_there(folder, "data.mdb") && !is_named_vault(folder)) {
        return add_store(stores, folder);
    }
    for (int service = 0; code == CTL_DONE && service < CELL_SERVICES; service++) {
        char path[CELL_PATH_BYTES * 2];
        char data[CELL_PATH_BYTES];
        (void)snprintf(data, sizeof data, "%s/data.mdb", cell_service_names[service]);
        if (is_there(folder, data)) {
            (void)snprintf(path, sizeof path, "%s/%s", folder, cell_service_names[service]);
            any = true;
            code = add_store(stores, path);
        }
    }
    return any || code != CTL_DONE ? code : refuse_folder(folder);
}

static int check_one_cell(const struct stores *stores) {
    const struct store_chain *first = NULL;
    for (int service = 0; service < CELL_SERVICES; service++) {
        const struct store_chain *chain = stores->chains[service];
        if (chain && first && strcmp(chain->identity.cell, first->identity.cell) != 0) {
            return ctl_fail(CTL_USAGE, "%s is of the cell \"%s\", %s of \"%s\": give stores of one cell", first->folder,
                            first->identity.cell, chain->folder, chain->identity.cell);
        }
        first = first ? first : chain;
    }
    return CTL_DONE;
}

/* --- the journals ------------------------------------------------------------------------------------------------- */

/* What the others have read of this journal. */
static void give_anchors(const struct stores *stores, struct store_chain *chain) {
    for (int holder = 0; holder < CELL_SERVICES; holder++) {
        const struct store_chain *reader = stores->chains[holder];
        if (reader && reader->reads[chain->identity.service]) {
            struct chain_anchor *anchor = &chain->anchors[chain->anchor_count++];
            *anchor = reader->positions[chain->identity.service];
            anchor->holder = (enum cell_service)holder;
        }
    }
}

static void check_positions(struct store_chain *chain) {
    for (int service = 0; service < CELL_SERVICES && !chain->broken[0]; service++) {
        if (chain->reads[service] && chain->positions[service].number != chain->head) {
            (void)snprintf(chain->broken, sizeof chain->broken,
                           "its journal ends at record %" PRIu64 ", but it has read %" PRIu64 " of %s", chain->head,
                           chain->positions[service].number, cell_service_names[service]);
        }
    }
}

static int walk_all(struct stores *stores) {
    int code = CTL_DONE;
    for (int service = 0; code == CTL_DONE && service < CELL_SERVICES; service++) {
        struct store_chain *chain = stores->chains[service];
        if (chain) {
            give_anchors(stores, chain);
            code = store_chain_walk(chain);
            check_positions(chain);
            stores->sound = stores->sound && !chain->broken[0];
        }
    }
    return code;
}

/* --- what follows from them --------------------------------------------------------------------------------------- */

/* Why a store is not computed again; NULL: it is. */
static const char *hindrance(const struct stores *stores, enum cell_service service, struct verify_again *ret) {
    for (int upstream = 0; upstream < (int)service; upstream++) {
        const struct store_chain *chain = stores->chains[upstream];
        if (!chain) {
            return "upstream not given";
        }
        if (chain->broken[0]) {
            return "upstream broken";
        }
        ret->upstreams[ret->upstream_count++] = chain->folder;
    }
    return NULL;
}

static int compute_one(struct stores *stores, enum cell_service service) {
    struct store_chain *chain = stores->chains[service];
    struct verify_again again = {.service = service, .folder = chain->folder, .head = chain->head};
    const char *why = chain->broken[0] ? "" : hindrance(stores, service, &again);
    if (why) {
        (void)snprintf(stores->again[service], sizeof stores->again[service], "%s", why);
        return CTL_DONE;
    }
    int code = verify_again(&again);
    if (code == CTL_DONE && again.broken[0]) {
        (void)snprintf(chain->broken, sizeof chain->broken, "%s", again.broken);
        stores->sound = false;
    }
    (void)snprintf(stores->again[service], sizeof stores->again[service], "%s",
                   again.broken[0] ? "differs" : "the same");
    return code;
}

static int compute_all(struct stores *stores) {
    int code = CTL_DONE;
    /* intake's journal is what the rest follows from */
    (void)snprintf(stores->again[CELL_INTAKE], sizeof stores->again[CELL_INTAKE], "-");
    for (int service = CELL_RATING; code == CTL_DONE && service < CELL_SERVICES; service++) {
        if (stores->chains[service]) {
            code = compute_one(stores, (enum cell_service)service);
        }
    }
    return code;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

static int print_json(const struct stores *stores) {
    json_t *list = json_array();
    for (int service = 0; service < CELL_SERVICES; service++) {
        const struct store_chain *chain = stores->chains[service];
        if (chain) {
            (void)json_array_append_new(list,
                                        json_pack("{s:s, s:s, s:o, s:b, s:s, s:s}", "service",
                                                  cell_service_names[service], "folder", chain->folder, "records",
                                                  json_sprintf("%" PRIu64, chain->head), "sound", chain->broken[0] == 0,
                                                  "computed_again", stores->again[service], "broken", chain->broken));
        }
    }
    return message_json_print(json_pack("{s:b, s:o}", "sound", stores->sound, "stores", list));
}

static int print_table(const struct stores *stores) {
    static const struct table_column columns[] = {{"Store", TABLE_LEFT},
                                                  {"Records", TABLE_RIGHT},
                                                  {"Journal", TABLE_LEFT},
                                                  {"Computed again", TABLE_LEFT},
                                                  {"Folder", TABLE_LEFT}};
    bool color = stores->ctl->color;
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], color);
    for (int service = 0; service < CELL_SERVICES; service++) {
        const struct store_chain *chain = stores->chains[service];
        if (chain) {
            table_row(table);
            table_text(table, cell_service_names[service]);
            table_number(table, chain->head);
            table_colored(table, chain->broken[0] ? COLOR_RED : COLOR_GREEN, chain->broken[0] ? "BROKEN" : "sound");
            table_text(table, stores->again[service]);
            table_text(table, chain->folder);
        }
    }
    int code = table_print(table);
    for (int service = 0; code == CTL_DONE && service < CELL_SERVICES; service++) {
        const struct store_chain *chain = stores->chains[service];
        if (chain && chain->broken[0]) {
            (void)ctl_fail(CTL_NO, "%s: %s", chain->folder, chain->broken);
        }
    }
    return code;
}

static int run(struct ctl *ctl) {
    struct stores stores = {.ctl = ctl, .sound = true};
    int code = CTL_DONE;
    for (int i = 0; code == CTL_DONE && i < ctl->argument_count; i++) {
        code = add_folder(&stores, ctl->arguments[i]);
    }
    if (code == CTL_DONE) {
        code = check_one_cell(&stores);
    }
    if (code == CTL_DONE) {
        code = walk_all(&stores);
    }
    if (code == CTL_DONE) {
        code = compute_all(&stores);
    }
    if (code == CTL_DONE) {
        code = ctl->json ? print_json(&stores) : print_table(&stores);
    }
    for (int service = 0; service < CELL_SERVICES; service++) {
        free(stores.chains[service]);
    }
    return code == CTL_DONE && !stores.sound ? CTL_NO : code;
}

const struct command verify_command = {
    .name = "verify",
    .group = GROUP_CELL,
    .summary = "look whether stores or a backup are sound, and what the rules give",
    .arguments = "DIR...",
    .arguments_min = 1,
    .arguments_max = CELL_SERVICES,
    .options = NULL,
    .help = "No daemon is asked, and nothing is changed. DIR is the folder of a store whose daemon does not run, or "
            "one that "
            "holds several: a backup, or a cell. Verifies every record's hash and number, that each transaction of the "
            "ledger "
            "sums to zero, and that what one daemon has read is what the other one has. Where the upstream stores are "
            "given "
            "too, the daemon's own program computes the store again, in a scratch folder below $TMPDIR that needs as "
            "much room, "
            "and compares every record and every row byte for byte. Ends with 1 when anything is broken. A backup of "
            "the vault "
            "has no journal: elpctl restore vault --from DIR --store EMPTY-DIR compares it with its backup.yaml.\n\n"
            "Examples:\n"
            "  elpctl verify cell/backup/2026-05-01\n"
            "  elpctl verify cell/intake cell/rating",
    .run = run,
};
