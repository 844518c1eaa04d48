#include "tests/unit/money_chain.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/calendar.h"
#include "services/ledger/ledger_core.h"
#include "services/rating/rating_core.h"

#define ARENA_BYTES ((size_t)256 << 20)
#define STORE_BYTES (UINT64_C(1) << 30)
#define BOOK_FOLDER ELP_SOURCE_DIR "/deploy/conventions/"

static _Noreturn void give_up(const char *what) {
    (void)fprintf(stderr, "money chain: %s\n", what);
    abort();
}

static void expect_done(int failure, const char *what) {
    if (failure != 0) {
        (void)fprintf(stderr, "money chain: %s: %d\n", what, failure);
        abort();
    }
}

/* --- the two daemons ---------------------------------------------------------------------------------------------- */

static void link_start(struct chain_link *link, const struct cell *cell) {
    struct service_context context = {.cell = cell, .journal = &link->journal, .store = link->files.store};
    expect_done(store_begin_write(link->files.store, &link->txn), "beginning to write");
    expect_done(journal_load(link->txn, TABLE_JOURNAL, &link->journal), "loading the journal");
    expect_done(link->service->open(&context, link->txn, &link->core), "opening the core");
}

static void link_open(struct chain_link *link, const struct service *service, const struct cell *cell) {
    link->service = service;
    temporary_store_open(&link->files, service->tables, service->table_count, STORE_BYTES);
    link_start(link, cell);
}

static void link_stop(struct chain_link *link) {
    expect_done(store_commit(link->txn), "committing");
    link->txn = NULL;
    link->service->close(link->core);
    link->core = NULL;
}

static void link_close(struct chain_link *link) {
    link_stop(link);
    temporary_store_close(&link->files);
}

static int link_apply(struct chain_link *link, uint64_t number, const struct span *records, struct buffer *record) {
    int failure = link->service->apply(link->core, link->txn, number, records, record);
    if (failure == 0) {
        expect_done(journal_append(&link->journal, link->txn, buffer_span(record)), "appending");
    }
    return failure;
}

static int feed(struct chain *chain, uint64_t number, struct span input) {
    struct buffer rated = {0};
    struct buffer posted = {0};
    struct span records[2] = {input, {NULL, 0}};
    int failure = link_apply(&chain->rating, number, records, &rated);
    if (failure == 0) {
        records[1] = buffer_span(&rated);
        failure = link_apply(&chain->ledger, number, records, &posted);
    }
    buffer_free(&rated);
    buffer_free(&posted);
    return failure;
}

int chain_try(struct chain *chain, Elp__V1__IntakeRecord *record) {
    if (chain->number == chain->input_room) {
        chain->input_room = chain->input_room > 0 ? chain->input_room * 2 : 256;
        chain->inputs = realloc(chain->inputs, chain->input_room * sizeof *chain->inputs);
        if (chain->inputs == NULL) {
            give_up("no memory");
        }
    }
    struct buffer *input = &chain->inputs[chain->number];
    *input = (struct buffer){0};
    record->number = chain->number + 1;
    record->at_us = chain->at_us;
    expect_done(buffer_pack(input, &record->base), "packing");
    int failure = feed(chain, record->number, buffer_span(input));
    if (failure == 0) {
        chain->number++;
    } else {
        buffer_free(input);
    }
    return failure;
}

uint64_t chain_apply(struct chain *chain, Elp__V1__IntakeRecord *record) {
    expect_done(chain_try(chain, record), "applying a record");
    return chain->number;
}

void chain_open(struct chain *chain) {
    *chain = (struct chain){.cell = {.name = "test", .manual_clock = true}};
    expect_done(arena_open(&chain->arena, ARENA_BYTES), "reserving memory");
    link_open(&chain->rating, &rating_service, &chain->cell);
    link_open(&chain->ledger, &ledger_service, &chain->cell);
    chain_at(chain, "2026-01-05T09:00:00+01:00");
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__Genesis genesis = ELP__V1__GENESIS__INIT;
    genesis.engine = 1;
    genesis.simulated = true;
    genesis.epoch = "0123456789abcdef";
    genesis.cell = "test";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_GENESIS;
    record.genesis = &genesis;
    (void)chain_apply(chain, &record);
    chain->book_number = chain_load_book(chain, "2024.yaml");
    (void)chain_index(chain, 2026, 172);
}

void chain_close(struct chain *chain) {
    link_close(&chain->rating);
    link_close(&chain->ledger);
    for (uint64_t i = 0; i < chain->number; i++) {
        buffer_free(&chain->inputs[i]);
    }
    free(chain->inputs);
    arena_close(&chain->arena);
}

void chain_restart(struct chain *chain) {
    struct chain_link *links[] = {&chain->rating, &chain->ledger};
    for (size_t i = 0; i < 2; i++) {
        link_stop(links[i]);
        temporary_store_reopen(&links[i]->files);
        link_start(links[i], &chain->cell);
    }
    chain_forget(chain);
}

void chain_rebuild(struct chain *chain) {
    link_close(&chain->rating);
    link_close(&chain->ledger);
    link_open(&chain->rating, &rating_service, &chain->cell);
    link_open(&chain->ledger, &ledger_service, &chain->cell);
    chain_forget(chain);
    for (uint64_t i = 0; i < chain->number; i++) {
        expect_done(feed(chain, i + 1, buffer_span(&chain->inputs[i])), "applying a record again");
    }
}

/* --- time --------------------------------------------------------------------------------------------------------- */

void chain_at(struct chain *chain, const char *at) {
    if (!instant_parse(at, &chain->at_us)) {
        give_up("that is no instant");
    }
}

void chain_days_until(struct chain *chain, const char *day) {
    struct date until;
    if (!date_parse(day, &until)) {
        give_up("that is no date");
    }
    for (struct date d = brussels_date(chain->at_us); date_compare(d, until) < 0;) {
        d = date_add_days(d, 1);
        Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
        Elp__V1__Day message = ELP__V1__DAY__INIT;
        message.date = d.days;
        record.body_case = ELP__V1__INTAKE_RECORD__BODY_DAY;
        record.day = &message;
        chain->at_us = brussels_midnight(d) + INT64_C(9) * 3600 * 1000000;
        (void)chain_apply(chain, &record);
    }
}

/* --- answers ------------------------------------------------------------------------------------------------------ */

static void *own_record(struct chain *chain, struct chain_link *link, uint64_t number,
                        const ProtobufCMessageDescriptor *descriptor) {
    struct span bytes;
    expect_done(journal_read(&link->journal, link->txn, number, &bytes, NULL), "reading a record");
    void *record = wire_unpack(&chain->arena, descriptor, bytes);
    if (record == NULL) {
        give_up("a record does not decode");
    }
    return record;
}

const Elp__V1__RatingRecord *chain_rating(struct chain *chain, uint64_t number) {
    return own_record(chain, &chain->rating, number, &elp__v1__rating_record__descriptor);
}

const Elp__V1__LedgerRecord *chain_ledger(struct chain *chain, uint64_t number) {
    return own_record(chain, &chain->ledger, number, &elp__v1__ledger_record__descriptor);
}

void chain_forget(struct chain *chain) {
    arena_reset(&chain->arena);
}

static const struct handler *handler_of(const struct service *service, Elp__V1__MessageType type) {
    for (size_t i = 0; i < service->handler_count; i++) {
        if (service->handlers[i].type == type) {
            return &service->handlers[i];
        }
    }
    give_up("no such query");
}

/* Commits, so that the query sees what daemons' queries see; the next record begins a new transaction. */
const void *chain_ask(struct chain *chain, const struct service *service, Elp__V1__MessageType type,
                      const ProtobufCMessage *query, enum role role, const char *scope,
                      const ProtobufCMessageDescriptor *reply_descriptor) {
    struct chain_link *link = service == &rating_service ? &chain->rating : &chain->ledger;
    const struct handler *handler = handler_of(service, type);
    /* The one who attested: an integrator sees what it attested itself. */
    struct principal principal = {.name = {"integrator"}, .role = role, .all_networks = strcmp(scope, "*") == 0};
    if (!principal.all_networks) {
        (void)snprintf(principal.networks[0].text, sizeof principal.networks[0].text, "%s", scope);
        principal.network_count = 1;
    }
    expect_done(store_commit(link->txn), "committing");
    struct request request = {
        .principal = &principal, .arena = &chain->arena, .journal = &link->journal, .last_chance = true};
    struct reply reply = {.type = 0};
    expect_done(store_begin_read(link->files.store, &request.txn), "beginning to read");
    expect_done(handler->handle(link->core, &request, query, &reply), "answering");
    store_abort(request.txn);
    expect_done(store_begin_write(link->files.store, &link->txn), "beginning to write");
    const void *message = wire_unpack(&chain->arena, reply.refused ? &elp__v1__refused__descriptor : reply_descriptor,
                                      buffer_span(&reply.payload));
    buffer_free(&reply.payload);
    if (message == NULL) {
        give_up("a reply does not decode");
    }
    return message;
}

/* --- facts and commands ------------------------------------------------------------------------------------------- */

static uint64_t apply_fact(struct chain *chain, Elp__V1__RegistryFact *fact) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.author = "authority";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_FACT;
    record.fact = fact;
    return chain_apply(chain, &record);
}

uint64_t chain_budget(struct chain *chain, const struct chain_budget *budget) {
    const int64_t amounts[] = {0,
                               budget->care_base,
                               budget->new_graduates,
                               budget->art8,
                               budget->eating_disorders,
                               budget->prisons,
                               budget->under_served,
                               budget->operating,
                               0,
                               budget->lump_network,
                               budget->lump_hospital}; /* by the envelope's number on the wire */
    Elp__V1__RegistryFact fact = ELP__V1__REGISTRY_FACT__INIT;
    Elp__V1__Budget message = ELP__V1__BUDGET__INIT;
    Elp__V1__EnvelopeAmount envelopes[sizeof amounts / sizeof amounts[0]];
    Elp__V1__EnvelopeAmount *pointers[sizeof amounts / sizeof amounts[0]];
    message.network = (char *)budget->network;
    message.year = (uint32_t)budget->year;
    message.envelopes = pointers;
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        if (amounts[i] == 0) {
            continue;
        }
        elp__v1__envelope_amount__init(&envelopes[i]);
        envelopes[i].envelope = (Elp__V1__BudgetEnvelope)i;
        envelopes[i].cents = amounts[i];
        pointers[message.n_envelopes++] = &envelopes[i];
    }
    fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_BUDGET;
    fact.budget = &message;
    return apply_fact(chain, &fact);
}

static uint64_t apply_payee(struct chain *chain, const char *code, const char *iban) {
    Elp__V1__RegistryFact fact = ELP__V1__REGISTRY_FACT__INIT;
    Elp__V1__Payee payee = ELP__V1__PAYEE__INIT;
    payee.code = (char *)code;
    payee.name = "Practice";
    payee.street = "Rue Haute 1";
    payee.town = "1000 Bruxelles";
    payee.country = "BE";
    payee.iban = (char *)iban;
    payee.without_enterprise = true;
    fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PAYEE;
    fact.payee = &payee;
    return apply_fact(chain, &fact);
}

uint64_t chain_payee(struct chain *chain, const char *code) {
    return apply_payee(chain, code, "BE68539007547034");
}

uint64_t chain_payee_without_iban(struct chain *chain, const char *code) {
    return apply_payee(chain, code, "");
}

void chain_people(Elp__V1__AttestationAccepted *session, const uint32_t *ages, size_t count) {
    static Elp__V1__BeneficiaryFacts people[CHAIN_PEOPLE_MAX];
    static Elp__V1__BeneficiaryFacts *pointers[CHAIN_PEOPLE_MAX];
    for (size_t i = 0; i < count; i++) {
        elp__v1__beneficiary_facts__init(&people[i]);
        people[i].person = i + 1;
        people[i].age = ages[i];
        pointers[i] = &people[i];
    }
    session->beneficiaries = pointers;
    session->n_beneficiaries = count;
}

void chain_individual(Elp__V1__AttestationAccepted *session, const char *date) {
    static const uint32_t ten[] = {10};
    struct date day;
    if (!date_parse(date, &day)) {
        give_up("that is no date");
    }
    elp__v1__attestation_accepted__init(session);
    session->principal = "integrator";
    session->network = "N1";
    session->network_kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD;
    session->convention = "2024";
    session->provider = "75000000000";
    session->contract = "C1";
    session->payee = "P1";
    session->service = ELP__V1__SERVICE__SERVICE_INDIVIDUAL;
    session->function = ELP__V1__FUNCTION__FUNCTION_F2;
    session->date = day.days;
    session->start_minute = 540;
    session->minutes = 45;
    chain_people(session, ten, 1);
}

void chain_expert_group(Elp__V1__AttestationAccepted *session, Elp__V1__SecondLeaderFacts *second, const char *date) {
    static const uint32_t ages[] = {22, 23, 24, 31, 58, 80};
    chain_individual(session, date);
    session->network_kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT;
    session->service = ELP__V1__SERVICE__SERVICE_GROUP;
    session->minutes = 120;
    session->direct_minutes = 95;
    session->programme = "G1";
    chain_people(session, ages, sizeof ages / sizeof ages[0]);
    elp__v1__second_leader_facts__init(second);
    second->kind = ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_EXPERT;
    second->code = "L1";
    second->designated = true;
    second->rate_cents_per_hour = 4210;
    second->paid_in_person = true;
    second->payee = "E1";
    second->designator = "O1";
    session->second = second;
}

uint64_t chain_attest(struct chain *chain, const Elp__V1__AttestationAccepted *session) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__AttestationAccepted accepted = *session;
    if (accepted.book_number == 0) {
        accepted.book_number = chain->book_number;
    }
    record.author = "integrator";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_ACCEPTED;
    record.accepted = &accepted;
    return chain_apply(chain, &record);
}

uint64_t chain_cancel(struct chain *chain, const char *network, uint64_t attestation) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__AttestationCancelled cancelled = ELP__V1__ATTESTATION_CANCELLED__INIT;
    cancelled.attestation = attestation;
    cancelled.network = (char *)network;
    cancelled.principal = "integrator";
    record.author = "integrator";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CANCELLED;
    record.cancelled = &cancelled;
    return chain_apply(chain, &record);
}

uint64_t chain_index(struct chain *chain, uint32_t year, int32_t basis_points) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__IndexTariffs index = ELP__V1__INDEX_TARIFFS__INIT;
    index.convention = "2024";
    index.year = year;
    index.basis_points = basis_points;
    index.source = "S0 art. 3";
    record.author = "authority";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_INDEX;
    record.index = &index;
    return chain_apply(chain, &record);
}

/* The record's body as intake writes it; what it points to lives until the next call. */
static void fill_book(const struct chain *chain, const char *file, Elp__V1__LoadedBook *book) {
    static uint8_t hash[32];
    char path[TEMPORARY_PATH_BYTES * 2];
    static uint8_t text[256 * 1024];
    (void)snprintf(path, sizeof path, "%s%s", BOOK_FOLDER, file);
    FILE *stream = fopen(path, "rb");
    size_t bytes = stream != NULL ? fread(text, 1, sizeof text, stream) : 0;
    if (bytes == 0 || fclose(stream) != 0) {
        give_up("a book cannot be read");
    }
    if (crypto_generichash(hash, sizeof hash, text, bytes, NULL, 0) != 0) {
        give_up("a book cannot be hashed");
    }
    elp__v1__loaded_book__init(book);
    book->number = chain->number + 1;
    book->yaml = (ProtobufCBinaryData){bytes, text};
    book->hash = (ProtobufCBinaryData){sizeof hash, hash};
}

uint64_t chain_load_book(struct chain *chain, const char *file) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__LoadedBook book;
    fill_book(chain, file, &book);
    record.author = "authority";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_BOOK;
    record.book = &book;
    return chain_apply(chain, &record);
}

int chain_try_changed_book(struct chain *chain, const char *file) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__LoadedBook book;
    fill_book(chain, file, &book);
    book.yaml.data[2] ^= 1; /* in the comment at its head, so that it still parses */
    record.author = "authority";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_BOOK;
    record.book = &book;
    return chain_try(chain, &record);
}

void chain_decision(Elp__V1__Decide *decision, Elp__V1__DecisionKind kind, uint32_t year) {
    elp__v1__decide__init(decision);
    decision->kind = kind;
    decision->network = "N1";
    decision->year = year;
    decision->decided_on = "2026-12-01";
    decision->reason = "test";
}

uint64_t chain_decide(struct chain *chain, const Elp__V1__Decide *decision) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.author = "authority";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_DECISION;
    record.decision = (Elp__V1__Decide *)decision;
    return chain_apply(chain, &record);
}

void chain_hospital(struct chain *chain) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__RegistryFact fact = ELP__V1__REGISTRY_FACT__INIT;
    Elp__V1__Network network = ELP__V1__NETWORK__INIT;
    network.code = "N1";
    network.name = "Network N1";
    network.kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_CHILD;
    network.collecting_institution = "H1";
    fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_NETWORK;
    fact.network = &network;
    record.author = "authority";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_FACT;
    record.fact = &fact;
    (void)chain_payee(chain, "H1");
    (void)chain_apply(chain, &record);
}

void chain_cost(Elp__V1__ClaimCost *claim, const char *code, int64_t cents) {
    static char reference[32];
    static int references = 0;
    (void)snprintf(reference, sizeof reference, "R%d", ++references);
    elp__v1__claim_cost__init(claim);
    claim->network = "N1";
    claim->year = 2026;
    claim->code = (char *)code;
    claim->cents = cents;
    claim->reference = reference;
    claim->reason = "test";
}

uint64_t chain_claim(struct chain *chain, const Elp__V1__ClaimCost *claim) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.author = "collecting-institution";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CLAIM_COST;
    record.claim_cost = (Elp__V1__ClaimCost *)claim;
    return chain_apply(chain, &record);
}

uint64_t chain_close_year(struct chain *chain, uint32_t year) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__CloseYear close = ELP__V1__CLOSE_YEAR__INIT;
    close.year = year;
    close.reason = "test";
    record.author = "authority";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CLOSE_YEAR;
    record.close_year = &close;
    return chain_apply(chain, &record);
}

/* --- what came of it ---------------------------------------------------------------------------------------------- */

int chain_envelope(struct chain *chain, uint64_t number) {
    const Elp__V1__LedgerRecord *record = chain_ledger(chain, number);
    if (record->n_transactions != 1 ||
        record->transactions[0]->kind != ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION) {
        return -1;
    }
    return (int)record->transactions[0]->envelope;
}

static const Elp__V1__TrialBalanceReply *trial_balance(struct chain *chain, const char *prefix) {
    Elp__V1__TrialBalanceQuery query = ELP__V1__TRIAL_BALANCE_QUERY__INIT;
    query.prefix = (char *)prefix;
    return chain_ask(chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRIAL_BALANCE_QUERY, &query.base,
                     ROLE_OPERATOR, "*", &elp__v1__trial_balance_reply__descriptor);
}

int64_t chain_account(struct chain *chain, const char *account) {
    const Elp__V1__TrialBalanceReply *reply = trial_balance(chain, account);
    for (size_t i = 0; i < reply->n_accounts; i++) {
        if (strcmp(reply->accounts[i]->account, account) == 0) {
            return reply->accounts[i]->cents;
        }
    }
    return 0;
}

const Elp__V1__NetworkBudget *chain_network_budget(struct chain *chain, const char *network, uint32_t year,
                                                   const char *as_of) {
    Elp__V1__BudgetQuery query = ELP__V1__BUDGET_QUERY__INIT;
    query.network = (char *)network;
    query.year = year;
    query.as_of = (char *)as_of;
    const Elp__V1__BudgetReply *reply =
        chain_ask(chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BUDGET_QUERY, &query.base, ROLE_OPERATOR,
                  "*", &elp__v1__budget_reply__descriptor);
    if (reply->base.descriptor != &elp__v1__budget_reply__descriptor || reply->n_budgets != 1) {
        give_up("no such budget");
    }
    return reply->budgets[0];
}

const char *chain_state(struct chain *chain, uint64_t number) {
    Elp__V1__PostingQuery query = ELP__V1__POSTING_QUERY__INIT;
    query.number = number;
    const Elp__V1__PostingReply *reply =
        chain_ask(chain, &ledger_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_QUERY, &query.base, ROLE_OPERATOR,
                  "*", &elp__v1__posting_reply__descriptor);
    return reply->state;
}

void chain_check_trial_balance(struct chain *chain) {
    const Elp__V1__TrialBalanceReply *reply = trial_balance(chain, "");
    int64_t sum = 0;
    for (size_t i = 0; i < reply->n_accounts; i++) {
        sum += reply->accounts[i]->cents;
    }
    if (sum != 0 || reply->sum_cents != 0 || reply->more) {
        give_up("the trial balance is not zero");
    }
}
