#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "common/calendar.h"
#include "common/money.h"
#include "services/ctl/attestation_chain.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_field.h"
#include "services/ctl/parts_table.h"
#include "services/ctl/table.h"

/* status: one attestation through the whole chain: its verdict, what it is worth, which money pays it, when it is paid. */

static void print_verdict(const struct attestation_chain *chain) {
    const Elp__V1__AttestationReply *reply = chain->attestation;
    const Elp__V1__Verdict *verdict = reply->verdict;
    bool accepted = verdict->kind == ELP__V1__VERDICT_KIND__VERDICT_KIND_ACCEPTED;
    enum terminal_color color = !accepted ? COLOR_RED : reply->cancelled ? COLOR_YELLOW : COLOR_GREEN;
    char service[32];
    char function[32];
    char at[INSTANT_TEXT_BYTES];
    (void)field_enum_word(&elp__v1__service__descriptor, (int)reply->service, service, sizeof service);
    (void)field_enum_word(&elp__v1__function__descriptor, (int)reply->function, function, sizeof function);
    printf("%s%s%s", terminal_begin(chain->ctl->color, color),
           accepted ? reply->cancelled ? "cancelled" : "accepted" : "refused", terminal_end(chain->ctl->color, color));
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

static void print_rating(const struct attestation_chain *chain) {
    const Elp__V1__Rated *rated = chain->rated->rated;
    char fee[MONEY_TEXT_BYTES];
    char share[MONEY_TEXT_BYTES];
    char insurer[MONEY_TEXT_BYTES];
    if (!rated) {
        printf("\nNot rated%s\n", chain->rated->reached ? "" : " yet: rating is behind, see elpctl health");
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

/* What the cancellation posted; the answer replaces the ledger's last one. */
static int print_reversal(const struct attestation_chain *chain) {
    const Elp__V1__PostingReply *posting;
    char title[64];
    uint64_t number = chain->attestation->cancelled_by;
    int code = attestation_chain_posting(chain->ctl, number, &posting);
    if (code == CTL_DONE) {
        (void)snprintf(title, sizeof title, "Reversal, record %" PRIu64, number);
        print_posting(posting, chain->attestation->verdict->number, title);
    }
    return code;
}

static int run(struct ctl *ctl) {
    struct attestation_chain chain = {.ctl = ctl};
    int code = attestation_chain_gather(&chain);
    if (code != CTL_DONE || ctl->json) {
        return code != CTL_DONE ? code : attestation_chain_json(&chain);
    }
    bool accepted = attestation_chain_accepted(&chain);
    print_verdict(&chain);
    if (accepted) {
        print_rating(&chain);
        char title[64];
        bool none = strcmp(chain.posting->state, "none") == 0;
        (void)snprintf(title, sizeof title, "Ledger%s%.40s", none ? "" : ": ", none ? "" : chain.posting->state);
        print_posting(chain.posting, chain.attestation->verdict->number, title);
        code = parts_table_print(&chain);
        if (code == CTL_DONE && chain.attestation->cancelled) {
            code = print_reversal(&chain);
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
