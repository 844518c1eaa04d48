#include "common/book_reader.h"

#include <stdio.h>
#include <string.h>

/* Identity of the book and its refusal rules. Which codes a convention must have is rulebook §4's table. */

static const int rule_demands[REFUSAL_COUNT] = {
    [REFUSAL_DEADLINE_PASSED] = IN_EVERY, /* 2019: as a warning */
    [REFUSAL_SESSION_IN_FUTURE] = IN_EVERY,
    [REFUSAL_OUTSIDE_CONVENTION] = IN_EVERY,
    [REFUSAL_NO_ACTIVE_CONTRACT] = IN_EVERY,
    [REFUSAL_FUNCTION_NOT_CONTRACTED] = IN_2021 | IN_2024,
    [REFUSAL_SITE_NOT_CONTRACTED] = IN_EVERY,
    [REFUSAL_VOLUME_EXCEEDED] = IN_EVERY, /* 2021, 2024: as a warning */
    [REFUSAL_AGE_OUTSIDE_NETWORK] = IN_EVERY,
    [REFUSAL_NOT_INSURED] = IN_EVERY,
    [REFUSAL_REFERRAL_MISSING] = IN_2019,
    [REFUSAL_SERIES_EXHAUSTED] = IN_2019,
    [REFUSAL_QUOTA_EXCEEDED] = IN_2021 | IN_2024,
    [REFUSAL_SAME_DAY] = IN_2024,
    [REFUSAL_ASSESSMENT_MISSING] = IN_2021 | IN_2024,
    [REFUSAL_GROUP_TOO_SMALL] = IN_2021 | IN_2024,
    [REFUSAL_DURATION_TOO_SHORT] = IN_EVERY,
    [REFUSAL_LEADERS_INVALID] = IN_2021 | IN_2024,
    [REFUSAL_SITE_REQUIRED] = IN_2024,
    [REFUSAL_NAMED_IN_COMMUNITY] = IN_2021 | IN_2024,
    [REFUSAL_PROGRAMME_UNKNOWN] = IN_2024,
    [REFUSAL_OTHER_FUNDING] = IN_2021 | IN_2024,
    [REFUSAL_ALREADY_ATTESTED] = IN_EVERY,
    [REFUSAL_KEY_CONFLICT] = IN_EVERY,
    [REFUSAL_MALFORMED] = IN_EVERY,
    [REFUSAL_CONCERTATION_REPEATED] = IN_2021 | IN_2024,
    [REFUSAL_CONCERTATION_INVALID] = IN_2021 | IN_2024,
};

int book_demands(const struct book_reader *reader) {
    const char *convention = reader->source->convention;

    return strcmp(convention, "2019") == 0   ? IN_EVERY | IN_2019
           : strcmp(convention, "2021") == 0 ? IN_EVERY | IN_2021
           : strcmp(convention, "2024") == 0 ? IN_EVERY | IN_2024
                                             : IN_EVERY;
}

bool book_demands_rule(const struct book_reader *reader, enum refusal refusal) {
    return (rule_demands[refusal] & book_demands(reader)) != 0;
}

static void read_periods(struct book_reader *reader) {
    const struct book_source *source = reader->source;
    struct book *book = reader->book;
    struct book_interval sessions;

    /* Wide open, so that the rest of the file is still read when the book's own period is wrong. */
    if (!date_make(2000, 1, 1, &book->sessions.from) || !date_make(2099, 12, 31, &book->sessions.until)) {
        return;
    }
    book->figures_until = book->sessions.until;
    if (!read_interval(reader, "sessions", "sessions", source->sessions.from, source->sessions.until, &sessions) ||
        !read_date(reader, "figures_until", "figures_until", source->figures_until, &book->figures_until)) {
        return;
    }
    if (!date_within(book->figures_until, sessions.from, sessions.until)) {
        book_error(reader, "figures_until", "figures_until lies outside sessions; write a day inside them");
        return;
    }
    book->sessions = sessions;
    reader->periods_known = true;
}

void book_read_identity(struct book_reader *reader) {
    const struct book_source *source = reader->source;
    struct book *book = reader->book;
    int64_t year;

    book->convention = book_storage_text(reader->storage, source->convention);
    book->title = book_storage_text(reader->storage, source->title);
    if (!yaml_whole_parse(source->convention, 2019, 2099, &year)) {
        book_error(reader, "convention", "\"%.40s\" is not a convention; write its year, from 2019 to 2099",
                   source->convention);
    }
    read_periods(reader);
    book->article_sessions = read_article(reader, "sessions", source->sessions.article);
    book_list_figure(reader, "sessions.from", "sessions.from", source->sessions.from, book->sessions,
                     book->article_sessions, false, false);
    book_list_figure(reader, "sessions.until", "sessions.until", source->sessions.until, book->sessions,
                     book->article_sessions, false, false);
    book->contracts_from = DATE_NONE;
    book->second_leaders_until = DATE_NONE;
    if (source->contracts != NULL &&
        read_date(reader, "contracts.from", "contracts", source->contracts->from, &book->contracts_from)) {
        book_list_figure(reader, "contracts.from", "contracts.from", source->contracts->from, book->sessions,
                         read_article(reader, "contracts", source->contracts->article), false, false);
    }
    if (source->second_leaders != NULL && read_date(reader, "second_leaders.until", "second_leaders",
                                                    source->second_leaders->until, &book->second_leaders_until)) {
        book_list_figure(reader, "second_leaders.until", "second_leaders.until", source->second_leaders->until,
                         book->sessions, read_article(reader, "second_leaders", source->second_leaders->article), false,
                         false);
    }
    if (source->contracts == NULL && (book_demands(reader) & IN_2019) != 0) {
        book_error(reader, "sessions", "contracts is missing; write contracts: {from: YYYY-MM-DD, article: ...}");
    }
    if (source->second_leaders == NULL && (book_demands(reader) & IN_2024) != 0) {
        book_error(reader, "sessions",
                   "second_leaders is missing; write second_leaders: {until: YYYY-MM-DD, article: ...}");
    }
    book_list_figure(reader, "figures_until", "figures_until", source->figures_until, book->sessions,
                     book->article_sessions, false, false);
}

static bool intervals_meet(struct book_interval a, struct book_interval b) {
    return date_compare(a.from, b.until) <= 0 && date_compare(b.from, a.until) <= 0;
}

static void read_rule(struct book_reader *reader, unsigned index) {
    const struct book_source_rule *source = &reader->source->rules[index];
    struct book *book = reader->book;
    struct book_path row = book_path("rules[%u]", index);
    struct book_path code = book_path("%s.code", row.text);
    enum refusal refusal = refusal_of_word(source->code);
    struct book_rule rule = {.refusal = refusal};

    if (refusal == REFUSAL_NONE) {
        book_error(reader, code.text, "\"%.40s\" is not a refusal code; correct its spelling", source->code);
        return;
    }
    rule.code = refusal_word(refusal);
    rule.rule = refusal_entry(refusal)->rule;
    rule.reason = refusal_entry(refusal)->reason;
    rule.remedy = refusal_entry(refusal)->remedy;
    rule.article = read_article(reader, row.text, source->article);
    rule.patient_billable = read_flag_or_false(reader, book_path("%s.patient_billable", row.text).text, source->code,
                                               source->patient_billable);
    rule.warning_only =
        read_flag_or_false(reader, book_path("%s.warning", row.text).text, source->code, source->warning);
    if (!read_interval(reader, row.text, source->code, source->from, source->until, &rule.valid)) {
        return;
    }
    for (size_t i = 0; i < book->rule_count; i++) {
        if (book->rules[i].refusal == refusal && intervals_meet(book->rules[i].valid, rule.valid)) {
            book_error(reader, code.text, "the rule %s stands twice for the same days; give each row its own interval",
                       source->code);
            return;
        }
    }
    book->rules[book->rule_count++] = rule;

    char name[96];

    snprintf(name, sizeof(name), "rule.%s", rule.code);
    book_list_figure(reader, code.text, name,
                     rule.warning_only       ? "warns"
                     : rule.patient_billable ? "refuses, patient may be billed"
                                             : "refuses",
                     rule.valid, rule.article, false, false);
}

void book_read_rules(struct book_reader *reader) {
    const struct book_source *source = reader->source;
    struct book *book = reader->book;

    book->rules = book_storage_take(reader->storage, source->rules_count, sizeof(*book->rules));
    if (book->rules == NULL) {
        return;
    }
    for (unsigned i = 0; i < source->rules_count; i++) {
        read_rule(reader, i);
    }
    for (int refusal = REFUSAL_NONE + 1; refusal < REFUSAL_COUNT; refusal++) {
        bool there = !book_demands_rule(reader, (enum refusal)refusal);

        /* A row that was refused for another reason is not missing. */
        for (unsigned i = 0; i < source->rules_count && !there; i++) {
            there = refusal_of_word(source->rules[i].code) == (enum refusal)refusal;
        }
        if (!there) {
            book_error(reader, "rules", "the rule %s is missing; add a row with its article",
                       refusal_word((enum refusal)refusal));
        }
    }
}
