#include "common/backup_manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/key_file.h"
#include "common/require.h"
#include "common/yaml_document.h"

#define FILE_BYTES_MAX 2048
#define ERRORS_MAX 12
#define PATH_BYTES 1024
#define BLOCK_BYTES (256 * 1024)
#define HEX_BYTES (2 * 32 + 1)
#define VAULT_WORD "vault"

const char *backup_word(const struct backup_manifest *manifest) {
    return manifest->vault ? VAULT_WORD : cell_service_names[manifest->identity.service];
}

/* --- writing ------------------------------------------------------------------------------------------------------ */

int backup_manifest_write(const char *folder, const struct backup_manifest *manifest) {
    char text[FILE_BYTES_MAX];
    char head_hash[HEX_BYTES];
    char digest[HEX_BYTES];
    int used =
        snprintf(text, sizeof text,
                 "# A backup of one store of elp; elpctl restore puts it back. docs/operators.md has the drill.\n"
                 "backup: \"%s\"\n"
                 "store: %s\n"
                 "cell: \"%s\"\n"
                 "clock: %s\n"
                 "engine: %" PRIu32 "\n"
                 "head: %" PRIu64 "\n"
                 "head_hash: \"%s\"\n"
                 "bytes: %" PRIu64 "\n"
                 "blake2b: \"%s\"\n",
                 manifest->name.text, backup_word(manifest), manifest->identity.cell,
                 manifest->identity.simulated ? "manual" : "real", manifest->identity.engine, manifest->head,
                 sodium_bin2hex(head_hash, sizeof head_hash, manifest->head_hash, sizeof manifest->head_hash),
                 manifest->bytes, sodium_bin2hex(digest, sizeof digest, manifest->digest, sizeof manifest->digest));
    require(used > 0 && (size_t)used < sizeof text);
    int result = durable_file_put(folder, BACKUP_MANIFEST_NAME, 0600, text, (size_t)used, true);
    require(result <= 0);
    return result;
}

/* --- reading ------------------------------------------------------------------------------------------------------ */

/* The file as libcyaml fills it. */
struct manifest_file {
    char *backup;
    char *store;
    char *cell;
    char *clock;
    char *engine;
    char *head;
    char *head_hash;
    char *bytes;
    char *blake2b;
};

#define TEXT(key) CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER, struct manifest_file, key, 1, 64)

static const struct cyaml_schema_field manifest_fields[] = {
    TEXT(backup), TEXT(store),     TEXT(cell),  TEXT(clock),   TEXT(engine),
    TEXT(head),   TEXT(head_hash), TEXT(bytes), TEXT(blake2b), CYAML_FIELD_END,
};

static const struct cyaml_schema_value manifest_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct manifest_file, manifest_fields),
};

static bool read_hex(const char *text, uint8_t out[32]) {
    size_t bytes = 0;
    return sodium_hex2bin(out, 32, text, strlen(text), NULL, &bytes, NULL) == 0 && bytes == 32;
}

static bool read_store(const char *text, struct backup_manifest *ret) {
    ret->vault = strcmp(text, VAULT_WORD) == 0;
    if (ret->vault) {
        ret->identity.service = CELL_INTAKE;
        return true;
    }
    for (int service = 0; service < CELL_SERVICES; service++) {
        if (strcmp(text, cell_service_names[service]) == 0) {
            ret->identity.service = (enum cell_service)service;
            return true;
        }
    }
    return false;
}

static bool take(const struct manifest_file *file, struct backup_manifest *ret) {
    struct code cell;
    int64_t engine = 0;
    int64_t head = 0;
    int64_t bytes = 0;
    bool manual = strcmp(file->clock, "manual") == 0;
    bool fits = code_parse(file->backup, &ret->name) && read_store(file->store, ret) && code_parse(file->cell, &cell) &&
                (manual || strcmp(file->clock, "real") == 0) &&
                yaml_whole_parse(file->engine, 1, UINT32_MAX, &engine) &&
                yaml_whole_parse(file->head, 0, INT64_MAX, &head) && read_hex(file->head_hash, ret->head_hash) &&
                yaml_whole_parse(file->bytes, 1, INT64_MAX, &bytes) && read_hex(file->blake2b, ret->digest);
    if (fits) {
        (void)snprintf(ret->identity.cell, sizeof ret->identity.cell, "%s", cell.text);
        ret->identity.simulated = manual;
        ret->identity.engine = (uint32_t)engine;
        ret->head = (uint64_t)head;
        ret->bytes = (uint64_t)bytes;
    }
    return fits;
}

static int parse(const char *path, const char *text, size_t bytes, struct backup_manifest *ret) {
    static const struct yaml_limits limits = {.bytes_max = FILE_BYTES_MAX, .nodes_max = 40, .depth_max = 2};
    struct yaml_error items[ERRORS_MAX];
    struct yaml_errors errors = {.items = items, .max = ERRORS_MAX};
    struct yaml_document *document = NULL;
    struct backup_manifest manifest = {.head = 0};
    int result = yaml_document_load(text, bytes, &limits, &manifest_schema, &errors, &document);
    bool fits = result == 0 && take(yaml_document_data(document), &manifest);
    yaml_document_free(document);
    if (result < 0) {
        return result;
    }
    if (!fits) {
        failure_say("%s: it is no description of a backup; take another backup.\n", path);
        return FAILURE_CONFIG;
    }
    *ret = manifest;
    return 0;
}

int backup_manifest_read(const char *folder, struct backup_manifest *ret) {
    char path[PATH_BYTES];
    char text[FILE_BYTES_MAX + 1];
    size_t bytes = 0;
    struct key_file_error error = {.line = 0};
    if (snprintf(path, sizeof path, "%s/" BACKUP_MANIFEST_NAME, folder) >= (int)sizeof path ||
        access(path, F_OK) != 0) {
        return BACKUP_MANIFEST_MISSING;
    }
    if (key_file_read(path, false, text, sizeof text, &bytes, &error) != 0) {
        return key_file_unusable(path, &error);
    }
    return parse(path, text, bytes, ret);
}

/* --- the data ----------------------------------------------------------------------------------------------------- */

static int digest_descriptor(int fd, void *block, int (*each)(void *context, const void *data, size_t bytes),
                             void *context, uint64_t *ret_bytes, uint8_t ret_digest[BACKUP_DIGEST_BYTES]) {
    crypto_generichash_state state;
    uint64_t total = 0;
    require(crypto_generichash_init(&state, NULL, 0, BACKUP_DIGEST_BYTES) == 0);
    for (;;) {
        ssize_t got = read(fd, block, BLOCK_BYTES);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return FAILURE_STORE;
        }
        if (got == 0) {
            break;
        }
        (void)crypto_generichash_update(&state, block, (size_t)got);
        total += (uint64_t)got;
        int failure = each == NULL ? 0 : each(context, block, (size_t)got);
        if (failure < 0) {
            return failure;
        }
    }
    (void)crypto_generichash_final(&state, ret_digest, BACKUP_DIGEST_BYTES);
    *ret_bytes = total;
    return 0;
}

int backup_digest(const char *path, int (*each)(void *context, const void *data, size_t bytes), void *context,
                  uint64_t *ret_bytes, uint8_t ret_digest[BACKUP_DIGEST_BYTES]) {
    void *block = malloc(BLOCK_BYTES);
    if (block == NULL) {
        return FAILURE_MEMORY;
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int failure = FAILURE_STORE;
    if (fd >= 0) {
        failure = digest_descriptor(fd, block, each, context, ret_bytes, ret_digest);
        int error = errno;
        (void)close(fd);
        errno = error;
    }
    free(block);
    return failure;
}
