#include "services/intake/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/require.h"

const char *const fact_kind_words[FACT_KINDS] = {
    [FACT_NETWORK] = "network",
    [FACT_PAYEE] = "payee",
    [FACT_PROVIDER_CONTRACT] = "provider-contract",
    [FACT_SECOND_LEADER_CONTRACT] = "second-leader-contract",
    [FACT_SITE] = "site",
    [FACT_PROGRAMME] = "programme",
    [FACT_REPRESENTATION] = "representation",
    [FACT_BUDGET] = "budget",
    [FACT_AMENDMENT] = "amendment",
    [FACT_AMENDMENT_LETTER] = "amendment-letter",
};

/* FNV-1a; codes come from people who may write here, and a bucket is a list, so a poor spread costs time only. */
static size_t bucket_of(const char *code) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *at = code; *at != '\0'; at++) {
        hash = (hash ^ (uint8_t)*at) * UINT64_C(0x100000001b3);
    }
    return (size_t)((hash ^ hash >> 32) % REGISTRY_BUCKETS);
}

static size_t bucket_of_provider(uint32_t inami_unique) {
    return (size_t)((inami_unique * UINT32_C(2654435761)) >> 8) % REGISTRY_BUCKETS;
}

static struct registry_entry *find(const struct registry *registry, enum fact_kind kind, const char *code) {
    struct registry_entry *entry = registry->entries[kind][bucket_of(code)];
    while (entry != NULL && strcmp(entry->code, code) != 0) {
        entry = entry->next;
    }
    return entry;
}

const struct registry_entry *registry_find(const struct registry *registry, enum fact_kind kind, const char *code) {
    return find(registry, kind, code);
}

/* The entry is the first member of every kind's struct. */
const struct registry_network *registry_network(const struct registry *registry, const char *code) {
    return (const struct registry_network *)find(registry, FACT_NETWORK, code);
}

const struct registry_second_leader *registry_second_leader(const struct registry *registry, const char *code) {
    return (const struct registry_second_leader *)find(registry, FACT_SECOND_LEADER_CONTRACT, code);
}

const struct registry_site *registry_site(const struct registry *registry, const char *code) {
    return (const struct registry_site *)find(registry, FACT_SITE, code);
}

const struct registry_programme *registry_programme(const struct registry *registry, const char *code) {
    return (const struct registry_programme *)find(registry, FACT_PROGRAMME, code);
}

const struct registry_contract *registry_contract(const struct registry *registry, const char *code) {
    return (const struct registry_contract *)find(registry, FACT_PROVIDER_CONTRACT, code);
}

const struct registry_amendment *registry_amendment(const struct registry *registry, const char *code) {
    return (const struct registry_amendment *)find(registry, FACT_AMENDMENT, code);
}

const struct registry_letter *registry_letter(const struct registry *registry, const char *amendment,
                                              const char *contract) {
    char code[FACT_CODE_BYTES];
    (void)snprintf(code, sizeof code, "%s/%s", amendment, contract);
    return (const struct registry_letter *)find(registry, FACT_AMENDMENT_LETTER, code);
}

static void walker_skip_empty(struct registry_walker *walker) {
    while (walker->next == NULL && ++walker->bucket < REGISTRY_BUCKETS) {
        walker->next = walker->registry->entries[walker->kind][walker->bucket];
    }
}

void registry_walker_begin(struct registry_walker *walker, const struct registry *registry, enum fact_kind kind) {
    *walker = (struct registry_walker){registry, kind, 0, registry->entries[kind][0]};
    walker_skip_empty(walker);
}

const struct registry_entry *registry_walker_next(struct registry_walker *walker) {
    const struct registry_entry *entry = walker->next;
    if (entry != NULL) {
        walker->next = entry->next;
        walker_skip_empty(walker);
    }
    return entry;
}

const struct registry_contract *registry_contracts(const struct registry *registry, uint32_t inami_unique) {
    return registry->providers[bucket_of_provider(inami_unique)];
}

bool registry_represents(const struct registry *registry, const char *principal, const struct inami *provider) {
    char code[FACT_CODE_BYTES];
    size_t bytes = strlen(principal);
    require(bytes + 13 < sizeof code);
    memcpy(code, principal, bytes);
    memcpy(code + bytes, "/*", 3);
    if (find(registry, FACT_REPRESENTATION, code) != NULL) {
        return true;
    }
    /* By the unique part: the last three digits change during a career (R10). */
    memcpy(code + bytes + 1, provider->digits, 8);
    code[bytes + 9] = '\0';
    return find(registry, FACT_REPRESENTATION, code) != NULL;
}

bool contract_names_site(const struct registry_contract *contract, const char *site) {
    for (size_t i = 0; i < contract->site_count; i++) {
        if (strcmp(contract->sites[i].text, site) == 0) {
            return true;
        }
    }
    return false;
}

#define MONTHS_PER_YEAR 12

int contract_sessions_per_year(const struct registry_contract *contract) {
    return contract->sessions_per_year != 0 ? contract->sessions_per_year
                                            : contract->sessions_per_month * MONTHS_PER_YEAR;
}

static struct date earlier(struct date a, struct date b) {
    return date_is_none(a) || (!date_is_none(b) && date_compare(b, a) < 0) ? b : a;
}

/* The end that a notice or a refused letter brings; DATE_NONE without one. */
static struct date end_after(struct date notice, const struct book *book) {
    if (date_is_none(notice)) {
        return DATE_NONE;
    }
    return book != NULL ? book_contract_end_after_notice(book, notice) : date_contract_end_after_notice(notice);
}

struct date contract_end(const struct registry_contract *contract, const struct book *book) {
    struct date until = contract->until;
    if (date_is_none(until) && book != NULL) {
        until = book->sessions.until;
    }
    struct date end = date_is_none(until) ? until : date_add_days(until, 1);
    end = earlier(end, end_after(contract->notice, book));
    return earlier(end, end_after(contract->refused_letter, book));
}

struct date second_leader_end(const struct registry_second_leader *contract, const struct book *book) {
    struct date until = contract->until;
    if (date_is_none(until) && book != NULL) {
        until = date_is_none(book->second_leaders_until) ? book->sessions.until : book->second_leaders_until;
    }
    struct date end = date_is_none(until) ? until : date_add_days(until, 1);
    end = earlier(end, end_after(contract->notice, book));
    return earlier(end, end_after(contract->refused_letter, book));
}

static bool lies_before(struct date day, struct date end) {
    return date_is_none(end) || date_compare(day, end) < 0;
}

bool contract_covers(const struct registry_contract *contract, const struct book *book, struct date day) {
    return date_compare(contract->from, day) <= 0 && lies_before(day, contract_end(contract, book));
}

bool second_leader_covers(const struct registry_second_leader *contract, const struct book *book, struct date day) {
    return date_compare(contract->from, day) <= 0 && lies_before(day, second_leader_end(contract, book));
}

/* --- putting facts in force --------------------------------------------------------------------------------------- */

static size_t size_of(enum fact_kind kind) {
    static const size_t sizes[FACT_KINDS] = {
        [FACT_NETWORK] = sizeof(struct registry_network),
        [FACT_PAYEE] = sizeof(struct registry_entry),
        [FACT_PROVIDER_CONTRACT] = sizeof(struct registry_contract),
        [FACT_SECOND_LEADER_CONTRACT] = sizeof(struct registry_second_leader),
        [FACT_SITE] = sizeof(struct registry_site),
        [FACT_PROGRAMME] = sizeof(struct registry_programme),
        [FACT_REPRESENTATION] = sizeof(struct registry_entry),
        [FACT_BUDGET] = sizeof(struct registry_budget),
        [FACT_AMENDMENT] = sizeof(struct registry_amendment),
        [FACT_AMENDMENT_LETTER] = sizeof(struct registry_letter),
    };
    return sizes[kind];
}

static void unlink_from_provider(struct registry *registry, const struct registry_contract *contract) {
    struct registry_contract **link = &registry->providers[bucket_of_provider(inami_unique(&contract->provider))];
    while (*link != contract) {
        require(*link != NULL);
        link = &(*link)->next_of_provider;
    }
    *link = contract->next_of_provider;
}

static void link_to_provider(struct registry *registry, struct registry_contract *contract) {
    struct registry_contract **head = &registry->providers[bucket_of_provider(inami_unique(&contract->provider))];
    contract->next_of_provider = *head;
    *head = contract;
}

/* The codes of a contract's sites in memory of the registry's own; NULL without failure when there are none. */
static int copy_sites(const struct registry_fact *fact, struct code **ret) {
    size_t count = fact->kind == FACT_PROVIDER_CONTRACT ? fact->as.contract.site_count : 0;
    *ret = NULL;
    if (count == 0) {
        return 0;
    }
    struct code *sites = calloc(count, sizeof *sites);
    if (sites == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        bool parsed = code_parse(fact->sites[i], &sites[i]);
        require(parsed);
    }
    *ret = sites;
    return 0;
}

/* The day of the first refused letter to a contract, which is what the letters in force say. */
static struct date first_refused_letter(const struct registry *registry, const char *contract) {
    struct registry_walker walker;
    struct date first = DATE_NONE;
    registry_walker_begin(&walker, registry, FACT_AMENDMENT_LETTER);
    for (const struct registry_entry *at = registry_walker_next(&walker); at != NULL;
         at = registry_walker_next(&walker)) {
        const struct registry_letter *letter = (const struct registry_letter *)at;
        if (strcmp(letter->contract.text, contract) == 0 && !date_is_none(letter->refused_on)) {
            first = earlier(first, letter->sent_on);
        }
    }
    return first;
}

/* A contract keeps what its letters say when it is replaced; a letter tells its contract. */
static void settle_refusals(struct registry *registry, const struct registry_fact *fact, struct date refused_before) {
    struct registry_entry *entry = find(registry, fact->kind, fact->code);
    if (fact->kind == FACT_PROVIDER_CONTRACT) {
        ((struct registry_contract *)entry)->refused_letter = refused_before;
    } else if (fact->kind == FACT_SECOND_LEADER_CONTRACT) {
        ((struct registry_second_leader *)entry)->refused_letter = refused_before;
    } else if (fact->kind == FACT_AMENDMENT_LETTER) {
        const char *code = fact->as.letter.contract.text;
        struct registry_contract *contract = (void *)find(registry, FACT_PROVIDER_CONTRACT, code);
        struct registry_second_leader *leader = (void *)find(registry, FACT_SECOND_LEADER_CONTRACT, code);
        struct date refused = first_refused_letter(registry, code);
        if (contract != NULL) {
            contract->refused_letter = refused;
        }
        if (leader != NULL) {
            leader->refused_letter = refused;
        }
    }
}

static struct date refused_before(const struct registry_entry *entry, enum fact_kind kind) {
    if (entry != NULL && kind == FACT_PROVIDER_CONTRACT) {
        return ((const struct registry_contract *)entry)->refused_letter;
    }
    if (entry != NULL && kind == FACT_SECOND_LEADER_CONTRACT) {
        return ((const struct registry_second_leader *)entry)->refused_letter;
    }
    return DATE_NONE;
}

int registry_apply(struct registry *registry, const struct registry_fact *fact, uint64_t number) {
    struct registry_entry *entry = find(registry, fact->kind, fact->code);
    struct registry_entry kept;
    struct date refused = refused_before(entry, fact->kind);
    struct code *sites = NULL;
    int failure = copy_sites(fact, &sites);
    if (failure < 0) {
        return failure;
    }
    if (entry == NULL) {
        entry = calloc(1, size_of(fact->kind));
        if (entry == NULL) {
            free(sites);
            return FAILURE_MEMORY;
        }
        struct registry_entry **bucket = &registry->entries[fact->kind][bucket_of(fact->code)];
        kept = (struct registry_entry){.next = *bucket, .first_number = number};
        memcpy(kept.code, fact->code, sizeof kept.code);
        *bucket = entry;
    } else {
        kept = *entry;
        if (fact->kind == FACT_PROVIDER_CONTRACT) {
            unlink_from_provider(registry, (struct registry_contract *)entry);
            free(((struct registry_contract *)entry)->sites);
        }
    }
    kept.number = number;
    /* The union's members begin with an unused entry of their own. */
    memcpy(entry, &fact->as, size_of(fact->kind));
    *entry = kept;
    if (fact->kind == FACT_PROVIDER_CONTRACT) {
        ((struct registry_contract *)entry)->sites = sites;
        link_to_provider(registry, (struct registry_contract *)entry);
    }
    settle_refusals(registry, fact, refused);
    registry->newest = number > registry->newest ? number : registry->newest;
    return 0;
}

void registry_close(struct registry *registry) {
    for (size_t kind = 0; kind < FACT_KINDS; kind++) {
        for (size_t bucket = 0; bucket < REGISTRY_BUCKETS; bucket++) {
            struct registry_entry *entry = registry->entries[kind][bucket];
            while (entry != NULL) {
                struct registry_entry *next = entry->next;
                if (kind == FACT_PROVIDER_CONTRACT) {
                    free(((struct registry_contract *)entry)->sites);
                }
                free(entry);
                entry = next;
            }
        }
    }
    *registry = (struct registry){0};
}
