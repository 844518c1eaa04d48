#include "services/ctl/sample_year.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/require.h"
#include "services/ctl/sample_fault.h"
#include "services/ctl/sample_lines.h"

#define SITE_PERCENT 19
#define FIRST_HOUR 8
#define SLOT_TRIES 6
#define TOP_UP_TRIES 100000
#define FULL_AGE 24 /* from this age on a share is paid */

/*
 * About what a session costs the budget in 2026, in cents. Only the fictitious budgets are sized by these, so that networks end
 * where the sample wants them; what a session is worth comes from the book.
 */
#define ABOUT_INDIVIDUAL 9102
#define ABOUT_LEADER 24272
#define ABOUT_OTHER_LEADER 15293
#define ABOUT_SHARE 1100
#define ABOUT_SHARE_INCREASED 400
#define ABOUT_SHARE_GROUP 250

enum { STREAM_SESSIONS = 10 };

static struct date day_of_2026(int month, int day) {
    struct date date;
    require(date_make(2026, month, day, &date));
    return date;
}

static bool is_weekend(struct date date) {
    int weekday = (date.days + 4) % 7; /* 0 is Sunday; 1970-01-01 was a Thursday */
    return weekday == 0 || weekday == 6;
}

bool sample_slot_take(struct sample_provider *provider, int hours, struct date *date, int *ret_minute) {
    struct date last = day_of_2026(10, 27);
    for (int tries = 0; tries < SLOT_TRIES; tries++, *date = date_add_days(*date, 1)) {
        int day = date->days - day_of_2026(1, 1).days;
        if (is_weekend(*date) || date_compare(*date, last) > 0 || day < 0) {
            continue;
        }
        for (int hour = 0; hour + hours <= 8; hour++) {
            unsigned mask = ((1U << hours) - 1U) << hour;
            if ((provider->used_hours[day] & mask) == 0) {
                provider->used_hours[day] = (uint8_t)(provider->used_hours[day] | mask);
                *ret_minute = (FIRST_HOUR + hour) * 60;
                return true;
            }
        }
    }
    return false;
}

/* When a session is attested: most in the days before the 5th of the next month, some within days, a few late but in time. */
struct date sample_submission_day(struct sample_random *random, struct date session) {
    struct date next = date_add_days(date_last_of_month(session), 1);
    int draw = sample_random_below(random, 100);
    struct date day;
    if (draw < 62) {
        day = date_add_days(next, sample_random_percent(random, 75) ? sample_random_between(random, 2, 4)
                                                                    : sample_random_between(random, 0, 1));
    } else if (draw < 82) {
        day = date_add_days(session, sample_random_between(random, 1, 9));
    } else if (draw < 95) {
        day = date_add_days(next, sample_random_between(random, 5, 26));
    } else {
        day = date_add_days(date_add_months(next, 1), sample_random_between(random, 0, 32));
    }
    struct date last = day_of_2026(10, 31);
    if (date_compare(day, last) > 0) {
        day = date_add_days(last, -sample_random_between(random, 0, 3));
    }
    return day;
}

static int pick_site(struct sample_random *random, bool always) {
    if (!always && !sample_random_percent(random, SITE_PERCENT)) {
        return -1;
    }
    return sample_random_below(random, SAMPLE_SITES);
}

/* A course of one person with one provider: a session a week. */
static int add_course(struct sample_lines *lines, size_t person) {
    struct sample_world *world = lines->world;
    const struct sample_network *network = &world->networks[lines->network];
    struct sample_random *random = &lines->random;
    size_t index = network->provider_first + (size_t)sample_random_below(random, (int)network->provider_count);
    struct sample_provider *provider = &world->providers[index];
    bool treatment = provider->has_f3 && sample_random_percent(random, 35);
    int sessions = sample_random_between(random, 3, treatment ? 11 : 8);
    struct date start = date_add_days(day_of_2026(1, 2), sample_random_below(random, 298 - 7 * sessions));
    int site = pick_site(random, false);
    for (int i = 0; i < sessions && !sample_lines_full(lines); i++) {
        struct date date = date_add_days(start, 7 * i);
        int minute = 0;
        if (!sample_slot_take(provider, 1, &date, &minute)) {
            continue;
        }
        struct sample_line line = {
            .submitted = sample_submission_day(random, date),
            .session = date,
            .provider = (uint32_t)index,
            .service = ELP__V1__SERVICE__SERVICE_INDIVIDUAL,
            .function = treatment ? ELP__V1__FUNCTION__FUNCTION_F3 : ELP__V1__FUNCTION__FUNCTION_F2,
            .start_minute = (uint16_t)minute,
            .site = (int8_t)site,
            .second = -1,
            .people_count = 1,
            .people = {(uint32_t)person},
        };
        int failure = sample_lines_add(lines, &line);
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

bool sample_group_make(struct sample_lines *lines, Elp__V1__Function function, struct sample_line *ret) {
    struct sample_world *world = lines->world;
    const struct sample_network *network = &world->networks[lines->network];
    struct sample_random *random = &lines->random;
    size_t index = network->provider_first; /* the first provider of a network has every function */
    if (function != ELP__V1__FUNCTION__FUNCTION_F3) {
        index += (size_t)sample_random_below(random, (int)network->provider_count);
    }
    struct date date = date_add_days(day_of_2026(1, 5), sample_random_below(random, 280));
    int minute = 0;
    if (!sample_slot_take(&world->providers[index], 2, &date, &minute)) {
        return false;
    }
    bool community = function == ELP__V1__FUNCTION__FUNCTION_F1;
    *ret = (struct sample_line){
        .submitted = sample_submission_day(random, date),
        .session = date,
        .provider = (uint32_t)index,
        .service = ELP__V1__SERVICE__SERVICE_GROUP,
        .function = (uint8_t)function,
        .start_minute = (uint16_t)minute,
        .site = (int8_t)pick_site(random, community),
        .second = (int8_t)sample_random_below(random, SAMPLE_SECOND_LEADERS),
        .people_count = (uint8_t)(community ? 0 : sample_random_between(random, 4, 7)),
        .head_count = (uint8_t)(community ? sample_random_between(random, 10, 28) : 0),
    };
    /* Participants come from the end of the list of people, whom the courses do not reach. */
    for (size_t i = 0; i < ret->people_count; i++) {
        size_t back = (lines->group_person++ % (network->person_count / 8 + 10)) + 1;
        ret->people[i] = (uint32_t)(network->person_first + network->person_count - back);
    }
    return true;
}

static int add_groups(struct sample_lines *lines, size_t groups) {
    for (size_t i = 0; i < groups && !sample_lines_full(lines); i++) {
        int draw = sample_random_below(&lines->random, 10);
        struct sample_line line;
        if (sample_group_make(lines,
                              draw < 3   ? ELP__V1__FUNCTION__FUNCTION_F1
                              : draw < 8 ? ELP__V1__FUNCTION__FUNCTION_F2
                                         : ELP__V1__FUNCTION__FUNCTION_F3,
                              &line)) {
            int failure = sample_lines_add(lines, &line);
            if (failure < 0) {
                return failure;
            }
        }
    }
    return 0;
}

/* One network: groups, then courses until only the faulty lines are missing, then these. */
static int add_network(struct sample_lines *lines, int network, size_t wanted) {
    const struct sample_network *place = &lines->world->networks[network];
    size_t faults = (wanted + 25) / 50;
    lines->network = network;
    lines->first = lines->count;
    lines->group_person = 0;
    lines->limit = lines->count + wanted - faults;
    int failure = add_groups(lines, (wanted + 50) / 100);
    size_t reachable = place->person_count - place->person_count / 8 - 10;
    for (size_t i = 0; failure == 0 && !sample_lines_full(lines) && i < reachable * 4; i++) {
        failure = add_course(lines, place->person_first + i % reachable);
    }
    lines->limit = lines->count + faults;
    return failure < 0 ? failure : sample_faults_add(lines, faults);
}

/* Full diaries and faults that found no place leave a few lines short; further courses make up for them. */
static int top_up(struct sample_lines *lines) {
    lines->limit = (size_t)lines->world->attestations;
    for (size_t i = 0; i < TOP_UP_TRIES && !sample_lines_full(lines); i++) {
        lines->network = (int)(i % (size_t)lines->world->network_count);
        const struct sample_network *network = &lines->world->networks[lines->network];
        int failure =
            add_course(lines, network->person_first + (i / SAMPLE_NETWORKS_MAX) % (network->person_count / 2));
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

static int compare_lines(const void *a, const void *b) {
    const struct sample_line *x = a;
    const struct sample_line *y = b;
    if (x->submitted.days != y->submitted.days) {
        return x->submitted.days < y->submitted.days ? -1 : 1;
    }
    if (x->network != y->network) {
        return x->network < y->network ? -1 : 1;
    }
    if (x->provider != y->provider) {
        return x->provider < y->provider ? -1 : 1;
    }
    return (x->key > y->key) - (x->key < y->key);
}

/* Keys become serials in the order of submission; a conflicting line keeps the key of the line that it repeats. */
static int order_lines(struct sample_lines *lines) {
    qsort(lines->lines, lines->count, sizeof *lines->lines, compare_lines);
    uint32_t *place = calloc(lines->count + 1, sizeof *place);
    if (!place) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < lines->count; i++) {
        place[lines->lines[i].key] = (uint32_t)(i + 1);
    }
    for (size_t i = 0; i < lines->count; i++) {
        struct sample_line *line = &lines->lines[i];
        line->key = line->fault == FAULT_KEY_CONFLICT ? place[line->people[1]] : (uint32_t)(i + 1);
    }
    free(place);
    return 0;
}

static int about_share(const struct sample_world *world, const struct sample_line *line, size_t person, bool first) {
    const struct sample_person *who = &world->people[line->people[person]];
    bool exempt = line->site >= 0 && sample_site_of(&world->networks[line->network], line->site).share_exempt;
    if (exempt || date_age_years(who->birth, line->session) < FULL_AGE) {
        return 0;
    }
    if (line->service == ELP__V1__SERVICE__SERVICE_GROUP) {
        return ABOUT_SHARE_GROUP;
    }
    return first ? 0 : who->increased ? ABOUT_SHARE_INCREASED : ABOUT_SHARE;
}

static int about_cost(const struct sample_world *world, const struct sample_line *line, bool *seen) {
    if (line->service == ELP__V1__SERVICE__SERVICE_INDIVIDUAL) {
        bool first = !seen[line->people[0]];
        seen[line->people[0]] = true;
        return ABOUT_INDIVIDUAL - about_share(world, line, 0, first);
    }
    int cost = ABOUT_LEADER +
               (sample_second_leaders[line->second].kind == ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PHYSICIAN
                    ? ABOUT_LEADER
                    : ABOUT_OTHER_LEADER);
    for (size_t i = 0; i < line->people_count; i++) {
        cost -= about_share(world, line, i, false);
    }
    return cost;
}

static int sum_costs(const struct sample_lines *lines, struct sample_year *year) {
    bool *seen = calloc(lines->world->person_count, sizeof *seen);
    if (!seen) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < lines->count; i++) {
        const struct sample_line *line = &lines->lines[i];
        if (line->fault == FAULT_NONE) {
            year->care_cents[line->network] += about_cost(lines->world, line, seen);
        }
    }
    free(seen);
    return 0;
}

int sample_year_build(struct sample_world *world, struct sample_year *ret) {
    struct sample_lines lines = {.world = world, .random = sample_random_stream(world->seed, STREAM_SESSIONS)};
    int failure = 0;
    size_t left = (size_t)world->attestations;
    for (int i = 0; i < world->network_count && failure == 0; i++) {
        size_t wanted = (size_t)sample_attestations_of(world, i);
        wanted = i == world->network_count - 1 || wanted > left ? left : wanted;
        failure = add_network(&lines, i, wanted);
        left = (size_t)world->attestations -
               (lines.count < (size_t)world->attestations ? lines.count : (size_t)world->attestations);
    }
    if (failure == 0) {
        failure = top_up(&lines);
    }
    if (failure == 0) {
        failure = order_lines(&lines);
    }
    struct sample_year year = {.lines = lines.lines, .count = lines.count};
    if (failure == 0) {
        failure = sum_costs(&lines, &year);
    }
    if (failure < 0) {
        free(lines.lines);
        return failure;
    }
    *ret = year;
    return 0;
}

void sample_year_free(struct sample_year *year) {
    free(year->lines);
    *year = (struct sample_year){0};
}
