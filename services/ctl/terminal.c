#include "services/ctl/terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define LAST_WORD_BYTES 256

static bool line_drawn;
static char last_word[LAST_WORD_BYTES];
static volatile sig_atomic_t last_word_bytes;

bool terminal_wants_color(FILE *stream) {
    const char *refused = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(fileno(stream)) && !(refused && refused[0]) && term && strcmp(term, "dumb") != 0;
}

const char *terminal_begin(bool color, enum terminal_color which) {
    static const char *const sequences[] = {"", "\033[32m", "\033[33m", "\033[31m", "\033[1m", "\033[2m"};
    return color ? sequences[which] : "";
}

const char *terminal_end(bool color, enum terminal_color which) {
    return color && which != COLOR_NONE ? "\033[0m" : "";
}

int terminal_columns(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

size_t terminal_cells(const char *text) {
    size_t cells = 0;
    for (; *text; text++) {
        /* The bytes that continue a character take no cell of their own. */
        cells += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return cells;
}

int64_t terminal_now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool terminal_draws(void) {
    return isatty(STDERR_FILENO);
}

void terminal_draw_line(const char *text) {
    int columns = terminal_columns();
    (void)fprintf(stderr, "\r%.*s\033[K", columns > 1 ? columns - 1 : 1, text);
    (void)fflush(stderr);
    line_drawn = true;
}

void terminal_clear_line(void) {
    if (line_drawn) {
        (void)fputs("\r\033[K", stderr);
        (void)fflush(stderr);
        line_drawn = false;
    }
}

const char *terminal_sentences(const char *reason, const char *remedy, char *out, size_t size) {
    size_t length = strlen(reason);
    bool ended = length > 0 && strchr(".!?", reason[length - 1]);
    (void)snprintf(out, size, "%s%s%s", reason, !remedy[0] ? "" : ended ? " " : ": ", remedy);
    for (char *at = out; *at; at++) {
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            *at = '?';
        }
    }
    return out;
}

static void say_last_word(int number) {
    /* Only what a signal handler may do: the text was made before. */
    ssize_t written = write(STDERR_FILENO, last_word, (size_t)last_word_bytes);
    (void)written;
    _exit(128 + number);
}

void terminal_last_word(const char *text) {
    bool first = last_word_bytes == 0;
    last_word_bytes = 0;
    int bytes = snprintf(last_word, sizeof last_word, "\nelpctl: %s\n", text);
    last_word_bytes = bytes < (int)sizeof last_word ? bytes : (int)sizeof last_word - 1;
    if (first) {
        struct sigaction action = {.sa_handler = say_last_word};
        (void)sigaction(SIGINT, &action, NULL);
        (void)sigaction(SIGTERM, &action, NULL);
    }
}
