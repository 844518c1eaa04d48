#include "services/intake/registry_field.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/wire.h"
#include "services/intake/persons.h"

static const char *remedy_of(const char *code) {
    return strcmp(code, "denied") == 0              ? "Have the fact sent by a principal of the right role and scope."
           : strcmp(code, "unknown-reference") == 0 ? "Send the fact that is named first, then this one again."
           : strcmp(code, "contradiction") == 0     ? "Change the fact that stands, or this one, and send it again."
                                                    : "Correct the field and send the fact again.";
}

bool fact_refuse(struct fact_refusal *refusal, const char *code, const char *field, const char *format, ...) {
    if (refusal->code == NULL) {
        va_list arguments;
        refusal->code = code;
        refusal->remedy = remedy_of(code);
        (void)snprintf(refusal->field, sizeof refusal->field, "%s", field);
        va_start(arguments, format);
        (void)vsnprintf(refusal->reason, sizeof refusal->reason, format, arguments);
        va_end(arguments);
    }
    return false;
}

bool fact_refuse_by(struct fact_refusal *refusal, const char *article, const char *field, const char *format, ...) {
    if (refusal->code == NULL) {
        va_list arguments;
        refusal->code = "contradiction";
        refusal->remedy = remedy_of(refusal->code);
        (void)snprintf(refusal->article, sizeof refusal->article, "%s", article);
        (void)snprintf(refusal->field, sizeof refusal->field, "%s", field);
        va_start(arguments, format);
        (void)vsnprintf(refusal->reason, sizeof refusal->reason, format, arguments);
        va_end(arguments);
    }
    return false;
}

/* --- fields ------------------------------------------------------------------------------------------------------- */

bool fact_read_code(const char *text, const char *field, bool needed, struct code *ret, struct fact_refusal *refusal) {
    ret->text[0] = '\0';
    if (text[0] == '\0' && !needed) {
        return true;
    }
    if (code_parse(text, ret)) {
        return true;
    }
    return fact_refuse(refusal, "malformed", field,
                       "%s must be a code of 1 to 32 letters, digits, dots, dashes or underscores.", field);
}

bool fact_read_date(const char *text, const char *field, bool needed, struct date *ret, struct fact_refusal *refusal) {
    *ret = DATE_NONE;
    if ((text[0] == '\0' && !needed) || date_parse(text, ret)) {
        return true;
    }
    return fact_refuse(refusal, "malformed", field, "%s must be a day that exists, written YYYY-MM-DD.", field);
}

bool fact_check_text(const char *text, const char *field, size_t bytes_max, struct fact_refusal *refusal) {
    if (wire_text_valid(text, bytes_max) && !text_names_a_person(text)) {
        return true;
    }
    return fact_refuse(
        refusal, "malformed", field,
        "%s must be a text of at most %zu bytes without control characters and without national numbers.", field,
        bytes_max);
}

bool fact_check_order(struct date from, struct date until, const char *field, struct fact_refusal *refusal) {
    if (date_is_none(until) || date_compare(from, until) <= 0) {
        return true;
    }
    return fact_refuse(refusal, "malformed", field, "%s must not lie before the first day.", field);
}

bool fact_check_most(uint32_t value, uint32_t most, const char *field, struct fact_refusal *refusal) {
    return value <= most || fact_refuse(refusal, "malformed", field, "%s must be at most %" PRIu32 ".", field, most);
}
