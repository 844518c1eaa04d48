#ifndef ELP_CTL_RULEBOOK_H
#define ELP_CTL_RULEBOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/refusal.h"

/*
 * Every rule of the rulebook by its name: R1 to R10, each refusal code, T1 to T6, B1 to B10, and the tables of services and
 * envelopes. The words of a refusal code are those of common/refusal.c, as daemons answer them; figures and articles come from
 * the books. `elpctl book explain` and docs/rules.md are made of this.
 */

enum rulebook_family { RULEBOOK_REGISTRY, RULEBOOK_INTAKE, RULEBOOK_RATING, RULEBOOK_BUDGET, RULEBOOK_FAMILIES };

#define RULEBOOK_FIGURES_MAX 12

struct rulebook_rule {
    enum rulebook_family family;
    const char *id;       /* "R5", "same-day", "services" */
    enum refusal refusal; /* of a code, else REFUSAL_NONE */
    const char *title;
    const char *rule;
    const char *remedy;  /* what an integrator or network does about it */
    const char *article; /* where it comes from, for what no figure of a book states; "" when figures say it all */
    const char
        *figures[RULEBOOK_FIGURES_MAX]; /* names as of book_figure(); one that ends with '*' means all that begin so */
};

extern const char *const rulebook_family_titles[RULEBOOK_FAMILIES];

/* The rules in the order of the rulebook. `index` from 0 on; NULL after the last. The pointer lives for ever. */
const struct rulebook_rule *rulebook_at(size_t index);
/* By name, upper or lower case; NULL when there is none. */
const struct rulebook_rule *rulebook_find(const char *name);

/* Does the figure of this name belong to the rule? */
bool rulebook_has_figure(const struct rulebook_rule *rule, const char *figure);

/* "may be billed to the patient", "may not be ...": the rulebook's word on a refused session; "" for a rule that is no code. */
const char *rulebook_patient(const struct rulebook_rule *rule);

/* The tables of rulebook_rules.c, ended by an id of NULL. */
extern const struct rulebook_rule rulebook_registry[];
extern const struct rulebook_rule rulebook_rating[];
extern const struct rulebook_rule rulebook_budget[];

#endif
