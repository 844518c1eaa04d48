#include "services/reporting/event_reader.h"

#include "common/attestation.h"
#include "common/log.h"
#include "common/wire.h"

static int record_corrupt(uint64_t number) {
    log_line(LOG_LEVEL_ERROR, "store-corrupt", "table", LOG_TEXT, "journal", "number", LOG_NUMBER, (int64_t)number,
             NULL);
    return FAILURE_CORRUPT;
}

static int ids_fill(const struct event_reader *reader, Elp__V1__ReportingRecord *record) {
    for (size_t i = 0; i < record->n_events; i++) {
        Elp__V1__Event *event = record->events[i];
        const char *epoch = epochs_at(&reader->reporting->epochs, event->attestation_number);
        if (event->attestation_number == 0 || epoch[0] == '\0') {
            continue;
        }
        char id[ATTESTATION_ID_BYTES];
        event->attestation =
            arena_text(reader->arena, attestation_id_format(epoch, event->attestation_number, id, sizeof(id)));
        if (event->attestation == NULL) {
            return FAILURE_MEMORY;
        }
    }
    return 0;
}

/* The whole record `number`. */
static int read_record(struct event_reader *reader, uint64_t number, const Elp__V1__ReportingRecord **ret) {
    if (reader->record != NULL && reader->record->number == number) {
        *ret = reader->record;
        return 0;
    }
    struct span bytes;
    int failure = journal_read(reader->journal, reader->txn, number, &bytes, NULL);
    if (failure != 0) {
        return failure;
    }
    Elp__V1__ReportingRecord *record = wire_unpack(reader->arena, &elp__v1__reporting_record__descriptor, bytes);
    if (record == NULL || record->number != number) {
        return record_corrupt(number);
    }
    failure = ids_fill(reader, record);
    if (failure != 0) {
        return failure;
    }
    reader->record = record;
    *ret = record;
    return 0;
}

int event_reader_event(struct event_reader *reader, struct event_place place, Elp__V1__Event **ret) {
    const Elp__V1__ReportingRecord *record;
    int failure = read_record(reader, place.number, &record);
    if (failure != 0) {
        return failure;
    }
    if (place.index >= record->n_events) {
        return record_corrupt(place.number);
    }
    *ret = record->events[place.index];
    return 0;
}
