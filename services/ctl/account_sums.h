#ifndef ELP_CTL_ACCOUNT_SUMS_H
#define ELP_CTL_ACCOUNT_SUMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/money.h"

/* Balances added up account by account, as statements and exports need them: tens of thousands of names, found fast. */
struct account_sum {
    char *account;
    struct money opening; /* before the period */
    struct money balance; /* now */
    bool declared;        /* for the caller */
};

struct account_sums {
    struct account_sum *items;
    size_t count;
    size_t room;
    size_t *slots; /* 1 + place in items; 0: free */
    size_t slot_count;
};

/* The entry of an account, made when it is new; valid until the next call. NULL without memory. */
struct account_sum *account_sums_of(struct account_sums *sums, const char *account);

/* Sorts the items by name; nothing may be looked up afterwards. */
void account_sums_sort(struct account_sums *sums);
void account_sums_free(struct account_sums *sums);

/*
 * The word at `place` of an account's text, 0 for the first: word 2 of "liabilities:payable:A01:P1" is "A01". "" when there
 * are fewer.
 */
const char *account_word(const char *account, size_t place, char *out, size_t size);

#endif
