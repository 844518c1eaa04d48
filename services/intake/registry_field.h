#ifndef ELP_SERVICES_INTAKE_REGISTRY_FIELD_H
#define ELP_SERVICES_INTAKE_REGISTRY_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/calendar.h"
#include "common/identifiers.h"
#include "services/intake/registry_fact.h"

/* Reading the fields of registry facts. Each returns false with `malformed` set for `field` when it is out of range. */

#define FACT_PROSE_BYTES_MAX 1000

/* `needed`: an empty text is malformed, else it is an empty code or DATE_NONE. */
bool fact_read_code(const char *text, const char *field, bool needed, struct code *ret, struct fact_refusal *refusal);
bool fact_read_date(const char *text, const char *field, bool needed, struct date *ret, struct fact_refusal *refusal);

/* No control characters, no national number, at most bytes_max. */
bool fact_check_text(const char *text, const char *field, size_t bytes_max, struct fact_refusal *refusal);

/* `until` is DATE_NONE or not before `from`. */
bool fact_check_order(struct date from, struct date until, const char *field, struct fact_refusal *refusal);
bool fact_check_most(uint32_t value, uint32_t most, const char *field, struct fact_refusal *refusal);

#endif
