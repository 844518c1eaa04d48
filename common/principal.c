#include "common/principal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/require.h"

static const struct {
    enum role role;
    const char *word;
} roles[] = {
    {ROLE_INTEGRATOR, "integrator"},
    {ROLE_NETWORK, "network"},
    {ROLE_COLLECTING_INSTITUTION, "collecting-institution"},
    {ROLE_INSURER, "insurer"},
    {ROLE_AUTHORITY, "authority"},
    {ROLE_CONSUMER, "consumer"},
    {ROLE_OPERATOR, "operator"},
    {ROLE_DAEMON, "daemon"},
};

const char *role_word(enum role role) {
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (roles[i].role == role) {
            return roles[i].word;
        }
    }
    return "unknown";
}

bool role_of_word(const char *word, enum role *ret) {
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].word, word) == 0) {
            *ret = roles[i].role;
            return true;
        }
    }
    return false;
}

/* A file of the folder as the last look found it. Equal entries hold equal bytes: replacing a file changes its inode. */
struct entry {
    char file[NAME_MAX + 1];
    ino_t inode;
    off_t bytes;
    struct timespec modified;
    struct timespec changed;
    bool refused; /* it was left out and logged */
};

struct listing {
    bool readable;
    struct entry *entries; /* by file name */
    size_t count;
};

struct principals {
    char folder[PATH_MAX];
    DIR *dir; /* kept open: looking must not depend on a free descriptor, which a flood of connections may use up */
    dev_t device;
    ino_t inode;
    struct listing listing;
    struct principal *items; /* by name */
    const struct principal **by_key;
    size_t count;
    uint64_t generation; /* counts the changes */
};

static int compare_entries(const void *a, const void *b) {
    return strcmp(((const struct entry *)a)->file, ((const struct entry *)b)->file);
}

static bool same_time(struct timespec a, struct timespec b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same_entry(const struct entry *a, const struct entry *b) {
    return strcmp(a->file, b->file) == 0 && a->inode == b->inode && a->bytes == b->bytes &&
           same_time(a->modified, b->modified) && same_time(a->changed, b->changed);
}

static bool same_listing(const struct listing *a, const struct listing *b) {
    if (a->readable != b->readable || a->count != b->count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (!same_entry(&a->entries[i], &b->entries[i])) {
            return false;
        }
    }
    return true;
}

/* Is it one of the files that we read: visible, regular or a link to one, and named *.pub? */
static bool entry_look(DIR *dir, const char *file, struct entry *ret) {
    const char *dot = strrchr(file, '.');
    struct stat status;

    if (file[0] == '.' || dot == NULL || strcmp(dot, ".pub") != 0 || fstatat(dirfd(dir), file, &status, 0) != 0 ||
        !S_ISREG(status.st_mode)) {
        return false;
    }
    *ret = (struct entry){
        .inode = status.st_ino, .bytes = status.st_size, .modified = status.st_mtim, .changed = status.st_ctim};
    (void)snprintf(ret->file, sizeof ret->file, "%s", file);
    return true;
}

static void folder_close(struct principals *principals) {
    if (principals->dir != NULL) {
        (void)closedir(principals->dir);
        principals->dir = NULL;
    }
}

/* The folder that has this path now, at its beginning; NULL when there is none, or it cannot be read. */
static DIR *folder_open(struct principals *principals) {
    struct stat status;

    if (stat(principals->folder, &status) != 0 ||
        faccessat(AT_FDCWD, principals->folder, R_OK | X_OK, AT_EACCESS) != 0) {
        folder_close(principals);
        return NULL;
    }
    if (principals->dir != NULL && (status.st_dev != principals->device || status.st_ino != principals->inode)) {
        folder_close(principals);
    }
    if (principals->dir == NULL) {
        principals->dir = opendir(principals->folder);
        principals->device = status.st_dev;
        principals->inode = status.st_ino;
    } else {
        rewinddir(principals->dir);
    }
    return principals->dir;
}

/* An unreadable folder gives an unreadable, empty listing, and so does one with more files than we take. */
static struct listing listing_read(struct principals *principals) {
    struct listing listing = {.readable = false};
    DIR *dir = folder_open(principals);

    if (dir == NULL) {
        return listing;
    }
    listing.entries = calloc(PRINCIPALS_MAX, sizeof *listing.entries);

    bool complete = listing.entries != NULL;
    struct dirent *item;

    for (errno = 0; complete && (item = readdir(dir)) != NULL; errno = 0) {
        struct entry entry;

        if (!entry_look(dir, item->d_name, &entry)) {
            continue;
        }
        complete = listing.count < PRINCIPALS_MAX;
        if (complete) {
            listing.entries[listing.count++] = entry;
        }
    }
    complete = complete && errno == 0;
    if (!complete) {
        free(listing.entries);
        return (struct listing){.readable = false};
    }
    listing.readable = true;
    qsort(listing.entries, listing.count, sizeof *listing.entries, compare_entries);
    return listing;
}

bool scope_parse(const char *text, bool *ret_all, struct code *ret_networks, size_t *ret_count) {
    size_t count = 0;

    if (strcmp(text, "*") == 0) {
        *ret_all = true;
        *ret_count = 0;
        return true;
    }
    for (const char *at = text;; at++) {
        size_t bytes = strcspn(at, ",");
        char word[CODE_BYTES_MAX + 1];

        if (bytes > CODE_BYTES_MAX || count == PRINCIPAL_NETWORKS_MAX) {
            return false;
        }
        memcpy(word, at, bytes);
        word[bytes] = 0;
        if (!code_parse(word, &ret_networks[count])) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            if (strcmp(ret_networks[i].text, word) == 0) {
                return false;
            }
        }
        count++;
        at += bytes;
        if (*at == 0) {
            break;
        }
    }
    *ret_all = false;
    *ret_count = count;
    return true;
}

static int refuse(struct key_file_error *error, const char *field, const char *text) {
    *error = (struct key_file_error){.line = 0};
    (void)snprintf(error->field, sizeof error->field, "%s", field);
    (void)snprintf(error->text, sizeof error->text, "%s", text);
    return 1;
}

/* A principal from a parsed public file called `file`. */
static int principal_of(const struct key_file *key_file, const char *file, struct principal *ret,
                        struct key_file_error *error) {
    struct principal principal = {.network_count = 0};
    size_t name_bytes = strlen(file) - strlen(".pub");

    if (key_file->secret_key[0] != 0) {
        return refuse(error, "secret-key",
                      "a secret key stands in the public folder: treat it as leaked, delete the file, make a new key");
    }
    if (!code_parse(key_file->name, &principal.name)) {
        return refuse(error, "name", "a name of 1 to 32 letters, digits and . _ - is needed");
    }
    if (strlen(principal.name.text) != name_bytes || memcmp(principal.name.text, file, name_bytes) != 0) {
        return refuse(error, "name", "the name inside differs from the file's name; rename the file");
    }
    if (!role_of_word(key_file->role, &principal.role)) {
        return refuse(error, "role", "the role is unknown; elpctl keys new --help lists them");
    }
    if (!scope_parse(key_file->scope, &principal.all_networks, principal.networks, &principal.network_count)) {
        return refuse(error, "scope", "write \"*\" or network codes separated by commas, each once");
    }
    memcpy(principal.public_key, key_file->public_key, sizeof principal.public_key);
    *ret = principal;
    return 0;
}

static int principal_read(const char *folder, const char *file, struct principal *ret, struct key_file_error *error) {
    char path[PATH_MAX];
    char text[KEY_FILE_BYTES_MAX];
    struct key_file key_file;
    size_t bytes;

    if (snprintf(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path) {
        return refuse(error, "", "the path is too long");
    }
    if (key_file_read(path, false, text, sizeof text, &bytes, error) != 0 ||
        key_file_parse(text, bytes, &key_file, error) != 0) {
        return 1;
    }
    return principal_of(&key_file, file, ret, error);
}

static int compare_keys(const void *a, const void *b) {
    const struct principal *const *left = a;
    const struct principal *const *right = b;

    return strcmp((*left)->public_key, (*right)->public_key);
}

/* Was this very file refused, and so logged, by the look before? */
static bool refused_before(const struct listing *listing, const struct entry *entry) {
    const struct entry *known = listing->count == 0 ? NULL
                                                    : bsearch(entry, listing->entries, listing->count,
                                                              sizeof *listing->entries, compare_entries);

    return known != NULL && known->refused && same_entry(known, entry);
}

static void leave_out(const struct listing *before, struct entry *entry, const struct key_file_error *error) {
    entry->refused = true;
    if (!refused_before(before, entry)) {
        log_line(LOG_LEVEL_WARNING, "allow.left-out", "file", LOG_TEXT, entry->file, "line", LOG_NUMBER,
                 (int64_t)error->line, "field", LOG_TEXT, error->field, "reason", LOG_TEXT, error->text, NULL);
    }
}

/* Fills items from the listing; `items` has room for all. Returns how many there are. */
static size_t load_items(const struct listing *before, const char *folder, struct listing *listing,
                         struct principal *items) {
    size_t count = 0;

    for (size_t i = 0; i < listing->count; i++) {
        struct key_file_error error = {.line = 0};
        struct principal *item = &items[count];
        bool good = principal_read(folder, listing->entries[i].file, item, &error) == 0;

        for (size_t j = 0; good && j < count; j++) {
            if (strcmp(items[j].public_key, item->public_key) == 0) {
                good = false;
                (void)refuse(&error, "public-key", "another file holds the same key; delete one of the two");
            }
        }
        if (good) {
            count++;
        } else {
            leave_out(before, &listing->entries[i], &error);
        }
    }
    return count;
}

static void principals_clear(struct principals *principals) {
    free(principals->items);
    free(principals->by_key);
    principals->items = NULL;
    principals->by_key = NULL;
    principals->count = 0;
}

bool principals_refresh(struct principals *principals) {
    struct listing listing = listing_read(principals);

    if (same_listing(&listing, &principals->listing)) {
        free(listing.entries);
        return false;
    }
    principals_clear(principals);
    principals->generation++;
    principals->items = calloc(listing.count + 1, sizeof *principals->items);
    principals->by_key = calloc(listing.count + 1, sizeof(const struct principal *));
    if (!listing.readable || principals->items == NULL || principals->by_key == NULL) {
        log_line(LOG_LEVEL_ERROR, "allow.unreadable", "folder", LOG_TEXT, principals->folder, "reason", LOG_TEXT,
                 "nobody is allowed until it can be read", NULL);
        free(listing.entries);
        listing = (struct listing){.readable = false};
    } else {
        principals->count = load_items(&principals->listing, principals->folder, &listing, principals->items);
        for (size_t i = 0; i < principals->count; i++) {
            principals->by_key[i] = &principals->items[i];
        }
        qsort(principals->by_key, principals->count, sizeof(const struct principal *), compare_keys);
    }
    free(principals->listing.entries);
    principals->listing = listing;
    return true;
}

int principals_open(const char *allow_dir, struct principals **ret) {
    int failure = key_folder_check(allow_dir);
    struct principals *principals = failure < 0 ? NULL : calloc(1, sizeof *principals);

    if (principals == NULL) {
        return failure < 0 ? failure : FAILURE_MEMORY;
    }
    if (snprintf(principals->folder, sizeof principals->folder, "%s", allow_dir) < (int)sizeof principals->folder) {
        (void)principals_refresh(principals);
    }
    if (!principals->listing.readable) {
        failure_say("%s: the allow folder cannot be read; it holds the public file of everybody who may "
                    "connect, check the folder given with --cell.\n",
                    allow_dir);
        principals_close(principals);
        return FAILURE_CONFIG;
    }
    *ret = principals;
    return 0;
}

void principals_close(struct principals *principals) {
    if (principals == NULL) {
        return;
    }
    principals_clear(principals);
    folder_close(principals);
    free(principals->listing.entries);
    free(principals);
}

const struct principal *principals_by_key(const struct principals *principals, const char *public_key) {
    struct principal wanted;
    const struct principal *wanted_at = &wanted;

    if (principals->count == 0 || strlen(public_key) != KEY_TEXT_BYTES - 1) {
        return NULL;
    }
    memcpy(wanted.public_key, public_key, KEY_TEXT_BYTES);

    const struct principal **found =
        bsearch(&wanted_at, principals->by_key, principals->count, sizeof(const struct principal *), compare_keys);

    return found == NULL ? NULL : *found;
}

const struct principal *principals_by_name(const struct principals *principals, const char *name) {
    for (size_t i = 0; i < principals->count; i++) {
        if (strcmp(principals->items[i].name.text, name) == 0) {
            return &principals->items[i];
        }
    }
    return NULL;
}

uint64_t principals_generation(const struct principals *principals) {
    return principals->generation;
}

static void digest_text(crypto_generichash_state *state, const char *text) {
    (void)crypto_generichash_update(state, (const uint8_t *)text, strlen(text) + 1);
}

void principals_digest(const struct principals *principals, uint8_t ret[PRINCIPALS_DIGEST_BYTES]) {
    crypto_generichash_state state;

    (void)crypto_generichash_init(&state, NULL, 0, PRINCIPALS_DIGEST_BYTES);
    for (size_t i = 0; i < principals->count; i++) {
        const struct principal *item = &principals->items[i];

        digest_text(&state, item->name.text);
        digest_text(&state, role_word(item->role));
        digest_text(&state, item->public_key);
        digest_text(&state, item->all_networks ? "*" : "");
        for (size_t j = 0; j < item->network_count; j++) {
            digest_text(&state, item->networks[j].text);
        }
    }
    (void)crypto_generichash_final(&state, ret, PRINCIPALS_DIGEST_BYTES);
}

size_t principals_count(const struct principals *principals) {
    return principals->count;
}

const struct principal *principals_at(const struct principals *principals, size_t index) {
    require(index < principals->count);
    return &principals->items[index];
}

bool principal_sees_network(const struct principal *principal, const char *network) {
    if (principal->all_networks || (principal->role & (ROLE_OPERATOR | ROLE_AUTHORITY | ROLE_DAEMON)) != 0) {
        return true;
    }
    for (size_t i = 0; i < principal->network_count; i++) {
        if (strcmp(principal->networks[i].text, network) == 0) {
            return true;
        }
    }
    return false;
}
