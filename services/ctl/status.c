#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/attestation.h"
#include "common/budget_envelope.h"
#include "common/calendar.h"
#include "common/money.h"
#include "elp/v1/intake.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "services/ctl/ask.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_field.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* status: one attestation through the whole chain: its verdict, what it is worth, which money pays it, when it is paid. */

#define WAIT_MS 3000 /* for daemons that are a moment behind */

/* Answers of three daemons; each lives in the arena of its own client. */
struct status {
    struct ctl *ctl;
    const Elp__V1__AttestationReply *attestation;
    const Elp__V1__RatedReply *rated;
    const Elp__V1__PostingReply *posting;
    bool payments_hidden; /* an integrator sees its attestations, not the payment orders of their payees */
};

static int ask_attestation(struct status *status) {
    struct ctl *ctl = status->ctl;
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
    if (code == CTL_DONE) {
        status->attestation = answer;
    }
    return code;
}

static uint32_t wait_ms(const struct ctl *ctl) {
    return (uint32_t)(ctl->timeout_ms < WAIT_MS ? ctl->timeout_ms / 2 : WAIT_MS);
}

static int ask_posting(struct ctl *ctl, uint64_t number, const Elp__V1__PostingReply **ret) {
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

static int ask_downstream(struct status *status) {
    Elp__V1__RatedQuery rated = ELP__V1__RATED_QUERY__INIT;
    void *answer;
    rated.number = status->attestation->verdict->number;
    rated.wait_ms = wait_ms(status->ctl);
    int code = ask(status->ctl, CELL_RATING, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_QUERY, &rated.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_REPLY, &elp__v1__rated_reply__descriptor, &answer);
    if (code != CTL_DONE) {
        return code;
    }
    status->rated = answer;
    return ask_posting(status->ctl, status->attestation->verdict->number, &status->posting);
}

/* The month in which it was attested, YYYYMM: that of its payment order. */
static uint32_t payment_month(const struct status *status) {
    int year;
    int month;
    int day;
    date_split(brussels_date(status->attestation->verdict->at_us), &year, &month, &day);
    return (uint32_t)(year * 100 + month);
}

/*
 * The order that pays a part. The answer of the ledger replaces its last one, so everything of the posting is shown before.
 */
static int ask_payment(struct status *status, const char *payee, const Elp__V1__PaymentOrder **ret) {
    Elp__V1__PaymentQuery query = ELP__V1__PAYMENT_QUERY__INIT;
    Elp__V1__Refused *refused = NULL;
    struct client *client;
    void *answer;
    int code = ask_client(status->ctl, CELL_LEDGER, CLIENT_COMMANDS, &client);
    if (code != CTL_DONE || status->payments_hidden) {
        return code;
    }
    query.network = status->attestation->network;
    query.month = payment_month(status);
    query.payee = (char *)payee;
    int outcome = client_call(client, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_QUERY, &query.base,
                              ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_PAYMENT_REPLY, &elp__v1__payment_reply__descriptor,
                              status->ctl->timeout_ms, &answer, &refused);
    if (outcome == CLIENT_REFUSED && strcmp(refused->code, "denied") == 0) {
        status->payments_hidden = true;
        return CTL_DONE;
    }
    if (outcome != CLIENT_REPLIED) {
        return ask_fail(status->ctl, CELL_LEDGER, CLIENT_COMMANDS, outcome, refused);
    }
    const Elp__V1__PaymentReply *reply = answer;
    *ret = reply->n_payments > 0 ? reply->payments[0] : NULL;
    return CTL_DONE;
}

static const char *payment_text(const struct status *status, const Elp__V1__PaymentOrder *order, char *out,
                                size_t size) {
    char date[DATE_TEXT_BYTES];
    if (status->payments_hidden) {
        (void)snprintf(out, size, "not shown to this principal");
    } else if (order && order->state == ELP__V1__PAYMENT_STATE__PAYMENT_STATE_HELD) {
        (void)snprintf(out, size, "held, the payee lacks %s", order->n_missing > 0 ? order->missing[0] : "something");
    } else if (order) {
        (void)snprintf(out, size, "ordered for %s", date_format((struct date){order->date}, date, sizeof date));
    } else {
        struct date end = date_last_of_month(brussels_date(status->attestation->verdict->at_us));
        (void)snprintf(out, size, "to be ordered on %s", date_format(end, date, sizeof date));
    }
    return out;
}

static void print_verdict(const struct status *status) {
    const Elp__V1__AttestationReply *reply = status->attestation;
    const Elp__V1__Verdict *verdict = reply->verdict;
    bool accepted = verdict->kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED;
    enum terminal_color color = !accepted ? COLOR_RED : reply->cancelled ? COLOR_YELLOW : COLOR_GREEN;
    char service[32];
    char function[32];
    char at[INSTANT_TEXT_BYTES];
    (void)field_enum_word(&elp__v1__service__descriptor, (int)reply->service, service, sizeof service);
    (void)field_enum_word(&elp__v1__function__descriptor, (int)reply->function, function, sizeof function);
    printf("%s%s%s", terminal_begin(status->ctl->color, color),
           accepted ? reply->cancelled ? "cancelled" : "accepted" : "refused", terminal_end(status->ctl->color, color));
    printf("  %s%s%s of %s, network %s\n", service, function[0] ? " " : "", function, reply->date, reply->network);
    printf("  attested by %s on %s, record %" PRIu64 "\n", reply->principal,
           instant_format_brussels(verdict->at_us, at, sizeof at), verdict->number);
    if (reply->cancelled) {
        printf("  cancelled or replaced by record %" PRIu64 "\n", reply->cancelled_by);
    }
    for (size_t i = 0; i < verdict->n_reasons; i++) {
        const Elp__V1__RefusalReason *reason = verdict->reasons[i];
        char text[512];
        printf("  %s (%s), the patient may %sbe billed\n    %s%s%s\n", reason->code, reason->article,
               reason->patient_billable ? "" : "not ", reason->field, reason->field[0] ? ": " : "",
               terminal_sentences(reason->reason, reason->remedy, text, sizeof text));
    }
    for (size_t i = 0; i < verdict->n_warnings; i++) {
        printf("  warning %s: %s\n", verdict->warnings[i]->code, verdict->warnings[i]->reason);
    }
}

static void print_rating(const struct status *status) {
    const Elp__V1__Rated *rated = status->rated->rated;
    char fee[MONEY_TEXT_BYTES];
    char share[MONEY_TEXT_BYTES];
    char insurer[MONEY_TEXT_BYTES];
    if (!rated) {
        printf("\nNot rated%s\n", status->rated->reached ? "" : " yet: rating is behind, see elpctl health");
        return;
    }
    printf("\nFee %s = insurer part %s + patient share %s; convention %s, tariffs of %u%s\n",
           money_format_grouped(money_of_cents(rated->fee_cents), fee, sizeof fee),
           money_format_grouped(money_of_cents(rated->insurer_cents), insurer, sizeof insurer),
           money_format_grouped(money_of_cents(rated->share_cents), share, sizeof share), rated->convention,
           rated->column, rated->provisional ? ", provisional" : "");
    for (size_t i = 0; i < rated->n_steps; i++) {
        char word[64];
        char amount[MONEY_TEXT_BYTES];
        printf("  %-20s %12s\n",
               field_enum_word(&elp__v1__rating_rule__descriptor, (int)rated->steps[i]->rule, word, sizeof word),
               money_format_grouped(money_of_cents(rated->steps[i]->cents), amount, sizeof amount));
    }
}

/* The transactions of one attestation; a replacement's record also holds those of the line that replaces. */
static void print_posting(const Elp__V1__PostingReply *posting, uint64_t attestation, const char *title) {
    if (!posting->reached) {
        printf("\n%s: not posted yet, the ledger is behind; see elpctl health\n", title);
        return;
    }
    printf("\n%s\n", title);
    for (size_t t = 0; t < posting->n_transactions; t++) {
        const Elp__V1__Transaction *transaction = posting->transactions[t];
        char kind[32];
        if (transaction->attestation != attestation) {
            continue;
        }
        printf("  %s, budget year %u, %s\n",
               field_enum_word(&elp__v1__transaction_kind__descriptor, (int)transaction->kind, kind, sizeof kind),
               transaction->year, transaction->envelope ? budget_envelope_word(transaction->envelope) : "no envelope");
        for (size_t e = 0; e < transaction->n_entries; e++) {
            char amount[MONEY_TEXT_BYTES];
            printf("    %-44s %12s\n", transaction->entries[e]->account,
                   money_format_grouped(money_of_cents(transaction->entries[e]->cents), amount, sizeof amount));
        }
    }
}

static int print_parts(struct status *status) {
    static const struct table_column columns[] = {
        {"Payee", TABLE_LEFT},       {"As", TABLE_LEFT},       {"Fee", TABLE_RIGHT},
        {"Share kept", TABLE_RIGHT}, {"Payable", TABLE_RIGHT}, {"Payment", TABLE_LEFT},
    };
    const Elp__V1__Rated *rated = status->rated->rated;
    bool posted = status->posting->reached && strcmp(status->posting->state, "posted") == 0;
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], status->ctl->color);
    for (size_t i = 0; rated && i < rated->n_parts; i++) {
        const Elp__V1__RatedPart *part = rated->parts[i];
        const Elp__V1__PaymentOrder *order = NULL;
        char text[128];
        int code = posted ? ask_payment(status, part->payee, &order) : CTL_DONE;
        if (code != CTL_DONE) {
            table_free(table);
            return code;
        }
        table_row(table);
        table_text(table, part->payee);
        table_text(table, field_enum_word(&elp__v1__part_role__descriptor, (int)part->role, text, sizeof text));
        table_money(table, money_of_cents(part->fee_cents));
        table_money(table, money_of_cents(part->share_collected_cents));
        table_money(table, money_of_cents(part->payable_cents));
        table_text(table, posted ? payment_text(status, order, text, sizeof text) : "");
    }
    printf("\n");
    return table_print(table);
}

/* What the cancellation posted; the answer replaces the ledger's last one. */
static int print_reversal(const struct status *status) {
    const Elp__V1__PostingReply *posting;
    char title[64];
    uint64_t number = status->attestation->cancelled_by;
    int code = ask_posting(status->ctl, number, &posting);
    if (code == CTL_DONE) {
        (void)snprintf(title, sizeof title, "Reversal, record %" PRIu64, number);
        print_posting(posting, status->attestation->verdict->number, title);
    }
    return code;
}

static int print_json(struct status *status) {
    json_t *object = message_json(&status->attestation->base, MESSAGE_JSON_WHOLE);
    if (status->rated) {
        json_t *payments = json_array();
        (void)json_object_set_new(object, "rating", message_json(&status->rated->base, MESSAGE_JSON_WHOLE));
        (void)json_object_set_new(object, "posting", message_json(&status->posting->base, MESSAGE_JSON_WHOLE));
        for (size_t i = 0; status->rated->rated && i < status->rated->rated->n_parts; i++) {
            const Elp__V1__PaymentOrder *order = NULL;
            int code = ask_payment(status, status->rated->rated->parts[i]->payee, &order);
            if (code != CTL_DONE) {
                json_decref(payments);
                json_decref(object);
                return code;
            }
            if (order) {
                (void)json_array_append_new(payments, message_json(&order->base, MESSAGE_JSON_WHOLE));
            }
        }
        (void)json_object_set_new(object, "payments", payments);
    }
    return message_json_print(object);
}

static int run(struct ctl *ctl) {
    struct status status = {.ctl = ctl};
    int code = ask_attestation(&status);
    if (code != CTL_DONE) {
        return code;
    }
    if (!status.attestation->verdict) {
        return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "intake answered without a verdict");
    }
    bool accepted = status.attestation->verdict->kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED;
    if (accepted) {
        code = ask_downstream(&status);
    }
    if (code != CTL_DONE || ctl->json) {
        return code != CTL_DONE ? code : print_json(&status);
    }
    print_verdict(&status);
    if (accepted) {
        print_rating(&status);
        char title[64];
        bool none = strcmp(status.posting->state, "none") == 0;
        (void)snprintf(title, sizeof title, "Ledger%s%.40s", none ? "" : ": ", none ? "" : status.posting->state);
        print_posting(status.posting, status.attestation->verdict->number, title);
        code = print_parts(&status);
        if (code == CTL_DONE && status.attestation->cancelled) {
            code = print_reversal(&status);
        }
    }
    return code;
}

static const struct argp_option options[] = {
    {"key", OPTION_KEY, "KEY", 0, "by the key that --as PRINCIPAL gave it instead of its id", 0},
    {0},
};

const struct command status_command = {
    .name = "status",
    .group = GROUP_ATTEST,
    .summary = "one attestation through the whole chain, to its payment",
    .arguments = "[ID]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help = "Verdict from intake, fee and parts from rating, postings and payment orders from the ledger; waits a "
            "moment for daemons that are behind.\n\n"
            "Examples:\n"
            "  elpctl status 4f3a9c2100d1e2f3-18234\n"
            "  elpctl status --as integrator --key 9d0c41aa5f2b77e1:0000000012",
    .run = run,
};
