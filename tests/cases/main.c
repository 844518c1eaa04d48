/*
 * The runner of worked cases: `cases [FOLDER]` runs every *.csv of a folder, by default of tests/cases,
 * through the functions that the daemons call. It prints a line for each mismatch and the totals, and exits 1
 * when anything failed: the cases that others hold against this system are files of the same kinds with other
 * rows. Read on in rule.h, then in the file of any rule.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cases/books.h"
#include "tests/cases/case_file.h"

#define CASES_FOLDER ELP_SOURCE_DIR "/tests/cases"
#define BOOKS_FOLDER ELP_SOURCE_DIR "/deploy/conventions"

static int is_case_file(const struct dirent *entry) {
    size_t length = strlen(entry->d_name);
    return length >= 4 && strcmp(entry->d_name + length - 4, ".csv") == 0;
}

static int run_folder(const struct case_books *books, const char *folder) {
    struct dirent **entries = NULL;
    int entry_count = scandir(folder, &entries, is_case_file, alphasort);
    if (entry_count < 0) {
        (void)fprintf(stderr, "%s: %s\n", folder, strerror(errno));
        return EXIT_FAILURE;
    }
    struct case_totals totals = {0, 0};
    for (int i = 0; i < entry_count; i++) {
        case_file_run(books, folder, entries[i]->d_name, &totals);
        free(entries[i]);
    }
    free(entries);
    if (entry_count == 0) {
        (void)fprintf(stderr, "%s: there is no *.csv file\n", folder);
    }
    (void)printf("%d passed, %d failed\n", totals.passed, totals.failed);
    return entry_count > 0 && totals.failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv) {
    if (argc > 2 || (argc == 2 && argv[1][0] == '-')) {
        (void)fprintf(stderr, "usage: cases [FOLDER]\nRuns the worked cases of FOLDER/*.csv; default: %s\n",
                      CASES_FOLDER);
        return 2;
    }
    struct case_books books;
    if (!case_books_load(BOOKS_FOLDER, &books)) {
        return EXIT_FAILURE;
    }
    int status = run_folder(&books, argc == 2 ? argv[1] : CASES_FOLDER);
    case_books_free(&books);
    return status;
}
