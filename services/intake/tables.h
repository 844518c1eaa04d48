#ifndef ELP_SERVICES_INTAKE_TABLES_H
#define ELP_SERVICES_INTAKE_TABLES_H

#include "common/daemon.h"

/*
 * The tables of intake's store, in the order of intake_tables[]. Each layout stands in prose with an example above the
 * code that owns it; numbers are big-endian and dates have their sign bit flipped (common/store.h).
 */
enum intake_table {
    TABLE_STATE = SERVICE_TABLE_FIRST, /* intake_core.c: a handful of single values */
    TABLE_KEYS,                        /* client_keys.c: idempotency key → first verdict */
    TABLE_PERSON_INDEX,                /* person_index.c: (subject, date, attestation) → what stands */
    TABLE_REGISTRY,                    /* registry_store.c: (kind, code) → fact in force */
    TABLE_INSURABILITY,                /* insurability.c: (person, from, record) → statement */
    TABLE_BOOKS,                       /* books.c: record → convention */
    TABLE_CANCELLED,                   /* standing.c: attestation → record that ended it */
    TABLE_VOLUMES,                     /* volume.c: (period, contract or network) → sessions that stand */
    TABLE_ERASED,                      /* persons.h: erased person → record that says so */
    INTAKE_TABLE_COUNT,
};

extern const char *const intake_tables[INTAKE_TABLE_COUNT];

#endif
