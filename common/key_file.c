#include "common/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "common/require.h"

__attribute__((format(printf, 4, 5))) static int refuse(struct key_file_error *ret, int line, const char *field,
                                                        const char *format, ...) {
    va_list args;

    ret->line = line;
    (void)snprintf(ret->field, sizeof ret->field, "%s", field);
    va_start(args, format);
    (void)vsnprintf(ret->text, sizeof ret->text, format, args);
    va_end(args);
    return 1;
}

/* A field of the format: where it stands and where it goes. */
struct field {
    const char *section;
    const char *name;
    char *value;
    size_t size;
    int line; /* 0: not seen yet */
};

enum { FIELD_NAME, FIELD_ROLE, FIELD_SCOPE, FIELD_PUBLIC, FIELD_SECRET, FIELD_COUNT };

static struct field *field_find(struct field *fields, const char *section, const char *name) {
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (strcmp(fields[i].section, section) == 0 && strcmp(fields[i].name, name) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

/* `line_text` is `    name = "value"`, in place. */
static int parse_field(struct field *fields, const char *section, char *line_text, int line,
                       struct key_file_error *error) {
    char *name = line_text + strspn(line_text, " ");
    char *equals = strchr(name, '=');

    if (equals == NULL) {
        return refuse(error, line, "", "a line here has the form name = \"value\"; correct or delete it");
    }

    char *value = equals + 1 + strspn(equals + 1, " ");
    char *close = value[0] == '"' ? strchr(value + 1, '"') : NULL;

    name[strcspn(name, " =")] = 0;
    struct field *field = field_find(fields, section, name);

    if (field == NULL) {
        return refuse(error, line, name, "this field is unknown here; correct its spelling or delete the line");
    }
    if (close == NULL || close[1 + strspn(close + 1, " ")] != 0) {
        return refuse(error, line, name, "write the value in double quotes");
    }
    *close = 0;
    value++;
    if (field->line != 0) {
        return refuse(error, line, name, "the field stands here a second time; the first is on line %d", field->line);
    }
    if (strlen(value) >= field->size) {
        return refuse(error, line, name, "the value is longer than %zu bytes", field->size - 1);
    }
    (void)snprintf(field->value, field->size, "%s", value);
    field->line = line;
    return 0;
}

static int parse_lines(char *text, struct field *fields, struct key_file_error *error) {
    const char *section = "";
    int line = 0;

    for (char *at = text; at != NULL && *at != 0;) {
        char *next = strchr(at, '\n');

        line++;
        if (next != NULL) {
            *next++ = 0;
        }
        at[strcspn(at, "\r")] = 0;
        size_t indent = strspn(at, " ");

        if (at[indent] != 0 && at[indent] != '#') {
            if (indent > 0) {
                int result = parse_field(fields, section, at, line, error);

                if (result != 0) {
                    return result;
                }
            } else if (strcmp(at, "metadata") == 0 || strcmp(at, "curve") == 0) {
                section = at;
            } else {
                return refuse(error, line, "", "only the sections metadata and curve are known, without indent");
            }
        }
        at = next;
    }
    return 0;
}

static bool key_decodes(const char *key) {
    uint8_t binary[32];

    return strlen(key) == KEY_TEXT_BYTES - 1 && zmq_z85_decode(binary, key) != NULL;
}

int key_file_parse(const char *text, size_t bytes, struct key_file *ret, struct key_file_error *ret_error) {
    char copy[KEY_FILE_BYTES_MAX];
    struct key_file parsed = {.name = ""};
    struct field fields[FIELD_COUNT] = {
        [FIELD_NAME] = {"metadata", "name", parsed.name, sizeof parsed.name, 0},
        [FIELD_ROLE] = {"metadata", "role", parsed.role, sizeof parsed.role, 0},
        [FIELD_SCOPE] = {"metadata", "scope", parsed.scope, sizeof parsed.scope, 0},
        [FIELD_PUBLIC] = {"curve", "public-key", parsed.public_key, sizeof parsed.public_key, 0},
        [FIELD_SECRET] = {"curve", "secret-key", parsed.secret_key, sizeof parsed.secret_key, 0},
    };

    if (bytes >= sizeof copy || memchr(text, 0, bytes) != NULL) {
        return refuse(ret_error, 0, "", "this is no certificate: it is too large or not text");
    }
    memcpy(copy, text, bytes);
    copy[bytes] = 0;

    int result = parse_lines(copy, fields, ret_error);

    sodium_memzero(copy, sizeof copy);
    if (result != 0) {
        return result;
    }
    if (!key_decodes(parsed.public_key)) {
        return refuse(ret_error, fields[FIELD_PUBLIC].line, "public-key",
                      "a public key of 40 characters in Z85 is needed; make one with elpctl keys new");
    }
    if (fields[FIELD_SECRET].line != 0 && !key_decodes(parsed.secret_key)) {
        return refuse(ret_error, fields[FIELD_SECRET].line, "secret-key", "a secret key has 40 characters in Z85");
    }
    *ret = parsed;
    return 0;
}

void key_file_format(const struct key_file *key_file, char out[KEY_FILE_BYTES_MAX]) {
    bool secret = key_file->secret_key[0] != 0;
    int used = snprintf(out, KEY_FILE_BYTES_MAX,
                        "# elp: %s\n"
                        "metadata\n"
                        "    name = \"%s\"\n"
                        "    role = \"%s\"\n"
                        "    scope = \"%s\"\n"
                        "curve\n"
                        "    public-key = \"%s\"\n",
                        secret ? "secret key. Nobody else may read this file." : "public certificate.", key_file->name,
                        key_file->role, key_file->scope, key_file->public_key);

    require(used > 0 && used < KEY_FILE_BYTES_MAX);
    if (secret) {
        int more = snprintf(out + used, (size_t)(KEY_FILE_BYTES_MAX - used), "    secret-key = \"%s\"\n",
                            key_file->secret_key);

        require(more > 0 && used + more < KEY_FILE_BYTES_MAX);
    }
}

/* Reads until the end of the file or of the buffer; −1 with errno on an error. */
static ssize_t read_whole(int fd, char *out, size_t size) {
    size_t used = 0;

    while (used < size) {
        ssize_t got = read(fd, out + used, size - used);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
    }
    return (ssize_t)used;
}

static int read_open_file(int fd, bool secret, char *out, size_t size, size_t *ret_bytes,
                          struct key_file_error *error) {
    struct stat status;

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        return refuse(error, 0, "", "this is no regular file; put the right one in its place");
    }
    if (secret && (status.st_mode & 077) != 0) {
        return refuse(error, 0, "",
                      "others may read this secret file (mode %03o); if nobody has, run chmod 600 on it, "
                      "else make a new key",
                      (unsigned)(status.st_mode & 0777));
    }

    ssize_t got = read_whole(fd, out, size);

    if (got < 0) {
        return refuse(error, 0, "", "cannot be read: %s", strerror(errno));
    }
    if ((size_t)got == size) {
        return refuse(error, 0, "", "the file is larger than the %zu bytes that it may have", size - 1);
    }
    out[got] = 0;
    *ret_bytes = (size_t)got;
    return 0;
}

int key_file_read(const char *path, bool secret, char *out, size_t size, size_t *ret_bytes,
                  struct key_file_error *ret_error) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0) {
        return refuse(ret_error, 0, "", "cannot be opened: %s%s", strerror(errno),
                      errno == ENOENT ? "; check the folder and the name" : "");
    }

    int result = read_open_file(fd, secret, out, size, ret_bytes, ret_error);

    (void)close(fd);
    return result;
}

int key_file_unusable(const char *path, const struct key_file_error *error) {
    char line[16] = "";

    if (error->line > 0) {
        (void)snprintf(line, sizeof line, ":%d", error->line);
    }
    failure_say("%s%s: %s%s%s.\n", path, line, error->field, error->field[0] == 0 ? "" : ": ", error->text);
    return FAILURE_CONFIG;
}

int key_folder_check(const char *folder) {
    struct stat status;

    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode) || (status.st_mode & S_IWOTH) == 0 ||
        (status.st_mode & S_ISVTX) != 0) {
        return 0;
    }
    failure_say(
        "%s: everybody may put keys into this folder (mode %03o); run chmod o-w %s, then look for files in it that "
        "nobody knows.\n",
        folder, (unsigned)(status.st_mode & 0777), folder);
    return FAILURE_CONFIG;
}

static int write_whole(int fd, const void *data, size_t bytes) {
    const char *at = data;

    while (bytes > 0) {
        ssize_t put = write(fd, at, bytes);

        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return -1;
        }
        at += put;
        bytes -= (size_t)put;
    }
    return fsync(fd);
}

/* 0, or an errno value. The hidden file is gone in every case. */
static int put_in(int folder_fd, const char *name, int mode, const void *data, size_t bytes, bool replace) {
    char hidden[NAME_MAX + 1];

    /* libczmq's certificate store skips hidden files too, so it never meets a half-written one. */
    if (snprintf(hidden, sizeof hidden, ".%s.%ld", name, (long)getpid()) >= (int)sizeof hidden) {
        return ENAMETOOLONG;
    }
    (void)unlinkat(folder_fd, hidden, 0);

    int fd = openat(folder_fd, hidden, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

    if (fd < 0) {
        return errno;
    }

    /* The mode is stated again, because the umask takes bits away. */
    int error = fchmod(fd, (mode_t)mode) != 0 || write_whole(fd, data, bytes) != 0 ? errno : 0;

    (void)close(fd);
    if (error == 0 && renameat2(folder_fd, hidden, folder_fd, name, replace ? 0 : RENAME_NOREPLACE) != 0) {
        error = errno;
    }
    if (error != 0) {
        (void)unlinkat(folder_fd, hidden, 0);
        return error;
    }
    return fsync(folder_fd) != 0 ? errno : 0;
}

int durable_file_put(const char *folder, const char *name, int mode, const void *data, size_t bytes, bool replace) {
    int folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = folder_fd < 0 ? errno : put_in(folder_fd, name, mode, data, bytes, replace);

    if (folder_fd >= 0) {
        (void)close(folder_fd);
    }
    if (error == EEXIST) {
        return 1;
    }
    if (error != 0) {
        bool full = error == ENOSPC || error == EDQUOT;
        failure_say("%s/%s: cannot be written: %s; %s.\n", folder, name, strerror(error),
                    full ? "make room on that disk" : "check the folder and its rights");
        return full ? FAILURE_FULL : FAILURE_CONFIG;
    }
    return 0;
}
