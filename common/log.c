#include "common/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/utf8.h"

#define LINE_BYTES_MAX 8192
#define TEXT_BYTES_MAX 512
#define SERVICE_BYTES_MAX 32

static char log_service[SERVICE_BYTES_MAX + 1] = "elp";
static enum log_level log_least = LOG_LEVEL_INFO;

static const char *const level_words[] = {
    [LOG_LEVEL_DEBUG] = "debug",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_WARNING] = "warning",
    [LOG_LEVEL_ERROR] = "error",
};

/* A line under construction. A piece that does not fit is left out and so is everything after it. */
struct line {
    char bytes[LINE_BYTES_MAX];
    size_t used;
    bool full;
};

static void add(struct line *line, const char *bytes, size_t count) {
    /* Two bytes stay free for the closing brace and the line's end. */
    if (line->full || count > sizeof line->bytes - 2 - line->used) {
        line->full = true;
        return;
    }
    memcpy(line->bytes + line->used, bytes, count);
    line->used += count;
}

static void add_text(struct line *line, const char *text) {
    add(line, text, strlen(text));
}

/* One character of `text` as JSON; returns how many bytes it took. What is no UTF-8 becomes U+FFFD. */
static size_t add_character(struct line *line, const char *text, size_t left) {
    char escape[8];
    const unsigned char c = (unsigned char)*text;
    if (c == '"' || c == '\\') {
        const char quoted[2] = {'\\', (char)c};
        add(line, quoted, sizeof quoted);
        return 1;
    }
    if (c < 0x20 || c == 0x7f) {
        add(line, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
        return 1;
    }
    const size_t length = utf8_length(text, left);
    if (length == 0) {
        add_text(line, "\\ufffd");
        return 1;
    }
    add(line, text, length);
    return length;
}

static void add_string(struct line *line, const char *text) {
    if (text == NULL) {
        add_text(line, "null");
        return;
    }
    const size_t bytes = strlen(text);
    size_t done = 0;
    add_text(line, "\"");
    while (done < bytes) {
        const size_t length = utf8_length(text + done, bytes - done);
        if (done + (length == 0 ? 1 : length) > TEXT_BYTES_MAX) {
            break;
        }
        done += add_character(line, text + done, bytes - done);
    }
    add_text(line, "\"");
}

static void add_time(struct line *line) {
    struct timespec now;
    struct tm utc;
    char text[64];
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || gmtime_r(&now.tv_sec, &utc) == NULL) {
        add_text(line, "null");
        return;
    }
    size_t used = strftime(text, sizeof text, "\"%Y-%m-%dT%H:%M:%S", &utc);
    (void)snprintf(text + used, sizeof text - used, ".%06ldZ\"", now.tv_nsec / 1000);
    add_text(line, text);
}

static void add_field(struct line *line, const char *name) {
    add_text(line, ",");
    add_string(line, name);
    add_text(line, ":");
}

/* One write per line: lines of several processes do not mix. A log that cannot be written stops nothing. */
static void write_line(struct line *line) {
    line->bytes[line->used++] = '}';
    line->bytes[line->used++] = '\n';
    ssize_t written;
    do {
        written = write(STDERR_FILENO, line->bytes, line->used);
    } while (written < 0 && errno == EINTR);
}

void log_open(const char *service, enum log_level least) {
    (void)snprintf(log_service, sizeof log_service, "%s", service);
    log_least = least;
}

void log_line(enum log_level level, const char *event, ...) {
    if (level < log_least) {
        return;
    }
    const int saved = errno;
    struct line line = {.used = 0};
    add_text(&line, "{\"at\":");
    add_time(&line);
    add_text(&line, ",\"level\":");
    add_string(&line, level_words[level]);
    add_field(&line, "service");
    add_string(&line, log_service);
    add_field(&line, "event");
    add_string(&line, event);

    va_list arguments;
    va_start(arguments, event);
    for (const char *name = va_arg(arguments, const char *); name != NULL; name = va_arg(arguments, const char *)) {
        const size_t before = line.used;
        add_field(&line, name);
        if (va_arg(arguments, int) == LOG_TEXT) {
            add_string(&line, va_arg(arguments, const char *));
        } else {
            char number[32];
            (void)snprintf(number, sizeof number, "%" PRId64, va_arg(arguments, int64_t));
            add_text(&line, number);
        }
        if (line.full) {
            line.used = before; /* a field is printed whole or not at all */
            break;
        }
    }
    va_end(arguments);
    write_line(&line);
    errno = saved;
}
