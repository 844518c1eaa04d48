#ifndef ELP_SERVICES_INTAKE_HISTORY_H
#define ELP_SERVICES_INTAKE_HISTORY_H

#include "common/failure.h"
#include "services/intake/judge.h"

/*
 * What stands for a beneficiary around the day of a line: first session (T3), same-day, quota, concertation, series of
 * 2019, F2 beside F3. One walk over the person's rows answers all of them.
 */

/* Fills what judged_person says of history; `days` is scratch. The line's date, service and book are known. */
MUST_USE int history_find(const struct judging *judging, const struct index_view *view, struct quota_days *days,
                          struct judged_person *person);

#endif
