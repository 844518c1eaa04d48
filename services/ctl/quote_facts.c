#include "services/ctl/quote_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/money.h"
#include "elp/v1/intake.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/message_field.h"

/* --- what was typed ----------------------------------------------------------------------------------------------- */

/* "34", "34,bim", "8x30,first": how many, their age, what is particular about them. */
static int read_people(struct quote_facts *facts, const char *text) {
    char copy[64];
    char *rest = copy;
    int64_t count = 1;
    int64_t age = 0;
    Elp__V1__QuotedBeneficiary person = ELP__V1__QUOTED_BENEFICIARY__INIT;
    (void)snprintf(copy, sizeof copy, "%s", text);
    char *times = copy + strspn(copy, "0123456789");
    if (*times == 'x') {
        *times = 0;
        int code = ctl_whole(copy, "--beneficiary", 1, QUOTE_BENEFICIARIES_MAX, &count);
        if (code != CTL_DONE) {
            return code;
        }
        rest = times + 1;
    }
    char *word = strchr(rest, ',');
    if (word) {
        *word++ = 0;
    }
    int code = ctl_whole(rest, "--beneficiary", 0, 130, &age);
    for (; code == CTL_DONE && word; word = strchr(word, ',') ? strchr(word, ',') + 1 : NULL) {
        size_t bytes = strcspn(word, ",");
        bool bim = bytes == 3 && strncmp(word, "bim", bytes) == 0;
        bool first = bytes == 5 && strncmp(word, "first", bytes) == 0;
        if (!bim && !first) {
            return ctl_fail(CTL_USAGE, "--beneficiary \"%.40s\": write an age, then bim and first if so: 34,bim,first",
                            text);
        }
        person.increased = person.increased || bim;
        person.first_session = person.first_session || first;
    }
    person.age = (uint32_t)age;
    for (; code == CTL_DONE && count > 0; count--) {
        size_t place = facts->query.n_beneficiaries;
        if (place == QUOTE_BENEFICIARIES_MAX) {
            return ctl_fail(CTL_USAGE, "a session has %d beneficiaries at most", QUOTE_BENEFICIARIES_MAX);
        }
        facts->people[place] = person;
        facts->pointers[place] = &facts->people[place];
        facts->query.n_beneficiaries++;
    }
    return code;
}

static int read_word(const ProtobufCEnumDescriptor *descriptor, const char *name, const char *text, int *ret) {
    char choices[256];
    int value = field_enum_value(descriptor, text);
    if (value == 0) {
        return ctl_fail(CTL_USAGE, "%s \"%.40s\" is none of %s", name, text,
                        field_enum_choices(descriptor, choices, sizeof choices));
    }
    *ret = value;
    return CTL_DONE;
}

/* The day that was given, or that of the cell's last record. */
static int read_day(struct ctl *ctl, struct quote_facts *facts) {
    const char *text = ctl_option(ctl, OPTION_DATE);
    Elp__V1__Health request = ELP__V1__HEALTH__INIT;
    void *answer;
    if (text) {
        return date_parse(text, &facts->day)
                   ? CTL_DONE
                   : ctl_fail(CTL_USAGE, "--date \"%.40s\" is no date: write YYYY-MM-DD", text);
    }
    int code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &request.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        facts->day = brussels_date(((const Elp__V1__HealthReply *)answer)->at_us);
    }
    return code;
}

static int read_cost(const struct ctl *ctl, Elp__V1__QuoteQuery *query) {
    const char *text = ctl_option(ctl, OPTION_COST);
    struct money amount = MONEY_ZERO;
    if (text && !money_parse(text, &amount)) {
        return ctl_fail(CTL_USAGE, "--cost \"%.40s\" is no amount: euro with two decimals, 250.00", text);
    }
    query->cost_cents = money_cents(amount);
    return CTL_DONE;
}

int quote_facts_read(struct ctl *ctl, struct quote_facts *ret) {
    int64_t minutes = 0;
    int word = 0;
    elp__v1__quote_query__init(&ret->query);
    ret->query.beneficiaries = ret->pointers;
    int code = read_word(&elp__v1__service__descriptor, "SERVICE", ctl_argument(ctl, 0), &word);
    ret->query.service = (Elp__V1__Service)word;
    if (code == CTL_DONE && ctl_option(ctl, OPTION_FUNCTION)) {
        code = read_word(&elp__v1__function__descriptor, "--function", ctl_option(ctl, OPTION_FUNCTION), &word);
        ret->query.function = (Elp__V1__Function)word;
    }
    if (code == CTL_DONE) {
        code = ctl_option_whole(ctl, OPTION_MINUTES, "--minutes", 1, 1440, &minutes);
        ret->query.minutes = (uint32_t)minutes;
    }
    for (int i = 0; code == CTL_DONE && i < ctl->option_count; i++) {
        code = ctl->options[i].key == OPTION_BENEFICIARY ? read_people(ret, ctl->options[i].value) : CTL_DONE;
    }
    if (code == CTL_DONE) {
        code = read_cost(ctl, &ret->query);
    }
    if (code == CTL_DONE) {
        code = read_day(ctl, ret);
    }
    if (code != CTL_DONE) {
        return code;
    }
    ret->query.date = (char *)date_format(ret->day, ret->date, sizeof ret->date);
    ret->query.convention = ctl_option_text(ctl, OPTION_CONVENTION);
    ret->query.eating_disorder = ctl_option(ctl, OPTION_EATING_DISORDER) != NULL;
    return CTL_DONE;
}

/* --- what is registered ------------------------------------------------------------------------------------------- */

typedef bool fact_taker(void *context, struct quote_facts *facts, const Elp__V1__RegistryFact *fact);

/* The code behind which the next page goes on; of the kinds that are looked up here each has one of its own. */
static const char *code_of(const Elp__V1__RegistryFact *fact) {
    switch ((int)fact->fact_case) {
    case ELP__V1__REGISTRY_FACT__FACT_NETWORK:
        return fact->network->code;
    case ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT:
        return fact->provider_contract->code;
    case ELP__V1__REGISTRY_FACT__FACT_SECOND_LEADER_CONTRACT:
        return fact->second_leader_contract->code;
    case ELP__V1__REGISTRY_FACT__FACT_SITE:
        return fact->site->code;
    default:
        return "";
    }
}

/* Hands the facts of a kind to `take`, page by page; CTL_NO after one line when it took none. */
static int look(struct ctl *ctl, struct quote_facts *facts, const char *kind, const char *wanted, fact_taker *take) {
    Elp__V1__RegistryQuery query = ELP__V1__REGISTRY_QUERY__INIT;
    struct code after = {{0}};
    bool taken = false;
    bool more = true;
    query.kind = (char *)kind;
    query.network = ctl_option_text(ctl, OPTION_NETWORK);
    while (more) {
        void *answer;
        query.after_code = after.text;
        int code =
            ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_QUERY, &query.base,
                ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_REPLY, &elp__v1__registry_reply__descriptor, &answer);
        if (code != CTL_DONE) {
            return code;
        }
        const Elp__V1__RegistryReply *reply = answer;
        for (size_t i = 0; i < reply->n_facts; i++) {
            taken = take((void *)wanted, facts, reply->facts[i]) || taken;
            more = code_parse(code_of(reply->facts[i]), &after);
        }
        more = more && reply->more && reply->n_facts > 0;
    }
    return taken ? CTL_DONE
                 : ctl_fail(CTL_NO, "no %s \"%.40s\" holds in network %s on %s: elpctl registry show %s --network %s",
                            kind, wanted, query.network, facts->date, kind, query.network);
}

static bool take_network(void *context, struct quote_facts *facts, const Elp__V1__RegistryFact *fact) {
    const char *code = context;
    if (!fact->network || fact->fact_case != ELP__V1__REGISTRY_FACT__FACT_NETWORK ||
        strcmp(fact->network->code, code) != 0) {
        return false;
    }
    facts->query.network_kind = fact->network->kind;
    facts->query.prison_network = fact->network->prison_network;
    facts->query.sites_from_art8 = fact->network->sites_from_art8;
    facts->query.new_graduates_merged = fact->network->new_graduates_merged;
    return true;
}

static bool holds(const struct quote_facts *facts, const char *from, const char *until) {
    struct date first;
    struct date last = DATE_NONE;
    return date_parse(from, &first) && (until[0] == '\0' || date_parse(until, &last)) &&
           date_within(facts->day, first, last);
}

/* Only the first eight digits of an INAMI number are unique (rulebook R10). */
static bool same_provider(const char *a, const char *b) {
    return strncmp(a, b, 8) == 0;
}

/* Of two contracts on one day the newer book (rulebook §2). */
static bool take_contract(void *context, struct quote_facts *facts, const Elp__V1__RegistryFact *fact) {
    const Elp__V1__ProviderContract *contract = fact->provider_contract;
    if (fact->fact_case != ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT ||
        !same_provider(contract->provider, context) || !holds(facts, contract->from, contract->until) ||
        strcmp(contract->convention, facts->convention) < 0) {
        return false;
    }
    (void)snprintf(facts->convention, sizeof facts->convention, "%s", contract->convention);
    facts->query.new_graduate = contract->new_graduate;
    facts->query.under_served = contract->under_served;
    return code_parse(contract->payee, &facts->payee) || contract->payee[0] == '\0';
}

static bool take_second_provider(void *context, struct quote_facts *facts, const Elp__V1__RegistryFact *fact) {
    const Elp__V1__ProviderContract *contract = fact->provider_contract;
    if (fact->fact_case != ELP__V1__REGISTRY_FACT__FACT_PROVIDER_CONTRACT ||
        !same_provider(contract->provider, context) || !holds(facts, contract->from, contract->until)) {
        return false;
    }
    facts->query.second = ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PSYCHOLOGIST;
    return code_parse(contract->payee, &facts->second_payee) || contract->payee[0] == '\0';
}

static bool take_second_leader(void *context, struct quote_facts *facts, const Elp__V1__RegistryFact *fact) {
    const Elp__V1__SecondLeaderContract *contract = fact->second_leader_contract;
    if (fact->fact_case != ELP__V1__REGISTRY_FACT__FACT_SECOND_LEADER_CONTRACT ||
        strcmp(contract->code, context) != 0 || !holds(facts, contract->from, contract->until)) {
        return false;
    }
    facts->query.second = contract->kind;
    facts->query.designated = contract->designated;
    facts->query.rate_cents_per_hour = contract->rate_cents_per_hour;
    facts->query.paid_in_person = contract->paid_in_person;
    return (code_parse(contract->payee, &facts->second_payee) || contract->payee[0] == '\0') &&
           (code_parse(contract->designator, &facts->designator) || contract->designator[0] == '\0');
}

static bool take_site(void *context, struct quote_facts *facts, const Elp__V1__RegistryFact *fact) {
    const Elp__V1__Site *site = fact->site;
    if (fact->fact_case != ELP__V1__REGISTRY_FACT__FACT_SITE || strcmp(site->code, context) != 0) {
        return false;
    }
    facts->query.site_kind = site->kind;
    facts->query.share_exempt_site = site->share_exempt;
    facts->query.site_agreement_cents = site->agreement_cents;
    return code_parse(site->code, &facts->site);
}

/* One row for each option that names something registered. */
static const struct {
    enum option_key option;
    const char *name;
    const char *kind;
    fact_taker *take;
} lookups[] = {
    {OPTION_NETWORK, "--network", "network", take_network},
    {OPTION_PROVIDER, "--provider", "provider-contract", take_contract},
    {OPTION_SECOND_PROVIDER, "--second-provider", "provider-contract", take_second_provider},
    {OPTION_SECOND_LEADER, "--second-leader", "second-leader-contract", take_second_leader},
    {OPTION_SITE, "--site", "site", take_site},
};

int quote_facts_look_up(struct ctl *ctl, struct quote_facts *facts) {
    Elp__V1__QuoteQuery *query = &facts->query;
    for (size_t i = 0; i < sizeof lookups / sizeof lookups[0]; i++) {
        const char *wanted = ctl_option(ctl, lookups[i].option);
        if (!wanted) {
            continue;
        }
        if (!ctl_option(ctl, OPTION_NETWORK)) {
            return ctl_fail(CTL_USAGE, "%s is looked up in a network: give --network CODE too", lookups[i].name);
        }
        int code = look(ctl, facts, lookups[i].kind, wanted, lookups[i].take);
        if (code != CTL_DONE) {
            return code;
        }
    }
    if (query->convention[0] == '\0') {
        query->convention = facts->convention;
    }
    query->payee = facts->payee.text;
    query->second_payee = facts->second_payee.text;
    query->designator = facts->designator.text;
    query->site = facts->site.text;
    return CTL_DONE;
}
