#include "common/book_reader.h"

#include <stdlib.h>
#include <string.h>

/*
 * Every day of the book, looked at last: rules, envelopes and pseudo-codes that leave a day out. Figures, tariffs and shares
 * are watched where they are read. A day on which something is missing that the book needs is an error; one on which an
 * envelope or a code of the book's own choice rests is a remark.
 */

#define ROWS_MAX 200

/* A row of one list of the file, by its place there. */
struct covering_row {
    struct book_interval valid;
    size_t index;
};

struct covering {
    const char *list;   /* "rules" */
    const char *what;   /* "the rule same-day" */
    const char *remedy; /* what else may be written */
    bool needed;        /* a day without a row is an error */
    struct covering_row rows[ROWS_MAX];
    size_t count;
};

static int compare_rows(const void *a, const void *b) {
    const struct covering_row *left = a;
    const struct covering_row *right = b;

    return date_compare(left->valid.from, right->valid.from);
}

static void report_gap(struct book_reader *reader, const struct covering *covering, const struct covering_row *row,
                       const char *bound, struct book_interval days) {
    struct book_path path = book_path("%s[%zu].%s", covering->list, row->index, bound);
    char from[DATE_TEXT_BYTES];
    char until[DATE_TEXT_BYTES];

    date_format(days.from, from, sizeof(from));
    date_format(days.until, until, sizeof(until));
    if (covering->needed) {
        book_error(reader, path.text, "%s: a gap from %s until %s; let this row hold on these days or %s",
                   covering->what, from, until, covering->remedy);
    } else {
        book_warn(reader, path.text, "%s does not hold from %s until %s; if that is meant, nothing is to be done",
                  covering->what, from, until);
    }
}

/* Reports each run of the book's days that no row covers, at the row beside it. At least one row. */
static void check_days(struct book_reader *reader, struct covering *covering) {
    const struct book_interval sessions = reader->book->sessions;
    struct date open = sessions.from;

    qsort(covering->rows, covering->count, sizeof(covering->rows[0]), compare_rows);
    for (size_t i = 0; i < covering->count; i++) {
        const struct covering_row *row = &covering->rows[i];

        if (date_compare(row->valid.from, open) > 0) {
            report_gap(reader, covering, row, "from", (struct book_interval){open, date_add_days(row->valid.from, -1)});
        }
        if (date_compare(row->valid.until, open) >= 0) {
            open = date_add_days(row->valid.until, 1);
        }
    }
    if (date_compare(open, sessions.until) <= 0) {
        report_gap(reader, covering, &covering->rows[covering->count - 1], "until",
                   (struct book_interval){open, sessions.until});
    }
}

static void cover(struct covering *covering, struct book_interval valid, size_t index) {
    if (covering->count < ROWS_MAX) {
        covering->rows[covering->count++] = (struct covering_row){valid, index};
    }
}

static void check_rules(struct book_reader *reader) {
    const struct book *book = reader->book;

    for (int refusal = REFUSAL_NONE + 1; refusal < REFUSAL_COUNT; refusal++) {
        struct book_path what = book_path("the rule %s", refusal_word((enum refusal)refusal));
        struct covering covering = {.list = "rules", .what = what.text, .needed = true};

        covering.remedy = "give them a row with warning: true";
        for (size_t i = 0; i < book->rule_count; i++) {
            if (book->rules[i].refusal == (enum refusal)refusal) {
                cover(&covering, book->rules[i].valid, i);
            }
        }
        /* A rule that the convention need not have may begin and end, but not pause. */
        if (covering.count > 0 && !book_demands_rule(reader, (enum refusal)refusal)) {
            qsort(covering.rows, covering.count, sizeof(covering.rows[0]), compare_rows);
            for (size_t i = 1; i < covering.count; i++) {
                struct book_interval pause = {date_add_days(covering.rows[i - 1].valid.until, 1),
                                              date_add_days(covering.rows[i].valid.from, -1)};

                if (date_compare(pause.from, pause.until) <= 0) {
                    report_gap(reader, &covering, &covering.rows[i], "from", pause);
                }
            }
        } else if (covering.count > 0) {
            check_days(reader, &covering);
        }
    }
}

/* The envelopes of rulebook §6. */
static const int envelope_demands[ENVELOPE_COUNT] = {
    [ENVELOPE_CARE_BASE] = IN_EVERY,          [ENVELOPE_NEW_GRADUATES] = IN_2024,  [ENVELOPE_ART8] = IN_2024,
    [ENVELOPE_EATING_DISORDERS] = IN_2024,    [ENVELOPE_PRISONS] = IN_2024,        [ENVELOPE_UNDER_SERVED] = IN_2024,
    [ENVELOPE_OPERATING] = IN_2021 | IN_2024, [ENVELOPE_OTHER_MISSIONS] = IN_2021, [ENVELOPE_LUMP_NETWORK] = IN_2019,
    [ENVELOPE_LUMP_HOSPITAL] = IN_2019,
};

static void check_envelopes(struct book_reader *reader) {
    const struct book *book = reader->book;

    for (int envelope = ENVELOPE_NONE + 1; envelope < ENVELOPE_COUNT; envelope++) {
        struct book_path what = book_path("the envelope %s", book_envelope_name((enum book_envelope_id)envelope));
        struct covering covering = {.list = "envelopes", .what = what.text, .remedy = "add a row for them"};

        covering.needed = envelope == ENVELOPE_CARE_BASE;
        for (size_t i = 0; i < book->envelope_count; i++) {
            if (book->envelopes[i].envelope == (enum book_envelope_id)envelope) {
                cover(&covering, book->envelopes[i].valid, i);
            }
        }
        if (covering.count > 0) {
            check_days(reader, &covering);
        } else if (envelope_demands[envelope] & book_demands(reader)) {
            book_error(reader, "envelopes", "%s is missing; add a row with its article", what.text);
        }
    }
}

/* Has the book sessions or costs of this service, which then go by a pseudo-code? */
static bool offers(const struct book_reader *reader, const char *service) {
    const struct book *book = reader->book;

    if (strcmp(service, "group-physician") == 0) {
        service = book_tariff_name(TARIFF_GROUP_PSYCHOLOGIST);
    }
    for (int tariff = 0; tariff < TARIFF_COUNT; tariff++) {
        if (strcmp(service, book_tariff_name((enum book_tariff)tariff)) == 0) {
            return book->tariffs[tariff].amount_count > 0;
        }
    }
    /* Operating costs and missions have no tariff: the cost itself is paid (B6, rulebook §5). */
    return (book_demands(reader) & (IN_2021 | IN_2024)) != 0;
}

static void check_service(struct book_reader *reader, const char *service) {
    const struct book *book = reader->book;
    struct book_path what = book_path("the service %s", service);
    struct covering covering = {.list = "codes", .what = what.text, .remedy = "add a pseudo-code for them"};

    covering.needed = offers(reader, service);
    for (size_t i = 0; i < book->code_count; i++) {
        if (strcmp(book->codes[i].service, service) == 0) {
            cover(&covering, book->codes[i].valid, i);
        }
    }
    if (covering.count > 0) {
        check_days(reader, &covering);
    } else if (covering.needed) {
        book_error(reader, "codes", "the service %s has no pseudo-code; add a row with code, service and article",
                   service);
    }
}

/* What a code stands for is worth something: an amount by year, or the cost itself. */
static void check_worth(struct book_reader *reader) {
    const struct book *book = reader->book;

    for (size_t i = 0; i < book->code_count; i++) {
        for (int tariff = 0; tariff < TARIFF_COUNT; tariff++) {
            if (strcmp(book->codes[i].service, book_tariff_name((enum book_tariff)tariff)) == 0 &&
                book->tariffs[tariff].amounts == NULL) {
                book_error(reader, book_path("codes[%zu].service", i).text,
                           "the service %s has no tariff; add it under tariffs with its amounts by year",
                           book->codes[i].service);
            }
        }
    }
}

void book_check_coverage(struct book_reader *reader) {
    const struct book_source *source = reader->source;
    const struct book *book = reader->book;

    /* A row that was refused for another reason is no gap. */
    if (!reader->periods_known) {
        return;
    }
    if (book->rule_count == source->rules_count) {
        check_rules(reader);
    }
    if (book->envelope_count == source->envelopes_count) {
        check_envelopes(reader);
    }
    if (book->code_count == source->codes_count) {
        for (size_t i = 0; book_coded_service(i) != NULL; i++) {
            check_service(reader, book_coded_service(i));
        }
        check_worth(reader);
    }
}
