#include "common/epochs.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "common/require.h"

bool epoch_valid(const char *text) {
    return strspn(text, "0123456789abcdef") == EPOCH_BYTES - 1 && text[EPOCH_BYTES - 1] == '\0';
}

void epoch_make(char *out) {
    uint8_t random[(EPOCH_BYTES - 1) / 2];
    randombytes_buf(random, sizeof random);
    (void)sodium_bin2hex(out, EPOCH_BYTES, random, sizeof random);
}

int epochs_add(struct epochs *epochs, uint64_t from, const char *text) {
    require(epoch_valid(text) && (epochs->count == 0 || epochs->items[epochs->count - 1].from < from));
    struct epoch *items = realloc(epochs->items, (epochs->count + 1) * sizeof *items);
    if (items == NULL) {
        return FAILURE_MEMORY;
    }
    epochs->items = items;
    items[epochs->count].from = from;
    memcpy(items[epochs->count].text, text, EPOCH_BYTES);
    epochs->count++;
    return 0;
}

void epochs_free(struct epochs *epochs) {
    free(epochs->items);
    *epochs = (struct epochs){0};
}

const char *epochs_current(const struct epochs *epochs) {
    return epochs->count == 0 ? "" : epochs->items[epochs->count - 1].text;
}

const char *epochs_at(const struct epochs *epochs, uint64_t number) {
    const char *text = "";
    for (size_t i = 0; i < epochs->count && epochs->items[i].from <= number; i++) {
        text = epochs->items[i].text;
    }
    return text;
}

bool epochs_hold(const struct epochs *epochs, const char *text, uint64_t number) {
    const char *at = epochs_at(epochs, number);
    return at[0] != '\0' && strcmp(at, text) == 0;
}
