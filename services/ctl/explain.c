#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "common/calendar.h"
#include "services/ctl/attestation_chain.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_field.h"
#include "services/ctl/parts_table.h"
#include "services/ctl/rated_table.h"
#include "services/ctl/table.h"

/*
 * explain: why one attestation was judged, rated and posted as it was, with the articles: for whoever asks "why is it that
 * amount?" or "why was it refused?". status shows the same attestation as the daemons hold it.
 */

static void print_head(const struct attestation_chain *chain) {
    const Elp__V1__AttestationReply *reply = chain->attestation;
    bool accepted = attestation_chain_accepted(chain);
    enum terminal_color color = !accepted ? COLOR_RED : reply->cancelled ? COLOR_YELLOW : COLOR_GREEN;
    const char *word = !accepted ? "refused" : reply->cancelled ? "accepted, then cancelled or replaced" : "accepted";
    char service[32];
    char function[32];
    char at[INSTANT_TEXT_BYTES];
    (void)field_enum_word(&elp__v1__service__descriptor, (int)reply->service, service, sizeof service);
    (void)field_enum_word(&elp__v1__function__descriptor, (int)reply->function, function, sizeof function);
    printf("%s%s%s  %s%s%s", terminal_begin(chain->ctl->color, color), word, terminal_end(chain->ctl->color, color),
           service[0] ? service : "a session", function[0] ? " " : "", function);
    printf("%s%s%s%s\n", reply->date[0] ? " of " : "", reply->date, reply->network[0] ? ", network " : "",
           reply->network);
    printf("  attested by %s on %.19s, record %" PRIu64 "%s%s\n", reply->principal,
           instant_format_brussels(reply->verdict->at_us, at, sizeof at), reply->verdict->number,
           reply->verdict->id[0] ? ", id " : "", reply->verdict->id);
}

/* One code: which, where, by which article; why; what to do. */
static void print_reason(const struct ctl *ctl, const Elp__V1__RefusalReason *reason, bool refuses) {
    char text[512];
    enum terminal_color color = refuses ? COLOR_RED : COLOR_YELLOW;
    printf("\n%s%s%s", terminal_begin(ctl->color, color), reason->code, terminal_end(ctl->color, color));
    printf("  %s%s%s\n", reason->field, reason->field[0] && reason->article[0] ? ", " : "", reason->article);
    printf("  why    %s\n", terminal_sentences(reason->reason, "", text, sizeof text));
    printf("  to do  %s\n", terminal_sentences(reason->remedy, "", text, sizeof text));
    if (refuses) {
        printf("  bill   the session may %sbe billed to the patient\n", reason->patient_billable ? "" : "not ");
    }
}

static void print_findings(const struct attestation_chain *chain) {
    const Elp__V1__Verdict *verdict = chain->attestation->verdict;
    for (size_t i = 0; i < verdict->n_reasons; i++) {
        print_reason(chain->ctl, verdict->reasons[i], true);
    }
    for (size_t i = 0; i < verdict->n_warnings; i++) {
        print_reason(chain->ctl, verdict->warnings[i], false);
    }
    for (size_t i = 0; i < verdict->n_not_judged; i++) {
        printf("%s%s", i == 0 ? "\nnot judged, because something that they build on is wrong: " : ", ",
               verdict->not_judged[i]);
    }
    printf("%s", verdict->n_not_judged > 0 ? "\n" : "");
}

static int print_worth(const struct attestation_chain *chain) {
    const Elp__V1__RatedReply *reply = chain->rated;
    if (!reply->rated) {
        printf("\nnot rated%s\n", reply->reached ? "" : " yet: rating is behind, see elpctl health");
        return CTL_DONE;
    }
    printf("\nconvention %s, as the book of record %" PRIu64 " states it\n\n", reply->rated->convention,
           reply->rated->book);
    return rated_table_print(chain->ctl, reply->rated, reply->reasons, reply->n_reasons);
}

/* Which money pays it and why: a sentence and its article on each line. */
static int print_posting(const struct attestation_chain *chain) {
    static const struct table_column columns[] = {{"Which money pays it", TABLE_LEFT}, {"Article", TABLE_LEFT}};
    const Elp__V1__PostingReply *posting = chain->posting;
    const Elp__V1__Transaction *latest = posting->latest;
    char amount[MONEY_TEXT_BYTES];
    char date[DATE_TEXT_BYTES];
    if (!latest) {
        printf("\nnot posted%s\n", posting->reached ? "" : " yet: the ledger is behind, see elpctl health");
        return CTL_DONE;
    }
    printf("\n");
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], chain->ctl->color);
    for (size_t i = 0; i < posting->n_reasons; i++) {
        table_row(table);
        table_text(table, posting->reasons[i]->text);
        table_text(table, posting->reasons[i]->article);
    }
    int code = table_print(table);
    (void)date_format((struct date){posting->latest_date}, date, sizeof date);
    printf("\n%s%s%s: %s, %s%s%s, budget year %u of %s, record %" PRIu64 " of %s\n",
           terminal_begin(chain->ctl->color, COLOR_BOLD), posting->state, terminal_end(chain->ctl->color, COLOR_BOLD),
           money_format_grouped(money_of_cents(latest->cents), amount, sizeof amount),
           latest->envelope ? "envelope " : "",
           latest->envelope ? budget_envelope_word(latest->envelope) : "no envelope",
           latest->cents < 0 ? " (given back)" : "", latest->year, latest->network, posting->latest_number, date);
    return code;
}

static int run(struct ctl *ctl) {
    struct attestation_chain chain = {.ctl = ctl};
    int code = attestation_chain_gather(&chain);
    if (code != CTL_DONE || ctl->json) {
        return code != CTL_DONE ? code : attestation_chain_json(&chain);
    }
    bool accepted = attestation_chain_accepted(&chain);
    print_head(&chain);
    print_findings(&chain);
    if (accepted) {
        code = print_worth(&chain);
    }
    if (accepted && code == CTL_DONE) {
        code = print_posting(&chain);
    }
    return accepted && code == CTL_DONE ? parts_table_print(&chain) : code;
}

static const struct argp_option options[] = {
    {"key", OPTION_KEY, "KEY", 0, "by the key that --as PRINCIPAL gave it instead of its id; refused lines have no id",
     0},
    {0},
};

const struct command explain_command = {
    .name = "explain",
    .group = GROUP_ATTEST,
    .summary = "why one attestation is worth and paid what it is, or refused",
    .arguments = "[ID]",
    .arguments_max = 1,
    .as = "operator",
    .options = options,
    .help =
        "Each step of the fee, the envelope and every code of a refusal with its article, what to do about it, and who "
        "is paid when. An integrator sees what it attested itself; payment orders are shown to networks and to those "
        "who pay.\n\n"
        "Examples:\n"
        "  elpctl explain 4f3a9c2100d1e2f3-18234\n"
        "  elpctl explain --as integrator --key 9d0c41aa5f2b77e1:0000000012",
    .run = run,
};
