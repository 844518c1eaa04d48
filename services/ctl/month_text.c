#include "services/ctl/month_text.h"

#include <stdio.h>
#include <string.h>

#include "common/calendar.h"

uint32_t month_of_text(const char *text) {
    char first[DATE_TEXT_BYTES];
    struct date date;
    int year;
    int month;
    int day;
    size_t length = strlen(text);
    if (length == 6) {
        (void)snprintf(first, sizeof first, "%.4s-%.2s-01", text, text + 4);
    } else {
        (void)snprintf(first, sizeof first, "%.7s-01", text);
    }
    if ((length != 6 && length != 7) || !date_parse(first, &date)) {
        return 0;
    }
    date_split(date, &year, &month, &day);
    return (uint32_t)(year * 100 + month);
}
