#ifndef ELP_SERVICES_INTAKE_QUOTA_POSITION_H
#define ELP_SERVICES_INTAKE_QUOTA_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "common/book.h"
#include "services/intake/person_index.h"
#include "services/intake/quota.h"

/* How much is left for one beneficiary on a day, before any line comes (rulebook §4: the quota position). */

struct quota_question {
    const struct book *book;
    const struct book_figures *figures; /* of the day */
    uint64_t network;                   /* record that first brought it */
    uint64_t person;                    /* 0: never seen */
    struct date birth;
    struct date day;
};

struct quota_position {
    enum book_service service;
    enum book_function function;
    struct quota_window
        window; /* the one with the least room that holds the day, without the session that is planned */
    int left;
    struct date next_free; /* DATE_NONE: none before the book ends */
    book_article article;
};
/* Individual and group of F2 and F3, concertation. */
#define QUOTA_POSITIONS_MAX 5

struct series_position {
    struct date referral;
    int used;
};
#define SERIES_POSITIONS_MAX 16

struct quota_answer {
    size_t position_count;
    struct quota_position positions[QUOTA_POSITIONS_MAX];
    size_t series_count;
    struct series_position series[SERIES_POSITIONS_MAX];
    int year_used;      /* sessions of the calendar year in the network, whatever they quote */
    bool first_session; /* T3 */
    bool same_day;
};

/* `days` is scratch. */
MUST_USE int quota_positions(const struct quota_question *question, struct store_txn *txn, struct quota_days *days,
                             struct quota_answer *ret);

#endif
