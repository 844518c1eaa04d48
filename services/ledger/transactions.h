#ifndef ELP_SERVICES_LEDGER_TRANSACTIONS_H
#define ELP_SERVICES_LEDGER_TRANSACTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "elp/v1/ledger.pb-c.h"
#include "services/ledger/ledger_core.h"

/* A transaction of the double entry in our own types; its entries sum to zero. */
#define TRANSACTION_ENTRIES_MAX 40

/* What an attestation is to the rules that count; kept in its transaction so that a reversal or release needs no more. */
enum transaction_trait {
    TRAIT_SESSION = 1,    /* billed: individual session, assessment or group */
    TRAIT_MISSION = 2,    /* an art. 8 mission itself, or one of the other missions of 2021 */
    TRAIT_GROUP = 4,      /* seen in a group */
    TRAIT_INDIVIDUAL = 8, /* an individual session */
    TRAIT_OUTREACH = 16,  /* on a site: neither practice nor mental-health service (S1 note 1) */
    TRAIT_F3 = 32,        /* F3 or concertation, and no eating disorder (rulebook B9) */
    TRAIT_EXTRA = 64,     /* under a contract that bears the mark of the extra 1 % (rulebook B8) */
};

/* The attestation that a transaction is about, for whoever asks what was posted and why. */
struct transaction_subject {
    const char *principal; /* who attested; lives until the transaction is posted */
    Elp__V1__Service service;
    Elp__V1__Function function;
    struct date session;
    uint64_t book;                /* record of the book that judged it */
    enum book_envelope_id wanted; /* by the rules, before money was looked at */
};

struct entry {
    struct account account;
    struct money amount; /* debit positive, credit negative */
};

struct transaction {
    Elp__V1__TransactionKind kind;
    struct code network;
    int year;
    enum book_envelope_id envelope;
    uint64_t attestation; /* 0: none */
    struct money amount;
    struct transaction_subject subject; /* zeroed where there is no attestation */
    uint32_t traits;                    /* set of enum transaction_trait */
    const uint64_t *persons;            /* who was seen, under a book that neutralises; lives as long as the record */
    size_t person_count;
    int minutes; /* of a session with TRAIT_EXTRA, else 0 */
    size_t entry_count;
    struct entry entries[TRANSACTION_ENTRIES_MAX];
};

/* Without entries yet. */
void transaction_begin(struct transaction *transaction, Elp__V1__TransactionKind kind, const char *network, int year);

/* Adds a debit (or, negative, a credit); an amount of zero adds nothing. */
void transaction_add(struct transaction *transaction, struct account account, struct money amount);

/*
 * Posts: requires that the entries sum to zero, moves the accounts and records it in the results. Each account of a
 * payee counts `lines` more attestations or reversals behind its balance.
 */
MUST_USE int transaction_post(struct ledger *ledger, const struct transaction *transaction, int lines);

/* From a stored message; false when it is not one that this ledger writes. */
MUST_USE bool transaction_of_message(const Elp__V1__Transaction *message, struct transaction *ret);

#endif
