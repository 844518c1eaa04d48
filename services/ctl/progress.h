#ifndef ELP_CTL_PROGRESS_H
#define ELP_CTL_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How far a long command is: a bar on a terminal, otherwise a line every ten seconds on standard error, so that logs stay
 * readable. Says nothing at all about what takes less than a second.
 */
struct progress {
    const char *what; /* "lines" */
    uint64_t total;   /* 0: not known */
    uint64_t done;
    char note[96]; /* behind the figures */
    int64_t started_ms;
    int64_t drawn_ms;
    bool terminal;
};

void progress_begin(struct progress *progress, const char *what, uint64_t total);
/* Draws when it is time; cheap enough to call for every batch. */
void progress_step(struct progress *progress, uint64_t done);
/* Takes the bar away. */
void progress_end(struct progress *progress);

/* What was done in a second, since the beginning. */
uint64_t progress_rate(const struct progress *progress);

/* "1 m 12 s", "3.4 s" since the beginning. */
const char *progress_elapsed(const struct progress *progress, char *out, size_t size);

#endif
