#include "services/ledger/query_transactions.h"

#include <string.h>

#include "common/attestation.h"
#include "elp/v1/ledger.pb-c.h"
#include "services/ledger/accounts.h"
#include "services/ledger/chronicle.h"
#include "services/ledger/posting_reasons.h"

#define PAGE_RECORDS 20000               /* looked at */
#define PAGE_TRANSACTIONS 4000           /* taken; a record that has more is taken whole */
#define PAGE_BYTES (1536 * (size_t)1024) /* of records decoded */

/* One page while it is filled. */
struct page {
    const struct ledger *ledger;
    struct request *request;
    const Elp__V1__TransactionQuery *query;
    struct chronicle_days days;
    Elp__V1__TransactionPage answer;
    size_t room;
    size_t bytes;
};

/* Most records are about others: their bytes tell so before anything is decoded. */
static bool may_concern(const Elp__V1__TransactionQuery *query, struct span bytes) {
    const char *texts[] = {query->network, query->payee};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i][0] != '\0' && memmem(bytes.data, bytes.bytes, texts[i], strlen(texts[i])) == NULL) {
            return false;
        }
    }
    return true;
}

static bool touches(const Elp__V1__Transaction *transaction, const char *payee) {
    for (size_t i = 0; i < transaction->n_entries; i++) {
        struct account_fields fields = {.kind = ACCOUNT_EXPENSES};
        if (account_split(transaction->entries[i]->account, &fields) && strcmp(fields.payee.text, payee) == 0) {
            return true;
        }
    }
    return false;
}

static bool wanted(const struct page *page, const Elp__V1__Transaction *transaction) {
    const Elp__V1__TransactionQuery *query = page->query;
    return principal_sees_network(page->request->principal, transaction->network) &&
           (query->network[0] == '\0' || strcmp(query->network, transaction->network) == 0) &&
           (query->payee[0] == '\0' || touches(transaction, query->payee));
}

static int make_room(struct page *page) {
    if (page->answer.n_transactions < page->room) {
        return 0;
    }
    size_t room = page->room > 0 ? 2 * page->room : PAGE_TRANSACTIONS;
    Elp__V1__PostedTransaction **grown = arena_take(page->request->arena, room * sizeof(Elp__V1__PostedTransaction *));
    if (grown == NULL) {
        return FAILURE_MEMORY;
    }
    if (page->room > 0) {
        memcpy(grown, page->answer.transactions, page->room * sizeof(Elp__V1__PostedTransaction *));
    }
    page->answer.transactions = grown;
    page->room = room;
    return 0;
}

static int take(struct page *page, uint64_t number, struct date day, Elp__V1__Transaction *transaction) {
    struct arena *arena = page->request->arena;
    Elp__V1__PostedTransaction *posted = arena_take(arena, sizeof *posted);
    int failure = posted != NULL ? make_room(page) : FAILURE_MEMORY;
    if (failure < 0) {
        return failure;
    }
    elp__v1__posted_transaction__init(posted);
    posted->number = number;
    posted->date = date_is_none(day) ? 0 : day.days;
    posted->article = (char *)posting_article(page->ledger, transaction, day);
    posted->fee_article = (char *)posting_fee_article(page->ledger, transaction);
    const char *epoch = epochs_at(&page->ledger->chronicle.epochs, transaction->attestation);
    if (transaction->attestation != 0 && epoch[0] != '\0') {
        char id[ATTESTATION_ID_BYTES];
        posted->attestation = arena_text(arena, attestation_id_format(epoch, transaction->attestation, id, sizeof id));
    }
    transaction->n_persons = 0; /* people's numbers leave the ledger in its journal alone */
    posted->transaction = transaction;
    page->answer.transactions[page->answer.n_transactions++] = posted;
    return posted->attestation == NULL ? FAILURE_MEMORY : 0;
}

static int look_at(struct page *page, uint64_t number) {
    struct request *request = page->request;
    struct span bytes;
    struct date day = DATE_NONE;
    int failure = journal_read(request->journal, request->txn, number, &bytes, NULL);
    if (failure == 0) {
        failure = chronicle_days_at(&page->days, number, &day);
    }
    if (failure < 0) {
        return failure;
    }
    page->answer.until = number;
    page->answer.until_date = date_is_none(day) ? 0 : day.days;
    if (!may_concern(page->query, bytes)) {
        return 0;
    }
    Elp__V1__LedgerRecord *record = wire_unpack(request->arena, &elp__v1__ledger_record__descriptor, bytes);
    if (record == NULL) {
        return FAILURE_CORRUPT;
    }
    page->bytes += bytes.bytes;
    for (size_t i = 0; i < record->n_transactions; i++) {
        failure = wanted(page, record->transactions[i]) ? take(page, number, day, record->transactions[i]) : 0;
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

static int fill(struct page *page) {
    uint64_t head = page->request->journal->head;
    uint64_t last =
        page->query->until_number != 0 && page->query->until_number < head ? page->query->until_number : head;
    uint64_t number = page->query->after_number;
    page->answer.head = head;
    page->answer.until = number;
    int failure = chronicle_days_open(page->request->txn, number + 1, &page->days);
    if (failure < 0) {
        return failure;
    }
    for (size_t looked = 0; failure == 0 && number < last && looked < PAGE_RECORDS; looked++) {
        failure = look_at(page, ++number);
        if (page->answer.n_transactions >= PAGE_TRANSACTIONS || page->bytes >= PAGE_BYTES) {
            break;
        }
    }
    chronicle_days_close(&page->days);
    return failure;
}

int query_transactions(void *core, struct request *request, const void *message, struct reply *reply) {
    const struct ledger *ledger = core;
    const Elp__V1__TransactionQuery *query = message;
    struct code code;
    if (query->network[0] != '\0' && !code_parse(query->network, &code)) {
        return reply_refuse(reply, "malformed", "network", "That is no network's code.",
                            "Write the code as registered.");
    }
    if (query->payee[0] != '\0' && !code_parse(query->payee, &code)) {
        return reply_refuse(reply, "malformed", "payee", "That is no payee's code.", "Write the code as registered.");
    }
    if (query->after_number > request->journal->head) {
        return reply_refuse(reply, "malformed", "after_number", "The ledger has no record of that number yet.",
                            "Ask after a record that it has, or from 0.");
    }
    if (query->network[0] != '\0' && !principal_sees_network(request->principal, query->network)) {
        return reply_refuse(reply, "denied", "network", "That network is outside your scope.",
                            "Ask for your own networks, or leave the network empty for all of them.");
    }
    struct page page = {
        .ledger = ledger, .request = request, .query = query, .answer = ELP__V1__TRANSACTION_PAGE__INIT};
    page.answer.simulated = ledger->simulated;
    page.answer.stale = request->stale;
    int failure = fill(&page);
    return failure < 0 ? failure
                       : reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TRANSACTION_PAGE, &page.answer.base);
}
