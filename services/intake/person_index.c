#include "services/intake/person_index.h"

#include <string.h>

#include "common/require.h"
#include "services/intake/tables.h"

/*
 * TABLE_PERSON_INDEX. Key of a beneficiary, 20 bytes: subject (8), date (4), attestation (8). Value, 24 bytes: service (1),
 * function (1), start minute (2), flags (1; bit 0 entourage), age (2), zero (1), convention (8, padded with zeros), record that
 * first brought the network (8); where the line quoted a referral, 28: its date (4). Person 258's individual F2 session of
 * 2026-02-10 at 09:30, attestation 4660, aged 41, 2024 book, network of record 7:
 *   0000 0000 0000 0102  8000 500e  0000 0000 0000 1234 → 01 02 023a 00 0029 00 3230 3234 0000 0000 0000 0000 0000 0007
 * (20,494 days since 1970-01-01 is hex 500e, with its sign bit flipped 8000 500e.)
 *
 * Key of a leader, 24 bytes: month (4; the highest bit, and twelve times the year plus the month), subject (8), date (4),
 * attestation (8). Value, 5 bytes: service, function, start minute, flags. The same session's provider 700123-97:
 *   8000 5efa  8000 0000 042c 4ded  8000 500e  0000 0000 0000 1234 → 01 02 023a 00
 * A leader is only asked about days of one month, and attests a month at a time with colleagues who do the same: behind the
 * month the rows of a batch stand on few pages, where a page for each leader would cost as much as the one for each person.
 */
#define KEY_BYTES 20
#define LEADER_KEY_BYTES 24
#define LEADER_VALUE_BYTES 5
#define VALUE_BYTES 16
#define VALUE_PERSON_BYTES 24
#define VALUE_REFERRAL_BYTES 28
#define FLAG_ENTOURAGE 1

#define LEADER_BIT (UINT64_C(1) << 63)
#define SECOND_LEADER_BIT (UINT64_C(1) << 62)
#define LEADER_MONTH_BIT (UINT32_C(1) << 31)
#define MONTHS_PER_YEAR 12

static bool is_leader(uint64_t subject) {
    return (subject & LEADER_BIT) != 0;
}

uint64_t subject_of_provider(uint32_t inami_unique) {
    return LEADER_BIT | inami_unique;
}

uint64_t subject_of_second_leader(uint64_t contract_first_number) {
    return LEADER_BIT | SECOND_LEADER_BIT | contract_first_number;
}

/* What all rows of the subject on days of one month begin with; the whole history of a beneficiary. */
static void make_prefix(struct store_key *key, uint64_t subject, struct date date) {
    int year;
    int month;
    int day;
    store_key_reset(key);
    if (is_leader(subject)) {
        date_split(date, &year, &month, &day);
        store_key_u32(key, LEADER_MONTH_BIT | (uint32_t)(year * MONTHS_PER_YEAR + month));
    }
    store_key_u64(key, subject);
}

static void make_key(struct store_key *key, uint64_t subject, struct date date, uint64_t number) {
    make_prefix(key, subject, date);
    store_key_date(key, date);
    store_key_u64(key, number);
}

static void write_value(struct store_key *value, const struct index_entry *entry, bool leader) {
    store_key_reset(value);
    store_key_u8(value, (uint8_t)entry->service);
    store_key_u8(value, (uint8_t)entry->function);
    store_key_u8(value, (uint8_t)(entry->start_minute >> 8));
    store_key_u8(value, (uint8_t)entry->start_minute);
    store_key_u8(value, entry->entourage ? FLAG_ENTOURAGE : 0);
    if (leader) {
        return;
    }
    store_key_u8(value, (uint8_t)(entry->age >> 8));
    store_key_u8(value, (uint8_t)entry->age);
    store_key_u8(value, 0);
    store_key_u64(value, store_read_u64((const uint8_t *)entry->convention));
    store_key_u64(value, entry->network);
    if (!date_is_none(entry->referral)) {
        store_key_date(value, entry->referral);
    }
}

static bool has_layout(struct span key, struct span value) {
    return key.bytes == LEADER_KEY_BYTES
               ? value.bytes == LEADER_VALUE_BYTES
               : key.bytes == KEY_BYTES && (value.bytes == VALUE_PERSON_BYTES || value.bytes == VALUE_REFERRAL_BYTES);
}

static bool read_entry(struct span key, struct span value, struct index_entry *ret) {
    if (!has_layout(key, value)) {
        return false;
    }
    const uint8_t *date = key.data + key.bytes - 12;
    struct index_entry entry = {
        .number = store_read_u64(date + 4),
        .date = store_read_date(date),
        .service = (enum book_service)value.data[0],
        .function = (enum book_function)value.data[1],
        .start_minute = value.data[2] << 8 | value.data[3],
        .entourage = (value.data[4] & FLAG_ENTOURAGE) != 0,
        .referral = DATE_NONE,
    };
    if (value.bytes > LEADER_VALUE_BYTES) {
        entry.age = value.data[5] << 8 | value.data[6];
        memcpy(entry.convention, value.data + 8, sizeof entry.convention - 1);
        entry.network = store_read_u64(value.data + VALUE_BYTES);
    }
    if (value.bytes == VALUE_REFERRAL_BYTES) {
        entry.referral = store_read_date(value.data + VALUE_PERSON_BYTES);
    }
    *ret = entry;
    return true;
}

int index_put(struct store_txn *txn, uint64_t subject, const struct index_entry *entry) {
    struct store_key key;
    struct store_key value;
    make_key(&key, subject, entry->date, entry->number);
    write_value(&value, entry, is_leader(subject));
    return store_put(txn, TABLE_PERSON_INDEX, store_key_span(&key), store_key_span(&value));
}

int index_delete(struct store_txn *txn, uint64_t subject, struct date date, uint64_t number) {
    struct store_key key;
    make_key(&key, subject, date, number);
    return store_delete(txn, TABLE_PERSON_INDEX, store_key_span(&key));
}

/* --- what a dry run would have written ---------------------------------------------------------------------------- */

#define OVERLAY_BUCKETS 1024

struct overlay_entry {
    struct overlay_entry *next;
    uint64_t subject;
    struct index_entry entry;
};

struct overlay_hidden {
    struct overlay_hidden *next;
    uint64_t number;
};

struct index_overlay {
    struct arena *arena;
    struct overlay_entry *buckets[OVERLAY_BUCKETS];
    struct overlay_hidden *hidden;
};

static size_t bucket_of(uint64_t subject) {
    return (subject * UINT64_C(0x9e3779b97f4a7c15)) >> 54;
}

struct index_overlay *index_overlay_make(struct arena *arena) {
    struct index_overlay *overlay = arena_take(arena, sizeof *overlay);
    if (overlay != NULL) {
        overlay->arena = arena;
    }
    return overlay;
}

void index_overlay_add(struct index_overlay *overlay, uint64_t subject, const struct index_entry *entry) {
    struct overlay_entry *added = arena_take(overlay->arena, sizeof *added);
    if (added != NULL) {
        struct overlay_entry **bucket = &overlay->buckets[bucket_of(subject)];
        *added = (struct overlay_entry){*bucket, subject, *entry};
        *bucket = added;
    }
}

void index_overlay_hide(struct index_overlay *overlay, uint64_t number) {
    struct overlay_hidden *added = arena_take(overlay->arena, sizeof *added);
    if (added != NULL) {
        *added = (struct overlay_hidden){overlay->hidden, number};
        overlay->hidden = added;
    }
}

bool index_overlay_hides(const struct index_overlay *overlay, uint64_t number) {
    for (const struct overlay_hidden *hidden = overlay->hidden; hidden != NULL; hidden = hidden->next) {
        if (hidden->number == number) {
            return true;
        }
    }
    return false;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* False when the visitor had enough. */
static bool visit_overlay(const struct index_overlay *overlay, uint64_t subject, struct date from, struct date until,
                          index_visit visit, void *context) {
    const struct overlay_entry *at = overlay->buckets[bucket_of(subject)];
    for (; at != NULL; at = at->next) {
        if (at->subject == subject && date_within(at->entry.date, from, until) && !visit(context, &at->entry)) {
            return false;
        }
    }
    return true;
}

static bool is_hidden(const struct index_view *view, uint64_t number) {
    return number == view->without || (view->overlay != NULL && index_overlay_hides(view->overlay, number));
}

static int visit_stored(const struct index_view *view, struct store_cursor *cursor, uint64_t subject, struct date from,
                        struct date until, index_visit visit, void *context) {
    struct store_key key;
    bool found = false;
    make_prefix(&key, subject, from);
    size_t prefix_bytes = key.used;
    make_key(&key, subject, from, 0);
    int failure = store_cursor_seek(cursor, store_key_span(&key), &found);
    while (failure == 0 && found) {
        struct index_entry entry;
        struct span stored = store_cursor_key(cursor);
        if (stored.bytes < prefix_bytes || memcmp(stored.data, key.bytes, prefix_bytes) != 0) {
            return 0;
        }
        if (!read_entry(stored, store_cursor_value(cursor), &entry)) {
            return FAILURE_CORRUPT;
        }
        if (date_compare(entry.date, until) > 0) {
            return 0;
        }
        if (!is_hidden(view, entry.number) && !visit(context, &entry)) {
            return 0;
        }
        failure = store_cursor_next(cursor, &found);
    }
    return failure;
}

int index_scan(const struct index_view *view, uint64_t subject, struct date from, struct date until, index_visit visit,
               void *context) {
    require(!date_is_none(from) && !date_is_none(until));
    require(!is_leader(subject) || date_compare(date_first_of_month(from), date_first_of_month(until)) == 0);
    if (view->overlay != NULL && !visit_overlay(view->overlay, subject, from, until, visit, context)) {
        return 0;
    }
    struct store_cursor *cursor = NULL;
    int failure = store_cursor_open(view->txn, TABLE_PERSON_INDEX, &cursor);
    if (failure < 0) {
        return failure;
    }
    failure = visit_stored(view, cursor, subject, from, until, visit, context);
    store_cursor_close(cursor);
    return failure;
}
