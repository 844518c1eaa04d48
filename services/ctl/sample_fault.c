#include "services/ctl/sample_fault.h"

#include "common/require.h"

#define TRIES 20

static struct date day_in(int year, int month, int day) {
    struct date date;
    require(date_make(year, month, day, &date));
    return date;
}

/* A sound individual session of a person of the network, early enough in the year for any fault. */
static bool make_individual(struct sample_lines *lines, struct sample_line *ret) {
    struct sample_world *world = lines->world;
    const struct sample_network *network = &world->networks[lines->network];
    size_t index = network->provider_first + (size_t)sample_random_below(&lines->random, (int)network->provider_count);
    struct date date = date_add_days(day_in(2026, 1, 5), sample_random_below(&lines->random, 150));
    int minute = 0;
    if (!sample_slot_take(&world->providers[index], 1, &date, &minute)) {
        return false;
    }
    size_t person = network->person_first + (size_t)sample_random_below(&lines->random, (int)network->person_count);
    *ret = (struct sample_line){
        .submitted = sample_submission_day(&lines->random, date),
        .session = date,
        .provider = (uint32_t)index,
        .service = ELP__V1__SERVICE__SERVICE_INDIVIDUAL,
        .function = ELP__V1__FUNCTION__FUNCTION_F2,
        .start_minute = (uint16_t)minute,
        .site = -1,
        .second = -1,
        .people_count = 1,
        .people = {(uint32_t)person},
    };
    return true;
}

/* An earlier sound individual line of this network that is attested early enough to be repeated a day later. */
static const struct sample_line *earlier_line(struct sample_lines *lines) {
    size_t sound = lines->count - lines->first;
    for (int i = 0; i < 200 && sound > 0; i++) {
        const struct sample_line *line =
            &lines->lines[lines->first + (size_t)sample_random_below(&lines->random, (int)sound)];
        if (line->fault == FAULT_NONE && line->service == ELP__V1__SERVICE__SERVICE_INDIVIDUAL &&
            date_compare(line->submitted, day_in(2026, 10, 25)) < 0) {
            return line;
        }
    }
    return NULL;
}

/* people[1] carries the provisional key of the line whose key is used again; it is no second beneficiary. */
static bool repeat_line(struct sample_lines *lines, enum sample_fault fault, struct sample_line *ret) {
    const struct sample_line *original = earlier_line(lines);
    if (!original) {
        return false;
    }
    *ret = *original;
    ret->submitted = date_add_days(original->submitted, 1);
    if (fault == FAULT_KEY_CONFLICT) {
        ret->people[1] = original->key;
    }
    return true;
}

static bool provider_without_f3(const struct sample_lines *lines, uint32_t *ret) {
    const struct sample_network *network = &lines->world->networks[lines->network];
    for (size_t p = network->provider_first; p < network->provider_first + network->provider_count; p++) {
        if (!lines->world->providers[p].has_f3) {
            *ret = (uint32_t)p;
            return true;
        }
    }
    return false;
}

static bool move_to_provider_without_f3(struct sample_lines *lines, struct sample_line *line) {
    int minute = 0;
    if (!provider_without_f3(lines, &line->provider) ||
        !sample_slot_take(&lines->world->providers[line->provider], 1, &line->session, &minute)) {
        return false;
    }
    line->start_minute = (uint16_t)minute;
    line->submitted = sample_submission_day(&lines->random, line->session);
    return true;
}

static bool is_group_fault(enum sample_fault fault) {
    return fault == FAULT_GROUP_TOO_SMALL || fault == FAULT_LEADERS_INVALID || fault == FAULT_SITE_REQUIRED ||
           fault == FAULT_NAMED_IN_COMMUNITY || fault == FAULT_PROGRAMME_UNKNOWN;
}

/* Sound but for the fault; faults that show in the text of the line alone (other-funding, malformed …) are written there. */
static bool make_faulty(struct sample_lines *lines, enum sample_fault fault, struct sample_line *ret) {
    if (fault == FAULT_ALREADY_ATTESTED || fault == FAULT_KEY_CONFLICT) {
        return repeat_line(lines, fault, ret);
    }
    if (is_group_fault(fault)) {
        bool community = fault == FAULT_SITE_REQUIRED || fault == FAULT_NAMED_IN_COMMUNITY;
        if (!sample_group_make(lines, community ? ELP__V1__FUNCTION__FUNCTION_F1 : ELP__V1__FUNCTION__FUNCTION_F2,
                               ret)) {
            return false;
        }
    } else if (!make_individual(lines, ret)) {
        return false;
    }
    if (fault == FAULT_DEADLINE_PASSED) {
        struct date month = date_add_months(date_first_of_month(ret->session), 3);
        ret->submitted = date_add_days(month, sample_random_between(&lines->random, 5, 20));
    } else if (fault == FAULT_SESSION_IN_FUTURE) {
        ret->submitted = date_add_days(ret->session, -3);
    } else if (fault == FAULT_OUTSIDE_CONVENTION) {
        ret->session = day_in(2028, 2, 1 + sample_random_below(&lines->random, 28));
    } else if (fault == FAULT_FUNCTION_NOT_CONTRACTED) {
        ret->function = ELP__V1__FUNCTION__FUNCTION_F3;
        return move_to_provider_without_f3(lines, ret);
    } else if (fault == FAULT_GROUP_TOO_SMALL) {
        ret->people_count = 3;
    } else if (fault == FAULT_SITE_REQUIRED) {
        ret->site = -1;
    } else if (fault == FAULT_LEADERS_INVALID) {
        ret->second = -1;
    }
    return true;
}

int sample_faults_add(struct sample_lines *lines, size_t count) {
    for (size_t i = 0; i < count; i++) {
        /* Networks start at different kinds, so that few lines show many kinds. */
        size_t turn = i + (size_t)lines->network * 5;
        for (int tries = 0; tries < TRIES; tries++) {
            enum sample_fault fault = (enum sample_fault)(1 + (turn + (size_t)tries / 4) % (FAULT_COUNT - 1));
            struct sample_line line;
            if (!make_faulty(lines, fault, &line)) {
                continue;
            }
            line.fault = (uint8_t)fault;
            int failure = sample_lines_add(lines, &line);
            if (failure < 0) {
                return failure;
            }
            break;
        }
    }
    return 0;
}
