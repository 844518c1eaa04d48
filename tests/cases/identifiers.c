/* identifiers.csv: which numbers are identifiers at all (rulebook R10). */
#include "common/identifiers.h"

#include <string.h>

#include "tests/cases/rule.h"

enum { KIND, VALUE, EXPECTED, COLUMNS };

static const char *const columns[COLUMNS] = {
    [KIND] = "kind",
    [VALUE] = "value",
    [EXPECTED] = "expected",
};

static bool is_niss(const char *text) {
    struct niss niss;
    return niss_parse(text, &niss);
}

static bool is_inami(const char *text) {
    struct inami inami;
    return inami_parse(text, &inami);
}

static bool is_bce(const char *text) {
    struct bce bce;
    return bce_parse(text, &bce);
}

static bool is_iban(const char *text) {
    struct iban iban;
    return iban_parse(text, &iban);
}

static const struct {
    const char *kind;
    bool (*is_valid)(const char *text);
} kinds[] = {
    {"niss", is_niss},
    {"inami", is_inami},
    {"bce", is_bce},
    {"iban", is_iban},
};

static void check(const struct case_books *books, struct row *row) {
    (void)books;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].kind, row->fields[KIND]) == 0) {
            row_expect(row, EXPECTED, kinds[i].is_valid(row->fields[VALUE]) ? "valid" : "invalid");
            return;
        }
    }
    row_fail(row, KIND, "niss, inami, bce or iban", row->fields[KIND]);
}

const struct rule rule_identifiers = {"identifiers", columns, COLUMNS, check};
