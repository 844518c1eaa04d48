#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/identifiers.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/progress.h"
#include "services/ctl/table.h"

/* backup: each daemon copies its own store while it runs. */

#define STEP_WAIT_MS 500

/*
 * Downstream first: what a backup of intake holds is then at least what the others have seen of it, and all four can be put
 * back together.
 */
static const struct part {
    enum cell_service service;
    bool vault;
    const char *word;
} parts[] = {
    {CELL_REPORTING, false, "reporting"}, {CELL_LEDGER, false, "ledger"}, {CELL_RATING, false, "rating"},
    {CELL_INTAKE, false, "intake"},       {CELL_INTAKE, true, "vault"},
};
#define PARTS (sizeof parts / sizeof parts[0])

struct made {
    const struct part *part;
    uint64_t head;
    uint64_t bytes;
    char folder[CELL_PATH_BYTES * 2];
};

static int end_of(const Elp__V1__BackupReply *reply, const char *name, const struct part *part, struct made *ret) {
    const char *daemon = part->word;
    if (reply->state == ELP__V1__BACKUP_STATE__BACKUP_STATE_DONE) {
        *ret = (struct made){.part = part, .head = reply->head, .bytes = reply->bytes_done};
        (void)snprintf(ret->folder, sizeof ret->folder, "%s", reply->folder);
        return CTL_DONE;
    }
    if (reply->state == ELP__V1__BACKUP_STATE__BACKUP_STATE_EXISTS) {
        return ctl_fail(CTL_NO, "%s has a backup \"%s\" already and keeps it: choose another name", daemon, name);
    }
    if (reply->state == ELP__V1__BACKUP_STATE__BACKUP_STATE_FAILED) {
        return ctl_fail(CTL_NO, "the backup of %s failed and nothing is left of it: %s", daemon, reply->reason);
    }
    return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "%s says about the backup what this elpctl does not know",
                    daemon);
}

/* Asks until the copy has ended; each question is answered at once or at the next step of the bar. */
static int back_up(struct ctl *ctl, const struct part *part, const char *name, struct made *ret) {
    Elp__V1__Backup request = ELP__V1__BACKUP__INIT;
    struct progress progress;
    const Elp__V1__BackupReply *reply = NULL;
    int code = CTL_DONE;
    request.name = (char *)name;
    request.wait_ms = STEP_WAIT_MS;
    request.vault = part->vault;
    randombytes_buf(&request.run, sizeof request.run);
    progress_begin(&progress, "bytes", 0);
    (void)snprintf(progress.note, sizeof progress.note, "%s", part->word);
    do {
        void *answer;
        code = ask(ctl, part->service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BACKUP, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BACKUP_REPLY, &elp__v1__backup_reply__descriptor, &answer);
        if (code == CTL_DONE) {
            reply = answer;
            progress.total = reply->bytes_total;
            progress_step(&progress, reply->bytes_done);
        }
    } while (code == CTL_DONE && reply->state == ELP__V1__BACKUP_STATE__BACKUP_STATE_RUNNING);
    progress_end(&progress);
    return code == CTL_DONE ? end_of(reply, name, part, ret) : code;
}

static int print(const struct ctl *ctl, const char *name, const struct made *made, size_t count) {
    static const struct table_column columns[] = {{"Store", TABLE_LEFT},
                                                  {"Records", TABLE_RIGHT},
                                                  {"Bytes", TABLE_RIGHT},
                                                  {"Folder, as the daemon sees it", TABLE_LEFT}};
    if (ctl->json) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            (void)json_array_append_new(list,
                                        json_pack("{s:s, s:o, s:o, s:s}", "store", made[i].part->word, "head",
                                                  json_sprintf("%" PRIu64, made[i].head), "bytes",
                                                  json_sprintf("%" PRIu64, made[i].bytes), "folder", made[i].folder));
        }
        return message_json_print(json_pack("{s:s, s:o}", "backup", name, "stores", list));
    }
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < count; i++) {
        table_row(table);
        table_text(table, made[i].part->word);
        table_number(table, made[i].head);
        table_number(table, made[i].bytes);
        table_text(table, made[i].folder);
    }
    return table_print(table);
}

/* Without words the four stores. The vault is copied when it is asked for: its copies are kept for another time. */
static int read_words(const struct ctl *ctl, bool wanted[PARTS]) {
    for (size_t i = 0; i < PARTS; i++) {
        wanted[i] = ctl->argument_count == 1 && !parts[i].vault;
    }
    for (int k = 1; k < ctl->argument_count; k++) {
        size_t i = 0;
        while (i < PARTS && strcmp(parts[i].word, ctl->arguments[k]) != 0) {
            i++;
        }
        if (i == PARTS) {
            return ctl_fail(CTL_USAGE, "\"%.40s\" is no store: intake, rating, ledger, reporting or vault",
                            ctl->arguments[k]);
        }
        wanted[i] = true;
    }
    return CTL_DONE;
}

static int run(struct ctl *ctl) {
    const char *name = ctl_argument(ctl, 0);
    struct made made[PARTS];
    bool wanted[PARTS];
    size_t count = 0;
    struct code parsed;
    if (!code_parse(name, &parsed)) {
        return ctl_fail(CTL_USAGE, "\"%.40s\" is no name of a backup: 1 to %d of A-Z a-z 0-9 . _ -, such as a date",
                        name, CODE_BYTES_MAX);
    }
    int code = read_words(ctl, wanted);
    for (size_t i = 0; code == CTL_DONE && i < PARTS; i++) {
        if (wanted[i]) {
            code = back_up(ctl, &parts[i], name, &made[count]);
            count += code == CTL_DONE;
        }
    }
    int printed = count > 0 ? print(ctl, name, made, count) : CTL_DONE;
    return code == CTL_DONE ? printed : code;
}

const struct command backup_command = {
    .name = "backup",
    .group = GROUP_CELL,
    .summary = "copy the stores of running daemons",
    .arguments = "NAME [intake|rating|ledger|reporting|vault...]",
    .arguments_min = 1,
    .arguments_max = 1 + PARTS,
    .as = "operator",
    .help =
        "Each daemon copies its own store into backup/NAME/STORE beside its store, or below its --backup folder, and "
        "goes on meanwhile; without words the four stores. A backup is there when it is whole, and is never "
        "overwritten. "
        "Nobody is named in the stores; the numbers of people lie in intake's vault, which goes into vault-backup/NAME/"
        "vault and is kept shorter: an erased person is in its older copies. Keys are copied by hand. elpctl verify "
        "looks "
        "whether a backup is sound, elpctl restore puts it back.\n\n"
        "Examples:\n"
        "  elpctl backup $(date +%Y-%m-%d)\n"
        "  elpctl backup $(date +%Y-%m-%d) vault\n"
        "  elpctl backup before-upgrade intake",
    .run = run,
};
