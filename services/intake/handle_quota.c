#include <string.h>

#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/quota_position.h"
#include "services/intake/vault.h"

#define REMEDY "correct the field and ask again"

/* The question while its parts are read; `refused` once a reply stands. */
struct asking {
    const struct intake_core *core;
    struct request *request;
    const Elp__V1__QuotaQuery *query;
    struct reply *reply;
    struct quota_question question;
    bool known;
    bool refused;
};

static int refuse(struct asking *asking, const char *code, const char *field, const char *reason, const char *remedy) {
    asking->refused = true;
    return reply_refuse(asking->reply, code, field, reason, remedy);
}

/* --- reading the question ----------------------------------------------------------------------------------------- */

static int read_network(struct asking *asking) {
    const struct principal *principal = asking->request->principal;
    const struct registry_network *network = registry_network(&asking->core->registry, asking->query->network);
    if (network == NULL) {
        return refuse(asking, "malformed", "network", "no network has this code", REMEDY);
    }
    if (principal->role == ROLE_NETWORK && !principal_sees_network(principal, network->entry.code)) {
        return refuse(asking, "denied", "network", "the network lies outside this principal's scope",
                      "ask for a network of your own");
    }
    asking->question.network = network->entry.first_number;
    return 0;
}

static int read_day(struct asking *asking) {
    asking->question.day = brussels_date(asking->core->clock.at);
    if (asking->query->date[0] != '\0' && !date_parse(asking->query->date, &asking->question.day)) {
        return refuse(asking, "malformed", "date", "date is a day that exists, written YYYY-MM-DD", REMEDY);
    }
    return 0;
}

/* An integrator asks for patients of providers that it represents; with a provider, the contract decides the book. */
static int read_book(struct asking *asking) {
    const struct intake_core *core = asking->core;
    const struct principal *principal = asking->request->principal;
    const struct loaded_book *loaded = NULL;
    struct inami provider;
    struct code network;
    if (asking->query->provider[0] == '\0' && principal->role == ROLE_INTEGRATOR) {
        return refuse(asking, "malformed", "provider", "an integrator asks for a provider that it represents",
                      "give the provider's INAMI number");
    }
    if (asking->query->provider[0] == '\0') {
        loaded = books_newest_on(&core->books, asking->question.day);
    } else if (!inami_parse(asking->query->provider, &provider) || !code_parse(asking->query->network, &network)) {
        return refuse(asking, "malformed", "provider",
                      "provider is an INAMI number of 11 digits whose check digits fit", REMEDY);
    } else if (principal->role == ROLE_INTEGRATOR &&
               !registry_represents(&core->registry, principal->name.text, &provider)) {
        return refuse(asking, "denied", "provider", "this principal does not represent the provider",
                      "the operator registers representations");
    } else {
        bool without_book = false;
        (void)judge_contract_on(core, &provider, &network, asking->question.day, &loaded, &without_book);
    }
    if (loaded == NULL) {
        return refuse(asking, "not-found", asking->query->provider[0] != '\0' ? "provider" : "date",
                      "no contract of the provider with the network, or no loaded book, covers the day",
                      "check provider, network and date");
    }
    asking->question.book = loaded->book;
    asking->question.figures = book_on(loaded->book, asking->question.day);
    return 0;
}

static int read_person(struct asking *asking) {
    struct niss niss;
    struct person person = {0};
    struct date birth;
    if (!niss_parse(asking->query->niss, &niss)) {
        return refuse(asking, "malformed", "niss", "niss is a national number of 11 digits whose check digits fit",
                      REMEDY);
    }
    bool given = asking->query->birth_date[0] != '\0';
    if (given ? !date_parse(asking->query->birth_date, &birth) : !niss_birth(&niss, &birth)) {
        return refuse(asking, "malformed", "birth_date",
                      given ? "birth_date is a day that exists, written YYYY-MM-DD"
                            : "the national number codes no birth date",
                      "give the birth date");
    }
    if (date_compare(birth, asking->question.day) > 0) {
        return refuse(asking, "malformed", "birth_date", "the birth date lies after the day", REMEDY);
    }
    struct vault_lookup lookup = vault_lookup_of(asking->core->vault, &niss);
    int failure = vault_look(asking->core->vault, &lookup, &person);
    if (failure < 0) {
        return failure;
    }
    asking->known = person.number != 0;
    asking->question.person = person.number;
    asking->question.birth = birth;
    return 0;
}

/* --- the answer --------------------------------------------------------------------------------------------------- */

static char *date_text(struct arena *arena, struct date date) {
    char text[DATE_TEXT_BYTES];
    return date_is_none(date) ? (char *)"" : arena_text(arena, date_format(date, text, sizeof text));
}

static int fill_positions(struct arena *arena, const struct quota_answer *answer, Elp__V1__QuotaReply *reply) {
    reply->positions = arena_take(arena, QUOTA_POSITIONS_MAX * sizeof *reply->positions);
    if (reply->positions == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < answer->position_count; i++) {
        const struct quota_position *from = &answer->positions[i];
        Elp__V1__QuotaPosition *position = arena_take(arena, sizeof *position);
        if (position == NULL) {
            return FAILURE_MEMORY;
        }
        elp__v1__quota_position__init(position);
        position->service = (Elp__V1__Service)from->service;
        position->function = (Elp__V1__Function)from->function;
        position->most = (uint32_t)from->window.max;
        position->used = (uint32_t)from->window.held;
        position->left = (uint32_t)from->left;
        position->next_free = date_text(arena, from->next_free);
        position->window_from = date_text(arena, from->window.from);
        position->window_until = date_text(arena, from->window.until);
        position->article = (char *)from->article;
        reply->positions[reply->n_positions++] = position;
        if (position->next_free == NULL || position->window_from == NULL || position->window_until == NULL) {
            return FAILURE_MEMORY;
        }
    }
    return 0;
}

static int fill_series(const struct quota_question *question, struct arena *arena, const struct quota_answer *answer,
                       Elp__V1__QuotaReply *reply) {
    const struct book_rule *rule = book_rule(question->book, REFUSAL_SERIES_EXHAUSTED, question->day);
    int sessions = question->figures->referral_series_sessions;
    int most = question->figures->referral_series_max;
    if (rule == NULL || sessions == BOOK_ABSENT) {
        return 0;
    }
    reply->series_article = (char *)rule->article;
    reply->series_left = (int)answer->series_count < most ? (uint32_t)(most - (int)answer->series_count) : 0;
    reply->series = arena_take(arena, SERIES_POSITIONS_MAX * sizeof *reply->series);
    if (reply->series == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < answer->series_count; i++) {
        Elp__V1__SeriesPosition *series = arena_take(arena, sizeof *series);
        if (series == NULL) {
            return FAILURE_MEMORY;
        }
        elp__v1__series_position__init(series);
        int used = answer->series[i].used;
        series->referral_date = date_text(arena, answer->series[i].referral);
        series->used = (uint32_t)used;
        series->left = used < sessions ? (uint32_t)(sessions - used) : 0;
        reply->series[reply->n_series++] = series;
        if (series->referral_date == NULL) {
            return FAILURE_MEMORY;
        }
    }
    return 0;
}

static int answer_question(const struct asking *asking) {
    struct arena *arena = asking->request->arena;
    const struct quota_question *question = &asking->question;
    struct quota_answer answer;
    Elp__V1__QuotaReply reply = ELP__V1__QUOTA_REPLY__INIT;
    struct quota_days *days = arena_take(arena, sizeof *days);
    if (days == NULL) {
        return FAILURE_MEMORY;
    }
    int failure = quota_positions(question, asking->request->txn, days, &answer);
    if (failure == 0) {
        failure = fill_positions(arena, &answer, &reply);
    }
    if (failure == 0) {
        failure = fill_series(question, arena, &answer, &reply);
    }
    if (failure < 0) {
        return failure;
    }
    reply.convention = (char *)question->book->convention;
    reply.date = date_text(arena, question->day);
    reply.known = asking->known;
    reply.age = (uint32_t)date_age_years(question->birth, question->day);
    reply.first_session = answer.first_session;
    reply.same_day = answer.same_day;
    if (reply.date == NULL) {
        return FAILURE_MEMORY;
    }
    return reply_with(asking->reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTA_REPLY, &reply.base);
}

int handle_quota(void *state, struct request *request, const void *message, struct reply *reply) {
    static int (*const steps[])(struct asking *) = {read_network, read_day, read_book, read_person};
    struct asking asking = {.core = state, .request = request, .query = message, .reply = reply};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        int failure = steps[i](&asking);
        if (failure < 0 || asking.refused) {
            return failure;
        }
    }
    return answer_question(&asking);
}
