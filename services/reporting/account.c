#include "services/reporting/account.h"

#include <string.h>

#include "common/budget_envelope.h"

#define YEAR_DIGITS 4

/* "NETWORK:YEAR" at `text`; returns what follows the year, or NULL. */
static const char *network_year(const char *text, struct account *account) {
    const char *colon = strchr(text, ':');
    if (colon == NULL || colon == text || colon - text > CODE_BYTES_MAX) {
        return NULL;
    }
    memcpy(account->network.text, text, (size_t)(colon - text));
    const char *digit = colon + 1;
    for (int i = 0; i < YEAR_DIGITS; i++, digit++) {
        if (*digit < '0' || *digit > '9') {
            return NULL;
        }
        account->year = account->year * 10 + (uint32_t)(*digit - '0');
    }
    return digit;
}

struct account account_of_text(const char *text) {
    static const char expenses[] = "expenses:";
    static const char suspended[] = "suspended:";
    struct account account = {.account_class = ACCOUNT_OTHER};
    if (strncmp(text, expenses, sizeof(expenses) - 1) == 0) {
        const char *rest = network_year(text + sizeof(expenses) - 1, &account);
        if (rest != NULL && *rest == ':') {
            account.account_class = ACCOUNT_EXPENSES;
            account.envelope = budget_envelope_of_word(rest + 1);
        }
    } else if (strncmp(text, suspended, sizeof(suspended) - 1) == 0) {
        const char *rest = network_year(text + sizeof(suspended) - 1, &account);
        if (rest != NULL && *rest == '\0') {
            account.account_class = ACCOUNT_SUSPENDED;
        }
    }
    return account;
}
