#ifndef ELP_SERVICES_INTAKE_CONTRACTED_H
#define ELP_SERVICES_INTAKE_CONTRACTED_H

#include <stdbool.h>
#include <stdint.h>

#include "services/intake/books.h"
#include "services/intake/registry.h"

/*
 * How many sessions contracts add up to in a calendar year, against the network's contingent (rulebook R2, R3; S0). A
 * contract counts the months in which it covers a day: its monthly volume, or a twelfth of its yearly one where the book
 * counts by calendar year (S3). Second leaders hold no sessions of their own and are left out.
 */
int64_t contracted_sessions(const struct books *books, const struct registry_contract *contract, int year);
int64_t contracted_by_network(const struct registry *registry, const struct books *books, const char *network,
                              int year);

/*
 * What contracts may add up to without remark, in basis points of the contingent, by the newest book of the year's last
 * day, or of `today` when none covers that; BOOK_ABSENT: the convention has no such limit.
 */
int contracted_limit(const struct books *books, int year, struct date today);

/* A contingent of 0 is none, and nothing is above a limit that is absent. Exact integers. */
bool contracted_is_above(int64_t sessions, int contingent, int limit);

/* In basis points, rounded down; 0 without contingent. */
uint32_t contracted_share(int64_t sessions, int contingent);

#endif
