#ifndef ELP_SERVICES_REPORTING_TABLES_H
#define ELP_SERVICES_REPORTING_TABLES_H

#include "common/daemon.h"

/*
 * Reporting's tables. Events are not stored twice: they stand in reporting's own journal, and every index points there
 * by (record number, place in the record). The layout of each table is described above the code that owns it.
 */
enum reporting_table {
    TABLE_CELL = SERVICE_TABLE_FIRST, /* core.c: epoch and clock of the cell */
    TABLE_NETWORKS,                   /* networks.c: networks that the registry knows */
    TABLE_TOPICS,                     /* topics.c: topic by number */
    TABLE_TOPIC_EVENTS,               /* topics.c: (topic, counter) → event */
    TABLE_STATISTICS,                 /* statistics.c: counts by network and year */
    TABLE_CODES,                      /* statistics.c: refusals by network, year and code */
    TABLE_BUDGETS,                    /* budgets.c: budget by network and year */
    TABLE_COUNT,
};

extern const char *const reporting_tables[TABLE_COUNT];

/*
 * Hands every row of a table to `row` in key order, for loading a model. Stops at the first value that is not 0 and
 * returns it; FAILURE_CORRUPT is logged with the table's name.
 */
MUST_USE int table_walk(struct store_txn *txn, enum reporting_table table,
                        int (*row)(void *model, struct span key, struct span value), void *model);

/*
 * Key of a network's year: the code, one zero byte, the year as four bytes; and back, for a row's key. False when the
 * key has another form. ret_network holds CODE_BYTES_MAX + 1 bytes.
 */
void key_network_year(struct store_key *key, const char *network, uint32_t year);
MUST_USE bool key_network_year_read(struct span key, char *ret_network, uint32_t *ret_year, size_t *ret_bytes);

#endif
