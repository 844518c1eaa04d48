#ifndef ELP_SERVICES_RATING_RATING_REASONS_H
#define ELP_SERVICES_RATING_RATING_REASONS_H

#include "elp/v1/rating.pb-c.h"
#include "services/rating/rating_core.h"

/*
 * Each step of a rated line in words, with the article of the book that rated it: for people, when somebody asks. Texts live
 * in the arena or as long as the books. Nothing is rated again.
 */
MUST_USE int rating_reasons(const struct rating *rating, const Elp__V1__Rated *rated, struct arena *arena,
                            Elp__V1__RatingReason ***ret, size_t *ret_count);

#endif
