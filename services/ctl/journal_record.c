#include "services/ctl/journal_record.h"

#include "elp/v1/journal.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "elp/v1/reporting.pb-c.h"

const ProtobufCMessageDescriptor *journal_record_descriptor(enum cell_service service) {
    switch (service) {
    case CELL_INTAKE:
        return &elp__v1__intake_record__descriptor;
    case CELL_RATING:
        return &elp__v1__rating_record__descriptor;
    case CELL_LEDGER:
        return &elp__v1__ledger_record__descriptor;
    case CELL_REPORTING:
        return &elp__v1__reporting_record__descriptor;
    case CELL_SERVICES:
        break;
    }
    return NULL;
}

/* Field 1 of every record is its number. */
uint64_t journal_record_number(const ProtobufCMessage *message) {
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(message->descriptor, 1);
    return *(const uint64_t *)(const void *)((const char *)message + field->offset);
}
