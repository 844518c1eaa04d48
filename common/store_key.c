#include "common/store.h"

#include <string.h>

#include "common/require.h"

#define SIGN_BIT UINT32_C(0x80000000)

static uint8_t *take(struct store_key *key, size_t bytes) {
    require(bytes <= STORE_KEY_BYTES_MAX - key->used);
    uint8_t *place = key->bytes + key->used;
    key->used += bytes;
    return place;
}

void store_key_reset(struct store_key *key) {
    key->used = 0;
}

void store_key_u8(struct store_key *key, uint8_t v) {
    *take(key, 1) = v;
}

void store_key_u32(struct store_key *key, uint32_t v) {
    store_write_u32(take(key, 4), v);
}

void store_key_u64(struct store_key *key, uint64_t v) {
    store_write_u64(take(key, 8), v);
}

void store_key_date(struct store_key *key, struct date v) {
    store_key_u32(key, (uint32_t)v.days ^ SIGN_BIT);
}

void store_key_text(struct store_key *key, const char *text) {
    const size_t bytes = strlen(text) + 1;
    memcpy(take(key, bytes), text, bytes);
}

void store_key_bytes(struct store_key *key, const void *data, size_t bytes) {
    if (bytes > 0) {
        memcpy(take(key, bytes), data, bytes);
    }
}

uint32_t store_read_u32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

uint64_t store_read_u64(const uint8_t *p) {
    return (uint64_t)store_read_u32(p) << 32 | store_read_u32(p + 4);
}

struct date store_read_date(const uint8_t *p) {
    return (struct date){(int32_t)(store_read_u32(p) ^ SIGN_BIT)};
}

void store_write_u32(uint8_t *p, uint32_t v) {
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

void store_write_u64(uint8_t *p, uint64_t v) {
    store_write_u32(p, (uint32_t)(v >> 32));
    store_write_u32(p + 4, (uint32_t)v);
}
