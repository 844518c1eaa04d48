#ifndef ELP_SERVICES_INTAKE_REGISTRY_H
#define ELP_SERVICES_INTAKE_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/attestation.h"
#include "common/book.h"
#include "common/identifiers.h"
#include "common/money.h"
#include "elp/v1/registry.pb-c.h"

struct intake_core;

/*
 * Who may attest what, in memory (rulebook §3): the facts in force, rebuilt from TABLE_REGISTRY at open. Thousands of
 * contracts fit; look-ups are by code and, for contracts, by provider.
 */

/* Kinds as stored, as RegistryQuery names them; insurability has a table of its own. */
enum fact_kind {
    FACT_NETWORK = 1,
    FACT_PAYEE,
    FACT_PROVIDER_CONTRACT,
    FACT_SECOND_LEADER_CONTRACT,
    FACT_SITE,
    FACT_PROGRAMME,
    FACT_REPRESENTATION,
    FACT_BUDGET,
    FACT_AMENDMENT,
    FACT_AMENDMENT_LETTER,
    FACT_KINDS,
};
extern const char *const fact_kind_words[FACT_KINDS]; /* "provider-contract" */

/*
 * What a fact is known by: its code, "principal/provider" of a representation, "network/year" of a budget,
 * "amendment/contract" of a letter.
 */
#define FACT_CODE_BYTES 72

struct registry_entry {
    struct registry_entry *next;
    char code[FACT_CODE_BYTES];
    uint64_t first_number; /* record that first brought the code */
    uint64_t number;       /* record of the fact in force */
};

struct registry_network {
    struct registry_entry entry;
    enum network_kind kind;
    bool prison_network;
    bool sites_from_art8;
    bool new_graduates_merged;
    int contingent; /* sessions of a calendar year; 0: none is set */
};

struct registry_contract {
    struct registry_entry entry;
    struct registry_contract *next_of_provider;
    struct inami provider;
    struct code network;
    char convention[8];
    struct date from;
    struct date until;  /* DATE_NONE: the convention's end */
    struct date notice; /* DATE_NONE: none */
    unsigned functions; /* bit 1 << enum book_function */
    struct code *sites; /* beside the practice; owned by the registry */
    size_t site_count;
    int sessions_per_month; /* 0: no volume is agreed */
    int sessions_per_year;  /* where the book counts by calendar year; 0: twelve times the month's */
    bool new_graduate;
    bool under_served;
    bool extra_one_percent;
    struct code payee;
    struct date
        refused_letter; /* sending of the first letter that was refused (R6), from the letters; DATE_NONE: none */
};

struct registry_second_leader {
    struct registry_entry entry;
    struct code network;
    enum second_leader_kind kind;
    struct date from;
    struct date until; /* DATE_NONE: the book's second_leaders_until */
    struct date notice;
    bool designated;
    struct code designator;
    struct money rate_per_hour;
    bool paid_in_person;
    struct code payee;
    int sessions_per_month; /* 0: no volume is agreed */
    bool structural;
    unsigned conditions;        /* bit 1 << Elp__V1__SecondLeaderCondition: those that are met */
    struct date refused_letter; /* as above */
};

struct registry_site {
    struct registry_entry entry;
    struct code network;
    enum site_kind kind;
    bool agreement;
    struct money agreement_amount; /* the most that one art. 8 mission costs under it; zero: it names none */
    bool share_exempt;
};

struct registry_programme {
    struct registry_entry entry;
    struct code network;
    unsigned functions; /* bit 1 << enum book_function */
    struct date decided_on;
    struct date published_on; /* DATE_NONE: not published */
    struct date withdrawn_on; /* first day on which it is offered no more; DATE_NONE: it is */
};

struct registry_budget {
    struct registry_entry entry;
    struct code network;
    int year;
    unsigned envelopes; /* bit 1 << enum book_envelope_id of those that hold money */
};

/* R6: the network signed an amendment of its convention. */
struct registry_amendment {
    struct registry_entry entry;
    struct code network;
    char convention[8];
    struct date signed_on;
    bool providers_only;
    struct date second_leaders_until; /* DATE_NONE: as the book says */
};

/* R6: the letter to one contractor, and the answer. */
struct registry_letter {
    struct registry_entry entry;
    struct code network;
    struct code amendment;
    struct code contract;
    struct date sent_on;
    struct date refused_on; /* DATE_NONE: silence */
};

/* A fact that was read and is in range, in our own types; one of the union by kind. */
struct registry_fact {
    enum fact_kind kind;
    char code[FACT_CODE_BYTES];
    struct code network; /* whose it is; empty for payees and representations */
    char *const *sites;  /* of a provider's contract, as many as it counts; they live as long as the message */
    union {
        struct registry_network network_fact;
        struct registry_contract contract;
        struct registry_second_leader second_leader;
        struct registry_site site;
        struct registry_programme programme;
        struct registry_budget budget;
        struct registry_amendment amendment;
        struct registry_letter letter;
    } as;
};

#define REGISTRY_BUCKETS 8192 /* a power of two; the country has a few thousand providers */
struct registry {
    struct registry_entry *entries[FACT_KINDS][REGISTRY_BUCKETS];
    struct registry_contract *providers[REGISTRY_BUCKETS];
    uint64_t newest; /* record of the last fact that was put in force */
};

/* NULL when there is no such fact. Pointers live until the fact is replaced. */
const struct registry_entry *registry_find(const struct registry *registry, enum fact_kind kind, const char *code);
const struct registry_network *registry_network(const struct registry *registry, const char *code);
const struct registry_second_leader *registry_second_leader(const struct registry *registry, const char *code);
const struct registry_site *registry_site(const struct registry *registry, const char *code);
const struct registry_programme *registry_programme(const struct registry *registry, const char *code);
const struct registry_contract *registry_contract(const struct registry *registry, const char *code);
const struct registry_amendment *registry_amendment(const struct registry *registry, const char *code);

/* The letter about an amendment to the holder of a contract; NULL when none is recorded. */
const struct registry_letter *registry_letter(const struct registry *registry, const char *amendment,
                                              const char *contract);

/* The facts of a kind one by one, in an order that only the facts and the order of their coming decide; NULL: the end. */
struct registry_walker {
    const struct registry *registry;
    enum fact_kind kind;
    size_t bucket;
    const struct registry_entry *next;
};
void registry_walker_begin(struct registry_walker *walker, const struct registry *registry, enum fact_kind kind);
const struct registry_entry *registry_walker_next(struct registry_walker *walker);

/* The contracts of a provider, in no particular order, by next_of_provider; not all in the list are that provider's. */
const struct registry_contract *registry_contracts(const struct registry *registry, uint32_t inami_unique);

/* Does the contract name the site? */
bool contract_names_site(const struct registry_contract *contract, const char *site);

/* The sessions that a contract lets a provider hold in a year of a book that counts by calendar year; 0: not agreed. */
int contract_sessions_per_year(const struct registry_contract *contract);

/* May the principal attest for this provider (a representation of it, or of "*")? */
bool registry_represents(const struct registry *registry, const char *principal, const struct inami *provider);

/*
 * Does a contract cover the day? Until its last day inclusive, without one until the book's last day, and not from the
 * day on which a notice ends it (rulebook R2, R4, R5; S4 art. 11). `book` may be NULL: no end but its own.
 */
bool contract_covers(const struct registry_contract *contract, const struct book *book, struct date day);
bool second_leader_covers(const struct registry_second_leader *contract, const struct book *book, struct date day);

/*
 * The first day that a contract does not cover (R2, R4, R5, R6): the day after its last one, or the end after a notice or
 * a refused amendment if that comes first. DATE_NONE: no end is known. `book` as above.
 */
struct date contract_end(const struct registry_contract *contract, const struct book *book);
struct date second_leader_end(const struct registry_second_leader *contract, const struct book *book);

/* Puts a fact in force. first_number is kept when the code is known. FAILURE_MEMORY. */
MUST_USE int registry_apply(struct registry *registry, const struct registry_fact *fact, uint64_t number);

void registry_close(struct registry *registry);

#endif
