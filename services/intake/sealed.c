#include "services/intake/sealed.h"

#include <sodium.h>
#include <string.h>

#include "common/require.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define TABLE_BYTES_MAX 16

_Static_assert(SEALED_BYTES(0) == NONCE_BYTES + TAG_BYTES, "SEALED_BYTES counts nonce and tag");
_Static_assert(SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "a key of the cipher's size");

/* Every part has a fixed size or its length in front, so that no two places have the same bytes. */
struct associated {
    uint8_t bytes[TABLE_BYTES_MAX + 1 + SEAL_ROW_BYTES_MAX + 1 + SEAL_KEY_ID_BYTES];
};

static struct associated associated_of(const struct seal_place *place) {
    struct associated associated = {{0}};
    size_t table_bytes = strlen(place->table);
    uint8_t *at = associated.bytes;
    require(table_bytes < TABLE_BYTES_MAX && place->row.bytes <= SEAL_ROW_BYTES_MAX);
    memcpy(at, place->table, table_bytes);
    at += TABLE_BYTES_MAX;
    *at++ = (uint8_t)place->row.bytes;
    memcpy(at, place->row.data, place->row.bytes);
    at += SEAL_ROW_BYTES_MAX;
    *at++ = place->schema;
    memcpy(at, place->key_id, SEAL_KEY_ID_BYTES);
    return associated;
}

void seal(const struct seal_place *place, const uint8_t key[SEAL_KEY_BYTES], struct span clear, uint8_t *out) {
    struct associated associated = associated_of(place);
    unsigned long long bytes = 0;
    randombytes_buf(out, NONCE_BYTES);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_BYTES, &bytes, clear.data, clear.bytes,
                                                     associated.bytes, sizeof associated.bytes, NULL, out, key);
    require(bytes == clear.bytes + TAG_BYTES);
}

bool unseal(const struct seal_place *place, const uint8_t key[SEAL_KEY_BYTES], struct span sealed, uint8_t *out) {
    struct associated associated = associated_of(place);
    if (sealed.bytes < NONCE_BYTES + TAG_BYTES) {
        return false;
    }
    unsigned long long bytes = 0;
    bool opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
                      out, &bytes, NULL, sealed.data + NONCE_BYTES, sealed.bytes - NONCE_BYTES, associated.bytes,
                      sizeof associated.bytes, sealed.data, key) == 0;
    if (!opened) {
        sodium_memzero(out, sealed.bytes - NONCE_BYTES - TAG_BYTES);
    }
    return opened;
}
