#ifndef ELP_SERVICES_INTAKE_VERDICT_H
#define ELP_SERVICES_INTAKE_VERDICT_H

#include <stddef.h>

#include "common/arena.h"
#include "elp/v1/intake.pb-c.h"
#include "elp/v1/journal.pb-c.h"
#include "services/intake/books.h"
#include "services/intake/judge.h"

struct intake_core;

/*
 * Answers as messages. A finding's article is that of the judging book's row; that of a code which needs no book, such as
 * malformed, of the newest book's, so that it reads the same on every line. Other words come from common/refusal.c. What is
 * handed out points into the judging, the book, constants and, where it says so, the arena.
 */

/* All findings as messages; their texts live as long as the judging and its book. */
struct reason_list {
    Elp__V1__RefusalReason items[FINDINGS_MAX];
    Elp__V1__RefusalReason *pointers[FINDINGS_MAX];
    size_t count;
};
void verdict_reasons(const struct judging *judging, const struct findings *findings, struct reason_list *ret);

/* A reason made of a code of common/refusal.c and a field, for what no book judges. Texts of constants and books. */
void verdict_plain_reason(const struct books *books, enum refusal refusal, const char *field,
                          Elp__V1__RefusalReason *ret);

/*
 * How much one reply may still say. A hostile batch makes thousands of reasons; past VERDICT_FULL_BYTES a line keeps its
 * first VERDICT_SHORT_REASONS reasons without their sentences, so that a reply fits its frame. What is recorded is
 * never shortened.
 */
#define VERDICT_FULL_BYTES (3 * 1024 * 1024)
#define VERDICT_SHORT_REASONS 8
struct verdict_room {
    struct arena *arena;
    size_t bytes; /* packed so far, about */
};

/* Copies a verdict with its texts into the room's arena; FAILURE_MEMORY when that is spent (our bug: see submit.c). */
MUST_USE int verdict_copy(struct verdict_room *room, const Elp__V1__Verdict *verdict, Elp__V1__Verdict **ret);

/* A reason with its texts in the arena. */
MUST_USE int verdict_copy_reason(struct verdict_room *room, const Elp__V1__RefusalReason *reason,
                                 Elp__V1__RefusalReason **ret);

/*
 * The verdict that intake's record gave, rebuilt: pointers into the record, `id` (ATTESTATION_ID_BYTES) and nothing else.
 * The record holds an accepted or refused line.
 */
void verdict_of_record(const struct intake_core *core, const Elp__V1__IntakeRecord *record, char *id,
                       Elp__V1__Verdict *ret);

#endif
