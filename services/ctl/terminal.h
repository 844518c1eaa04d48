#ifndef ELP_CTL_TERMINAL_H
#define ELP_CTL_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What depends on the terminal: colours, its width, a last word when somebody interrupts. */

enum terminal_color { COLOR_NONE, COLOR_GREEN, COLOR_YELLOW, COLOR_RED, COLOR_BOLD, COLOR_DIM };

/* A terminal, no $NO_COLOR and no TERM=dumb. */
bool terminal_wants_color(FILE *stream);

/* The sequences that begin and end a colour; "" for COLOR_NONE and without `color`. */
const char *terminal_begin(bool color, enum terminal_color which);
const char *terminal_end(bool color, enum terminal_color which);

/* Columns of standard error's terminal; 80 where there is none. */
int terminal_columns(void);

/* Cells that a UTF-8 text takes on the screen; bytes that are no UTF-8 count one each. */
size_t terminal_cells(const char *text);

/* Milliseconds of a clock that only goes on. For progress and for waiting, never for a decision. */
int64_t terminal_now_ms(void);

/* True when standard error is a terminal: progress is drawn there. */
bool terminal_draws(void);

/* Replaces the line that is being drawn on standard error; terminal_clear_line takes it away before other output. */
void terminal_draw_line(const char *text);
void terminal_clear_line(void);

/*
 * "REASON REMEDY", with what belongs between two sentences that may or may not end with a full stop. Control bytes become
 * '?': the words may quote what a stranger wrote.
 */
const char *terminal_sentences(const char *reason, const char *remedy, char *out, size_t size);

/*
 * What SIGINT and SIGTERM print before the process ends with 128 + signal: one line, at most 255 bytes. The text can be
 * set again at any time. Until the first call signals do what they always do.
 */
void terminal_last_word(const char *text);

#endif
