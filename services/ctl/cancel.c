#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/attestation.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/terminal.h"

/* cancel: an attestation falls (rulebook §4, corrections). Its key follows from the id, so a second run answers the same. */

#define KEY_PREFIX "cancel:"

static int run(struct ctl *ctl) {
    Elp__V1__CancelAttestation request = ELP__V1__CANCEL_ATTESTATION__INIT;
    const char *id = ctl_argument(ctl, 0);
    char key[sizeof KEY_PREFIX + ATTESTATION_ID_BYTES];
    char epoch[17];
    uint64_t number;
    void *answer;
    if (!attestation_id_parse(id, epoch, &number)) {
        return ctl_fail(CTL_USAGE,
                        "\"%.60s\" is no attestation id: 16 hexadecimal digits, '-', a number, as the verdict gave it",
                        id);
    }
    (void)snprintf(key, sizeof key, KEY_PREFIX "%s", id);
    const char *given = ctl_option(ctl, OPTION_KEY);
    const char *used = given ? given : key;
    request.id = (char *)id;
    request.reason = ctl_option_text(ctl, OPTION_REASON);
    request.key = (ProtobufCBinaryData){strlen(used), (uint8_t *)used};
    int code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_ATTESTATION, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_REPLY, &elp__v1__cancel_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    const Elp__V1__CancelReply *reply = answer;
    const Elp__V1__RefusalReason *refusal = reply->refusal;
    if (ctl->json) {
        code = message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE));
    } else if (reply->cancelled) {
        printf("%scancelled%s by record %" PRIu64 "; elpctl status %s shows the reversal\n",
               terminal_begin(ctl->color, COLOR_GREEN), terminal_end(ctl->color, COLOR_GREEN), reply->number, id);
    } else if (refusal) {
        char text[512];
        printf("%srefused%s %s (%s)\n    %s%s%s\n", terminal_begin(ctl->color, COLOR_RED),
               terminal_end(ctl->color, COLOR_RED), refusal->code, refusal->article, refusal->field,
               refusal->field[0] ? ": " : "", terminal_sentences(refusal->reason, refusal->remedy, text, sizeof text));
    }
    return code == CTL_DONE && !reply->cancelled ? CTL_NO : code;
}

static const struct argp_option options[] = {
    {"reason", OPTION_REASON, "TEXT", 0, "why; needed after the deadline", 0},
    {"key", OPTION_KEY, "KEY", 0, "idempotency key of the cancellation; default \"cancel:\" and the id", 0},
    {0},
};

const struct command cancel_command = {
    .name = "cancel",
    .group = GROUP_ATTEST,
    .summary = "cancel an attestation: its amounts are reversed",
    .arguments = "ID",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "integrator",
    .options = options,
    .help = "Integrators cancel their own attestations within the deadline; after it only the network or the "
            "operator does, with a reason. The reversal takes back the amounts as they were posted and counts in the "
            "year of the cancellation. Nothing is deleted; a second run answers the same.\n\n"
            "Examples:\n"
            "  elpctl cancel 4f3a9c2100d1e2f3-18234\n"
            "  elpctl cancel 4f3a9c2100d1e2f3-18234 --as operator --reason \"entered twice\"",
    .run = run,
};
