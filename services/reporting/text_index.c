#include "services/reporting/text_index.h"

#include <stdlib.h>
#include <string.h>

#include "common/require.h"

#define SLOTS_FIRST 64

/* FNV-1a; the texts are ours or were checked by intake, and the index is small, so no keyed hash is needed. */
static uint32_t hash_of(const char *text) {
    uint32_t hash = 2166136261u;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (uint8_t)*text) * 16777619u;
    }
    return hash;
}

void text_index_free(struct text_index *index) {
    free(index->texts);
    free(index->slots);
    *index = (struct text_index){0};
}

const char *text_index_text(const struct text_index *index, uint32_t id) {
    require(id < index->count);
    return index->texts[id];
}

/* The slot that holds the text, or the free one where it belongs. */
static size_t slot_of(const struct text_index *index, const char *text) {
    size_t mask = index->slot_count - 1;
    size_t slot = hash_of(text) & mask;
    while (index->slots[slot] != 0 && strcmp(index->texts[index->slots[slot] - 1], text) != 0) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

uint32_t text_index_find(const struct text_index *index, const char *text) {
    if (index->slot_count == 0) {
        return TEXT_INDEX_NONE;
    }
    uint32_t found = index->slots[slot_of(index, text)];
    return found == 0 ? TEXT_INDEX_NONE : found - 1;
}

/* Keeps the slots at most half full. */
static int slots_grow(struct text_index *index) {
    if ((size_t)index->count * 2 < index->slot_count) {
        return 0;
    }
    size_t slot_count = index->slot_count == 0 ? SLOTS_FIRST : index->slot_count * 2;
    uint32_t *slots = calloc(slot_count, sizeof(*slots));
    if (slots == NULL) {
        return FAILURE_MEMORY;
    }
    free(index->slots);
    index->slots = slots;
    index->slot_count = slot_count;
    for (uint32_t id = 0; id < index->count; id++) {
        index->slots[slot_of(index, index->texts[id])] = id + 1;
    }
    return 0;
}

static int texts_grow(struct text_index *index) {
    if (index->count < index->text_room) {
        return 0;
    }
    size_t room = index->text_room == 0 ? SLOTS_FIRST : index->text_room * 2;
    void *texts = reallocarray(index->texts, room, TEXT_INDEX_BYTES);
    if (texts == NULL) {
        return FAILURE_MEMORY;
    }
    index->texts = texts;
    index->text_room = room;
    return 0;
}

int text_index_add(struct text_index *index, const char *text, uint32_t *ret_id, bool *ret_added) {
    uint32_t found = text_index_find(index, text);
    if (found != TEXT_INDEX_NONE) {
        *ret_id = found;
        *ret_added = false;
        return 0;
    }
    size_t bytes = strlen(text) + 1;
    require(bytes <= TEXT_INDEX_BYTES);
    if (slots_grow(index) != 0 || texts_grow(index) != 0) {
        return FAILURE_MEMORY;
    }
    memcpy(index->texts[index->count], text, bytes);
    index->slots[slot_of(index, text)] = index->count + 1;
    *ret_id = index->count++;
    *ret_added = true;
    return 0;
}
