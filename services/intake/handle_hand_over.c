#include <stdlib.h>
#include <string.h>

#include "services/intake/contract_end.h"
#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/person_index.h"

/*
 * HandOverQuery (rulebook R5; S4 art. 11 §4): the people in care under a contract, found by what stands of its holder in
 * the index. They are told by their last attestation, for the ones who attested know whom they saw; no person number and
 * no national number leaves.
 */
#define SESSIONS_MAX 20000
#define PEOPLE_MAX 5000

struct in_care {
    uint64_t person;
    uint64_t number; /* of the last attestation */
    struct date date;
    enum book_service service;
    enum book_function function;
    uint32_t sessions;
};

/* A contract of either kind, and the days that are looked at. */
struct hand_over {
    struct intake_core *core;
    struct request *request;
    const char *code;
    const struct code *network;
    const struct registry_contract *provider; /* NULL: a second leader's contract */
    uint64_t subject;
    const struct book *book;
    struct date end;
    struct date from;
    struct date until;

    struct index_entry *sessions;
    size_t session_count;
    struct in_care *people;
    size_t people_count;
    bool more;
};

static bool find_contract(struct hand_over *work) {
    const struct registry *registry = &work->core->registry;
    const struct books *books = &work->core->books;
    const struct registry_contract *contract = registry_contract(registry, work->code);
    const struct registry_second_leader *leader = registry_second_leader(registry, work->code);
    const struct loaded_book *loaded = NULL;
    if (contract != NULL) {
        work->provider = contract;
        work->network = &contract->network;
        work->subject = subject_of_provider(inami_unique(&contract->provider));
        work->end = provider_contract_end(books, contract);
        loaded = books_find(books, contract->convention);
    } else if (leader != NULL) {
        work->network = &leader->network;
        work->subject = subject_of_second_leader(leader->entry.first_number);
        work->end = second_leader_contract_end(books, leader);
        loaded = books_newest_on(books, leader->from);
    }
    work->book = loaded != NULL ? loaded->book : NULL;
    return work->network != NULL;
}

static bool may_ask(const struct hand_over *work) {
    const struct principal *principal = work->request->principal;
    if (principal->role == ROLE_INTEGRATOR) {
        return work->provider != NULL &&
               registry_represents(&work->core->registry, principal->name.text, &work->provider->provider);
    }
    return principal_sees_network(principal, work->network->text);
}

/* The months that end on a day start the day after that day so long before (rulebook §4). False: no window is known. */
static bool find_window(struct hand_over *work) {
    struct date today = brussels_date(work->core->clock.at);
    work->until = today;
    if (!date_is_none(work->end) && date_compare(work->end, today) <= 0) {
        work->until = date_add_days(work->end, -1);
    }
    int months = work->book != NULL ? book_on(work->book, work->until)->hand_over_window_months : BOOK_ABSENT;
    if (months == BOOK_ABSENT) {
        return false;
    }
    work->from = date_add_days(date_add_months(work->until, -months), 1);
    return true;
}

/* --- who was seen ------------------------------------------------------------------------------------------------- */

static bool note_session(void *context, const struct index_entry *entry) {
    struct hand_over *work = context;
    if (work->session_count == SESSIONS_MAX) {
        work->more = true;
        return false;
    }
    work->sessions[work->session_count++] = *entry;
    return true;
}

static void note_person(struct hand_over *work, uint64_t person, const struct index_entry *session) {
    size_t at = 0;
    while (at < work->people_count && work->people[at].person != person) {
        at++;
    }
    if (at == PEOPLE_MAX) {
        work->more = true;
        return;
    }
    struct in_care *found = &work->people[at];
    if (at == work->people_count) {
        *found = (struct in_care){.person = person, .date = DATE_NONE};
        work->people_count++;
    }
    found->sessions++;
    if (date_is_none(found->date) || date_compare(session->date, found->date) >= 0) {
        found->number = session->number;
        found->date = session->date;
        found->service = session->service;
        found->function = session->function;
    }
}

/* Was the session held under this contract, by whoever attested it or beside that one? */
static bool is_under(const struct hand_over *work, const Elp__V1__AttestationAccepted *accepted) {
    if (strcmp(accepted->contract, work->code) == 0) {
        return true;
    }
    return accepted->second != NULL && (strcmp(accepted->second->contract, work->code) == 0 ||
                                        (work->provider == NULL && strcmp(accepted->second->code, work->code) == 0));
}

static int note_people(struct hand_over *work, const struct index_entry *session) {
    struct intake_core *core = work->core;
    const Elp__V1__IntakeRecord *record = NULL;
    arena_reset(&core->arena);
    int failure = intake_read(core, work->request->txn, session->number, &core->arena, &record);
    if (failure < 0) {
        return failure;
    }
    if (record->body_case != ELP__V1__INTAKE_RECORD__BODY_ACCEPTED) {
        return FAILURE_CORRUPT;
    }
    const Elp__V1__AttestationAccepted *accepted = record->accepted;
    for (size_t i = 0; is_under(work, accepted) && i < accepted->n_beneficiaries; i++) {
        note_person(work, accepted->beneficiaries[i]->person, session);
    }
    return 0;
}

/* The last seen first; of one day in the order in which they came. */
static int compare_people(const void *left, const void *right) {
    const struct in_care *a = left;
    const struct in_care *b = right;
    int order = date_compare(b->date, a->date);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static int collect(struct hand_over *work) {
    const struct index_view view = {.txn = work->request->txn};
    work->sessions = arena_take(work->request->arena, SESSIONS_MAX * sizeof *work->sessions);
    work->people = arena_take(work->request->arena, PEOPLE_MAX * sizeof *work->people);
    if (work->sessions == NULL || work->people == NULL) {
        return FAILURE_MEMORY;
    }
    /* A leader's sessions are asked for month by month: so they stand in the index. */
    int failure = 0;
    struct date from = work->from;
    while (failure == 0 && !work->more && date_compare(from, work->until) <= 0) {
        struct date last = date_last_of_month(from);
        struct date until = date_compare(last, work->until) < 0 ? last : work->until;
        failure = index_scan(&view, work->subject, from, until, note_session, work);
        from = date_add_days(until, 1);
    }
    for (size_t i = 0; failure == 0 && i < work->session_count; i++) {
        failure = note_people(work, &work->sessions[i]);
    }
    qsort(work->people, work->people_count, sizeof *work->people, compare_people);
    return failure;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

static char *date_text(struct arena *arena, struct date date) {
    char *text = arena_take(arena, DATE_TEXT_BYTES);
    return text != NULL ? (char *)date_format(date, text, DATE_TEXT_BYTES) : NULL;
}

static int fill_person(const struct hand_over *work, const struct in_care *from, Elp__V1__HandOverPerson **ret) {
    struct arena *arena = work->request->arena;
    char id[ATTESTATION_ID_BYTES];
    Elp__V1__HandOverPerson *person = arena_take(arena, sizeof *person);
    if (person == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__hand_over_person__init(person);
    const char *epoch = epochs_at(&work->core->epochs, from->number);
    person->attestation = arena_text(arena, attestation_id_format(epoch, from->number, id, sizeof id));
    person->date = date_text(arena, from->date);
    person->service = (Elp__V1__Service)from->service;
    person->function = (Elp__V1__Function)from->function;
    person->sessions = from->sessions;
    *ret = person;
    return person->attestation != NULL && person->date != NULL ? 0 : FAILURE_MEMORY;
}

static int answer(const struct hand_over *work, struct reply *reply) {
    struct arena *arena = work->request->arena;
    Elp__V1__HandOverReply message = ELP__V1__HAND_OVER_REPLY__INIT;
    message.contract = (char *)work->code;
    message.network = (char *)work->network->text;
    message.ends_on = date_text(arena, work->end);
    message.window_from = date_text(arena, work->from);
    message.window_until = date_text(arena, work->until);
    message.article = (char *)"S4 art. 11 §4";
    message.more = work->more;
    message.people = arena_take(arena, work->people_count * sizeof *message.people);
    if (message.ends_on == NULL || message.window_from == NULL || message.window_until == NULL ||
        (message.people == NULL && work->people_count > 0)) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < work->people_count; i++) {
        int failure = fill_person(work, &work->people[i], &message.people[i]);
        if (failure < 0) {
            return failure;
        }
    }
    message.n_people = work->people_count;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HAND_OVER_REPLY, &message.base);
}

int handle_hand_over(void *state, struct request *request, const void *message, struct reply *reply) {
    const Elp__V1__HandOverQuery *query = message;
    struct hand_over work = {.core = state, .request = request, .code = query->contract};
    if (!find_contract(&work)) {
        return reply_refuse(reply, "not-found", "contract", "no contract has this code",
                            "elpctl registry show provider-contract lists them");
    }
    if (!may_ask(&work)) {
        return reply_refuse(reply, "denied", "contract",
                            "the contract is of another network, or of a provider that this principal does not "
                            "represent",
                            "ask the network, or have the provider represented");
    }
    if (!find_window(&work)) {
        return reply_refuse(reply, "not-found", "contract",
                            "the convention of this contract has no book, or no hand_over_window_months",
                            "load its book first");
    }
    int failure = collect(&work);
    return failure < 0 ? failure : answer(&work, reply);
}
