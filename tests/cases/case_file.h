#ifndef ELP_TESTS_CASES_CASE_FILE_H
#define ELP_TESTS_CASES_CASE_FILE_H

#include "tests/cases/books.h"

struct case_totals {
    int passed;
    int failed;
};

/*
 * Runs every case of <folder>/<file_name> through the rule that the file is named after and adds to the
 * totals. Each mismatch is one printed line; so is a file without a rule, a header with an unknown, missing
 * or repeated column, a malformed record and a file without cases, and each of those counts as failed once.
 */
void case_file_run(const struct case_books *books, const char *folder, const char *file_name,
                   struct case_totals *totals);

#endif
