/*
 * Goal: the rule table of elpctl is whole: every figure of every book belongs to a rule, every code has the words of the refusal
 * table, and every name is found.
 * Method: the books that elpctl carries, compared with the files of the source tree, and all their figures.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/ctl/book_file.h"
#include "services/ctl/rulebook.h"
#include "services/ctl/shipped_books.h"
#include "tests/unit/book_text.h"

static void the_carried_books_are_those_of_the_tree(void **state) {
    (void)state;
    size_t count = 0;

    for (const struct shipped_book *shipped = shipped_books; shipped->convention; shipped++, count++) {
        char *text = book_text_read(shipped->path);
        struct book *book = NULL;

        assert_int_equal(strlen(text), shipped->bytes);
        assert_memory_equal(text, shipped->text, shipped->bytes);
        assert_true(book_file_shipped(count, &book));
        assert_string_equal(book->convention, shipped->convention);
        book_free(book);
        free(text);
    }
    assert_int_equal(count, 3);
}

static bool belongs(const char *figure) {
    const struct rulebook_rule *rule;

    for (size_t i = 0; (rule = rulebook_at(i)) != NULL; i++) {
        if (rulebook_has_figure(rule, figure)) {
            return true;
        }
    }
    return false;
}

static void every_figure_belongs_to_a_rule(void **state) {
    (void)state;
    struct book *book = NULL;

    for (size_t b = 0; book_file_shipped(b, &book); b++) {
        for (size_t i = 0; i < book_figure_count(book); i++) {
            if (!belongs(book_figure(book, i)->name)) {
                fail_msg("%s: no rule has the figure %s", book->convention, book_figure(book, i)->name);
            }
        }
        book_free(book);
    }
}

/* Of what a rule lists, something stands in a book; a misspelt name would stand in none. */
static void every_listed_figure_stands_in_a_book(void **state) {
    (void)state;
    const struct rulebook_rule *rule;

    for (size_t r = 0; (rule = rulebook_at(r)) != NULL; r++) {
        for (size_t f = 0; f < RULEBOOK_FIGURES_MAX && rule->figures[f]; f++) {
            struct rulebook_rule one = {.figures = {rule->figures[f]}};
            struct book *book = NULL;
            bool found = rule->refusal >= REFUSAL_NOT_REPRESENTED; /* these have no row in a book */

            for (size_t b = 0; book_file_shipped(b, &book); b++) {
                for (size_t i = 0; i < book_figure_count(book); i++) {
                    found = found || rulebook_has_figure(&one, book_figure(book, i)->name);
                }
                book_free(book);
            }
            if (!found) {
                fail_msg("%s lists %s, which stands in no book", rule->id, rule->figures[f]);
            }
        }
    }
}

static void every_code_has_the_words_of_the_refusal_table(void **state) {
    (void)state;
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        const struct refusal_code *entry = refusal_entry((enum refusal)i);
        const struct rulebook_rule *rule = rulebook_find(entry->code);

        assert_non_null(rule);
        assert_int_equal(rule->refusal, i);
        assert_ptr_equal(rule->rule, entry->rule);
        assert_ptr_equal(rule->title, entry->reason);
        assert_ptr_equal(rule->remedy, entry->remedy);
    }
}

static void every_rule_is_found_by_its_name_and_complete(void **state) {
    (void)state;
    static const struct {
        char letter;
        int count;
    } families[] = {{'R', 10}, {'T', 6}, {'B', 10}};
    const struct rulebook_rule *rule;

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        for (int n = 1; n <= families[i].count; n++) {
            char name[24];

            snprintf(name, sizeof(name), "%c%d", families[i].letter, n);
            assert_non_null(rulebook_find(name));
        }
    }
    for (size_t r = 0; (rule = rulebook_at(r)) != NULL; r++) {
        assert_ptr_equal(rulebook_find(rule->id), rule);
        assert_true(strlen(rule->title) > 3 && strlen(rule->rule) > 20 && strlen(rule->remedy) > 10);
        assert_true(rule->figures[0] != NULL || rule->article[0] != 0);
    }
    assert_ptr_equal(rulebook_find("t3"), rulebook_find("T3"));
    assert_null(rulebook_find("T7"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_carried_books_are_those_of_the_tree),
        cmocka_unit_test(every_figure_belongs_to_a_rule),
        cmocka_unit_test(every_listed_figure_stands_in_a_book),
        cmocka_unit_test(every_code_has_the_words_of_the_refusal_table),
        cmocka_unit_test(every_rule_is_found_by_its_name_and_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
