#include "common/book_reader.h"

#include <stdlib.h>
#include <string.h>

#include "common/book_figure_table.h"

/*
 * The single figures: rows of the file become epochs, one struct book_figures for each interval in which
 * nothing changes. A figure that a rule needs must be there on every day of the book; after figures_until the
 * last row serves.
 */

struct percents {
    int32_t values[BOOK_THRESHOLDS_MAX];
    size_t count;
};

/* One row of the file, read. */
struct entry {
    int row; /* in book_figure_table; -1: unknown name */
    bool readable;
    struct book_interval valid;
    union {
        int whole;
        int32_t basis_points;
        struct percents percents;
        struct money amount;
        bool flag;
        struct book_month_day month_day;
    } value;
};

struct figures {
    struct book_reader *reader;
    struct entry *entries; /* one for each row of the file, in its order */
    size_t entry_count;
    size_t epoch_count;
    bool *set;    /* epoch × row of the table: the book has the figure then */
    bool *broken; /* row of the table: an error was reported, so nothing more is said about it */
    bool *served; /* row of the table: it was remarked that its last value serves after figures_until */
};

static bool *set_at(const struct figures *figures, size_t epoch, size_t row) {
    return &figures->set[epoch * book_figure_table_count + row];
}

static bool read_percents(struct book_reader *reader, const char *path, const char *what, const char *text,
                          const struct book_figure_row *row, struct percents *ret) {
    struct percents list = {.count = 0};
    char token[16];

    for (const char *at = text; *at != 0;) {
        size_t bytes = strcspn(at, ",");
        int32_t value;

        if (list.count == BOOK_THRESHOLDS_MAX || bytes >= sizeof(token)) {
            book_error(reader, path, "%s: write at most %d percentages, as in \"80 %%, 100 %%\"", what,
                       BOOK_THRESHOLDS_MAX);
            return false;
        }
        memcpy(token, at, bytes);
        token[bytes] = 0;
        if (!read_percent(reader, path, what, token, row->min, row->max, &value)) {
            return false;
        }
        if (list.count > 0 && value <= list.values[list.count - 1]) {
            book_error(reader, path, "%s: the percentages do not ascend; put them in order, each once", what);
            return false;
        }
        list.values[list.count++] = value;
        at += bytes;
        at += *at == ',';
        at += strspn(at, " ");
    }
    *ret = list;
    return true;
}

static bool read_value(struct book_reader *reader, const char *path, const struct book_figure_row *row,
                       const char *text, struct entry *entry) {
    size_t word = 0;

    switch (row->kind) {
    case FIGURE_WHOLE:
        return read_whole(reader, path, row->name, text, row->min, row->max, &entry->value.whole);
    case FIGURE_PERCENT:
        return read_percent(reader, path, row->name, text, row->min, row->max, &entry->value.basis_points);
    case FIGURE_PERCENTS:
        return read_percents(reader, path, row->name, text, row, &entry->value.percents);
    case FIGURE_AMOUNT:
        return read_amount(reader, path, row->name, text, money_of_cents((int64_t)row->max * 100),
                           &entry->value.amount);
    case FIGURE_FLAG:
        return read_flag(reader, path, row->name, text, &entry->value.flag);
    case FIGURE_CHOICE:
        if (!read_word(reader, path, row->name, text, row->words, row->word_count, &word)) {
            return false;
        }
        entry->value.whole = (int)word;
        return true;
    case FIGURE_MONTH_DAY:
        return read_month_day(reader, path, row->name, text, &entry->value.month_day);
    }
    return false;
}

static void write_value(struct book_figures *target, const struct entry *entry) {
    const struct book_figure_row *row = &book_figure_table[entry->row];
    char *field = (char *)target + row->offset;

    switch (row->kind) {
    case FIGURE_WHOLE:
    case FIGURE_CHOICE:
        memcpy(field, &entry->value.whole, sizeof(entry->value.whole));
        break;
    case FIGURE_PERCENT:
        memcpy(field, &entry->value.basis_points, sizeof(entry->value.basis_points));
        break;
    case FIGURE_PERCENTS:
        memcpy(target->thresholds, entry->value.percents.values, sizeof(target->thresholds));
        target->threshold_count = entry->value.percents.count;
        break;
    case FIGURE_AMOUNT:
        memcpy(field, &entry->value.amount, sizeof(entry->value.amount));
        break;
    case FIGURE_FLAG:
        memcpy(field, &entry->value.flag, sizeof(entry->value.flag));
        break;
    case FIGURE_MONTH_DAY:
        memcpy(field, &entry->value.month_day, sizeof(entry->value.month_day));
        break;
    }
}

static void read_entry(struct figures *figures, size_t index) {
    struct book_reader *reader = figures->reader;
    const struct book_source_figure *source = &reader->source->figures[index];
    struct entry *entry = &figures->entries[index];
    struct book_path path = book_path("figures[%zu]", index);
    struct book_path value_path = book_path("figures[%zu].value", index);

    entry->row = book_figure_row_of(source->name);
    if (entry->row < 0) {
        book_error(reader, book_path("figures[%zu].name", index).text,
                   "\"%.60s\" is not a figure of a book; correct its spelling", source->name);
        return;
    }

    const struct book_figure_row *row = &book_figure_table[entry->row];
    book_article article = read_article(reader, path.text, source->article);
    bool provisional =
        read_flag_or_false(reader, book_path("figures[%zu].provisional", index).text, row->name, source->provisional);
    bool fictitious =
        read_flag_or_false(reader, book_path("figures[%zu].fictitious", index).text, row->name, source->fictitious);
    bool valid = read_interval(reader, path.text, row->name, source->from, source->until, &entry->valid);

    entry->readable = read_value(reader, value_path.text, row, source->value, entry) && valid;
    if (!entry->readable) {
        figures->broken[entry->row] = true;
    } else {
        book_list_figure(reader, value_path.text, row->name, source->value, entry->valid, article, provisional,
                         fictitious);
    }
}

/* Rows of one figure follow each other day by day, in the order of the file. */
static void check_sequence(struct figures *figures, size_t index) {
    struct entry *entry = &figures->entries[index];
    const struct entry *before = NULL;
    struct book_path path = book_path("figures[%zu].from", index);
    char day[DATE_TEXT_BYTES];

    for (size_t i = 0; i < index; i++) {
        if (figures->entries[i].readable && figures->entries[i].row == entry->row) {
            before = &figures->entries[i];
        }
    }
    if (!entry->readable || before == NULL) {
        return;
    }

    struct date expected = date_add_days(before->valid.until, 1);
    int order = date_compare(entry->valid.from, expected);

    if (order == 0) {
        return;
    }
    figures->broken[entry->row] = true;
    if (order < 0) {
        /* An entry that overlaps would make "the figure on a day" ambiguous. */
        entry->readable = false;
        book_error(figures->reader, path.text,
                   "%s: overlaps the row before it; start this one on %s, or end that one"
                   " earlier",
                   book_figure_table[entry->row].name, date_format(expected, day, sizeof(day)));
    } else {
        book_error(figures->reader, path.text, "%s: a gap after the row before it; start this one on %s",
                   book_figure_table[entry->row].name, date_format(expected, day, sizeof(day)));
    }
}

static int compare_dates(const void *a, const void *b) {
    return date_compare(*(const struct date *)a, *(const struct date *)b);
}

static void add_cuts(struct date *cuts, size_t *count, struct book_interval interval) {
    cuts[(*count)++] = interval.from;
    cuts[(*count)++] = date_add_days(interval.until, 1);
}

/* Every day on which a figure or a rule starts or stops, in order; they may repeat. */
static struct date *collect_cuts(const struct figures *figures, size_t *ret_count) {
    struct book_reader *reader = figures->reader;
    const struct book *book = reader->book;
    size_t room = 2 * (figures->entry_count + book->rule_count) + 3;
    struct date *cuts = book_storage_take(reader->storage, room, sizeof(*cuts));
    size_t count = 0;

    if (cuts == NULL) {
        return NULL;
    }
    add_cuts(cuts, &count, book->sessions);
    cuts[count++] = date_add_days(book->figures_until, 1);
    for (size_t i = 0; i < book->rule_count; i++) {
        add_cuts(cuts, &count, book->rules[i].valid);
    }
    for (size_t i = 0; i < figures->entry_count; i++) {
        if (figures->entries[i].readable) {
            add_cuts(cuts, &count, figures->entries[i].valid);
        }
    }
    qsort(cuts, count, sizeof(*cuts), compare_dates);
    *ret_count = count;
    return cuts;
}

/* Between two cuts nothing changes: that is an epoch. */
static bool cut_epochs(struct figures *figures) {
    struct book *book = figures->reader->book;
    size_t count;
    const struct date *cuts = collect_cuts(figures, &count);

    if (cuts == NULL) {
        return false;
    }
    book->epochs = book_storage_take(figures->reader->storage, count, sizeof(*book->epochs));
    if (book->epochs == NULL) {
        return false;
    }
    for (size_t i = 1; i < count; i++) {
        if (date_compare(cuts[i - 1], cuts[i]) == 0) {
            continue;
        }

        struct book_figures *epoch = &book->epochs[figures->epoch_count++];

        book_figures_clear(epoch);
        epoch->valid = (struct book_interval){cuts[i - 1], date_add_days(cuts[i], -1)};
    }
    book->epoch_count = figures->epoch_count;
    return true;
}

/* The last row of a figure that starts on or before a day, or NULL. */
static const struct entry *entry_before(const struct figures *figures, size_t row, struct date day) {
    const struct entry *found = NULL;

    for (size_t i = 0; i < figures->entry_count; i++) {
        const struct entry *entry = &figures->entries[i];

        if (entry->readable && entry->row == (int)row && date_compare(entry->valid.from, day) <= 0) {
            found = entry;
        }
    }
    return found;
}

/* After figures_until a figure may end without a successor; whoever checks the book is told once. */
static void remark_serving(struct figures *figures, const struct entry *last) {
    char day[DATE_TEXT_BYTES];

    if (!figures->served[last->row]) {
        figures->served[last->row] = true;
        book_warn(figures->reader, book_path("figures[%zu].until", (size_t)(last - figures->entries)).text,
                  "%s: no row holds after %s; its last value serves then", book_figure_table[last->row].name,
                  date_format(last->valid.until, day, sizeof(day)));
    }
}

static void fill_epoch(struct figures *figures, size_t index) {
    struct book *book = figures->reader->book;
    struct book_figures *epoch = &book->epochs[index];

    for (size_t i = 0; i < figures->entry_count; i++) {
        const struct entry *entry = &figures->entries[i];

        if (entry->readable && date_within(epoch->valid.from, entry->valid.from, entry->valid.until)) {
            write_value(epoch, entry);
            *set_at(figures, index, (size_t)entry->row) = true;
        }
    }
    if (date_compare(epoch->valid.from, book->figures_until) <= 0) {
        return;
    }
    for (size_t row = 0; row < book_figure_table_count; row++) {
        enum book_figure_need need = book_figure_table[row].need;
        const struct entry *last = NULL;

        if (!*set_at(figures, index, row) && need != NEED_NEVER && need != NEED_ONCE) {
            last = entry_before(figures, row, epoch->valid.from);
        }
        if (last != NULL) {
            remark_serving(figures, last);
            write_value(epoch, last);
            *set_at(figures, index, row) = true;
        }
    }
}

static bool rule_holds(const struct book *book, enum refusal refusal, struct book_interval days) {
    for (size_t i = 0; i < book->rule_count; i++) {
        const struct book_rule *rule = &book->rules[i];

        if (rule->refusal == refusal && date_compare(rule->valid.from, days.until) <= 0 &&
            date_compare(days.from, rule->valid.until) <= 0) {
            return true;
        }
    }
    return false;
}

static bool is_needed(const struct figures *figures, const struct book_figure_row *row,
                      const struct book_figures *epoch) {
    bool flag = false;

    switch (row->need) {
    case NEED_NEVER:
    case NEED_ONCE:
        return false;
    case NEED_ALWAYS:
        return (row->in & book_demands(figures->reader)) != 0;
    case NEED_RULE:
        return rule_holds(figures->reader->book, row->rule, epoch->valid);
    case NEED_FLAG:
        memcpy(&flag, (const char *)epoch + row->flag, sizeof(flag));
        return flag || (row->in & book_demands(figures->reader)) != 0;
    }
    return false;
}

/* Where a gap is mended: at the row that ends before the day, or the one that begins after it. */
static struct book_path gap_path(const struct figures *figures, size_t row, struct date day) {
    const struct entry *before = entry_before(figures, row, day);

    for (size_t i = 0; before == NULL && i < figures->entry_count; i++) {
        if (figures->entries[i].readable && figures->entries[i].row == (int)row) {
            return book_path("figures[%zu].from", i);
        }
    }
    return before == NULL ? book_path("figures") : book_path("figures[%zu].until", (size_t)(before - figures->entries));
}

/* A figure that is missing on days between the book's first one and figures_until; said once for each figure.
 */
static void check_presence(struct figures *figures, size_t index) {
    const struct book_figure_row *row = &book_figure_table[index];
    const struct book *book = figures->reader->book;
    bool anywhere = false;
    char day[DATE_TEXT_BYTES];

    for (size_t i = 0; i < figures->epoch_count; i++) {
        const struct book_figures *epoch = &book->epochs[i];
        bool matters = date_compare(epoch->valid.until, book->sessions.from) >= 0 &&
                       date_compare(epoch->valid.from, book->sessions.until) <= 0;

        anywhere = anywhere || *set_at(figures, i, index);
        if (matters && !*set_at(figures, i, index) && is_needed(figures, row, epoch)) {
            book_error(figures->reader, gap_path(figures, index, epoch->valid.from).text,
                       "%s: the figure is missing from %s on; add a row with value and"
                       " article",
                       row->name, date_format(epoch->valid.from, day, sizeof(day)));
            return;
        }
    }
    if (!anywhere && row->need == NEED_ONCE && (row->in & book_demands(figures->reader)) != 0) {
        book_error(figures->reader, "figures", "%s: the figure is missing; add a row with value and article",
                   row->name);
    }
}

/* Pairs of whole numbers or percentages of which the first may not exceed the second. */
#define PAIR(lesser, greater) \
    { #lesser, #greater, offsetof(struct book_figures, lesser), offsetof(struct book_figures, greater) }

static const struct {
    const char *lesser;
    const char *greater;
    size_t lesser_offset;
    size_t greater_offset;
} pairs[] = {
    PAIR(group_direct_minutes_min, group_minutes_min),
    PAIR(individual_minutes_min, individual_long_minutes),
    PAIR(adult_age_min, adult_age_max),
    PAIR(child_age_min, child_age_max),
    PAIR(concertation_care_providers_min, concertation_professionals_min),
    PAIR(zone_vigilance_above, zone_critical_above),
};

static void check_pair(struct figures *figures, size_t pair) {
    const struct book *book = figures->reader->book;

    for (size_t i = 0; i < figures->epoch_count; i++) {
        int lesser;
        int greater;

        memcpy(&lesser, (const char *)&book->epochs[i] + pairs[pair].lesser_offset, sizeof(lesser));
        memcpy(&greater, (const char *)&book->epochs[i] + pairs[pair].greater_offset, sizeof(greater));
        if (lesser == BOOK_ABSENT || greater == BOOK_ABSENT || lesser <= greater) {
            continue;
        }

        const struct entry *entry =
            entry_before(figures, (size_t)book_figure_row_of(pairs[pair].lesser), book->epochs[i].valid.from);

        book_error(figures->reader, book_path("figures[%zu].value", (size_t)(entry - figures->entries)).text,
                   "%s exceeds %s; correct one of them", pairs[pair].lesser, pairs[pair].greater);
        return;
    }
}

void book_read_figures(struct book_reader *reader) {
    struct figures figures = {.reader = reader, .entry_count = reader->source->figures_count};

    figures.entries = book_storage_take(reader->storage, figures.entry_count, sizeof(*figures.entries));
    figures.broken = book_storage_take(reader->storage, book_figure_table_count, sizeof(*figures.broken));
    figures.served = book_storage_take(reader->storage, book_figure_table_count, sizeof(*figures.served));
    if (figures.entries == NULL || figures.broken == NULL || figures.served == NULL) {
        return;
    }
    for (size_t i = 0; i < figures.entry_count; i++) {
        read_entry(&figures, i);
    }
    for (size_t i = 0; i < figures.entry_count; i++) {
        check_sequence(&figures, i);
    }
    if (!cut_epochs(&figures)) {
        return;
    }
    figures.set =
        book_storage_take(reader->storage, figures.epoch_count * book_figure_table_count, sizeof(*figures.set));
    if (figures.set == NULL) {
        return;
    }
    for (size_t i = 0; i < figures.epoch_count; i++) {
        fill_epoch(&figures, i);
    }
    for (size_t row = 0; row < book_figure_table_count && reader->periods_known; row++) {
        if (!figures.broken[row]) {
            check_presence(&figures, row);
        }
    }
    for (size_t pair = 0; pair < sizeof(pairs) / sizeof(pairs[0]); pair++) {
        check_pair(&figures, pair);
    }
}
