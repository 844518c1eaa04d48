/*
 * Goal: an arena hands out zeroed, aligned memory up to its ceiling and not a byte more, and gives large uses
 * back.
 * Method: fill it to the byte, use it again, and ask the kernel which of its pages are resident.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/arena.h"

#define MIB ((size_t)1 << 20)

static void memory_is_aligned_zeroed_and_apart_also_after_a_reset(void **state) {
    (void)state;
    struct arena arena;
    assert_int_equal(arena_open(&arena, MIB), 0);
    for (int round = 0; round < 2; round++) {
        unsigned char *previous_end = arena.base;
        for (size_t bytes = 0; bytes < 100; bytes++) {
            unsigned char *place = arena_take(&arena, bytes);
            assert_non_null(place);
            assert_int_equal((uintptr_t)place % 16, 0);
            assert_true(place >= previous_end);
            for (size_t i = 0; i < bytes; i++) {
                assert_int_equal(place[i], 0);
            }
            memset(place, 0xff, bytes);
            previous_end = place + bytes;
        }
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_close(&arena);
}

static void the_ceiling_is_exact_and_a_refusal_changes_nothing(void **state) {
    (void)state;
    struct arena arena;
    assert_int_equal(arena_open(&arena, 100), 0);
    assert_null(arena_take(&arena, 101));
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take(&arena, SIZE_MAX - 15));
    assert_non_null(arena_take(&arena, 84)); /* takes 96 */
    assert_null(arena_take(&arena, 5));
    assert_non_null(arena_take(&arena, 4));
    assert_null(arena_take(&arena, 1));
    arena_reset(&arena);
    assert_non_null(arena_take(&arena, 100));
    assert_null(arena_take(&arena, 1));
    arena_close(&arena);
}

static void text_is_copied_whole_or_not_at_all(void **state) {
    (void)state;
    struct arena arena;
    assert_int_equal(arena_open(&arena, 16), 0);
    assert_null(arena_text(&arena, "sixteen bytes do"));
    char *copy = arena_text(&arena, "fifteen bytes d");
    assert_string_equal(copy, "fifteen bytes d");
    assert_null(arena_text(&arena, ""));
    arena_close(&arena);
}

static size_t resident_pages(const struct arena *arena) {
    static unsigned char pages[8192];
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t count = arena->size / page;
    size_t resident = 0;
    assert_true(count <= sizeof pages);
    assert_int_equal(mincore(arena->base, arena->size, pages), 0);
    for (size_t i = 0; i < count; i++) {
        resident += pages[i] & 1;
    }
    return resident;
}

static void pages_are_touched_as_used_and_a_large_use_does_not_stay_resident(void **state) {
    (void)state;
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    struct arena arena;
    assert_int_equal(arena_open(&arena, 16 * MIB), 0);
    assert_int_equal(resident_pages(&arena), 0);
    unsigned char *place = arena_take(&arena, 10 * MIB);
    assert_non_null(place);
    memset(place, 0xff, 10 * MIB);
    assert_true(resident_pages(&arena) >= 10 * MIB / page);
    arena_reset(&arena);
    assert_true(resident_pages(&arena) <= MIB / page);
    place = arena_take(&arena, 2 * MIB);
    assert_true(place[0] == 0 && place[2 * MIB - 1] == 0);
    arena_close(&arena);
    arena_close(&arena); /* closed already: nothing to do */
}

static void the_allocator_for_protobuf_hands_out_from_the_same_ceiling(void **state) {
    (void)state;
    struct arena arena;
    assert_int_equal(arena_open(&arena, 64), 0);
    ProtobufCAllocator *allocator = &arena.allocator;
    void *first = allocator->alloc(allocator->allocator_data, 40);
    assert_ptr_equal(first, arena.base);
    allocator->free(allocator->allocator_data, first);
    assert_int_equal(arena.used, 48);
    assert_null(allocator->alloc(allocator->allocator_data, 17));
    assert_non_null(allocator->alloc(allocator->allocator_data, 16));
    arena_close(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned_zeroed_and_apart_also_after_a_reset),
        cmocka_unit_test(the_ceiling_is_exact_and_a_refusal_changes_nothing),
        cmocka_unit_test(text_is_copied_whole_or_not_at_all),
        cmocka_unit_test(pages_are_touched_as_used_and_a_large_use_does_not_stay_resident),
        cmocka_unit_test(the_allocator_for_protobuf_hands_out_from_the_same_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
