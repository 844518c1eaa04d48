#include "tests/cases/rule.h"

#include <string.h>

static const struct rule *const rules[] = {
    &rule_deadline,       &rule_group_rating, &rule_identifiers, &rule_indexation, &rule_individual_share,
    &rule_neutralisation, &rule_notice,       &rule_reduction,   &rule_zone,
};

const struct rule *rule_find(const char *name) {
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (strcmp(rules[i]->name, name) == 0) {
            return rules[i];
        }
    }
    return NULL;
}

size_t rule_column(const struct rule *rule, const char *name) {
    size_t column = 0;
    while (column < rule->column_count && strcmp(rule->columns[column], name) != 0) {
        column++;
    }
    return column;
}
