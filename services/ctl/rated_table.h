#ifndef ELP_CTL_RATED_TABLE_H
#define ELP_CTL_RATED_TABLE_H

#include "elp/v1/rating.pb-c.h"
#include "services/ctl/command.h"

/* How a fee came about, step by step with articles, and its sum in one line: for explain and quote alike. */
MUST_USE int rated_table_print(const struct ctl *ctl, const Elp__V1__Rated *rated,
                               Elp__V1__RatingReason *const *reasons, size_t count);

/* "first column: T1, T2 …" of a rule. */
const char *rated_table_rule(Elp__V1__RatingRule rule);

/* "attesting psychologist", "second leader", "designator". */
const char *rated_table_role(Elp__V1__PartRole role);

#endif
