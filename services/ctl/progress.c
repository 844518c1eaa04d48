#include "services/ctl/progress.h"

#include <stdio.h>
#include <string.h>

#include "services/ctl/table.h"
#include "services/ctl/terminal.h"

#define DRAW_EVERY_MS 100
#define SAY_EVERY_MS 10000
#define QUIET_MS 1000
#define BAR_CELLS 24

void progress_begin(struct progress *progress, const char *what, uint64_t total) {
    *progress =
        (struct progress){.what = what, .total = total, .started_ms = terminal_now_ms(), .terminal = terminal_draws()};
    progress->drawn_ms = progress->started_ms;
}

uint64_t progress_rate(const struct progress *progress) {
    int64_t elapsed_ms = terminal_now_ms() - progress->started_ms;
    return elapsed_ms > 0 ? progress->done * 1000 / (uint64_t)elapsed_ms : 0;
}

const char *progress_elapsed(const struct progress *progress, char *out, size_t size) {
    int64_t elapsed_ms = terminal_now_ms() - progress->started_ms;
    if (elapsed_ms >= 60000) {
        (void)snprintf(out, size, "%lld m %02lld s", (long long)(elapsed_ms / 60000),
                       (long long)(elapsed_ms / 1000 % 60));
    } else {
        (void)snprintf(out, size, "%lld.%lld s", (long long)(elapsed_ms / 1000), (long long)(elapsed_ms / 100 % 10));
    }
    return out;
}

static void format_line(const struct progress *progress, char *out, size_t size) {
    char done[32];
    char total[32];
    char rate[32];
    char bar[BAR_CELLS + 3] = "";
    unsigned percent = 0;
    if (progress->total > 0) {
        uint64_t within = progress->done < progress->total ? progress->done : progress->total;
        percent = (unsigned)(within * 100 / progress->total);
        size_t filled = (size_t)(within * BAR_CELLS / progress->total);
        bar[0] = '[';
        memset(bar + 1, '.', BAR_CELLS);
        memset(bar + 1, '#', filled);
        memcpy(bar + 1 + BAR_CELLS, "]", 2);
    }
    (void)table_grouped(progress->done, done, sizeof done);
    (void)table_grouped(progress->total, total, sizeof total);
    (void)table_grouped(progress_rate(progress), rate, sizeof rate);
    if (progress->total > 0) {
        (void)snprintf(out, size, "%s %3u %%  %s of %s %s, %s/s%s%s", bar, percent, done, total, progress->what, rate,
                       progress->note[0] ? "; " : "", progress->note);
    } else {
        (void)snprintf(out, size, "%s %s, %s/s%s%s", done, progress->what, rate, progress->note[0] ? "; " : "",
                       progress->note);
    }
}

void progress_step(struct progress *progress, uint64_t done) {
    char line[256];
    int64_t now_ms = terminal_now_ms();
    progress->done = done;
    if (now_ms - progress->started_ms < QUIET_MS ||
        now_ms - progress->drawn_ms < (progress->terminal ? DRAW_EVERY_MS : SAY_EVERY_MS)) {
        return;
    }
    progress->drawn_ms = now_ms;
    format_line(progress, line, sizeof line);
    if (progress->terminal) {
        terminal_draw_line(line);
    } else {
        (void)fprintf(stderr, "elpctl: %s\n", line);
    }
}

void progress_end(struct progress *progress) {
    if (progress->terminal) {
        terminal_clear_line();
    }
}
