#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "common/calendar.h"
#include "common/money.h"
#include "elp/v1/reporting.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/feed_socket.h"
#include "services/ctl/message_field.h"
#include "services/ctl/message_json.h"
#include "services/ctl/terminal.h"

/*
 * watch: events as they happen. The feed rings, the events are fetched in record order after the last one that was printed:
 * so there is no gap and no double, whatever happens to the connection or to reporting in between.
 */
#define KINDS_MAX 32
#define BELL_MS 1000 /* without a ring it looks by itself */
#define RETRY_MS 500

struct watch {
    struct ctl *ctl;
    struct feed_socket *feed;
    Elp__V1__EventFetch fetch;
    char *kinds[KINDS_MAX];
    char epoch[24];
    uint64_t printed;
    uint64_t max; /* 0: no end */
    bool until_idle;
    bool answered;
    bool stale_said;
};

/* Appends "  name text" to a line. */
static void add_detail(char *line, size_t size, const char *name, const char *text) {
    size_t used = strlen(line);
    (void)snprintf(line + used, size - used, "  %s%s%s", name, name[0] ? " " : "", text);
}

static void add_amount(char *line, size_t size, const char *name, int64_t cents) {
    char text[MONEY_TEXT_BYTES];
    add_detail(line, size, name, money_format_grouped(money_of_cents(cents), text, sizeof text));
}

static void add_threshold(char *line, size_t size, const Elp__V1__Event *event) {
    char text[64];
    char zone[32];
    (void)snprintf(text, sizeof text, "%u.%02u %% %s", event->basis_points / 100, event->basis_points % 100,
                   event->up ? "upwards" : "downwards");
    add_detail(line, size, "", text);
    add_detail(line, size, "zone", field_enum_word(&elp__v1__zone__descriptor, (int)event->zone, zone, sizeof zone));
    add_amount(line, size, "care", event->care_spent_cents);
    add_amount(line, size, "of", event->care_budget_cents);
}

static void format_details(const Elp__V1__Event *event, char *line, size_t size) {
    char text[MONEY_TEXT_BYTES];
    line[0] = 0;
    if (event->cents != 0) {
        (void)snprintf(line, size, "  %12s", money_format_grouped(money_of_cents(event->cents), text, sizeof text));
    }
    if (event->fee_cents != 0) {
        add_amount(line, size, "fee", event->fee_cents);
        add_amount(line, size, "share", event->share_cents);
    }
    if (event->envelope != 0) {
        add_detail(line, size, "", budget_envelope_word(event->envelope));
    }
    if (event->year != 0) {
        (void)snprintf(text, sizeof text, "%u", event->year);
        add_detail(line, size, "", text);
    }
    if (strcmp(event->kind, "threshold.crossed") == 0) {
        add_threshold(line, size, event);
    } else if (event->basis_points != 0) {
        (void)snprintf(text, sizeof text, "%u.%02u %%", event->basis_points / 100, event->basis_points % 100);
        add_detail(line, size, "indexed by", text);
    }
    if (event->payee[0]) {
        add_detail(line, size, "payee", event->payee);
    }
    if (event->month != 0) {
        (void)snprintf(text, sizeof text, "%04u-%02u", event->month / 100, event->month % 100);
        add_detail(line, size, "month", text);
    }
    for (size_t i = 0; i < event->n_codes; i++) {
        add_detail(line, size, "", event->codes[i]);
    }
    if (event->detail[0]) {
        add_detail(line, size, strcmp(event->kind, "payment.held") == 0 ? "lacks" : "", event->detail);
    }
    if (event->provisional) {
        add_detail(line, size, "", "provisional");
    }
    if (event->attestation[0]) {
        add_detail(line, size, "", event->attestation);
    }
}

static enum terminal_color color_of(const Elp__V1__Event *event) {
    static const char *const alarming[] = {"suspended", "threshold.crossed", "ceiling.reached", "payment.held"};
    for (size_t i = 0; i < sizeof alarming / sizeof alarming[0]; i++) {
        if (strcmp(event->kind, alarming[i]) == 0) {
            return COLOR_YELLOW;
        }
    }
    return strcmp(event->kind, "attestation.refused") == 0 ? COLOR_RED : COLOR_NONE;
}

static int print_event(const struct watch *watch, const Elp__V1__Event *event) {
    char place[32];
    char at[INSTANT_TEXT_BYTES];
    char details[512];
    if (watch->ctl->json) {
        return message_json_print_line(message_json(&event->base, MESSAGE_JSON_SPARSE));
    }
    bool color = watch->ctl->color;
    (void)snprintf(place, sizeof place, "%" PRIu64 ".%u", event->number, event->index);
    format_details(event, details, sizeof details);
    printf("%s  %10s  %-6s  %s%-22s%s%s\n", instant_format_brussels(event->at_us, at, sizeof at), place, event->network,
           terminal_begin(color, color_of(event)), event->kind, terminal_end(color, color_of(event)), details);
    return CTL_DONE;
}

static bool is_full(const struct watch *watch) {
    return watch->max > 0 && watch->printed >= watch->max;
}

static void remember_place(struct watch *watch, uint64_t number, uint32_t index) {
    char text[160];
    watch->fetch.after_number = number;
    watch->fetch.after_index = index;
    if (index == UINT32_MAX) {
        (void)snprintf(text, sizeof text, "stopped before record %" PRIu64 "; go on with --from %" PRIu64, number + 1,
                       number + 1);
    } else {
        (void)snprintf(text, sizeof text, "stopped after event %" PRIu64 ".%u; go on with --after %" PRIu64 ".%u",
                       number, index, number, index);
    }
    terminal_last_word(text);
}

static int take_page(struct watch *watch, const Elp__V1__EventPage *page) {
    if (watch->epoch[0] && strcmp(watch->epoch, page->epoch) != 0) {
        return ctl_fail(
            CTL_NO,
            "the cell was restored (epoch %s, before %s): record numbers start anew, take a snapshot and watch again",
            page->epoch, watch->epoch);
    }
    (void)snprintf(watch->epoch, sizeof watch->epoch, "%s", page->epoch);
    if (page->stale && !watch->stale_said) {
        watch->stale_said = true;
        (void)ctl_fail(CTL_NO,
                       "reporting stopped applying records: no further events until that is mended; see elpctl health");
    }
    for (size_t i = 0; i < page->n_events && !is_full(watch); i++) {
        int code = print_event(watch, page->events[i]);
        if (code != CTL_DONE) {
            return code;
        }
        watch->printed++;
        remember_place(watch, page->events[i]->number, page->events[i]->index);
    }
    if (!page->more && !is_full(watch) && page->head > watch->fetch.after_number) {
        remember_place(watch, page->head, UINT32_MAX);
    }
    return CTL_DONE;
}

/* One fetch; a daemon that is away after it has answered once is waited for. */
static int fetch_page(struct watch *watch, const Elp__V1__EventPage **ret) {
    struct ctl *ctl = watch->ctl;
    struct client *client;
    int code = ask_client(ctl, CELL_REPORTING, CLIENT_COMMANDS, &client);
    if (code != CTL_DONE) {
        return code;
    }
    for (int attempt = 0;; attempt++) {
        Elp__V1__Refused *refused = NULL;
        void *answer;
        int outcome = client_call(client, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_EVENT_FETCH, &watch->fetch.base,
                                  ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_EVENT_PAGE, &elp__v1__event_page__descriptor,
                                  ctl->timeout_ms, &answer, &refused);
        if (outcome == CLIENT_REPLIED) {
            watch->answered = true;
            *ret = answer;
            return CTL_DONE;
        }
        if (outcome != CLIENT_TIMEOUT || !watch->answered || ctl->timeout_given) {
            return ask_fail(ctl, CELL_REPORTING, CLIENT_COMMANDS, outcome, refused);
        }
        if (attempt == 0) {
            (void)ctl_fail(CTL_UNREACHABLE, "reporting does not answer; waiting for it, nothing is lost");
        }
        ask_pause(attempt, RETRY_MS);
    }
}

static int ask_head(struct ctl *ctl, enum cell_service service, uint64_t *ret) {
    Elp__V1__Health health = ELP__V1__HEALTH__INIT;
    void *answer;
    int code = ask(ctl, service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &health.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        *ret = ((const Elp__V1__HealthReply *)answer)->head;
    }
    return code;
}

static int follow(struct watch *watch) {
    for (;;) {
        const Elp__V1__EventPage *page = NULL;
        uint64_t head;
        int code = fetch_page(watch, &page);
        if (code != CTL_DONE) {
            return code;
        }
        bool more = page->more;
        uint64_t looked_at = page->head;
        code = take_page(watch, page);
        if (code != CTL_DONE || is_full(watch)) {
            return code;
        }
        if (more) {
            continue;
        }
        if (watch->until_idle) {
            code = ask_head(watch->ctl, CELL_INTAKE, &head);
            if (code != CTL_DONE || looked_at >= head) {
                return code;
            }
        }
        int failure = feed_socket_wait(watch->feed, looked_at, BELL_MS);
        if (failure < 0) {
            return ctl_failure(failure);
        }
    }
}

/* "18234.2": behind this event. */
static int read_after(const char *text, uint64_t *ret_number, uint32_t *ret_index) {
    char number[32];
    int64_t parsed[2];
    const char *dot = strchr(text, '.');
    if (!dot) {
        return ctl_fail(CTL_USAGE, "--after \"%.40s\" is no event: write RECORD.INDEX as watch prints it", text);
    }
    (void)snprintf(number, sizeof number, "%.*s", (int)(dot - text < 30 ? dot - text : 30), text);
    int code = ctl_whole(number, "--after", 0, INT64_MAX / 10, &parsed[0]);
    if (code == CTL_DONE) {
        code = ctl_whole(dot + 1, "--after", 0, UINT32_MAX, &parsed[1]);
    }
    if (code == CTL_DONE) {
        *ret_number = (uint64_t)parsed[0];
        *ret_index = (uint32_t)parsed[1];
    }
    return code;
}

/* Where to begin: a record, behind an event, or now. */
static int read_place(struct watch *watch) {
    struct ctl *ctl = watch->ctl;
    const char *after = ctl_option(ctl, OPTION_AFTER);
    uint64_t number = 0;
    uint32_t index = UINT32_MAX;
    int64_t from = 0;
    int code = ctl_option_whole(ctl, OPTION_FROM, "--from", 0, INT64_MAX / 10, &from);
    if (code == CTL_DONE && after) {
        code = read_after(after, &number, &index);
    } else if (code == CTL_DONE && ctl_option(ctl, OPTION_FROM)) {
        number = from > 0 ? (uint64_t)from - 1 : 0;
    } else if (code == CTL_DONE) {
        code = ask_head(ctl, CELL_REPORTING, &number);
        if (code == CTL_DONE && !ctl->json) {
            (void)ctl_fail(CTL_DONE, "watching from record %" PRIu64 " on; --from 1 shows everything", number + 1);
        }
    }
    if (code == CTL_DONE) {
        remember_place(watch, number, index);
    }
    return code;
}

static int run(struct ctl *ctl) {
    struct watch watch = {.ctl = ctl, .until_idle = ctl_option(ctl, OPTION_UNTIL_IDLE) != NULL};
    const char *network = ctl_option_text(ctl, OPTION_NETWORK);
    int64_t max = 0;
    elp__v1__event_fetch__init(&watch.fetch);
    watch.fetch.network = (char *)(network[0] ? network : "*");
    watch.fetch.kinds = watch.kinds;
    for (int i = 0; i < ctl->option_count && watch.fetch.n_kinds < KINDS_MAX; i++) {
        if (ctl->options[i].key == OPTION_KIND) {
            watch.kinds[watch.fetch.n_kinds++] = (char *)ctl->options[i].value;
        }
    }
    int code = ctl_option_whole(ctl, OPTION_MAX, "--max", 1, INT64_MAX / 10, &max);
    watch.max = (uint64_t)max;
    if (code == CTL_DONE) {
        code = read_place(&watch);
    }
    if (code == CTL_DONE) {
        code = ctl_cell(ctl);
    }
    if (code == CTL_DONE) {
        int failure = feed_socket_open(ctl, network, &watch.feed);
        code = failure < 0 ? ctl_failure(failure) : follow(&watch);
    }
    feed_socket_close(watch.feed);
    return code;
}

static const struct argp_option options[] = {
    {"network", OPTION_NETWORK, "CODE", 0, "only this network; default all that may be seen", 0},
    {"kind", OPTION_KIND, "KIND", 0, "only this kind, or a family such as \"warning.*\"; may be repeated", 0},
    {"from", OPTION_FROM, "N", 0, "begin with the events of record N; default now", 0},
    {"after", OPTION_AFTER, "N.I", 0, "begin behind this event, as printed", 0},
    {"max", OPTION_MAX, "N", 0, "end after N events", 0},
    {"until-idle", OPTION_UNTIL_IDLE, NULL, 0, "end when everything that intake has recorded was shown", 0},
    {0},
};

const struct command watch_command = {
    .name = "watch",
    .group = GROUP_MONEY,
    .summary = "events as they happen: accepted, posted, suspended, thresholds ...",
    .arguments = "",
    .as = "consumer",
    .options = options,
    .help = "One line per event: time, RECORD.INDEX, network, kind, what it is about. Events come in record order, "
            "each once, also over a restart of reporting. Interrupted, it prints the option that goes on behind the "
            "last event.\n\n"
            "Examples:\n"
            "  elpctl watch --network C01\n"
            "  elpctl watch --kind threshold.crossed --kind 'payment.*'\n"
            "  elpctl watch --from 1 --until-idle --json | jq -r .kind | sort | uniq -c",
    .run = run,
};
