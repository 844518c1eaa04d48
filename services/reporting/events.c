#include "services/reporting/events.h"

/* Kind of intake's record → what it says to consumers. Kinds without a row say nothing by themselves. */
static const struct {
    Elp__V1__IntakeRecord__BodyCase body;
    void (*events)(struct event_list *list, const struct answer *answer);
} rows[] = {
    {ELP__V1__INTAKE_RECORD__BODY_ACCEPTED, events_of_accepted},
    {ELP__V1__INTAKE_RECORD__BODY_REFUSED, events_of_refused},
    {ELP__V1__INTAKE_RECORD__BODY_CANCELLED, events_of_cancelled},
    {ELP__V1__INTAKE_RECORD__BODY_FACT, events_of_fact},
    {ELP__V1__INTAKE_RECORD__BODY_BOOK, events_of_book},
    {ELP__V1__INTAKE_RECORD__BODY_INDEX, events_of_index},
};

void events_of_answer(struct event_list *list, const struct answer *answer) {
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].body == answer->intake->body_case) {
            rows[i].events(list, answer);
        }
    }
    events_of_news(list, answer);
    events_of_rating(list, answer);
    events_of_ledger(list, answer);
}
