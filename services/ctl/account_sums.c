#include "services/ctl/account_sums.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS_FIRST 256
#define SLOTS_PER_ITEM 2

static uint64_t digest(const char *text) {
    uint64_t value = UINT64_C(14695981039346656037); /* FNV-1a: the names are the ledger's own, nobody chooses them */
    for (; *text; text++) {
        value = (value ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return value;
}

/* The slot of a name, or the free one in which it belongs. */
static size_t *slot_of(const struct account_sums *sums, const char *account) {
    size_t place = (size_t)(digest(account) % sums->slot_count);
    while (sums->slots[place] != 0 && strcmp(sums->items[sums->slots[place] - 1].account, account) != 0) {
        place = (place + 1) % sums->slot_count;
    }
    return &sums->slots[place];
}

static bool grow(struct account_sums *sums) {
    size_t room = sums->room > 0 ? 2 * sums->room : ITEMS_FIRST;
    struct account_sum *items = realloc(sums->items, room * sizeof *items);
    if (!items) {
        return false;
    }
    sums->items = items;
    size_t *slots = calloc(room * SLOTS_PER_ITEM, sizeof *slots);
    if (!slots) {
        return false;
    }
    free(sums->slots);
    sums->slots = slots;
    sums->slot_count = room * SLOTS_PER_ITEM;
    sums->room = room;
    for (size_t i = 0; i < sums->count; i++) {
        *slot_of(sums, sums->items[i].account) = i + 1;
    }
    return true;
}

struct account_sum *account_sums_of(struct account_sums *sums, const char *account) {
    if (sums->count == sums->room && !grow(sums)) {
        return NULL;
    }
    size_t *slot = slot_of(sums, account);
    if (*slot == 0) {
        char *name = strdup(account);
        if (!name) {
            return NULL;
        }
        sums->items[sums->count++] = (struct account_sum){.account = name};
        *slot = sums->count;
    }
    return &sums->items[*slot - 1];
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct account_sum *)a)->account, ((const struct account_sum *)b)->account);
}

void account_sums_sort(struct account_sums *sums) {
    if (sums->count > 0) {
        qsort(sums->items, sums->count, sizeof *sums->items, by_name);
    }
}

void account_sums_free(struct account_sums *sums) {
    for (size_t i = 0; i < sums->count; i++) {
        free(sums->items[i].account);
    }
    free(sums->items);
    free(sums->slots);
    *sums = (struct account_sums){NULL, 0, 0, NULL, 0};
}

const char *account_word(const char *account, size_t place, char *out, size_t size) {
    for (; place > 0 && *account; place--) {
        account += strcspn(account, ":");
        account += *account == ':';
    }
    (void)snprintf(out, size, "%.*s", (int)strcspn(account, ":"), account);
    return out;
}
