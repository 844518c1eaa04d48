#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "common/principal.h"
#include "common/require.h"

/* Key pairs: making, loading, and the copy of public keys that zauth reads. */

static int unusable(const char *path, const char *field, const char *text) {
    struct key_file_error error = {.line = 0};

    (void)snprintf(error.field, sizeof error.field, "%s", field);
    (void)snprintf(error.text, sizeof error.text, "%s", text);
    return key_file_unusable(path, &error);
}

static bool file_exists(const char *folder, const char *name) {
    char path[PATH_MAX];

    return snprintf(path, sizeof path, "%s/%s", folder, name) < (int)sizeof path && access(path, F_OK) == 0;
}

static int put_pair(const char *secret_dir, const char *allow_dir, struct key_file *key_file) {
    char secret_name[CODE_BYTES_MAX + 8];
    char public_name[CODE_BYTES_MAX + 8];
    char text[KEY_FILE_BYTES_MAX];

    (void)snprintf(secret_name, sizeof secret_name, "%.*s.key", CODE_BYTES_MAX, key_file->name);
    (void)snprintf(public_name, sizeof public_name, "%.*s.pub", CODE_BYTES_MAX, key_file->name);
    if (file_exists(secret_dir, secret_name) || file_exists(allow_dir, public_name)) {
        return 1;
    }
    key_file_format(key_file, text);

    int result = durable_file_put(secret_dir, secret_name, 0600, text, strlen(text), false);

    sodium_memzero(text, sizeof text);
    if (result != 0) {
        return result;
    }
    sodium_memzero(key_file->secret_key, sizeof key_file->secret_key);
    key_file_format(key_file, text);
    return durable_file_put(allow_dir, public_name, 0644, text, strlen(text), false);
}

int principal_make(const char *secret_dir, const char *allow_dir, const char *name, enum role role, const char *scope) {
    struct code code;
    struct code networks[PRINCIPAL_NETWORKS_MAX];
    size_t count;
    bool all;
    struct key_file key_file = {.name = ""};

    if (!code_parse(name, &code)) {
        return unusable(allow_dir, "name",
                        "a name has 1 to 32 letters, digits and . _ - and starts with a letter or digit");
    }
    if (!scope_parse(scope, &all, networks, &count)) {
        return unusable(allow_dir, "scope",
                        "a scope is \"*\" or network codes separated by commas, each once, at most 64");
    }
    (void)snprintf(key_file.name, sizeof key_file.name, "%s", code.text);
    (void)snprintf(key_file.role, sizeof key_file.role, "%s", role_word(role));
    (void)snprintf(key_file.scope, sizeof key_file.scope, "%s", scope);
    if (zmq_curve_keypair(key_file.public_key, key_file.secret_key) != 0) {
        return FAILURE_SYSTEM;
    }

    int result = put_pair(secret_dir, allow_dir, &key_file);

    sodium_memzero(&key_file, sizeof key_file);
    return result;
}

static int check_pair(const char *path, const struct key_file *key_file) {
    char derived[KEY_TEXT_BYTES];

    if (key_file->secret_key[0] == 0) {
        return unusable(path, "secret-key", "this is a public certificate; the secret one ends in .key");
    }
    if (zmq_curve_public(derived, key_file->secret_key) != 0 || strcmp(derived, key_file->public_key) != 0) {
        return unusable(path, "public-key",
                        "the two keys do not belong together; make a new pair with elpctl keys new");
    }
    return 0;
}

/* The certificate in a file; FAILURE_CONFIG with a printed sentence. */
static int load_certificate(const char *path, bool secret, struct key_file *ret) {
    char text[KEY_FILE_BYTES_MAX];
    struct key_file_error error = {.line = 0};
    size_t bytes = 0;
    int result = 0;

    if (key_file_read(path, secret, text, sizeof text, &bytes, &error) != 0 ||
        key_file_parse(text, bytes, ret, &error) != 0) {
        result = key_file_unusable(path, &error);
    }
    sodium_memzero(text, sizeof text);
    return result;
}

static int check_folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];

    if (slash == NULL || slash == path || slash - path >= (ptrdiff_t)sizeof folder) {
        return key_folder_check(slash == path ? "/" : "."); /* a longer path opens no file either */
    }
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = 0;
    return key_folder_check(folder);
}

int secret_key_load(const char *path, char ret_public[KEY_TEXT_BYTES], char ret_secret[KEY_TEXT_BYTES]) {
    struct key_file key_file = {.name = ""};
    int result = check_folder_of(path);

    if (result == 0) {
        result = load_certificate(path, true, &key_file);
    }
    if (result == 0) {
        result = check_pair(path, &key_file);
    }
    if (result == 0) {
        memcpy(ret_public, key_file.public_key, KEY_TEXT_BYTES);
        memcpy(ret_secret, key_file.secret_key, KEY_TEXT_BYTES);
    }
    sodium_memzero(&key_file, sizeof key_file);
    return result;
}

int principals_check_daemon(const struct principals *principals, const char *path, const char *name,
                            const char *public_key) {
    const struct principal *holder = principals_by_key(principals, public_key);
    char text[sizeof((struct key_file_error *)NULL)->text];

    if (holder != NULL && holder->role == ROLE_DAEMON && strcmp(holder->name.text, name) == 0) {
        return 0;
    }
    if (holder != NULL && strcmp(holder->name.text, name) != 0) {
        (void)snprintf(
            text, sizeof text,
            "the allow folder has it in %s.pub: put %s's own pair there, or delete its two files and run elp-%s "
            "--make-keys",
            holder->name.text, name, name);
    } else {
        (void)snprintf(
            text, sizeof text,
            "the allow folder has no %s.pub of role daemon with this key: put it there, or delete both files "
            "and run elp-%s --make-keys",
            name, name);
    }
    return unusable(path, "", text);
}

int principal_publish(const char *secret_dir, const char *allow_dir, const char *name) {
    char secret_path[PATH_MAX];
    char public_path[PATH_MAX];
    char public_name[CODE_BYTES_MAX + 8];
    char text[KEY_FILE_BYTES_MAX];
    struct key_file ours = {.name = ""};
    struct key_file theirs = {.name = ""};

    (void)snprintf(public_name, sizeof public_name, "%.*s.pub", CODE_BYTES_MAX, name);
    if (snprintf(secret_path, sizeof secret_path, "%s/%.*s.key", secret_dir, CODE_BYTES_MAX, name) >=
            (int)sizeof secret_path ||
        snprintf(public_path, sizeof public_path, "%s/%s", allow_dir, public_name) >= (int)sizeof public_path) {
        return unusable(secret_dir, "", "the path is too long; use a folder nearer to the root");
    }

    int result = load_certificate(secret_path, true, &ours);

    sodium_memzero(ours.secret_key, sizeof ours.secret_key);
    if (result == 0 && file_exists(allow_dir, public_name)) {
        result = load_certificate(public_path, false, &theirs);
        if (result == 0 && strcmp(theirs.public_key, ours.public_key) != 0) {
            result = unusable(public_path, "public-key",
                              "it belongs to another secret key than the one here; put back the right one of the two");
        }
        return result;
    }
    if (result == 0) {
        key_file_format(&ours, text);
        result = durable_file_put(allow_dir, public_name, 0644, text, strlen(text), false);
    }
    /* 1: somebody else put it there meanwhile. */
    return result == 1 ? principal_publish(secret_dir, allow_dir, name) : result;
}

/* --- keys that change or end -------------------------------------------------------------------------------------- */

static int remove_file(const char *folder, const char *name) {
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 || unlinkat(fd, name, 0) != 0 || fsync(fd) != 0 ? errno : 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    if (error == ENOENT) {
        return 1;
    }
    return error == 0 ? 0 : unusable(folder, name, strerror(error));
}

/* The certificate of somebody who is allowed: 0, or 1 when there is none, or FAILURE_CONFIG. */
static int load_allowed(const char *allow_dir, const char *name, struct key_file *ret) {
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/%.*s.pub", allow_dir, CODE_BYTES_MAX, name) >= (int)sizeof path) {
        return unusable(allow_dir, "", "the path is too long; use a folder nearer to the root");
    }
    return access(path, F_OK) != 0 && errno == ENOENT ? 1 : load_certificate(path, false, ret);
}

bool principal_public_key(const char *allow_dir, const char *name, char ret_public[KEY_TEXT_BYTES]) {
    char path[PATH_MAX];
    char text[KEY_FILE_BYTES_MAX];
    struct key_file key_file = {.name = ""};
    struct key_file_error error = {.line = 0};
    size_t bytes = 0;

    if (snprintf(path, sizeof path, "%s/%.*s.pub", allow_dir, CODE_BYTES_MAX, name) >= (int)sizeof path ||
        key_file_read(path, false, text, sizeof text, &bytes, &error) != 0 ||
        key_file_parse(text, bytes, &key_file, &error) != 0) {
        return false;
    }
    memcpy(ret_public, key_file.public_key, KEY_TEXT_BYTES);
    return true;
}

/* New files under names of their own, then the public one in its place, then the secret one. */
static int put_rotated(const char *secret_dir, const char *allow_dir, struct key_file *key_file) {
    char secret_name[CODE_BYTES_MAX + 8];
    char next_name[CODE_BYTES_MAX + 16];
    char public_name[CODE_BYTES_MAX + 8];
    char from[PATH_MAX];
    char to[PATH_MAX];
    char text[KEY_FILE_BYTES_MAX];

    (void)snprintf(secret_name, sizeof secret_name, "%.*s.key", CODE_BYTES_MAX, key_file->name);
    (void)snprintf(next_name, sizeof next_name, "%.*s.key.next", CODE_BYTES_MAX, key_file->name);
    (void)snprintf(public_name, sizeof public_name, "%.*s.pub", CODE_BYTES_MAX, key_file->name);
    if (snprintf(from, sizeof from, "%s/%s", secret_dir, next_name) >= (int)sizeof from ||
        snprintf(to, sizeof to, "%s/%s", secret_dir, secret_name) >= (int)sizeof to) {
        return unusable(secret_dir, "", "the path is too long; use a folder nearer to the root");
    }
    key_file_format(key_file, text);

    int result = durable_file_put(secret_dir, next_name, 0600, text, strlen(text), true);

    sodium_memzero(text, sizeof text);
    sodium_memzero(key_file->secret_key, sizeof key_file->secret_key);
    if (result == 0) {
        key_file_format(key_file, text);
        result = durable_file_put(allow_dir, public_name, 0644, text, strlen(text), true);
    }
    if (result == 0 && rename(from, to) != 0) {
        result = unusable(from, "", strerror(errno));
    }
    return result;
}

int principal_rotate(const char *secret_dir, const char *allow_dir, const char *name) {
    struct code code;
    struct key_file key_file = {.name = ""};

    if (!code_parse(name, &code)) {
        return 1;
    }

    int result = load_allowed(allow_dir, name, &key_file);

    if (result == 0 && zmq_curve_keypair(key_file.public_key, key_file.secret_key) != 0) {
        result = FAILURE_SYSTEM;
    }
    if (result == 0) {
        result = put_rotated(secret_dir, allow_dir, &key_file);
    }
    sodium_memzero(&key_file, sizeof key_file);
    return result;
}

int principal_revoke(const char *secret_dir, const char *allow_dir, const char *name) {
    char public_name[CODE_BYTES_MAX + 8];
    char secret_name[CODE_BYTES_MAX + 8];
    struct code code;

    if (!code_parse(name, &code)) {
        return 1;
    }
    (void)snprintf(public_name, sizeof public_name, "%s.pub", code.text);
    (void)snprintf(secret_name, sizeof secret_name, "%s.key", code.text);

    int result = remove_file(allow_dir, public_name);

    if (result == 0) {
        int secret = remove_file(secret_dir, secret_name);

        result = secret < 0 ? secret : 0;
    }
    return result;
}

/* --- the copy for zauth ------------------------------------------------------------------------------------------- */

#define EXPORT_NAME_BYTES (64 + sizeof ".pub")

/* A key is its own file name, so one folder cannot hold it twice. */
static void export_name(const char *public_key, char out[EXPORT_NAME_BYTES]) {
    uint8_t binary[32];
    uint8_t *decoded = zmq_z85_decode(binary, public_key);

    require(decoded != NULL);
    (void)sodium_bin2hex(out, EXPORT_NAME_BYTES, binary, sizeof binary);
    (void)snprintf(out + 64, EXPORT_NAME_BYTES - 64, ".pub");
}

static bool still_allowed(const struct principals *principals, const char *file) {
    uint8_t binary[32];
    char public_key[KEY_TEXT_BYTES];
    size_t bytes;
    const char *end;

    if (sodium_hex2bin(binary, sizeof binary, file, strlen(file), NULL, &bytes, &end) != 0 || bytes != sizeof binary ||
        strcmp(end, ".pub") != 0 || zmq_z85_encode(public_key, binary, sizeof binary) == NULL) {
        return false;
    }
    return principals_by_key(principals, public_key) != NULL;
}

/* Removes what is no longer allowed and whatever else a person put there. */
static int export_sweep(const struct principals *principals, const char *folder) {
    DIR *dir = opendir(folder);
    struct dirent *item;

    if (dir == NULL) {
        return unusable(folder, "", "the folder cannot be read; it is the daemon's own, check its rights");
    }
    while ((item = readdir(dir)) != NULL) {
        if (item->d_name[0] != '.' && strcmp(item->d_name, "generation") != 0 &&
            !still_allowed(principals, item->d_name)) {
            (void)unlinkat(dirfd(dir), item->d_name, 0);
        }
    }
    (void)closedir(dir);
    return 0;
}

static int export_one(const struct principal *principal, const char *folder) {
    char name[EXPORT_NAME_BYTES];
    char text[128];

    export_name(principal->public_key, name);
    (void)snprintf(text, sizeof text, "metadata\ncurve\n    public-key = \"%s\"\n", principal->public_key);
    if (file_exists(folder, name)) {
        return 0;
    }
    return durable_file_put(folder, name, 0644, text, strlen(text), true);
}

int principals_export_keys(const struct principals *principals, const char *folder) {
    char mark[512] = "";

    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        bool full = errno == ENOSPC || errno == EDQUOT;
        int failure = unusable(folder, "",
                               full ? "the folder cannot be made; make room on that disk"
                                    : "the folder cannot be made; check the rights of its parent");
        return full ? FAILURE_FULL : failure;
    }

    int result = export_sweep(principals, folder);

    for (size_t i = 0; result == 0 && i < principals_count(principals); i++) {
        result = export_one(principals_at(principals, i), folder);
    }
    if (result != 0) {
        return result;
    }

    /*
     * zauth reads a folder again when its second, its number of files or their summed size differ. A comment whose length
     * follows the generation makes the size differ whatever else stayed the same.
     */
    memset(mark, '#', 1 + principals_generation(principals) % (sizeof mark - 2));
    return durable_file_put(folder, "generation", 0644, mark, strlen(mark), true);
}
