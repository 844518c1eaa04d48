#include "services/ctl/transaction_pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/budget_envelope.h"
#include "services/ctl/ask.h"
#include "services/ctl/message_field.h"
#include "services/ctl/progress.h"

static int each_of_page(struct transaction_pages *pages, const Elp__V1__TransactionPage *page) {
    int code = CTL_DONE;
    for (size_t i = 0; code == CTL_DONE && i < page->n_transactions; i++) {
        if (!page->transactions[i]->transaction) {
            return ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "the ledger answered without a transaction");
        }
        code = pages->each(pages->context, page->transactions[i]);
    }
    return code;
}

int transaction_pages(struct transaction_pages *pages) {
    Elp__V1__TransactionQuery query = ELP__V1__TRANSACTION_QUERY__INIT;
    struct progress progress;
    int code = CTL_DONE;
    query.network = (char *)pages->network;
    query.payee = (char *)pages->payee;
    do {
        void *answer;
        code =
            ask(pages->ctl, CELL_LEDGER, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRANSACTION_QUERY, &query.base,
                ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRANSACTION_PAGE, &elp__v1__transaction_page__descriptor, &answer);
        if (code != CTL_DONE) {
            break;
        }
        const Elp__V1__TransactionPage *page = answer;
        if (query.after_number == 0) {
            query.until_number = page->head;
            pages->head = page->head;
            pages->simulated = page->simulated;
            progress_begin(&progress, "records", page->head);
        }
        if (page->until <= query.after_number && page->until < pages->head) {
            code = ctl_fail(failure_exit_code(FAILURE_UPSTREAM), "the ledger's answer does not go on");
            break;
        }
        query.after_number = page->until;
        code = each_of_page(pages, page);
        progress_step(&progress, query.after_number);
    } while (code == CTL_DONE && query.after_number < pages->head);
    if (query.after_number > 0) {
        progress_end(&progress);
    }
    return code;
}

const char *transaction_what(const Elp__V1__Transaction *transaction, char *out, size_t size) {
    char kind[32];
    char service[32];
    char function[16];
    char date[DATE_TEXT_BYTES];
    const char *before = "";
    (void)field_enum_word(&elp__v1__transaction_kind__descriptor, (int)transaction->kind, kind, sizeof kind);
    if (transaction->kind == ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_PAYMENT) {
        (void)snprintf(out, size, "payment order");
        return out;
    }
    if (transaction->attestation == 0 || transaction->service == ELP__V1__SERVICE__SERVICE_UNSPECIFIED) {
        bool envelope = transaction->envelope != ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_UNSPECIFIED;
        if (envelope) {
            (void)snprintf(out, size, "%s of %s %" PRIu32, kind, budget_envelope_word(transaction->envelope),
                           transaction->year);
        } else {
            (void)snprintf(out, size, "%s", kind);
        }
        return out;
    }
    switch ((int)transaction->kind) {
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SESSION:
        break;
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_SUSPENSION:
        before = "suspended: ";
        break;
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL:
        before = "cancelled: ";
        break;
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_RELEASE:
        before = "decided to pay: ";
        break;
    case ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_WRITE_OFF:
        before = "written off: ";
        break;
    default:
        before = "due: ";
        break;
    }
    (void)field_enum_word(&elp__v1__service__descriptor, (int)transaction->service, service, sizeof service);
    (void)field_enum_word(&elp__v1__function__descriptor, (int)transaction->function, function, sizeof function);
    (void)snprintf(out, size, "%s%s%s%s of %s", before, service, function[0] ? " " : "", function,
                   date_format((struct date){transaction->date}, date, sizeof date));
    return out;
}

static int read_date(const struct ctl *ctl, enum option_key key, const char *name, struct date *ret) {
    const char *text = ctl_option(ctl, key);
    *ret = DATE_NONE;
    if (text && !date_parse(text, ret)) {
        return ctl_fail(CTL_USAGE, "%s \"%.40s\" is no date: write YYYY-MM-DD", name, text);
    }
    return CTL_DONE;
}

int transaction_period(const struct ctl *ctl, struct date *ret_from, struct date *ret_to) {
    int code = read_date(ctl, OPTION_FROM, "--from", ret_from);
    if (code == CTL_DONE) {
        code = read_date(ctl, OPTION_TO, "--to", ret_to);
    }
    if (code == CTL_DONE && !date_is_none(*ret_from) && !date_is_none(*ret_to) &&
        date_compare(*ret_from, *ret_to) > 0) {
        return ctl_fail(CTL_USAGE, "--from lies after --to: a period ends on the day it begins or later");
    }
    return code;
}
