#ifndef ELP_CTL_JUDGED_H
#define ELP_CTL_JUDGED_H

#include "elp/v1/envelope.pb-c.h"
#include "services/ctl/command.h"

/* A request that intake records for another daemon to judge. */
struct judged_request {
    Elp__V1__MessageType type;
    const ProtobufCMessage *message;
    const char *again; /* the options under which a second run is the same request; NULL: it has no key */
};

/*
 * Sends a request, waits for the outcome, prints both. CTL_DONE with *ret_done true; CTL_NO when it was refused; another
 * exit code after one line. When the judge does not answer, the number of the record and the way to its outcome are said.
 */
MUST_USE int judged_command(struct ctl *ctl, const struct judged_request *request, enum cell_service judge,
                            bool *ret_done);

/* Prints the outcome of record `number`; returns and says as judged_command does. */
MUST_USE int judged_print(struct ctl *ctl, uint64_t number, enum cell_service judge, const Elp__V1__Outcome *outcome,
                          bool *ret_done);

#endif
