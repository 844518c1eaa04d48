#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/niss_input.h"

/*
 * person erase: a person is forgotten. The number is read from standard input unless it is given, because what stands on a
 * command line stands in the shell's history and in the list of processes too.
 */

static int print_reply(struct ctl *ctl, const Elp__V1__ErasePersonReply *reply, bool dry_run) {
    if (ctl->json) {
        return message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE));
    }
    if (!reply->known) {
        printf("nobody is known by this national number: there is nothing to erase\n");
    } else if (reply->earlier) {
        printf("person %" PRIu64 " was erased before, by record %" PRIu64 "\n", reply->person, reply->number);
    } else if (dry_run) {
        printf("person %" PRIu64 " is known and would be erased\n", reply->person);
    } else {
        printf("person %" PRIu64 " is erased, by record %" PRIu64 "; backups of the vault still hold the number until "
               "they expire (docs/security.md)\n",
               reply->person, reply->number);
    }
    return CTL_DONE;
}

static int run_erase(struct ctl *ctl) {
    Elp__V1__ErasePerson request = ELP__V1__ERASE_PERSON__INIT;
    const char *reason = ctl_option(ctl, OPTION_REASON);
    char niss[NISS_TEXT_BYTES] = "";
    int64_t person = 0;
    void *answer;
    if (ctl_argument(ctl, 0) && ctl_option(ctl, OPTION_PERSON)) {
        return ctl_fail(CTL_USAGE, "name the person by national number or with --person, one of the two");
    }
    if (!reason) {
        return ctl_fail(CTL_USAGE, "--reason is needed: it stands in the journal");
    }
    int code = ctl_option_whole(ctl, OPTION_PERSON, "--person", 1, INT64_MAX / 10, &person);
    if (code == CTL_DONE && person == 0) {
        code = niss_input_read(ctl_argument(ctl, 0), niss);
    }
    if (code != CTL_DONE) {
        return code;
    }
    request.niss = niss;
    request.person = (uint64_t)person;
    request.reason = (char *)reason;
    request.dry_run = ctl_option(ctl, OPTION_DRY_RUN) != NULL;
    code =
        ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ERASE_PERSON, &request.base,
            ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ERASE_PERSON_REPLY, &elp__v1__erase_person_reply__descriptor, &answer);
    sodium_memzero(niss, sizeof niss);
    return code == CTL_DONE ? print_reply(ctl, answer, request.dry_run) : code;
}

static const struct argp_option erase_options[] = {
    {"person", OPTION_PERSON, "N", 0, "the person's number as journals carry it, instead of a national number", 0},
    {"reason", OPTION_REASON, "TEXT", 0, "why; it stands in the journal, so without names and numbers", 0},
    {"dry-run", OPTION_DRY_RUN, NULL, 0, "say whether the person is known, erase nobody", 0},
    {0},
};

const struct command person_erase_command = {
    .name = "person erase",
    .group = GROUP_CELL,
    .summary = "forget a person: nothing leads to their national number any more",
    .arguments = "[NISS]",
    .arguments_min = 0,
    .arguments_max = 1,
    .as = "operator",
    .options = erase_options,
    .help = "Without NISS, or with \"-\", the number is read from standard input and not shown: what is typed as an "
            "argument stays in the shell's history. Intake records the erasure and its vault loses the number; "
            "attestations, postings and balances stay as they are, under a person number that leads to nobody. Whoever "
            "comes again is a new person. A second run changes nothing.\n\n"
            "Examples:\n"
            "  elpctl person erase --reason \"request of 3 May 2026, file 2026-117\"\n"
            "  elpctl person erase --person 4711 --reason \"request of 3 May 2026, file 2026-117\"",
    .run = run_erase,
};
