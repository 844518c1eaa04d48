#include "services/ledger/hospitals.h"

#include <string.h>

#define HEAD_BYTES 2

int hospitals_apply(struct ledger *ledger, const Elp__V1__Network *fact) {
    uint8_t value[HEAD_BYTES + CODE_BYTES_MAX];
    size_t bytes = strlen(fact->collecting_institution);
    if (fact->code[0] == '\0' || strlen(fact->code) > CODE_BYTES_MAX || bytes > CODE_BYTES_MAX) {
        return ledger_stop(ledger, "its network has no valid code");
    }
    value[0] = (uint8_t)fact->kind;
    value[1] = fact->prison_network;
    memcpy(value + HEAD_BYTES, fact->collecting_institution, bytes);
    return store_put(ledger->txn, LEDGER_TABLE_HOSPITALS, span_of_text(fact->code), span_of(value, HEAD_BYTES + bytes));
}

int hospitals_find(struct store_txn *txn, const char *network, struct hospital *ret) {
    struct hospital hospital = {.prison_network = false};
    struct span value;
    bool found = false;
    int failure = store_get(txn, LEDGER_TABLE_HOSPITALS, span_of_text(network), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && (value.bytes < HEAD_BYTES || value.bytes > HEAD_BYTES + CODE_BYTES_MAX)) {
        return FAILURE_CORRUPT;
    }
    if (found) {
        hospital.kind = (Elp__V1__NetworkKind)value.data[0];
        hospital.prison_network = value.data[1] != 0;
        memcpy(hospital.payee.text, value.data + HEAD_BYTES, value.bytes - HEAD_BYTES);
    }
    *ret = hospital;
    return 0;
}
