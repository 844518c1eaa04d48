#include "services/intake/volume.h"

#include <string.h>

#include "services/intake/intake_core.h"

/*
 * TABLE_VOLUMES. Key, 21 bytes: period (4), kind (1), convention (8, padded with zeros), record that first brought the
 * contract or network (8); a month's rows stand together, so that the pages of the months at work are few. Value: how
 * many sessions stand, 4 bytes. 17 sessions under the contract of record 12 in March 2026, 2024 book:
 *   0003 176b 01 3230 3234 0000 0000 0000 0000 0000 000c → 0000 0011
 */
#define COUNT_BYTES 4

static void make_key(struct store_key *key, const struct volume *volume) {
    store_key_reset(key);
    store_key_u32(key, (uint32_t)volume->period);
    store_key_u8(key, (uint8_t)volume->kind);
    store_key_u64(key, store_read_u64((const uint8_t *)volume->convention));
    store_key_u64(key, volume->first_number);
}

bool volume_equal(const struct volume *a, const struct volume *b) {
    return a->kind == b->kind && a->first_number == b->first_number && a->period == b->period &&
           strcmp(a->convention, b->convention) == 0;
}

/* --- what a session counts for ------------------------------------------------------------------------------------ */

static void add(struct volumes *volumes, enum volume_kind kind, const struct registry_entry *entry, int period,
                const char *convention) {
    struct volume *volume = &volumes->items[volumes->count++];
    *volume = (struct volume){.kind = kind, .first_number = entry->first_number, .period = period};
    memcpy(volume->convention, convention, strnlen(convention, sizeof volume->convention - 1));
}

struct counted {
    const struct book_figures *figures;
    const char *convention;
    struct date date;
    const struct registry_entry *contract;
    const struct registry_entry *second; /* NULL: none */
    enum volume_kind second_kind;
    const struct registry_entry *network;
};

static void volumes_of(const struct counted *counted, struct volumes *ret) {
    int year;
    int month;
    int day;
    date_split(counted->date, &year, &month, &day);
    int in_year = year * 100;
    int in_month = in_year + month;
    bool by_year = counted->figures->volume_period == VOLUME_CALENDAR_YEAR;
    ret->count = 0;
    add(ret, VOLUME_OF_PROVIDER, counted->contract, by_year ? in_year : in_month, counted->convention);
    if (counted->second != NULL) {
        bool monthly = counted->second_kind == VOLUME_OF_SECOND_LEADER || !by_year;
        add(ret, counted->second_kind, counted->second, monthly ? in_month : in_year, counted->convention);
    }
    add(ret, VOLUME_OF_NETWORK, counted->network, in_year, counted->convention);
}

void volumes_of_judging(const struct judging *judging, struct volumes *ret) {
    ret->count = 0;
    if (!service_is_session(judging->line->service) || judging->contract == NULL || judging->network == NULL) {
        return;
    }
    struct counted counted = {
        .figures = judging->figures,
        .convention = judging->book->convention,
        .date = judging->line->date,
        .contract = &judging->contract->entry,
        .network = &judging->network->entry,
    };
    if (judging->second_contract != NULL) {
        counted.second = &judging->second_contract->entry;
        counted.second_kind = VOLUME_OF_PROVIDER;
    } else if (judging->second_leader != NULL) {
        counted.second = &judging->second_leader->entry;
        counted.second_kind = VOLUME_OF_SECOND_LEADER;
    }
    volumes_of(&counted, ret);
}

void volumes_of_accepted(const struct intake_core *core, const Elp__V1__AttestationAccepted *accepted,
                         struct volumes *ret) {
    const struct registry *registry = &core->registry;
    const struct loaded_book *loaded = books_find(&core->books, accepted->convention);
    const Elp__V1__SecondLeaderFacts *second = accepted->second;
    ret->count = 0;
    struct counted counted = {
        .convention = accepted->convention,
        .date = {accepted->date},
        .contract = registry_find(registry, FACT_PROVIDER_CONTRACT, accepted->contract),
        .network = registry_find(registry, FACT_NETWORK, accepted->network),
    };
    if (!service_is_session((enum book_service)accepted->service) || loaded == NULL || counted.contract == NULL ||
        counted.network == NULL) {
        return;
    }
    counted.figures = book_on(loaded->book, counted.date);
    if (second != NULL && second->contract[0] != '\0') {
        counted.second = registry_find(registry, FACT_PROVIDER_CONTRACT, second->contract);
        counted.second_kind = VOLUME_OF_PROVIDER;
    } else if (second != NULL && second->kind != ELP__V1__SECOND_LEADER_KIND__SECOND_LEADER_KIND_PSYCHOLOGIST) {
        counted.second = registry_find(registry, FACT_SECOND_LEADER_CONTRACT, second->code);
        counted.second_kind = VOLUME_OF_SECOND_LEADER;
    }
    volumes_of(&counted, ret);
}

/* --- a dry run's own counts --------------------------------------------------------------------------------------- */

#define OVERLAY_BUCKETS 256

struct overlay_volume {
    struct overlay_volume *next;
    struct volume volume;
    int delta;
};

struct volume_overlay {
    struct arena *arena;
    struct overlay_volume *buckets[OVERLAY_BUCKETS];
};

static size_t bucket_of(const struct volume *volume) {
    uint64_t mixed = (volume->first_number * 4 + (uint64_t)volume->kind) * 31 + (uint64_t)volume->period;
    return (mixed * UINT64_C(0x9e3779b97f4a7c15)) >> 56;
}

struct volume_overlay *volume_overlay_make(struct arena *arena) {
    struct volume_overlay *overlay = arena_take(arena, sizeof *overlay);
    if (overlay != NULL) {
        overlay->arena = arena;
    }
    return overlay;
}

static struct overlay_volume *overlay_find(const struct volume_overlay *overlay, const struct volume *volume) {
    struct overlay_volume *at = overlay->buckets[bucket_of(volume)];
    while (at != NULL && !volume_equal(&at->volume, volume)) {
        at = at->next;
    }
    return at;
}

void volume_overlay_add(struct volume_overlay *overlay, const struct volumes *volumes, int delta) {
    for (size_t i = 0; i < volumes->count; i++) {
        struct overlay_volume *found = overlay_find(overlay, &volumes->items[i]);
        if (found == NULL) {
            found = arena_take(overlay->arena, sizeof *found);
            if (found == NULL) {
                return;
            }
            struct overlay_volume **bucket = &overlay->buckets[bucket_of(&volumes->items[i])];
            *found = (struct overlay_volume){*bucket, volumes->items[i], 0};
            *bucket = found;
        }
        found->delta += delta;
    }
}

/* --- the store ---------------------------------------------------------------------------------------------------- */

static int read_stored(struct store_txn *txn, const struct store_key *key, int *ret) {
    struct span value = {0};
    bool found = false;
    int failure = store_get(txn, TABLE_VOLUMES, store_key_span(key), &value, &found);
    if (failure < 0) {
        return failure;
    }
    if (found && value.bytes != COUNT_BYTES) {
        return FAILURE_CORRUPT;
    }
    *ret = found ? (int)store_read_u32(value.data) : 0;
    return 0;
}

int volume_read(struct store_txn *txn, const struct volume_overlay *overlay, const struct volume *volume, int *ret) {
    struct store_key key;
    int count = 0;
    make_key(&key, volume);
    int failure = read_stored(txn, &key, &count);
    if (failure < 0) {
        return failure;
    }
    const struct overlay_volume *found = overlay != NULL ? overlay_find(overlay, volume) : NULL;
    *ret = count + (found != NULL ? found->delta : 0);
    return 0;
}

int volumes_add(struct store_txn *txn, const struct volumes *volumes, int delta) {
    for (size_t i = 0; i < volumes->count; i++) {
        struct store_key key;
        struct store_key value;
        int count = 0;
        make_key(&key, &volumes->items[i]);
        int failure = read_stored(txn, &key, &count);
        if (failure < 0) {
            return failure;
        }
        /* A session that was accepted before there were counters falls without having been counted. */
        count = count + delta < 0 ? 0 : count + delta;
        store_key_reset(&value);
        store_key_u32(&value, (uint32_t)count);
        failure = store_put(txn, TABLE_VOLUMES, store_key_span(&key), store_key_span(&value));
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}
