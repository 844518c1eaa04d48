#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/calendar.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"
#include "services/ctl/tariff_table.h"

/* tariff: the published amounts of the books that are loaded, a column a year. */

#define YEARS_MAX 32

static int compare_years(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static size_t years_of(const Elp__V1__TariffReply__Book *book, uint32_t years[YEARS_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < book->n_amounts; i++) {
        size_t known = 0;
        while (known < count && years[known] != book->amounts[i]->year) {
            known++;
        }
        if (known == count && count < YEARS_MAX) {
            years[count++] = book->amounts[i]->year;
        }
    }
    qsort(years, count, sizeof years[0], compare_years);
    return count;
}

static void add_amount(struct table *table, const Elp__V1__TariffReply__Book *book, const char *tariff, uint32_t year) {
    char text[MONEY_TEXT_BYTES];
    for (size_t i = 0; i < book->n_amounts; i++) {
        const Elp__V1__TariffAmount *amount = book->amounts[i];
        if (amount->year == year && strcmp(amount->tariff, tariff) == 0) {
            table_textf(table, "%s%s", money_format_grouped(money_of_cents(amount->cents), text, sizeof text),
                        amount->provisional ? " *" : "  ");
            return;
        }
    }
    table_text(table, "");
}

int tariff_table_print(const Elp__V1__TariffReply__Book *book, bool color) {
    uint32_t years[YEARS_MAX];
    char titles[YEARS_MAX][16];
    struct table_column columns[YEARS_MAX + 2] = {{"Tariff", TABLE_LEFT}};
    size_t count = years_of(book, years);
    bool provisional = false;
    for (size_t y = 0; y < count; y++) {
        (void)snprintf(titles[y], sizeof titles[y], "%u  ", years[y]);
        columns[y + 1] = (struct table_column){titles[y], TABLE_RIGHT};
    }
    columns[count + 1] = (struct table_column){"Article", TABLE_LEFT};
    struct table *table = table_new(columns, count + 2, color);
    for (size_t i = 0; i < book->n_amounts; i++) {
        const Elp__V1__TariffAmount *amount = book->amounts[i];
        provisional = provisional || amount->provisional;
        bool listed = false;
        for (size_t before = 0; before < i && !listed; before++) {
            listed = strcmp(book->amounts[before]->tariff, amount->tariff) == 0;
        }
        if (listed) {
            continue;
        }
        table_row(table);
        table_text(table, amount->tariff);
        for (size_t y = 0; y < count; y++) {
            add_amount(table, book, amount->tariff, years[y]);
        }
        table_text(table, amount->article);
    }
    printf("Convention %s, published amounts in euro\n\n", book->convention);
    int code = table_print(table);
    if (provisional) {
        printf("\n* provisional: whatever is rated with it carries the mark\n");
    }
    return code;
}

int tariff_ask(struct ctl *ctl, const char *convention, uint32_t year, const Elp__V1__TariffReply **ret) {
    Elp__V1__TariffQuery query = ELP__V1__TARIFF_QUERY__INIT;
    void *answer;
    query.convention = (char *)convention;
    query.year = year;
    int code = ask(ctl, CELL_RATING, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TARIFF_QUERY, &query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TARIFF_REPLY, &elp__v1__tariff_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        *ret = answer;
    }
    return code;
}

static int run(struct ctl *ctl) {
    const char *convention = ctl_argument(ctl, 0) ? ctl_argument(ctl, 0) : "";
    const char *date_text = ctl_option(ctl, OPTION_DATE);
    const Elp__V1__TariffReply *reply;
    struct date date;
    int64_t year = 0;
    int code = ctl_option_whole(ctl, OPTION_YEAR, "--year", 2019, 2199, &year);
    if (code != CTL_DONE) {
        return code;
    }
    if (date_text && !date_parse(date_text, &date)) {
        return ctl_fail(CTL_USAGE, "--date \"%.40s\" is no date: write YYYY-MM-DD", date_text);
    }
    if (date_text) {
        year = date_year(date);
    }
    code = tariff_ask(ctl, convention, (uint32_t)year, &reply);
    if (code != CTL_DONE) {
        return code;
    }
    if (ctl->json) {
        return message_json_print(message_json(&reply->base, MESSAGE_JSON_WHOLE));
    }
    if (reply->n_books == 0) {
        return ctl_fail(CTL_NO,
                        convention[0] ? "no book of convention %s is loaded: elpctl book load FILE"
                                      : "no book is loaded: elpctl book load FILE%s",
                        convention);
    }
    for (size_t i = 0; code == CTL_DONE && i < reply->n_books; i++) {
        if (i > 0) {
            printf("\n");
        }
        code = tariff_table_print(reply->books[i], ctl->color);
    }
    return code;
}

static const struct argp_option options[] = {
    {"year", OPTION_YEAR, "YEAR", 0, "only this column", 0},
    {"date", OPTION_DATE, "DATE", 0, "only the column that rates a session of that day", 0},
    {0},
};

const struct command tariff_command = {
    .name = "tariff",
    .group = GROUP_RULES,
    .summary = "published amounts by year, provisional ones marked",
    .arguments = "[CONVENTION]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help = "Examples:\n"
            "  elpctl tariff\n"
            "  elpctl tariff 2024 --year 2026",
    .run = run,
};
