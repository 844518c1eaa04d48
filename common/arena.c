#include "common/arena.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "common/failure.h"
#include "common/require.h"

#define ALIGNMENT 16
#define RESIDENT_BYTES_MAX (1024 * 1024) /* what a reset leaves in memory for the next use */

/* protobuf-c fills what it takes, so nothing is zeroed here. */
static void *take(struct arena *arena, size_t bytes) {
    if (bytes > arena->size - arena->used) {
        return NULL;
    }
    unsigned char *place = arena->base + arena->used;
    const size_t rounded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    const size_t left = arena->size - arena->used;
    arena->used += rounded < left ? rounded : left;
    return place;
}

static void *allocator_take(void *data, size_t bytes) {
    return take(data, bytes);
}

static void allocator_free(void *data, void *pointer) {
    (void)data;
    (void)pointer;
}

int arena_open(struct arena *arena, size_t size) {
    require(size > 0 && size <= SIZE_MAX / 2);
    void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return FAILURE_MEMORY;
    }
    *arena = (struct arena){
        .base = base,
        .size = size,
        .allocator = {.alloc = allocator_take, .free = allocator_free, .allocator_data = arena},
    };
    return 0;
}

void arena_close(struct arena *arena) {
    if (arena->base != NULL) {
        (void)munmap(arena->base, arena->size);
    }
    *arena = (struct arena){0};
}

void arena_reset(struct arena *arena) {
    if (arena->used > RESIDENT_BYTES_MAX) {
        /* One large message must not stay resident for ever. A refusal costs memory, nothing else. */
        (void)madvise(arena->base + RESIDENT_BYTES_MAX, arena->used - RESIDENT_BYTES_MAX, MADV_DONTNEED);
    }
    arena->used = 0;
}

void *arena_take(struct arena *arena, size_t bytes) {
    void *place = take(arena, bytes);
    if (place != NULL && bytes > 0) {
        memset(place, 0, bytes);
    }
    return place;
}

char *arena_text(struct arena *arena, const char *text) {
    const size_t bytes = strlen(text) + 1;
    char *copy = take(arena, bytes);
    if (copy != NULL) {
        memcpy(copy, text, bytes);
    }
    return copy;
}
