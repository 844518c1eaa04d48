#ifndef ELP_COMMON_ARENA_H
#define ELP_COMMON_ARENA_H

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/*
 * Bump memory with a hard ceiling, reset after each use: bounds what a hostile message can make protobuf-c
 * allocate (pitfalls §3.1) and makes leaks impossible. An allocation past the ceiling returns NULL, which
 * protobuf-c turns into a failed unpack. Not thread-safe.
 */
struct arena {
    unsigned char *base;
    size_t size;
    size_t used;
    ProtobufCAllocator allocator; /* hands out from this arena; free does nothing */
};

/* Reserves `size` bytes of address space; pages are touched as used. Returns 0 or FAILURE_MEMORY. */
__attribute__((warn_unused_result)) int arena_open(struct arena *arena, size_t size);
void arena_close(struct arena *arena);
void arena_reset(struct arena *arena);
/* 16-byte aligned, zeroed; NULL past the ceiling. */
void *arena_take(struct arena *arena, size_t bytes);
char *arena_text(struct arena *arena, const char *text); /* copy; NULL past the ceiling */

#endif
