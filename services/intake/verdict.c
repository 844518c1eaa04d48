#include "services/intake/verdict.h"

#include <string.h>

#include "common/require.h"
#include "services/intake/intake_core.h"

#define NO_ARTICLE "own decision" /* as books say it of what no source states */

/* Remarks: like the entries of common/refusal.c, but they refuse nothing. */
static const struct {
    const char *code;
    const char *rule;
    const char *article;
    const char *reason;
    const char *remedy;
} remarks[REMARK_COUNT] = {
    [REMARK_NISS_BIRTH_DATE] =
        {
            "niss-birth-date",
            "The birth date of the line wins over the one coded in the national number.",
            NO_ARTICLE,
            "The national number codes another birth date.",
            "Check both; if the birth date of the line is wrong, replace the attestation.",
        },
    [REMARK_PARALLEL_FUNCTIONS] =
        {
            "parallel-functions",
            "Individual sessions of F2 and F3 follow each other; they are not given side by side.",
            "rulebook §4",
            "The beneficiary's sessions of F2 and F3 alternate.",
            "Finish one function before the other begins; the session is payable all the same.",
        },
};

static void words(Elp__V1__RefusalReason *reason, const char *code, const char *rule, const char *article,
                  const char *sentence, const char *remedy) {
    reason->code = (char *)code;
    reason->rule = (char *)rule;
    reason->article = (char *)article;
    reason->reason = (char *)sentence;
    reason->remedy = (char *)remedy;
}

/* The newest book's word on the code, whatever the day; a code reads the same whether a book judges the line or none. */
static const char *plain_article(const struct books *books, enum refusal refusal) {
    const struct book *newest = NULL;
    for (size_t i = 0; i < books->count; i++) {
        const struct book *book = books->items[i].book;
        if (newest == NULL || date_compare(book->sessions.from, newest->sessions.from) > 0) {
            newest = book;
        }
    }
    for (size_t i = 0; newest != NULL && i < newest->rule_count; i++) {
        if (newest->rules[i].refusal == refusal) {
            return newest->rules[i].article;
        }
    }
    return NO_ARTICLE;
}

/* Judged also where no book covers the day (rules.c: no PREMISE_BOOK). */
static bool needs_no_book(enum refusal refusal) {
    return refusal == REFUSAL_SESSION_IN_FUTURE || refusal == REFUSAL_OUTSIDE_CONVENTION ||
           refusal == REFUSAL_ALREADY_ATTESTED || refusal == REFUSAL_KEY_CONFLICT || refusal == REFUSAL_MALFORMED ||
           refusal >= REFUSAL_NOT_REPRESENTED;
}

void verdict_plain_reason(const struct books *books, enum refusal refusal, const char *field,
                          Elp__V1__RefusalReason *ret) {
    const struct refusal_code *entry = refusal_entry(refusal);
    elp__v1__refusal_reason__init(ret);
    words(ret, entry->code, entry->rule, plain_article(books, refusal), entry->reason, entry->remedy);
    ret->field = (char *)field;
    ret->patient_billable = entry->patient_billable;
}

static void fill_reason(const struct judging *judging, const struct finding *finding, Elp__V1__RefusalReason *ret) {
    if (finding->refusal == REFUSAL_NONE) {
        elp__v1__refusal_reason__init(ret);
        words(ret, remarks[finding->remark].code, remarks[finding->remark].rule, remarks[finding->remark].article,
              remarks[finding->remark].reason, remarks[finding->remark].remedy);
        if (finding->remark == REMARK_PARALLEL_FUNCTIONS) {
            ret->article = (char *)BOOK_ARTICLE(judging->book, judging->line->date, parallel_functions_warned);
        }
    } else {
        verdict_plain_reason(judging->books, finding->refusal, "", ret);
        const struct book_rule *row =
            needs_no_book(finding->refusal) || judging->book == NULL || date_is_none(judging->line->date)
                ? NULL
                : book_rule(judging->book, finding->refusal, judging->line->date);
        if (row != NULL) {
            ret->article = (char *)row->article;
            ret->patient_billable = row->patient_billable;
        }
    }
    ret->field = (char *)finding->field;
    if (finding->reason[0] != '\0') {
        ret->reason = (char *)finding->reason;
    }
}

void verdict_reasons(const struct judging *judging, const struct findings *findings, struct reason_list *ret) {
    ret->count = findings->count;
    for (size_t i = 0; i < findings->count; i++) {
        fill_reason(judging, &findings->items[i], &ret->items[i]);
        ret->pointers[i] = &ret->items[i];
    }
}

/* --- copies for replies ------------------------------------------------------------------------------------------- */

static bool copy_text(struct arena *arena, const char *text, char **ret) {
    if (text[0] != '\0') {
        *ret = arena_text(arena, text);
    }
    return *ret != NULL;
}

int verdict_copy_reason(struct verdict_room *room, const Elp__V1__RefusalReason *reason, Elp__V1__RefusalReason **ret) {
    struct arena *arena = room->arena;
    Elp__V1__RefusalReason *copy = arena_take(arena, sizeof *copy);
    if (copy == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__refusal_reason__init(copy);
    copy->patient_billable = reason->patient_billable;
    if (!copy_text(arena, reason->code, &copy->code) || !copy_text(arena, reason->article, &copy->article) ||
        !copy_text(arena, reason->field, &copy->field)) {
        return FAILURE_MEMORY;
    }
    bool full = room->bytes < VERDICT_FULL_BYTES;
    if (full && (!copy_text(arena, reason->rule, &copy->rule) || !copy_text(arena, reason->reason, &copy->reason) ||
                 !copy_text(arena, reason->remedy, &copy->remedy))) {
        return FAILURE_MEMORY;
    }
    *ret = copy;
    return 0;
}

static int copy_reasons(struct verdict_room *room, Elp__V1__RefusalReason *const *reasons, size_t count,
                        size_t *ret_count, Elp__V1__RefusalReason ***ret) {
    size_t kept = room->bytes < VERDICT_FULL_BYTES || count < VERDICT_SHORT_REASONS ? count : VERDICT_SHORT_REASONS;
    *ret_count = kept;
    *ret = NULL;
    if (kept == 0) {
        return 0;
    }
    *ret = arena_take(room->arena, kept * sizeof **ret);
    if (*ret == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < kept; i++) {
        int failure = verdict_copy_reason(room, reasons[i], &(*ret)[i]);
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

int verdict_copy(struct verdict_room *room, const Elp__V1__Verdict *verdict, Elp__V1__Verdict **ret) {
    Elp__V1__Verdict *copy = arena_take(room->arena, sizeof *copy);
    if (copy == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__verdict__init(copy);
    copy->kind = verdict->kind;
    copy->number = verdict->number;
    copy->at_us = verdict->at_us;
    if (!copy_text(room->arena, verdict->id, &copy->id)) {
        return FAILURE_MEMORY;
    }
    if (verdict->n_not_judged > 0) {
        copy->n_not_judged = verdict->n_not_judged;
        copy->not_judged = arena_take(room->arena, verdict->n_not_judged * sizeof *copy->not_judged);
        for (size_t i = 0; i < verdict->n_not_judged; i++) {
            if (copy->not_judged == NULL ||
                (copy->not_judged[i] = arena_text(room->arena, verdict->not_judged[i])) == NULL) {
                return FAILURE_MEMORY;
            }
        }
    }
    int failure = copy_reasons(room, verdict->reasons, verdict->n_reasons, &copy->n_reasons, &copy->reasons);
    if (failure == 0) {
        failure = copy_reasons(room, verdict->warnings, verdict->n_warnings, &copy->n_warnings, &copy->warnings);
    }
    if (failure == 0) {
        room->bytes += elp__v1__verdict__get_packed_size(copy);
        *ret = copy;
    }
    return failure;
}

void verdict_of_record(const struct intake_core *core, const Elp__V1__IntakeRecord *record, char *id,
                       Elp__V1__Verdict *ret) {
    elp__v1__verdict__init(ret);
    ret->number = record->number;
    ret->at_us = record->at_us;
    if (record->body_case == ELP__V1__INTAKE_RECORD__BODY_ACCEPTED) {
        ret->kind = ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED;
        ret->id = (char *)attestation_id_format(epochs_at(&core->epochs, record->number), record->number, id,
                                                ATTESTATION_ID_BYTES);
        ret->n_warnings = record->accepted->n_remarks;
        ret->warnings = record->accepted->remarks;
        return;
    }
    require(record->body_case == ELP__V1__INTAKE_RECORD__BODY_REFUSED);
    ret->kind = ELP__V1__VERDICT_KIND__VERDICT_KIND_REFUSED;
    ret->n_reasons = record->refused->n_reasons;
    ret->reasons = record->refused->reasons;
    ret->n_not_judged = record->refused->n_not_judged;
    ret->not_judged = record->refused->not_judged;
    ret->n_warnings = record->refused->n_warnings;
    ret->warnings = record->refused->warnings;
}
