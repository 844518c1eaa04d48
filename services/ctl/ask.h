#ifndef ELP_CTL_ASK_H
#define ELP_CTL_ASK_H

#include "services/ctl/command.h"

#include "elp/v1/envelope.pb-c.h"

/*
 * Asking a daemon. Everything that can go wrong on the way ends here as one line with the way out and an exit code, so that
 * a command only deals with answers.
 */

/* The client of a daemon, opened as ctl->as on first use. */
MUST_USE int ask_client(struct ctl *ctl, enum cell_service service, enum client_socket socket, struct client **ret);

/*
 * Sends a request and waits for its reply, at most ctl->timeout_ms; `busy` is asked again with growing pauses within that
 * time. The reply lives until the next question to the same daemon.
 */
MUST_USE int ask(struct ctl *ctl, enum cell_service service, Elp__V1__MessageType type, const ProtobufCMessage *request,
                 Elp__V1__MessageType reply_type, const ProtobufCMessageDescriptor *reply, void **ret_reply);

/* The same on the daemon's journal socket. */
MUST_USE int ask_journal(struct ctl *ctl, enum cell_service service, const Elp__V1__JournalFetch *fetch,
                         Elp__V1__JournalPage **ret_page);

/* One line about an outcome of client_call that is no reply; returns the exit code. `refused` may be NULL. */
int ask_fail(struct ctl *ctl, enum cell_service service, enum client_socket socket, int outcome,
             const Elp__V1__Refused *refused);

/* The exit code that goes with a Refused. */
int ask_refused_code(const Elp__V1__Refused *refused);

/* A pause of about `base_ms` × 2^attempt, jittered, at most 5 seconds. */
void ask_pause(int attempt, int base_ms);

/* The same without waiting. */
int ask_pause_ms(int attempt, int base_ms);

/*
 * Waits until `service` (rating or ledger) has come to intake's record `number`. The outcome lives until the next question to
 * it; NULL: that daemon has no say on this record.
 */
MUST_USE int ask_outcome(struct ctl *ctl, enum cell_service service, uint64_t number, Elp__V1__Outcome **ret);

#endif
