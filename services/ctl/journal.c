#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/journal.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/daemon_word.h"
#include "services/ctl/journal_walk.h"
#include "services/ctl/message_json.h"
#include "services/ctl/terminal.h"

/* journal show and journal verify: the records of a daemon, and whether their chain holds. */

#define SHOWN_DEFAULT 20
#define HASH_TEXT_BYTES (2 * JOURNAL_HASH_BYTES + 1)

static const char *hash_text(const uint8_t hash[JOURNAL_HASH_BYTES], char out[HASH_TEXT_BYTES]) {
    for (size_t i = 0; i < JOURNAL_HASH_BYTES; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", hash[i]);
    }
    return out;
}

/* --- show ---------------------------------------------------------------------------------------------------------- */

struct show {
    struct ctl *ctl;
    uint64_t from;
    uint64_t to;
};

static int show_record(void *context, const struct journal_step *step) {
    const struct show *show = context;
    char hash[HASH_TEXT_BYTES];
    if (step->number < show->from) {
        return CTL_DONE;
    }
    json_t *object =
        step->message ? message_json(step->message, MESSAGE_JSON_SPARSE) : json_pack("{s:b}", "undecodable", 1);
    (void)hash_text(step->hash, hash);
    terminal_clear_line();
    if (show->ctl->json) {
        (void)json_object_set_new(object, "number", json_sprintf("%" PRIu64, step->number));
        (void)json_object_set_new(object, "hash", json_string(hash));
        return message_json_print_line(object);
    }
    printf("%srecord %" PRIu64 "%s, %zu bytes, hash %.16s...\n", terminal_begin(show->ctl->color, COLOR_BOLD),
           step->number, terminal_end(show->ctl->color, COLOR_BOLD), step->bytes, hash);
    (void)json_object_del(object, "number");
    return message_json_print(object);
}

static int run_show(struct ctl *ctl) {
    struct show show = {.ctl = ctl};
    struct journal_walk walk = {.ctl = ctl, .context = &show, .each = show_record, .decode = true};
    int64_t from = 0;
    int64_t to = 0;
    uint64_t head;
    int code = daemon_word(ctl_argument(ctl, 0), &walk.service);
    if (code == CTL_DONE) {
        code = ctl_option_whole(ctl, OPTION_FROM, "--from", 1, INT64_MAX / 10, &from);
    }
    if (code == CTL_DONE) {
        code = ctl_option_whole(ctl, OPTION_TO, "--to", 1, INT64_MAX / 10, &to);
    }
    if (code == CTL_DONE) {
        code = journal_walk_head(ctl, walk.service, &head);
    }
    if (code != CTL_DONE) {
        return code;
    }
    show.to = to > 0 && (uint64_t)to < head ? (uint64_t)to : head;
    show.from = from > 0 ? (uint64_t)from : show.to > SHOWN_DEFAULT ? show.to - SHOWN_DEFAULT + 1 : 1;
    walk.until = show.to;
    walk.decode_from = show.from;
    return journal_walk(&walk);
}

/* --- verify -------------------------------------------------------------------------------------------------------- */

/* What somebody says about a record of a journal: a daemon about its own head, a reader about its position. */
#define ANCHORS_MAX (CELL_SERVICES * (CELL_SERVICES + 1))

struct anchor {
    enum cell_service about;
    enum cell_service holder;
    uint64_t number;
    uint8_t hash[JOURNAL_HASH_BYTES];
    bool seen;
};

struct verify {
    struct ctl *ctl;
    enum cell_service service;
    struct anchor anchors[ANCHORS_MAX];
    size_t anchor_count;
    uint64_t heads[CELL_SERVICES];
    uint8_t last_hash[JOURNAL_HASH_BYTES];
    char broken[160]; /* what does not hold; empty: the chain does */
};

static void add_anchor(struct verify *verify, enum cell_service about, enum cell_service holder, uint64_t number,
                       const ProtobufCBinaryData *hash) {
    if (number == 0 || hash->len != JOURNAL_HASH_BYTES || verify->anchor_count == ANCHORS_MAX) {
        return;
    }
    struct anchor *anchor = &verify->anchors[verify->anchor_count++];
    *anchor = (struct anchor){.about = about, .holder = holder, .number = number};
    memcpy(anchor->hash, hash->data, JOURNAL_HASH_BYTES);
}

static int gather_anchors(struct verify *verify) {
    for (size_t holder = 0; holder < CELL_SERVICES; holder++) {
        Elp__V1__Health request = ELP__V1__HEALTH__INIT;
        void *answer;
        int code =
            ask(verify->ctl, (enum cell_service)holder, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &request.base,
                ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor, &answer);
        if (code != CTL_DONE) {
            return code;
        }
        const Elp__V1__HealthReply *reply = answer;
        verify->heads[holder] = reply->head;
        add_anchor(verify, (enum cell_service)holder, (enum cell_service)holder, reply->head, &reply->head_hash);
        for (size_t u = 0; u < reply->n_upstream; u++) {
            enum cell_service about = CELL_INTAKE;
            if (daemon_word(reply->upstream[u]->service, &about) == CTL_DONE) {
                add_anchor(verify, about, (enum cell_service)holder, reply->upstream[u]->number,
                           &reply->upstream[u]->hash);
            }
        }
    }
    return CTL_DONE;
}

static int verify_record(void *context, const struct journal_step *step) {
    struct verify *verify = context;
    memcpy(verify->last_hash, step->hash, JOURNAL_HASH_BYTES);
    for (size_t i = 0; i < verify->anchor_count; i++) {
        struct anchor *anchor = &verify->anchors[i];
        if (anchor->about != verify->service || anchor->number != step->number) {
            continue;
        }
        anchor->seen = true;
        if (memcmp(anchor->hash, step->hash, JOURNAL_HASH_BYTES) != 0 && !verify->broken[0]) {
            (void)snprintf(verify->broken, sizeof verify->broken, "record %" PRIu64 " is not the one that %s knows",
                           step->number, cell_service_names[anchor->holder]);
        }
    }
    if (!verify->broken[0] && (!step->message || step->own_number != step->number)) {
        (void)snprintf(verify->broken, sizeof verify->broken, "record %" PRIu64 " %s", step->number,
                       step->message ? "carries another number" : "cannot be decoded");
    }
    return CTL_DONE;
}

static int print_verdict(const struct verify *verify, uint64_t records) {
    const char *name = cell_service_names[verify->service];
    char hash[HASH_TEXT_BYTES];
    (void)hash_text(verify->last_hash, hash);
    bool color = verify->ctl->color;
    bool sound = verify->broken[0] == 0;
    if (verify->ctl->json) {
        return message_json_print_line(json_pack("{s:s, s:o, s:b, s:s, s:s}", "service", name, "records",
                                                 json_sprintf("%" PRIu64, records), "sound", sound, "head_hash",
                                                 records ? hash : "", "broken", verify->broken));
    }
    printf("%-10s %12" PRIu64 " records  %s%s%s  head %.16s...%s%s\n", name, records,
           terminal_begin(color, sound ? COLOR_GREEN : COLOR_RED), sound ? "chain holds" : "BROKEN",
           terminal_end(color, sound ? COLOR_GREEN : COLOR_RED), records ? hash : "empty", sound ? "" : "  ",
           verify->broken);
    return CTL_DONE;
}

static int verify_service(struct verify *verify, enum cell_service service, bool *ret_sound) {
    verify->service = service;
    verify->broken[0] = 0;
    memset(verify->last_hash, 0, sizeof verify->last_hash);
    struct journal_walk walk = {
        .ctl = verify->ctl,
        .service = service,
        .context = verify,
        .each = verify_record,
        .decode = true,
        .decode_from = 1,
        .until = verify->heads[service],
    };
    int code = journal_walk(&walk);
    if (code == CTL_NO) {
        (void)snprintf(verify->broken, sizeof verify->broken, "%s", walk.broken);
    } else if (code != CTL_DONE) {
        return code;
    }
    for (size_t i = 0; i < verify->anchor_count && !verify->broken[0]; i++) {
        const struct anchor *anchor = &verify->anchors[i];
        if (anchor->about == service && !anchor->seen) {
            (void)snprintf(verify->broken, sizeof verify->broken,
                           "it ends at %" PRIu64 ", but %s knows record %" PRIu64, walk.number,
                           cell_service_names[anchor->holder], anchor->number);
        }
    }
    *ret_sound = verify->broken[0] == 0;
    return print_verdict(verify, walk.number);
}

static int run_verify(struct ctl *ctl) {
    struct verify *verify = calloc(1, sizeof *verify);
    bool wanted[CELL_SERVICES];
    bool all_sound = true;
    if (!verify) {
        return ctl_failure(FAILURE_MEMORY);
    }
    verify->ctl = ctl;
    int code = daemon_words(ctl, 0, wanted);
    if (code == CTL_DONE) {
        code = gather_anchors(verify);
    }
    for (size_t service = 0; code == CTL_DONE && service < CELL_SERVICES; service++) {
        if (wanted[service]) {
            bool sound = false;
            code = verify_service(verify, (enum cell_service)service, &sound);
            all_sound = all_sound && sound;
        }
    }
    free(verify);
    return code == CTL_DONE && !all_sound ? CTL_NO : code;
}

static const struct argp_option show_options[] = {
    {"from", OPTION_FROM, "N", 0, "first record; default the last 20", 0},
    {"to", OPTION_TO, "N", 0, "last record; default the head", 0},
    {0},
};

const struct command journal_show_command = {
    .name = "journal show",
    .group = GROUP_CELL,
    .summary = "records of a daemon's journal, decoded",
    .arguments = "intake|rating|ledger|reporting",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "operator",
    .options = show_options,
    .help = "Record N of rating, ledger and reporting is the answer to intake's record N. The chain is computed from "
            "the first record on, so far records take a moment.\n\n"
            "Examples:\n"
            "  elpctl journal show intake --from 1 --to 3\n"
            "  elpctl journal show ledger --json | jq 'select(.transactions)'",
    .run = run_show,
};

const struct command journal_verify_command = {
    .name = "journal verify",
    .group = GROUP_CELL,
    .summary = "recompute the hash chains of the journals and compare them with every daemon's word",
    .arguments = "[intake|rating|ledger|reporting...]",
    .arguments_max = CELL_SERVICES,
    .as = "operator",
    .help = "Fetches whole journals and computes the chain again: hash of record n = BLAKE2b-256(hash of n-1, n as 8 "
            "bytes big-endian, the stored bytes). The heads that the daemons state, and the positions that their "
            "readers hold, must lie on it. Ends with 1 when a chain is broken.\n\n"
            "Example:\n"
            "  elpctl journal verify",
    .run = run_verify,
};
