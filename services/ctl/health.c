#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/calendar.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* health: the four daemons, how far each has come, and in one line what is off. */

#define PATIENCE_MS 2000
#define CATCH_UP_MS 50
#define CATCH_UP_ATTEMPTS 6
#define MAP_WARN_PERCENT 85 /* intake refuses with busy from here on (design.md, The turn) */

struct report {
    const Elp__V1__HealthReply *replies[CELL_SERVICES]; /* NULL: no answer */
    int outcomes[CELL_SERVICES];
    char trouble[1024];
    int code;
};

static void add_trouble(struct report *report, int code, const char *service, const char *what) {
    size_t used = strlen(report->trouble);
    (void)snprintf(report->trouble + used, sizeof report->trouble - used, "%s%s %s", used ? "; " : "", service, what);
    report->code = code > report->code ? code : report->code;
}

static int ask_one(struct ctl *ctl, struct report *report, size_t service) {
    Elp__V1__Health request = ELP__V1__HEALTH__INIT;
    int timeout_ms = ctl->timeout_given ? ctl->timeout_ms : PATIENCE_MS;
    Elp__V1__Refused *refused = NULL;
    struct client *client;
    void *answer = NULL;
    int code = ask_client(ctl, (enum cell_service)service, CLIENT_COMMANDS, &client);
    if (code != CTL_DONE) {
        return code;
    }
    report->outcomes[service] = client_call(client, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &request.base,
                                            ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY,
                                            &elp__v1__health_reply__descriptor, timeout_ms, &answer, &refused);
    report->replies[service] = answer;
    return report->outcomes[service] < 0 ? ctl_failure(report->outcomes[service]) : CTL_DONE;
}

static bool follows(const Elp__V1__HealthReply *reply, uint64_t head) {
    bool hears = true;
    for (size_t u = 0; u < reply->n_upstream; u++) {
        hears = hears && reply->upstream[u]->connected;
    }
    return hears && reply->head >= head;
}

/*
 * A daemon that was started this moment, or that follows under load, is not off: it is given a moment to reach the head
 * that intake had when it was asked.
 */
static int ask_all(struct ctl *ctl, struct report *report) {
    int code = ask_one(ctl, report, CELL_INTAKE);
    uint64_t head = report->replies[CELL_INTAKE] ? report->replies[CELL_INTAKE]->head : 0;
    for (size_t service = CELL_INTAKE + 1; code == CTL_DONE && service < CELL_SERVICES; service++) {
        int attempt = 0;
        code = ask_one(ctl, report, service);
        while (code == CTL_DONE && report->replies[service] && !follows(report->replies[service], head) &&
               attempt < CATCH_UP_ATTEMPTS) {
            ask_pause(attempt++, CATCH_UP_MS);
            code = ask_one(ctl, report, service);
        }
    }
    return code;
}

static void judge_one(struct report *report, enum cell_service service, uint64_t head) {
    const Elp__V1__HealthReply *reply = report->replies[service];
    const char *name = cell_service_names[service];
    char text[160];
    if (!reply) {
        bool denied = report->outcomes[service] == CLIENT_NOT_ALLOWED;
        add_trouble(report, denied ? CTL_DENIED : CTL_UNREACHABLE, name,
                    denied ? "refuses this key" : "does not answer");
        return;
    }
    if (strcmp(reply->state, "running") != 0) {
        (void)snprintf(text, sizeof text, "%s: %.120s", reply->state,
                       reply->reason[0] ? reply->reason : "no reason given");
        add_trouble(report, CTL_NO, name, text);
        return; /* that it hears nobody and stays behind comes of that */
    }
    for (size_t u = 0; u < reply->n_upstream; u++) {
        if (!reply->upstream[u]->connected) {
            (void)snprintf(text, sizeof text, "does not hear from %.20s", reply->upstream[u]->service);
            add_trouble(report, CTL_NO, name, text);
        }
    }
    if (reply->head < head) {
        (void)snprintf(text, sizeof text, "is %" PRIu64 " records behind", head - reply->head);
        add_trouble(report, CTL_NO, name, text);
    }
    if (reply->map_bytes > 0 && reply->map_used_bytes / (reply->map_bytes / 100 + 1) >= MAP_WARN_PERCENT) {
        add_trouble(report, CTL_NO, name, "has a store that is nearly full");
    }
}

static const char *bytes_text(uint64_t bytes, char *out, size_t size) {
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    while (bytes >= 10240 && unit < sizeof units / sizeof units[0] - 1) {
        bytes /= 1024;
        unit++;
    }
    (void)snprintf(out, size, "%" PRIu64 " %s", bytes, units[unit]);
    return out;
}

static void add_reply(struct table *table, const Elp__V1__HealthReply *reply, uint64_t head) {
    char text[INSTANT_TEXT_BYTES];
    bool running = strcmp(reply->state, "running") == 0;
    table_colored(table, running ? COLOR_GREEN : COLOR_RED, reply->state);
    table_number(table, reply->head);
    table_number(table, head > reply->head ? head - reply->head : 0);
    table_text(table, reply->at_us ? instant_format_brussels(reply->at_us, text, sizeof text) : "-");
    table_text(table, bytes_text(reply->map_used_bytes, text, sizeof text));
    table_number(table, reply->requests);
    table_number(table, reply->requests_refused);
    table_number(table, reply->requests_denied);
    table_number(table, reply->frames_undecodable);
    table_text(table, reply->version);
}

static int print(const struct ctl *ctl, const struct report *report, uint64_t head) {
    static const struct table_column columns[] = {
        {"Daemon", TABLE_LEFT},
        {"State", TABLE_LEFT},
        {"Head", TABLE_RIGHT},
        {"Behind", TABLE_RIGHT},
        {"Last record (Brussels)", TABLE_LEFT},
        {"Store", TABLE_RIGHT},
        {"Requests", TABLE_RIGHT},
        {"Refused", TABLE_RIGHT},
        {"Denied", TABLE_RIGHT},
        {"Undecodable", TABLE_RIGHT},
        {"Version", TABLE_LEFT},
    };
    const Elp__V1__HealthReply *intake = report->replies[CELL_INTAKE];
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t service = 0; service < CELL_SERVICES; service++) {
        table_row(table);
        table_text(table, cell_service_names[service]);
        if (report->replies[service]) {
            add_reply(table, report->replies[service], head);
        } else {
            table_colored(table, COLOR_RED, "no answer");
        }
    }
    printf("Cell %s in %s%s%s%s\n\n", ctl->cell.name, ctl->cell.folder, intake ? ", epoch " : "",
           intake ? intake->epoch : "", intake && intake->simulated ? ", simulated" : "");
    return table_print(table);
}

static int print_json(const struct ctl *ctl, const struct report *report) {
    json_t *daemons = json_object();
    for (size_t service = 0; service < CELL_SERVICES; service++) {
        const Elp__V1__HealthReply *reply = report->replies[service];
        (void)json_object_set_new(daemons, cell_service_names[service],
                                  reply ? message_json(&reply->base, MESSAGE_JSON_WHOLE) : json_null());
    }
    return message_json_print(json_pack("{s:s, s:b, s:s, s:o}", "cell", ctl->cell.name, "healthy",
                                        report->trouble[0] == 0, "trouble", report->trouble, "daemons", daemons));
}

static int run(struct ctl *ctl) {
    struct report report = {.code = CTL_DONE};
    int code = ask_all(ctl, &report);
    if (code != CTL_DONE) {
        return code;
    }
    uint64_t head = report.replies[CELL_INTAKE] ? report.replies[CELL_INTAKE]->head : 0;
    for (size_t service = 0; service < CELL_SERVICES; service++) {
        judge_one(&report, (enum cell_service)service, head);
    }
    code = ctl->json ? print_json(ctl, &report) : print(ctl, &report, head);
    if (code == CTL_DONE && report.trouble[0] && !ctl->json) {
        printf("\n");
        if (report.code == CTL_UNREACHABLE) {
            (void)ctl_fail(report.code, "%s; start a daemon with elp-NAME --cell %s, logs are in %s/log",
                           report.trouble, ctl->cell.folder, ctl->cell.folder);
        } else {
            (void)ctl_fail(report.code, "%s", report.trouble);
        }
    } else if (code == CTL_DONE && !ctl->json) {
        printf("\nAll four daemons run and stand at the same record\n");
    }
    return code == CTL_DONE ? report.code : code;
}

const struct command health_command = {
    .name = "health",
    .group = GROUP_CELL,
    .summary = "the four daemons: state, heads, lag, stores; ends with 1 when anything is off",
    .arguments = "",
    .as = "operator",
    .help = "Ends with 0 when all four run and stand at the same record, 3 when one does not answer, else 1, and "
            "says in one line what is off.\n\n"
            "Examples:\n"
            "  elpctl health\n"
            "  elpctl health --json | jq .trouble",
    .run = run,
};
