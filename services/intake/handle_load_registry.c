#include "common/log.h"
#include "common/require.h"
#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/persons.h"
#include "services/intake/registry_fact.h"
#include "services/intake/registry_news.h"
#include "services/intake/registry_store.h"

#define FACTS_MAX 1000

/* What a fact of this load is about, under which it may stand only once in it. Statements stand for a person and a first day. */
struct seen_fact {
    enum fact_kind kind; /* FACT_KINDS: a statement */
    const Elp__V1__RegistryFact *wire;
    char code[FACT_CODE_BYTES];
    struct date from;
};

/* A load at work. Facts are judged in order, so a payee may stand before the contract that names it. */
struct registry_load {
    struct intake_core *core;
    struct request *request;
    Elp__V1__RegistryFact *const *facts;
    struct seen_fact *seen; /* of the facts before, without the refused ones */
    size_t seen_count;
    bool dry_run;
    bool denied; /* a fact was not this principal's to send */
};

/* What became of one fact. */
struct fact_outcome {
    Elp__V1__FactResult result;
    uint64_t number;
    struct fact_refusal refusal;
};

static void settle(struct fact_outcome *outcome, Elp__V1__FactResult result, uint64_t number) {
    outcome->result = result;
    outcome->number = number;
}

static bool same_bytes(struct span a, struct span b) {
    return a.bytes == b.bytes && memcmp(a.data, b.data, a.bytes) == 0;
}

/* --- a fact that stands twice in one load ------------------------------------------------------------------------- */

/* Notes the fact, or returns the earlier one of this load that is about the same. */
static const struct seen_fact *seen_before(struct registry_load *load, const struct seen_fact *fact) {
    for (size_t i = 0; i < load->seen_count; i++) {
        const struct seen_fact *other = &load->seen[i];
        if (other->kind == fact->kind && date_compare(other->from, fact->from) == 0 &&
            strcmp(other->code, fact->code) == 0) {
            return other;
        }
    }
    load->seen[load->seen_count++] = *fact;
    return NULL;
}

static const struct seen_fact *note_fact(struct registry_load *load, const Elp__V1__RegistryFact *wire,
                                         const struct registry_fact *fact) {
    struct seen_fact seen = {.kind = fact->kind, .wire = wire, .from = DATE_NONE};
    memcpy(seen.code, fact->code, sizeof seen.code);
    return seen_before(load, &seen);
}

static void refuse_second(const struct registry_load *load, const struct seen_fact *other, const char *field,
                          struct fact_outcome *outcome) {
    size_t place = 0;
    while (load->facts[place] != other->wire) {
        place++;
    }
    (void)fact_refuse(&outcome->refusal, "contradiction", field,
                      "facts[%zu] of the same request says something else about the same; it must stand once.", place);
    settle(outcome, ELP__V1__FACT_RESULT__FACT_RESULT_REFUSED, 0);
}

/* Does the earlier fact, read as it was then, say the same? `packed` is in the core's arena. */
static bool says_the_same(struct registry_load *load, const struct seen_fact *other, struct span packed) {
    struct registry_fact fact;
    struct fact_wire normal;
    struct fact_refusal refusal = {0};
    bool read = registry_fact_read(other->wire, &fact, &normal, &refusal);
    require(read); /* it was read before */
    size_t bytes = elp__v1__registry_fact__get_packed_size(&normal.fact);
    if (bytes != packed.bytes) {
        return false;
    }
    uint8_t *again = arena_take(&load->core->arena, bytes);
    require(again != NULL); /* two requests fit the scratch arena */
    (void)elp__v1__registry_fact__pack(&normal.fact, again);
    return memcmp(again, packed.data, bytes) == 0;
}

/* --- every fact but insurability ---------------------------------------------------------------------------------- */

static int record_fact(struct registry_load *load, const struct registry_fact *fact, const struct fact_wire *wire,
                       struct span packed, struct fact_outcome *outcome) {
    struct intake_core *core = load->core;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_FACT;
    record.fact = (Elp__V1__RegistryFact *)&wire->fact;
    struct registry_news news;
    registry_news_of_fact(core, fact, &news);
    record.n_news = news.count;
    record.news = news.items;
    uint64_t number = 0;
    int failure = intake_append(core, load->request->txn, &record, load->request->principal->name.text, &number);
    if (failure == 0) {
        failure = registry_put(core, load->request->txn, number, fact, packed);
    }
    settle(outcome, ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED, number);
    return failure;
}

static int load_fact(struct registry_load *load, const Elp__V1__RegistryFact *wire, struct fact_outcome *outcome) {
    struct intake_core *core = load->core;
    const struct fact_context context = {&core->registry, &core->books, brussels_date(core->clock.at)};
    struct registry_fact fact;
    struct fact_wire normal;
    if (!registry_fact_read(wire, &fact, &normal, &outcome->refusal) ||
        !registry_fact_allowed(load->request->principal, wire->fact_case, &fact, &outcome->refusal) ||
        !registry_fact_fits(&context, &fact, &normal.fact, &outcome->refusal)) {
        settle(outcome, ELP__V1__FACT_RESULT__FACT_RESULT_REFUSED, 0);
        return 0;
    }
    struct span stored = {0};
    bool found = false;
    arena_reset(&core->arena);
    size_t bytes = elp__v1__registry_fact__get_packed_size(&normal.fact);
    uint8_t *packed = arena_take(&core->arena, bytes);
    require(packed != NULL); /* a request is smaller than the scratch arena */
    (void)elp__v1__registry_fact__pack(&normal.fact, packed);
    const struct seen_fact *other = note_fact(load, wire, &fact);
    if (other != NULL && !says_the_same(load, other, span_of(packed, bytes))) {
        refuse_second(load, other, fact.kind == FACT_REPRESENTATION || fact.kind == FACT_BUDGET ? "" : "code", outcome);
        return 0;
    }
    int failure = registry_stored(load->request->txn, fact.kind, fact.code, &stored, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && same_bytes(stored, span_of(packed, bytes))) {
        settle(outcome, ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED,
               registry_find(&core->registry, fact.kind, fact.code)->number);
        return 0;
    }
    if (load->dry_run) {
        settle(outcome,
               other != NULL ? ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED : ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED,
               0);
        return 0;
    }
    return record_fact(load, &fact, &normal, span_of(packed, bytes), outcome);
}

/* --- an insurer's statement --------------------------------------------------------------------------------------- */

static int record_statement(struct registry_load *load, const struct statement *statement,
                            struct fact_outcome *outcome) {
    struct intake_core *core = load->core;
    Elp__V1__InsurabilityRecorded body = ELP__V1__INSURABILITY_RECORDED__INIT;
    body.person = statement->person;
    body.from = statement->from.days;
    body.until = statement->until.days;
    body.insured = statement->insured;
    body.increased = statement->increased;
    body.resolved_on = statement->resolved_on.days;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_INSURABILITY;
    record.insurability = &body;
    uint64_t number = 0;
    int failure = intake_append(core, load->request->txn, &record, load->request->principal->name.text, &number);
    if (failure == 0) {
        failure = insurability_put(load->request->txn, number, statement);
    }
    core->statements_exist = true;
    settle(outcome, ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED, number);
    return failure;
}

/* Of two statements on one person from one day on, in one load, the second must say what the first says. */
static const struct seen_fact *contradicted(struct registry_load *load, const Elp__V1__RegistryFact *wire,
                                            const struct niss *niss, const struct statement *statement) {
    struct seen_fact seen = {.kind = FACT_KINDS, .wire = wire, .from = statement->from};
    struct fact_refusal refusal = {0};
    struct statement first = {0};
    struct niss same;
    memcpy(seen.code, niss->digits, sizeof niss->digits);
    const struct seen_fact *other = seen_before(load, &seen);
    if (other == NULL) {
        return NULL;
    }
    bool read = statement_read(other->wire->insurability, brussels_date(load->core->clock.at), &same, &first, &refusal);
    require(read); /* it was read before */
    return first.until.days == statement->until.days && first.resolved_on.days == statement->resolved_on.days &&
                   first.insured == statement->insured && first.increased == statement->increased
               ? NULL
               : other;
}

/* The NISS goes no further than here: what is recorded carries the person's number. */
static int load_statement(struct registry_load *load, const Elp__V1__RegistryFact *wire, struct fact_outcome *outcome) {
    struct intake_core *core = load->core;
    struct store_txn *txn = load->request->txn;
    struct statement statement = {0};
    struct niss niss;
    if (!statement_read(wire->insurability, brussels_date(core->clock.at), &niss, &statement, &outcome->refusal) ||
        !registry_fact_allowed(load->request->principal, ELP__V1__REGISTRY_FACT__FACT_INSURABILITY, NULL,
                               &outcome->refusal)) {
        settle(outcome, ELP__V1__FACT_RESULT__FACT_RESULT_REFUSED, 0);
        return 0;
    }
    const struct seen_fact *other = contradicted(load, wire, &niss, &statement);
    if (other != NULL) {
        refuse_second(load, other, "from", outcome);
        return 0;
    }
    struct vault_lookup lookup = vault_lookup_of(core->vault, &niss);
    struct person person = {0};
    bool stands = false;
    int failure = vault_find(core->vault, &lookup, &person);
    statement.person = person.number;
    if (failure == 0 && statement.person != 0) {
        failure = insurability_stands(txn, &statement, &stands);
    }
    if (failure < 0) {
        return failure;
    }
    if (stands || load->dry_run) {
        settle(outcome,
               stands ? ELP__V1__FACT_RESULT__FACT_RESULT_UNCHANGED : ELP__V1__FACT_RESULT__FACT_RESULT_RECORDED, 0);
        return 0;
    }
    if (statement.person == 0) {
        failure = persons_add(core, txn, &lookup, &niss, &person);
        statement.person = person.number;
    }
    return failure < 0 ? failure : record_statement(load, &statement, outcome);
}

/* --- the request -------------------------------------------------------------------------------------------------- */

static int answer_fact(struct arena *arena, const struct fact_outcome *outcome, Elp__V1__FactVerdict **ret) {
    Elp__V1__FactVerdict *verdict = arena_take(arena, sizeof *verdict);
    if (verdict == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__fact_verdict__init(verdict);
    verdict->result = outcome->result;
    verdict->number = outcome->number;
    *ret = verdict;
    if (outcome->refusal.code == NULL) {
        return 0;
    }
    Elp__V1__RefusalReason *reason = arena_take(arena, sizeof *reason);
    if (reason == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__refusal_reason__init(reason);
    reason->code = (char *)outcome->refusal.code;
    reason->rule = (char *)"Registry facts are in range, sent by the role that answers for them, and fit what stands.";
    reason->article =
        outcome->refusal.article[0] != '\0' ? arena_text(arena, outcome->refusal.article) : (char *)"own decision";
    reason->remedy = (char *)outcome->refusal.remedy;
    reason->field = arena_text(arena, outcome->refusal.field);
    reason->reason = arena_text(arena, outcome->refusal.reason);
    verdict->refusal = reason;
    return reason->field != NULL && reason->reason != NULL && reason->article != NULL ? 0 : FAILURE_MEMORY;
}

static int load_one(struct registry_load *load, const Elp__V1__RegistryFact *wire, Elp__V1__FactVerdict **ret) {
    struct fact_outcome outcome = {0};
    int failure = wire->fact_case == ELP__V1__REGISTRY_FACT__FACT_INSURABILITY ? load_statement(load, wire, &outcome)
                                                                               : load_fact(load, wire, &outcome);
    load->denied = load->denied || (outcome.refusal.code != NULL && strcmp(outcome.refusal.code, "denied") == 0);
    return failure < 0 ? failure : answer_fact(load->request->arena, &outcome, ret);
}

int handle_load_registry(void *state, struct request *request, const void *message, struct reply *reply) {
    const Elp__V1__LoadRegistry *load = message;
    struct registry_load work = {.core = state, .request = request, .facts = load->facts, .dry_run = load->dry_run};
    Elp__V1__LoadRegistryReply answer = ELP__V1__LOAD_REGISTRY_REPLY__INIT;
    int failure = 0;
    if (intake_refuses_busy(work.core, reply, &failure)) {
        return failure;
    }
    if (load->n_facts == 0 || load->n_facts > FACTS_MAX) {
        return reply_refuse(reply, load->n_facts == 0 ? "malformed" : "too-large", "facts",
                            "a load has 1 to 1,000 facts", "send the facts in several loads");
    }
    if (request->arena->size - request->arena->used < INTAKE_REPLY_ARENA_BYTES) {
        return reply_refuse(reply, "too-large", "facts", "the load takes too much memory once decoded",
                            "send fewer facts at a time");
    }
    answer.facts = arena_take(request->arena, load->n_facts * sizeof *answer.facts);
    work.seen = arena_take(request->arena, load->n_facts * sizeof *work.seen);
    if (answer.facts == NULL || work.seen == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < load->n_facts; i++) {
        failure = load_one(&work, load->facts[i], &answer.facts[i]);
        if (failure < 0) {
            return failure;
        }
    }
    if (work.denied) {
        reply_note_denied(reply);
    }
    answer.n_facts = load->n_facts;
    answer.head = work.core->context.journal->head;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY_REPLY, &answer.base);
}
