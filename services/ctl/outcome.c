#include <inttypes.h>

#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/judged.h"

/* outcome: what rating or the ledger made of a command that intake recorded, asked for by number. Nothing is sent again. */

static int run(struct ctl *ctl) {
    static const enum cell_service judges[] = {CELL_RATING, CELL_LEDGER}; /* the ledger follows rating */
    Elp__V1__Outcome *outcome = NULL;
    int64_t number = 0;
    bool done;
    int code = ctl_whole(ctl_argument(ctl, 0), "RECORD", 1, INT64_MAX / 10, &number);
    for (size_t i = 0; code == CTL_DONE && i < sizeof judges / sizeof judges[0]; i++) {
        code = ask_outcome(ctl, judges[i], (uint64_t)number, &outcome);
        if (code == CTL_DONE && outcome) {
            return judged_print(ctl, (uint64_t)number, judges[i], outcome, &done);
        }
    }
    return code != CTL_DONE
               ? code
               : ctl_fail(CTL_NO, "record %" PRId64 " is no decision and no indexation: nobody judges it", number);
}

const struct command outcome_command = {
    .name = "outcome",
    .group = GROUP_MONEY,
    .summary = "what became of a recorded decision or indexation",
    .arguments = "RECORD",
    .arguments_min = 1,
    .arguments_max = 1,
    .as = "authority",
    .help =
        "Waits until rating and the ledger have come to intake's record RECORD and prints what was made of it. For a "
        "decide or an index that was recorded while its judge did not answer.\n\n"
        "Example:\n"
        "  elpctl outcome 18234",
    .run = run,
};
