#include "services/ledger/settlement.h"

#include "common/require.h"
#include "services/ledger/neutralisation.h"
#include "services/ledger/posting.h"
#include "services/ledger/year_figures.h"

#define FIELDS 10
#define VALUE_BYTES (FIELDS * 8)
#define SEEN_BYTES 8

enum share { SHARE_GROUP, SHARE_OUTREACH, SHARE_OTHER_MISSIONS, SHARES };

static const struct {
    const char *word;
    enum book_envelope_id envelope; /* that its amounts were posted to */
} shares[SHARES] = {
    [SHARE_GROUP] = {"group", ENVELOPE_CARE_BASE},
    [SHARE_OUTREACH] = {"outreach", ENVELOPE_CARE_BASE},
    [SHARE_OTHER_MISSIONS] = {"other-missions", ENVELOPE_OTHER_MISSIONS},
};

/* Year-to-date figures of one network. */
struct settlement {
    int64_t people;
    int64_t group_people;
    int64_t sessions;
    int64_t outreach_sessions;
    struct money cost[SHARES];
    struct money neutralised[SHARES];
};

static bool neutralises(const struct book_figures *figures) {
    return figures->neutralise_group_above != BOOK_ABSENT || figures->neutralise_outreach_above != BOOK_ABSENT ||
           figures->neutralise_other_missions;
}

bool settlement_counts_people(const struct book *book) {
    for (size_t i = 0; i < book->epoch_count; i++) {
        if (neutralises(&book->epochs[i])) {
            return true;
        }
    }
    return false;
}

static bool year_neutralises(const struct ledger *ledger, int year, struct year_figures *ret) {
    return year_figures_of(ledger, year, ret) && neutralises(ret->figures);
}

/* --- the stored form ---------------------------------------------------------------------------------------------- */

static void make_key(struct store_key *key, const struct balance *balance) {
    store_key_reset(key);
    store_key_text(key, balance->network.text);
    store_key_u32(key, (uint32_t)balance->year);
}

static int load(struct ledger *ledger, const struct balance *balance, struct settlement *ret) {
    struct store_key key;
    struct span value;
    bool found = false;
    struct settlement settlement = {.people = 0};
    make_key(&key, balance);
    int failure = store_get(ledger->txn, LEDGER_TABLE_SETTLEMENTS, store_key_span(&key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != VALUE_BYTES) {
        return FAILURE_CORRUPT;
    }
    if (found) {
        settlement.people = (int64_t)store_read_u64(value.data);
        settlement.group_people = (int64_t)store_read_u64(value.data + 8);
        settlement.sessions = (int64_t)store_read_u64(value.data + 16);
        settlement.outreach_sessions = (int64_t)store_read_u64(value.data + 24);
        for (size_t i = 0; i < SHARES; i++) {
            settlement.cost[i] = money_of_cents((int64_t)store_read_u64(value.data + 32 + i * 8));
            settlement.neutralised[i] = money_of_cents((int64_t)store_read_u64(value.data + 56 + i * 8));
        }
    }
    *ret = settlement;
    return 0;
}

static int keep(struct ledger *ledger, const struct balance *balance, const struct settlement *settlement) {
    struct store_key key;
    uint8_t value[VALUE_BYTES];
    make_key(&key, balance);
    store_write_u64(value, (uint64_t)settlement->people);
    store_write_u64(value + 8, (uint64_t)settlement->group_people);
    store_write_u64(value + 16, (uint64_t)settlement->sessions);
    store_write_u64(value + 24, (uint64_t)settlement->outreach_sessions);
    for (size_t i = 0; i < SHARES; i++) {
        store_write_u64(value + 32 + i * 8, (uint64_t)money_cents(settlement->cost[i]));
        store_write_u64(value + 56 + i * 8, (uint64_t)money_cents(settlement->neutralised[i]));
    }
    return store_put(ledger->txn, LEDGER_TABLE_SETTLEMENTS, store_key_span(&key), span_of(value, sizeof value));
}

/* --- counting ----------------------------------------------------------------------------------------------------- */

/* One person seen once more, or once less (step -1): people are counted while they have been seen at all. */
static int count_person(struct ledger *ledger, const struct balance *balance, uint64_t person, bool in_group, int step,
                        struct settlement *settlement) {
    struct store_key key;
    struct span value;
    bool found = false;
    uint8_t bytes[SEEN_BYTES];
    int64_t all = 0;
    int64_t group = 0;
    make_key(&key, balance);
    store_key_u64(&key, person);
    int failure = store_get(ledger->txn, LEDGER_TABLE_SEEN, store_key_span(&key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != SEEN_BYTES) {
        return FAILURE_CORRUPT;
    }
    if (found) {
        all = store_read_u32(value.data);
        group = store_read_u32(value.data + 4);
    }
    if (step < 0 && all == 0) {
        return 0; /* was posted before a book of that year neutralised anything, and so never counted */
    }
    int64_t all_after = all + step;
    int64_t group_after = group + (in_group && group + step >= 0 ? step : 0);
    settlement->people += (all_after > 0) - (all > 0);
    settlement->group_people += (group_after > 0) - (group > 0);
    if (all_after == 0) {
        return store_delete(ledger->txn, LEDGER_TABLE_SEEN, store_key_span(&key));
    }
    store_write_u32(bytes, (uint32_t)all_after);
    store_write_u32(bytes + 4, (uint32_t)group_after);
    return store_put(ledger->txn, LEDGER_TABLE_SEEN, store_key_span(&key), span_of(bytes, sizeof bytes));
}

int settlement_count(struct ledger *ledger, const struct balance *balance, const struct transaction *transaction) {
    struct year_figures year;
    struct settlement settlement;
    uint32_t traits = transaction->traits;
    int step = transaction->kind == ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_REVERSAL ? -1 : 1;
    if (!year_neutralises(ledger, balance->year, &year)) {
        return 0;
    }
    int failure = load(ledger, balance, &settlement);
    for (size_t i = 0; i < transaction->person_count && failure == 0; i++) {
        failure =
            count_person(ledger, balance, transaction->persons[i], (traits & TRAIT_GROUP) != 0, step, &settlement);
    }
    if (failure < 0) {
        return failure;
    }
    enum share share = SHARES;
    if ((traits & TRAIT_GROUP) != 0) {
        share = SHARE_GROUP;
    } else if ((traits & TRAIT_INDIVIDUAL) != 0) {
        settlement.sessions += step;
        settlement.outreach_sessions += (traits & TRAIT_OUTREACH) != 0 ? step : 0;
        share = (traits & TRAIT_OUTREACH) != 0 ? SHARE_OUTREACH : SHARES;
    } else if ((traits & TRAIT_MISSION) != 0) {
        share = SHARE_OTHER_MISSIONS;
    }
    if (share != SHARES) {
        settlement.cost[share] = money_require_add(settlement.cost[share], transaction->amount);
    }
    return keep(ledger, balance, &settlement);
}

/* --- settling ----------------------------------------------------------------------------------------------------- */

/* A part of a whole that were counted since a book neutralised: never below nothing or beyond the whole. */
static int64_t within(int64_t part, int64_t whole) {
    return part < 0 || whole < 0 ? 0 : part < whole ? part : whole;
}

static void neutralise(const struct settlement *settlement, const struct book_figures *figures,
                       struct money ret[SHARES]) {
    ret[SHARE_GROUP] = MONEY_ZERO;
    ret[SHARE_OUTREACH] = MONEY_ZERO;
    ret[SHARE_OTHER_MISSIONS] =
        figures->neutralise_other_missions ? settlement->cost[SHARE_OTHER_MISSIONS] : MONEY_ZERO;
    if (figures->neutralise_group_above != BOOK_ABSENT) {
        ret[SHARE_GROUP] =
            neutralised_group(settlement->cost[SHARE_GROUP], within(settlement->group_people, settlement->people),
                              settlement->people, figures->neutralise_group_above);
    }
    if (figures->neutralise_outreach_above != BOOK_ABSENT) {
        ret[SHARE_OUTREACH] = neutralised_outreach(
            settlement->cost[SHARE_OUTREACH], within(settlement->outreach_sessions, settlement->sessions),
            within(settlement->sessions, INT64_MAX), figures->neutralise_outreach_above);
    }
}

/* One adjusting entry: what is neutralised leaves what its envelope has spent. */
static int adjust(struct ledger *ledger, struct balance *balance, enum share share, struct money difference,
                  struct money total) {
    const char *network = balance->network.text;
    struct transaction entry;
    Elp__V1__Neutralised *neutralised = NULL;
    transaction_begin(&entry, ELP__V1__TRANSACTION_KIND__TRANSACTION_KIND_NEUTRALISATION, network, balance->year);
    entry.envelope = shares[share].envelope;
    entry.amount = difference;
    transaction_add(&entry, account_neutralised(network, balance->year, shares[share].word), difference);
    transaction_add(&entry, account_expenses(network, balance->year, entry.envelope), money_negate(difference));
    int failure = transaction_post(ledger, &entry, 0);
    if (failure == 0) {
        failure = results_neutralised(&ledger->results, &neutralised);
    }
    if (failure < 0) {
        return failure;
    }
    neutralised->year = (uint32_t)balance->year;
    neutralised->share = (char *)shares[share].word;
    neutralised->cents = money_cents(difference);
    neutralised->total_cents = money_cents(total);
    failure = results_text(&ledger->results, network, &neutralised->network);
    if (failure < 0) {
        return failure;
    }
    balance->neutralised = money_require_add(balance->neutralised, difference);
    return posting_move(ledger, balance, entry.envelope, money_negate(difference));
}

int settlement_run(struct ledger *ledger, struct balance *balance) {
    struct year_figures year;
    struct settlement settlement;
    struct money now[SHARES];
    bool changed = false;
    if (balance->closed || !year_neutralises(ledger, balance->year, &year)) {
        return 0;
    }
    int failure = load(ledger, balance, &settlement);
    if (failure < 0) {
        return failure;
    }
    neutralise(&settlement, year.figures, now);
    for (enum share share = SHARE_GROUP; share < SHARES && failure == 0; share++) {
        struct money difference = money_require_subtract(now[share], settlement.neutralised[share]);
        if (money_compare(difference, MONEY_ZERO) != 0) {
            settlement.neutralised[share] = now[share];
            changed = true;
            failure = adjust(ledger, balance, share, difference, now[share]);
        }
    }
    return failure < 0 || !changed ? failure : keep(ledger, balance, &settlement);
}

int settlement_run_year(struct ledger *ledger, int year) {
    struct year_figures figures;
    int failure = 0;
    if (!year_neutralises(ledger, year, &figures)) {
        return 0;
    }
    for (size_t i = 0; i < ledger->balances.count && failure == 0; i++) {
        if (ledger->balances.items[i]->year == year) {
            failure = settlement_run(ledger, ledger->balances.items[i]);
        }
    }
    return failure;
}
