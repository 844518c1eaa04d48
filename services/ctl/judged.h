#ifndef ELP_CTL_JUDGED_H
#define ELP_CTL_JUDGED_H

#include "elp/v1/envelope.pb-c.h"
#include "services/ctl/command.h"

/*
 * A command that intake records and another daemon judges: sends it, waits for the outcome, prints both. CTL_DONE with
 * *ret_done true; CTL_NO when it was refused; another exit code after one line.
 */
MUST_USE int judged_command(struct ctl *ctl, Elp__V1__MessageType type, const ProtobufCMessage *request,
                            enum cell_service judge, bool *ret_done);

#endif
