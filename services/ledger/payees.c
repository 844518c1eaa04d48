#include "services/ledger/payees.h"

#include <string.h>

#include "common/require.h"
#include "services/ledger/payments.h"

static const char *const fields[PAYEE_FIELDS] = {"name", "street", "town", "country", "bce", "iban"};

const char *payee_field(size_t index) {
    require(index < PAYEE_FIELDS);
    return fields[index];
}

static unsigned missing_of(const Elp__V1__Payee *fact) {
    const char *values[PAYEE_FIELDS] = {fact->name, fact->street, fact->town, fact->country, fact->bce, fact->iban};
    unsigned missing = 0;
    for (size_t i = 0; i < PAYEE_FIELDS; i++) {
        bool asked = strcmp(fields[i], "bce") != 0 || !fact->without_enterprise;
        if (asked && values[i][0] == '\0') {
            missing |= 1u << i;
        }
    }
    return missing;
}

int payees_missing(struct ledger *ledger, const char *payee, unsigned *ret_missing) {
    struct span value;
    bool found = false;
    int failure = store_get(ledger->txn, LEDGER_TABLE_PAYEES, span_of_text(payee), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != 1) {
        return FAILURE_CORRUPT;
    }
    *ret_missing = found ? value.data[0] : PAYEE_ALL_MISSING;
    return 0;
}

int payees_apply(struct ledger *ledger, const Elp__V1__Payee *fact) {
    if (fact->code[0] == '\0' || strlen(fact->code) > CODE_BYTES_MAX) {
        return ledger_stop(ledger, "its payee has no valid code");
    }
    uint8_t missing = (uint8_t)missing_of(fact);
    int failure = store_put(ledger->txn, LEDGER_TABLE_PAYEES, span_of_text(fact->code), span_of(&missing, 1));
    return failure < 0 || missing != 0 ? failure : payments_release(ledger, fact->code);
}
