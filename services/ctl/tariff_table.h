#ifndef ELP_CTL_TARIFF_TABLE_H
#define ELP_CTL_TARIFF_TABLE_H

#include "elp/v1/rating.pb-c.h"
#include "services/ctl/command.h"

/* Asks rating for its tariff columns; "" and 0 mean all. The reply lives until the next question to rating. */
MUST_USE int tariff_ask(struct ctl *ctl, const char *convention, uint32_t year, const Elp__V1__TariffReply **ret);

/* Prints one book's amounts, a column a year. Returns an exit code. */
int tariff_table_print(const Elp__V1__TariffReply__Book *book, bool color);

#endif
