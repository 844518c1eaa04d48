#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "services/intake/client_keys.h"
#include "services/intake/line.h"

_Static_assert(crypto_shorthash_KEYBYTES == VAULT_DIGEST_KEY_BYTES, "the vault's secret is one of this hash");
_Static_assert(crypto_shorthash_KEYBYTES == VAULT_SALT_BYTES, "a salt covers the whole key");

struct digester {
    uint8_t key[16];
    struct line_digests *out;
};

/* Whether the value was good is part of what is digested: a good "7" is not a bad "7". */
static void put(struct digester *digester, bool good, const void *data, size_t bytes) {
    uint8_t inner[crypto_shorthash_BYTES + 3];
    uint8_t outer[crypto_shorthash_BYTES];
    size_t place = digester->out->bytes / DIGEST_BYTES;
    (void)crypto_shorthash(inner, data, bytes, digester->key);
    inner[8] = good ? 1 : 0;
    inner[9] = (uint8_t)(place >> 8);
    inner[10] = (uint8_t)place;
    (void)crypto_shorthash(outer, inner, sizeof inner, digester->key);
    memcpy(digester->out->data + digester->out->bytes, outer, DIGEST_BYTES);
    digester->out->bytes += DIGEST_BYTES;
}

static void put_text(struct digester *digester, bool good, const char *text) {
    put(digester, good, text, strlen(text));
}

static void put_number(struct digester *digester, bool good, int64_t number) {
    put(digester, good, &number, sizeof number);
}

/* The value's own bytes when the field is good, what came when it is not. */
static void put_date(struct digester *digester, bool good, struct date date, const char *raw) {
    if (good) {
        put_number(digester, true, date.days);
    } else {
        put_text(digester, false, raw);
    }
}

static void put_head(struct digester *digester, const struct line *line) {
    const Elp__V1__AttestationLine *wire = line->wire;
    bool provider = line_has(line, FIELD_BIT(FIELD_PROVIDER));
    bool start = line_has(line, FIELD_BIT(FIELD_START));
    put_text(digester, true, wire->network);
    put_text(digester, provider, provider ? line->provider.digits : wire->provider);
    put_number(digester, true, wire->service);
    put_number(digester, true, wire->function);
    put_date(digester, !date_is_none(line->date), line->date, wire->date);
    if (start) {
        put_number(digester, true, line->start_minute);
    } else {
        put_text(digester, false, wire->start);
    }
    put_number(digester, true, wire->minutes);
    put_number(digester, true, wire->direct_minutes);
    put_text(digester, true, wire->site);
    put_number(digester, true, (int64_t)wire->n_beneficiaries);
}

static void put_tail(struct digester *digester, const struct line *line) {
    const Elp__V1__AttestationLine *wire = line->wire;
    bool second = line->has_second_provider && line_has(line, FIELD_BIT(FIELD_SECOND_PROVIDER));
    put_number(digester, true, wire->head_count);
    put_number(digester, true, wire->defined_group != 0);
    put_text(digester, second, second ? line->second_provider.digits : wire->second_provider);
    put_text(digester, true, wire->second_leader);
    put_text(digester, true, wire->programme);
    put_number(digester, true, wire->other_funding != 0);
    put_number(digester, true, wire->eating_disorder != 0);
    put_number(digester, true, wire->entourage != 0);
    put_date(digester, !date_is_none(line->assessment_date), line->assessment_date, wire->assessment_date);
    put_text(digester, true, wire->replaces);
}

/* Which special fields does the line give? Always looked at as they came, so that a bad one counts too. */
static uint32_t special_of(const Elp__V1__AttestationLine *wire) {
    return (wire->referral_date[0] != '\0' ? FIELD_BIT(FIELD_REFERRAL_DATE) : 0u) |
           (wire->referrer != 0 ? FIELD_BIT(FIELD_REFERRER) : 0u) |
           (wire->professionals != 0 ? FIELD_BIT(FIELD_PROFESSIONALS) : 0u) |
           (wire->care_providers != 0 ? FIELD_BIT(FIELD_CARE_PROVIDERS) : 0u) |
           (wire->consent ? FIELD_BIT(FIELD_CONSENT) : 0u) | (wire->report ? FIELD_BIT(FIELD_REPORT) : 0u) |
           (wire->cost_cents != 0 ? FIELD_BIT(FIELD_COST) : 0u);
}

static void put_special(struct digester *digester, const struct line *line) {
    const Elp__V1__AttestationLine *wire = line->wire;
    put_date(digester, !date_is_none(line->referral_date), line->referral_date, wire->referral_date);
    put_number(digester, true, wire->referrer);
    put_number(digester, true, wire->professionals);
    put_number(digester, true, wire->care_providers);
    put_number(digester, true, wire->consent != 0);
    put_number(digester, true, wire->report != 0);
    put_number(digester, true, wire->cost_cents);
}

/* Turns the key into the person's own, and back. A salt is random, so nothing is gained by a better mix. */
static void toggle_salt(struct digester *digester, const struct line_beneficiary *beneficiary) {
    for (size_t i = 0; i < sizeof digester->key; i++) {
        digester->key[i] ^= beneficiary->salt[i];
    }
}

static void put_beneficiary(struct digester *digester, const struct line_beneficiary *beneficiary,
                            const Elp__V1__Beneficiary *wire) {
    struct date birth;
    bool niss = (beneficiary->good & 1u << BENEFICIARY_NISS) != 0;
    bool day = date_parse(wire->birth_date, &birth);
    toggle_salt(digester, beneficiary);
    put_text(digester, niss, niss ? beneficiary->niss.digits : wire->niss);
    put_date(digester, day, day ? birth : DATE_NONE, wire->birth_date);
    toggle_salt(digester, beneficiary);
    put_text(digester, true, wire->ct1);
    put_text(digester, true, wire->ct2);
}

/* A key of its own for every idempotency key. */
static void seed_digester(struct digester *digester, struct span key, const uint8_t secret[16]) {
    uint8_t seed[2 + crypto_shorthash_BYTES] = {0};
    (void)crypto_shorthash(seed + 2, key.data, key.bytes, secret);
    for (uint8_t half = 0; half < 2; half++) {
        seed[0] = half;
        (void)crypto_shorthash(digester->key + 8 * half, seed, sizeof seed, secret);
    }
}

void line_digests_of(const struct line *line, const uint8_t secret[16], struct line_digests *ret) {
    struct digester digester = {.out = ret};
    seed_digester(&digester, line->key, secret);
    ret->bytes = 0;
    ret->beneficiary_count = line->beneficiary_count;
    put_head(&digester, line);
    put_tail(&digester, line);
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        put_beneficiary(&digester, &line->beneficiaries[i], line->wire->beneficiaries[i]);
    }
    ret->special = special_of(line->wire);
    if (ret->special != 0) {
        put_special(&digester, line);
    }
}

static bool same(const struct line_digests *a, const struct line_digests *b, size_t place) {
    return memcmp(a->data + place * DIGEST_BYTES, b->data + place * DIGEST_BYTES, DIGEST_BYTES) == 0;
}

static bool beneficiaries_differ(const struct line_digests *a, const struct line_digests *b, char *out) {
    size_t common = a->beneficiary_count < b->beneficiary_count ? a->beneficiary_count : b->beneficiary_count;
    for (size_t i = 0; i < common; i++) {
        for (size_t field = 0; field < BENEFICIARY_FIELD_COUNT; field++) {
            if (!same(a, b, FIELD_SPECIAL_FIRST + i * BENEFICIARY_FIELD_COUNT + field)) {
                (void)finding_place(i, beneficiary_field_names[field], out);
                return true;
            }
        }
    }
    if (a->beneficiary_count != b->beneficiary_count || !same(a, b, FIELD_BENEFICIARIES)) {
        (void)finding_place(common, "", out);
        return true;
    }
    return false;
}

/* One of the two may give none of the special fields; then the first that the other gives is what differs. */
static bool special_differs(const struct line_digests *a, const struct line_digests *b, char *out) {
    size_t place = FIELD_SPECIAL_FIRST + a->beneficiary_count * BENEFICIARY_FIELD_COUNT;
    for (size_t field = FIELD_SPECIAL_FIRST; field < LINE_FIELD_COUNT; field++, place++) {
        bool both = a->special != 0 && b->special != 0;
        if (both ? !same(a, b, place) : ((a->special | b->special) & FIELD_BIT(field)) != 0) {
            (void)snprintf(out, FINDING_FIELD_BYTES, "%s", line_field_names[field]);
            return true;
        }
    }
    return false;
}

bool line_digests_differ(const struct line_digests *line, const struct line_digests *stored, char *out) {
    if (line->bytes == stored->bytes && memcmp(line->data, stored->data, line->bytes) == 0) {
        return false;
    }
    for (size_t field = 0; field < FIELD_SPECIAL_FIRST; field++) {
        if (field == FIELD_BENEFICIARIES) {
            if (beneficiaries_differ(line, stored, out)) {
                return true;
            }
        } else if (!same(line, stored, field)) {
            (void)snprintf(out, FINDING_FIELD_BYTES, "%s", line_field_names[field]);
            return true;
        }
    }
    return special_differs(line, stored, out);
}

void cancellation_digests_of(struct span key, const char *id, const char *reason, const uint8_t secret[16],
                             struct line_digests *ret) {
    struct digester digester = {.out = ret};
    seed_digester(&digester, key, secret);
    ret->bytes = 0;
    ret->beneficiary_count = 0;
    ret->special = 0;
    put_text(&digester, true, id);
    put_text(&digester, true, reason);
}
