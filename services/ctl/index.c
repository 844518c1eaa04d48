#include <stdio.h>
#include <string.h>

#include "common/money.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/command_table.h"
#include "services/ctl/judged.h"
#include "services/ctl/tariff_table.h"

/* index: the act that creates the next tariff column (rulebook T6). Intake records it, rating judges it. */

static int print_column(struct ctl *ctl, const char *convention, uint32_t year) {
    const Elp__V1__TariffReply *reply;
    int code = tariff_ask(ctl, convention, year, &reply);
    for (size_t i = 0; code == CTL_DONE && i < reply->n_books; i++) {
        code = tariff_table_print(reply->books[i], ctl->color);
    }
    return code;
}

static int run(struct ctl *ctl) {
    Elp__V1__IndexTariffs request = ELP__V1__INDEX_TARIFFS__INIT;
    const char *convention = ctl_option(ctl, OPTION_CONVENTION);
    const char *source = ctl_option(ctl, OPTION_SOURCE);
    int64_t year = 0;
    int code = ctl_whole(ctl_argument(ctl, 0), "YEAR", 2019, 2199, &year);
    if (code != CTL_DONE) {
        return code;
    }
    if (!basis_points_parse(ctl_argument(ctl, 1), &request.basis_points)) {
        return ctl_fail(CTL_USAGE, "\"%.40s\" is no percentage: write \"1.72 %%\"", ctl_argument(ctl, 1));
    }
    if (!convention || !source) {
        return ctl_fail(CTL_USAGE,
                        "--convention and --source are needed: which book, and where the percentage is published");
    }
    request.convention = (char *)convention;
    request.year = (uint32_t)year;
    request.source = (char *)source;
    const char *key = ctl_option_text(ctl, OPTION_KEY);
    request.key = (ProtobufCBinaryData){strlen(key), (uint8_t *)key};
    const struct judged_request judged = {
        .type = ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_INDEX_TARIFFS,
        .message = &request.base,
        .again = key[0] ? "the same --key" : NULL,
    };
    bool done;
    code = judged_command(ctl, &judged, CELL_RATING, &done);
    if (code == CTL_DONE && done && !ctl->json) {
        printf("\n");
        code = print_column(ctl, convention, (uint32_t)year);
    }
    return code;
}

static const struct argp_option options[] = {
    {"convention", OPTION_CONVENTION, "CONVENTION", 0, "which book, e.g. 2024", 0},
    {"source", OPTION_SOURCE, "TEXT", 0, "where the percentage is published", 0},
    {"key", OPTION_KEY, "KEY", 0, "idempotency key; without one a second run is recorded and refused", 0},
    {0},
};

const struct command index_command = {
    .name = "index",
    .group = GROUP_RULES,
    .summary = "create the next tariff column from a percentage",
    .arguments = "YEAR PERCENT",
    .arguments_min = 2,
    .arguments_max = 2,
    .as = "authority",
    .options = options,
    .help = "The amounts of YEAR are those published for the year before, each raised by PERCENT and rounded to the "
            "cent. Refused when YEAR has a column already. Waits for rating's judgement.\n\n"
            "Example:\n"
            "  elpctl index 2026 \"1.72 %\" --convention 2024 --source \"circular of 2025-12-15\"",
    .run = run,
};
