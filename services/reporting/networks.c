#include "services/reporting/networks.h"

#include <string.h>

#include "common/identifiers.h"
#include "common/log.h"
#include "services/reporting/tables.h"

/*
 * Table networks. Key: the code's bytes. Value: layout 01, then the kind (proto NetworkKind), one byte each.
 * Network N07, adult:
 *   4e 30 37  →  01 01
 */
#define LAYOUT_NETWORK 1

static int network_add(struct networks *networks, const char *code) {
    uint32_t id;
    bool added;
    return text_index_add(&networks->codes, code, &id, &added);
}

static int network_load(void *model, struct span key, struct span value) {
    struct networks *networks = model;
    if (key.bytes == 0 || key.bytes > CODE_BYTES_MAX || value.bytes != 2 || value.data[0] != LAYOUT_NETWORK) {
        return FAILURE_CORRUPT;
    }
    char code[CODE_BYTES_MAX + 1] = {0};
    memcpy(code, key.data, key.bytes);
    return network_add(networks, code);
}

int networks_open(struct networks *networks, struct store_txn *txn) {
    *networks = (struct networks){0};
    int failure = network_add(networks, NETWORK_ALL);
    if (failure == 0) {
        failure = network_add(networks, NETWORK_UNKNOWN);
    }
    return failure != 0 ? failure : table_walk(txn, TABLE_NETWORKS, network_load, networks);
}

void networks_close(struct networks *networks) {
    text_index_free(&networks->codes);
}

int networks_apply(struct networks *networks, struct store_txn *txn, const struct answer *answer) {
    if (answer->intake->body_case != ELP__V1__INTAKE_RECORD__BODY_FACT ||
        answer->intake->fact->fact_case != ELP__V1__REGISTRY_FACT__FACT_NETWORK) {
        return 0;
    }
    const Elp__V1__Network *network = answer->intake->fact->network;
    struct code code;
    /* A network that called itself "all" would publish to everybody; its events stay with the unknown ones. */
    if (!code_parse(network->code, &code) || strcmp(code.text, NETWORK_ALL) == 0) {
        log_line(LOG_LEVEL_WARNING, "network-code-unusable", "number", LOG_NUMBER, (int64_t)answer->number, NULL);
        return 0;
    }
    int failure = network_add(networks, code.text);
    if (failure != 0) {
        return failure;
    }
    uint8_t value[2] = {LAYOUT_NETWORK, (uint8_t)network->kind};
    return store_put(txn, TABLE_NETWORKS, span_of_text(code.text), span_of(value, sizeof(value)));
}

const char *networks_known(const struct networks *networks, const char *code) {
    uint32_t id = text_index_find(&networks->codes, code);
    return id == TEXT_INDEX_NONE || strcmp(code, NETWORK_ALL) == 0 ? NETWORK_UNKNOWN
                                                                   : text_index_text(&networks->codes, id);
}

bool network_visible(const struct principal *principal, const char *network) {
    return strcmp(network, NETWORK_ALL) == 0 || principal_sees_network(principal, network);
}
