#include "services/intake/registry.h"

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
    return (size_t)((inami_unique * UINT32_C(2654435761)) >> 20) % REGISTRY_BUCKETS;
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

static bool interval_covers(struct date from, struct date until, struct date notice, const struct book *book,
                            struct date day) {
    if (!date_within(day, from, until)) {
        return false;
    }
    if (date_is_none(notice)) {
        return true;
    }
    struct date end =
        book != NULL ? book_contract_end_after_notice(book, notice) : date_contract_end_after_notice(notice);
    return date_compare(day, end) < 0;
}

bool contract_covers(const struct registry_contract *contract, const struct book *book, struct date day) {
    struct date until = contract->until;
    if (date_is_none(until) && book != NULL) {
        until = book->sessions.until;
    }
    return interval_covers(contract->from, until, contract->notice, book, day);
}

bool second_leader_covers(const struct registry_second_leader *contract, const struct book *book, struct date day) {
    struct date until = contract->until;
    if (date_is_none(until) && book != NULL) {
        until = date_is_none(book->second_leaders_until) ? book->sessions.until : book->second_leaders_until;
    }
    return interval_covers(contract->from, until, contract->notice, book, day);
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
        [FACT_BUDGET] = sizeof(struct registry_entry),
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

int registry_apply(struct registry *registry, const struct registry_fact *fact, uint64_t number) {
    struct registry_entry *entry = find(registry, fact->kind, fact->code);
    struct registry_entry kept;
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
