#ifndef ELP_SERVICES_INTAKE_HANDLERS_H
#define ELP_SERVICES_INTAKE_HANDLERS_H

#include "common/daemon.h"

/* One handler per file; rows in intake_service.c. All take struct intake_core * as core (struct handler). */

/* SubmitBatch: judges lines in order, records each under its key; a dry run records nothing. */
int handle_submit_batch(void *core, struct request *request, const void *message, struct reply *reply);
/* CancelAttestation: ends an accepted attestation, idempotent by key. */
int handle_cancel_attestation(void *core, struct request *request, const void *message, struct reply *reply);
/* LoadRegistry: judges facts in order, records each that says something new. */
int handle_load_registry(void *core, struct request *request, const void *message, struct reply *reply);
/* LoadBook: parses a convention book and puts it in force. */
int handle_load_book(void *core, struct request *request, const void *message, struct reply *reply);
/* IndexTariffs: checked for shape, recorded, judged by rating. */
int handle_index_tariffs(void *core, struct request *request, const void *message, struct reply *reply);
/* Decide: checked for shape, recorded, judged by the ledger. */
int handle_decide(void *core, struct request *request, const void *message, struct reply *reply);
/* CloseYear: checked for shape, recorded, judged by the ledger, as are all of handle_money.c. */
int handle_close_year(void *core, struct request *request, const void *message, struct reply *reply);
/* ClaimCost, WithdrawCost, AdvanceCosts: operating costs. */
int handle_claim_cost(void *core, struct request *request, const void *message, struct reply *reply);
int handle_withdraw_cost(void *core, struct request *request, const void *message, struct reply *reply);
int handle_advance_costs(void *core, struct request *request, const void *message, struct reply *reply);
/* ConfirmPayment, InsurersPaid, Transfer, RecordPlan. */
int handle_confirm_payment(void *core, struct request *request, const void *message, struct reply *reply);
int handle_insurers_paid(void *core, struct request *request, const void *message, struct reply *reply);
int handle_transfer(void *core, struct request *request, const void *message, struct reply *reply);
int handle_record_plan(void *core, struct request *request, const void *message, struct reply *reply);
/* ErasePerson: the vault forgets a person; the record says that it did. */
int handle_erase_person(void *core, struct request *request, const void *message, struct reply *reply);
/* SetClock: moves a manual clock, or tells the time. */
int handle_set_clock(void *core, struct request *request, const void *message, struct reply *reply);
/* AttestationQuery: the first verdict on a line and what became of it. */
int handle_attestation_query(void *core, struct request *request, const void *message, struct reply *reply);
/* QuotaQuery: what is left for a beneficiary, by NISS; within scope or representation. */
int handle_quota(void *core, struct request *request, const void *message, struct reply *reply);
/* HandOverQuery: who is in care under a contract (R5). */
int handle_hand_over(void *core, struct request *request, const void *message, struct reply *reply);
/* RegistryQuery: facts in force, in pages, within the principal's scope. */
int handle_registry_query(void *core, struct request *request, const void *message, struct reply *reply);
/* BookQuery: books in force, as they were loaded. */
int handle_book_query(void *core, struct request *request, const void *message, struct reply *reply);

#endif
