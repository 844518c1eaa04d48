#ifndef ELP_COMMON_LOG_H
#define ELP_COMMON_LOG_H

#include <stdint.h>

/*
 * One line of JSON per event on standard error: {"at","level","service","event",...}. `at` is the machine's
 * clock: logs are for people, nothing is decided from them. Only the code that decides logs, once. Never a
 * NISS, name or birth date, never a key.
 */
enum log_level {
    LOG_LEVEL_DEBUG,
    LOG_LEVEL_INFO,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_NONE, /* for log_open alone: a program that says everything itself */
};

void log_open(const char *service, enum log_level least);

/*
 * log_line(LOG_LEVEL_INFO, "commit", "number", LOG_NUMBER, n, "reason", LOG_TEXT, text, NULL): name, kind,
 * value triples ended by NULL. LOG_NUMBER takes int64_t, LOG_TEXT const char * (escaped, cut at 512 bytes).
 */
enum log_kind { LOG_NUMBER = 1, LOG_TEXT };
void log_line(enum log_level level, const char *event, ...);

#endif
