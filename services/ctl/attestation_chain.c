#include "services/ctl/attestation_chain.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/attestation.h"
#include "common/calendar.h"
#include "services/ctl/ask.h"
#include "services/ctl/message_json.h"

#define WAIT_MS 3000 /* for daemons that are a moment behind */

bool attestation_chain_accepted(const struct attestation_chain *chain) {
    return chain->attestation->verdict->kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED;
}

static int ask_verdict(struct attestation_chain *chain) {
    struct ctl *ctl = chain->ctl;
    const char *id = ctl_argument(ctl, 0);
    const char *key = ctl_option(ctl, OPTION_KEY);
    Elp__V1__AttestationQuery query = ELP__V1__ATTESTATION_QUERY__INIT;
    char epoch[17];
    uint64_t number;
    void *answer;
    if (!id == !key) {
        return ctl_fail(CTL_USAGE, "give the ID of an attestation, or --key KEY");
    }
    if (id && !attestation_id_parse(id, epoch, &number)) {
        return ctl_fail(CTL_USAGE,
                        "\"%.60s\" is no attestation id: 16 hexadecimal digits, '-', a number, as the verdict gave it",
                        id);
    }
    query.id = (char *)(id ? id : "");
    if (key) {
        query.key = (ProtobufCBinaryData){strlen(key), (uint8_t *)key};
    }
    int code =
        ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ATTESTATION_QUERY, &query.base,
            ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ATTESTATION_REPLY, &elp__v1__attestation_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    chain->attestation = answer;
    return chain->attestation->verdict
               ? CTL_DONE
               : ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "intake answered without a verdict");
}

static uint32_t wait_ms(const struct ctl *ctl) {
    return (uint32_t)(ctl->timeout_ms < WAIT_MS ? ctl->timeout_ms / 2 : WAIT_MS);
}

int attestation_chain_posting(struct ctl *ctl, uint64_t number, const Elp__V1__PostingReply **ret) {
    Elp__V1__PostingQuery query = ELP__V1__POSTING_QUERY__INIT;
    void *answer;
    query.number = number;
    query.wait_ms = wait_ms(ctl);
    int code = ask(ctl, CELL_LEDGER, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_QUERY, &query.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_POSTING_REPLY, &elp__v1__posting_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        *ret = answer;
    }
    return code;
}

static int ask_worth(struct attestation_chain *chain) {
    Elp__V1__RatedQuery rated = ELP__V1__RATED_QUERY__INIT;
    void *answer;
    rated.number = chain->attestation->verdict->number;
    rated.wait_ms = wait_ms(chain->ctl);
    int code = ask(chain->ctl, CELL_RATING, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_QUERY, &rated.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_REPLY, &elp__v1__rated_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    chain->rated = answer;
    return attestation_chain_posting(chain->ctl, chain->attestation->verdict->number, &chain->posting);
}

int attestation_chain_gather(struct attestation_chain *chain) {
    int code = ask_verdict(chain);
    return code == CTL_DONE && attestation_chain_accepted(chain) ? ask_worth(chain) : code;
}

static uint32_t month_of(struct date date) {
    int year;
    int month;
    int day;
    date_split(date, &year, &month, &day);
    return (uint32_t)(year * 100 + month);
}

/* That of the day on which it was posted or released; what was carried into a later year is paid from its January on. */
uint32_t attestation_chain_month(const struct attestation_chain *chain) {
    const Elp__V1__Transaction *latest = chain->posting->latest;
    if (!latest || chain->posting->latest_date == 0) {
        return month_of(brussels_date(chain->attestation->verdict->at_us));
    }
    uint32_t month = month_of((struct date){chain->posting->latest_date});
    return latest->year > month / 100 ? latest->year * 100 + 1 : month;
}

int attestation_chain_payment(struct attestation_chain *chain, uint32_t month, const char *payee,
                              const Elp__V1__PaymentOrder **ret) {
    Elp__V1__PaymentQuery query = ELP__V1__PAYMENT_QUERY__INIT;
    Elp__V1__Refused *refused = NULL;
    struct client *client;
    void *answer;
    int code = ask_client(chain->ctl, CELL_LEDGER, CLIENT_COMMANDS, &client);
    if (code != CTL_DONE || chain->payments_hidden) {
        return code;
    }
    query.network = chain->attestation->network;
    query.month = month;
    query.payee = (char *)payee;
    int outcome = client_call(client, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, &query.base,
                              ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_REPLY, &elp__v1__payment_reply__descriptor,
                              chain->ctl->timeout_ms, &answer, &refused);
    if (outcome == CLIENT_REFUSED && strcmp(refused->code, "denied") == 0) {
        chain->payments_hidden = true;
        return CTL_DONE;
    }
    if (outcome != CLIENT_REPLIED) {
        return ask_fail(chain->ctl, CELL_LEDGER, CLIENT_COMMANDS, outcome, refused);
    }
    const Elp__V1__PaymentReply *reply = answer;
    if (reply->n_payments > 0) {
        *ret = reply->payments[0];
    }
    return CTL_DONE;
}

const char *attestation_chain_payment_text(const struct attestation_chain *chain, uint32_t month,
                                           const Elp__V1__PaymentOrder *order, char *out, size_t size) {
    char date[DATE_TEXT_BYTES];
    struct date end;
    if (chain->payments_hidden) {
        (void)snprintf(out, size, "not shown to this principal");
    } else if (order && order->state == ELP__V1__PAYMENT_STATE__PAYMENT_STATE_HELD) {
        (void)snprintf(out, size, "held, the payee lacks %s", order->n_missing > 0 ? order->missing[0] : "something");
    } else if (order) {
        (void)snprintf(out, size, "ordered for %s", date_format((struct date){order->date}, date, sizeof date));
    } else if (date_make((int)(month / 100), (int)(month % 100), 1, &end)) {
        (void)snprintf(out, size, "to be ordered on %s", date_format(date_last_of_month(end), date, sizeof date));
    } else {
        (void)snprintf(out, size, "-");
    }
    return out;
}

static int add_payments(struct attestation_chain *chain, json_t *payments) {
    const Elp__V1__Rated *rated = chain->rated->rated;
    uint32_t month = attestation_chain_month(chain);
    for (size_t i = 0; rated && i < rated->n_parts; i++) {
        const Elp__V1__PaymentOrder *order = NULL;
        int code = attestation_chain_payment(chain, month, rated->parts[i]->payee, &order);
        if (code != CTL_DONE) {
            return code;
        }
        if (order) {
            (void)json_array_append_new(payments, message_json(&order->base, MESSAGE_JSON_WHOLE));
        }
    }
    return CTL_DONE;
}

int attestation_chain_json(struct attestation_chain *chain) {
    json_t *object = message_json(&chain->attestation->base, MESSAGE_JSON_WHOLE);
    if (chain->rated) {
        json_t *payments = json_array();
        (void)json_object_set_new(object, "rating", message_json(&chain->rated->base, MESSAGE_JSON_WHOLE));
        (void)json_object_set_new(object, "posting", message_json(&chain->posting->base, MESSAGE_JSON_WHOLE));
        (void)json_object_set(object, "payments", payments);
        int code = add_payments(chain, payments);
        json_decref(payments);
        if (code != CTL_DONE) {
            json_decref(object);
            return code;
        }
    }
    return message_json_print(object);
}
