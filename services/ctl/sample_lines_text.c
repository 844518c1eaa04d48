#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/require.h"
#include "services/ctl/sample_text.h"

#define FIRST_BATCH_MINUTE (5 * 60) /* of the UTC day; networks follow each other at a distance */
#define BATCH_DISTANCE_MINUTES 25
#define UNKNOWN_PROVIDER 99000 /* a serial that no provider of a sample has */

static void set_text(json_t *object, const char *name, const char *text) {
    require(json_object_set_new(object, name, json_string(text)) == 0);
}

static void set_date(json_t *object, const char *name, struct date date) {
    char text[DATE_TEXT_BYTES];
    set_text(object, name, date_format(date, text, sizeof text));
}

static void set_number(json_t *object, const char *name, int number) {
    require(json_object_set_new(object, name, json_integer(number)) == 0);
}

static void set_true(json_t *object, const char *name) {
    require(json_object_set_new(object, name, json_true()) == 0);
}

static void set_beneficiaries(json_t *object, const struct sample_world *world, const struct sample_line *line) {
    json_t *list = json_array();
    size_t count = line->fault == FAULT_NAMED_IN_COMMUNITY ? 1 : line->people_count;
    for (size_t i = 0; i < count; i++) {
        const struct sample_person *person = &world->people[line->people[i]];
        json_t *beneficiary = json_object();
        char niss[12];
        (void)snprintf(niss, sizeof niss, "%s", person->niss);
        if (line->fault == FAULT_MALFORMED) {
            niss[10] = niss[10] == '0' ? '1' : '0';
        }
        set_text(beneficiary, "niss", niss);
        set_date(beneficiary, "birth_date", person->birth);
        if (line->fault != FAULT_NOT_INSURED && !person->statement) {
            set_text(beneficiary, "ct1", person->increased ? "111" : "110");
            set_text(beneficiary, "ct2", person->increased ? "111" : "110");
        }
        require(json_array_append_new(list, beneficiary) == 0);
    }
    require(json_object_set_new(object, "beneficiaries", list) == 0);
}

static void set_group(json_t *object, const struct sample_world *world, const struct sample_line *line) {
    const char *network = world->networks[line->network].code;
    char text[32];
    set_number(object, "direct_minutes", 95);
    if (line->head_count > 0) {
        set_number(object, "head_count", line->head_count);
    }
    if (line->second >= 0) {
        (void)snprintf(text, sizeof text, "%s-L%d", network, line->second + 1);
        set_text(object, "second_leader", text);
    }
    (void)snprintf(text, sizeof text, "%s-G%d", network, (int)line->function);
    set_text(object, "programme", line->fault == FAULT_PROGRAMME_UNKNOWN ? "NO-SUCH-PROGRAMME" : text);
}

static json_t *line_object(const struct sample_world *world, const struct sample_line *line) {
    const struct sample_network *network = &world->networks[line->network];
    bool group = line->service == ELP__V1__SERVICE__SERVICE_GROUP;
    json_t *object = json_object();
    char text[32];
    (void)snprintf(text, sizeof text, "sample-%08u", line->key);
    set_text(object, "key", text);
    set_text(object, "network", network->code);
    (void)snprintf(text, sizeof text, "%s", world->providers[line->provider].inami);
    if (line->fault == FAULT_NO_ACTIVE_CONTRACT) {
        char unknown[12];
        sample_inami(UNKNOWN_PROVIDER, unknown);
        (void)snprintf(text, sizeof text, "%s", unknown);
    }
    set_text(object, "provider", text);
    set_text(object, "service", group ? "group" : "individual");
    (void)snprintf(text, sizeof text, "F%d", (int)line->function);
    set_text(object, "function", text);
    set_date(object, "date", line->session);
    (void)snprintf(text, sizeof text, "%02d:%02d", line->start_minute / 60, line->start_minute % 60);
    set_text(object, "start", text);
    int minutes = group ? 120 : line->fault == FAULT_DURATION_TOO_SHORT ? 30 : 60;
    set_number(object, "minutes", line->fault == FAULT_KEY_CONFLICT ? 50 : minutes);
    if (line->site >= 0) {
        (void)snprintf(text, sizeof text, "%s-S%d", network->code, line->site + 1);
        set_text(object, "site", text);
    }
    if (group) {
        set_group(object, world, line);
    }
    if (line->people_count > 0 || line->fault == FAULT_NAMED_IN_COMMUNITY) {
        set_beneficiaries(object, world, line);
    }
    if (line->function == ELP__V1__FUNCTION__FUNCTION_F3) {
        set_date(object, "assessment_date", line->session);
    }
    if (line->fault == FAULT_OTHER_FUNDING) {
        set_true(object, "other_funding");
    }
    return object;
}

static int write_object(FILE *out, json_t *object) {
    int failed = json_dumpf(object, out, JSON_COMPACT | JSON_PRESERVE_ORDER);
    json_decref(object);
    (void)fputc('\n', out);
    return failed ? FAILURE_SYSTEM : 0;
}

int sample_write_lines(FILE *out, const struct sample_world *world, const struct sample_year *year) {
    for (size_t i = 0; i < year->count; i++) {
        const struct sample_line *line = &year->lines[i];
        bool next_batch =
            i == 0 || line->submitted.days != line[-1].submitted.days || line->network != line[-1].network;
        if (next_batch) {
            int minute = FIRST_BATCH_MINUTE + line->network * BATCH_DISTANCE_MINUTES;
            instant_us at = (instant_us)line->submitted.days * 86400 * 1000000 + (instant_us)minute * 60 * 1000000;
            char text[INSTANT_TEXT_BYTES];
            json_t *clock = json_object();
            set_text(clock, "clock", instant_format(at, text, sizeof text));
            int failure = write_object(out, clock);
            if (failure < 0) {
                return failure;
            }
        }
        int failure = write_object(out, line_object(world, line));
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}
