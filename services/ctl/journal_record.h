#ifndef ELP_CTL_JOURNAL_RECORD_H
#define ELP_CTL_JOURNAL_RECORD_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "common/cell.h"

/* What a daemon's journal holds: IntakeRecord, RatingRecord, LedgerRecord or ReportingRecord. */
const ProtobufCMessageDescriptor *journal_record_descriptor(enum cell_service service);

/* The number inside a record, of any of the four. */
uint64_t journal_record_number(const ProtobufCMessage *message);

#endif
