#ifndef ELP_COMMON_EPOCHS_H
#define ELP_COMMON_EPOCHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"

/*
 * The epochs of intake's journal (design.md, Journals 4): the genesis record begins the first, and each restore a new one, so
 * that the id of an attestation, epoch plus number, is never given twice. An id stays what it was when it was given: it
 * carries the epoch in which its record was written.
 */
#define EPOCH_BYTES 17 /* 16 hexadecimal digits and NUL */

struct epoch {
    uint64_t from; /* number of the record that began it */
    char text[EPOCH_BYTES];
};

struct epochs {
    struct epoch *items; /* ascending */
    size_t count;
};

/* True for 16 lower-case hexadecimal digits. */
bool epoch_valid(const char *text);

/* A new epoch, random. `out` has EPOCH_BYTES. */
void epoch_make(char *out);

/* Adds an epoch that begins at record `from`, after all others. */
MUST_USE int epochs_add(struct epochs *epochs, uint64_t from, const char *text);
void epochs_free(struct epochs *epochs);

/* The epoch in which records are written now; "" before the genesis record. */
const char *epochs_current(const struct epochs *epochs);

/* The epoch in which record `number` was written; "" when no record of that number can be. */
const char *epochs_at(const struct epochs *epochs, uint64_t number);

/* Was record `number` written in the epoch `text`? False for ids whose record a restore took back. */
bool epochs_hold(const struct epochs *epochs, const char *text, uint64_t number);

#endif
