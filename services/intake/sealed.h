#ifndef ELP_SERVICES_INTAKE_SEALED_H
#define ELP_SERVICES_INTAKE_SEALED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"
#include "common/span.h"

/*
 * A value that only a key opens: XChaCha20-Poly1305 with a random nonce each time (pitfalls §8). The place where it is
 * kept is authenticated with it, so that no sealed value can be moved to another row, table or schema unseen.
 *
 * Bytes: nonce (24), then the ciphertext with its tag (16).
 */
#define SEAL_KEY_BYTES 32
#define SEAL_KEY_ID_BYTES 8
#define SEALED_BYTES(clear_bytes) (24 + (clear_bytes) + 16)

/* Associated data. */
struct seal_place {
    const char *table;
    struct span row; /* the table's key; at most SEAL_ROW_BYTES_MAX */
    uint8_t schema;
    const uint8_t *key_id; /* of the master key; SEAL_KEY_ID_BYTES */
};
#define SEAL_ROW_BYTES_MAX 32

/* `out` has SEALED_BYTES(clear.bytes). */
void seal(const struct seal_place *place, const uint8_t key[SEAL_KEY_BYTES], struct span clear, uint8_t *out);

/* `out` has room for what was sealed. False, with `out` wiped, when another key, place or byte was sealed. */
MUST_USE bool unseal(const struct seal_place *place, const uint8_t key[SEAL_KEY_BYTES], struct span sealed,
                     uint8_t *out);

#endif
