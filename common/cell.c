#include "common/cell.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/identifiers.h"
#include "common/principal.h"
#include "common/require.h"
#include "common/yaml_document.h"

const char *const cell_service_names[CELL_SERVICES] = {"intake", "rating", "ledger", "reporting"};

#define CELL_FILE_BYTES_MAX 16384
#define CELL_ERRORS_MAX 16

/* A manual clock begins within the years of the convention books. */
#define CLOCK_YEAR_MIN 2019
#define CLOCK_YEAR_MAX 2099

/* The file as libcyaml fills it. */
struct cell_file_service {
    char *commands;
    char *journal;
    char *feed;
    char *metrics;
};

struct cell_file {
    char *cell;
    char *clock;
    char *clock_from;
    char *listen;
    struct cell_file_service services[CELL_SERVICES];
};

#define ENDPOINT(key) \
    CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER, struct cell_file_service, key, 1, CELL_ENDPOINT_BYTES - 1)

#define METRICS                                                                                                       \
    CYAML_FIELD_STRING_PTR("metrics", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct cell_file_service, metrics, 1, \
                           CELL_ENDPOINT_BYTES - 1)

static const struct cyaml_schema_field service_fields[] = {
    ENDPOINT(commands),
    ENDPOINT(journal),
    METRICS,
    CYAML_FIELD_END,
};

static const struct cyaml_schema_field reporting_fields[] = {
    ENDPOINT(commands), ENDPOINT(journal), ENDPOINT(feed), METRICS, CYAML_FIELD_END,
};

#define SERVICE(key, index, fields) \
    CYAML_FIELD_MAPPING(key, CYAML_FLAG_DEFAULT, struct cell_file, services[index], fields)

static const struct cyaml_schema_field cell_fields[] = {
    CYAML_FIELD_STRING_PTR("cell", CYAML_FLAG_POINTER, struct cell_file, cell, 1, CODE_BYTES_MAX),
    CYAML_FIELD_STRING_PTR("clock", CYAML_FLAG_POINTER, struct cell_file, clock, 1, 16),
    CYAML_FIELD_STRING_PTR("clock_from", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct cell_file, clock_from, 1,
                           DATE_TEXT_BYTES - 1),
    CYAML_FIELD_STRING_PTR("listen", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct cell_file, listen, 1,
                           CELL_ADDRESS_BYTES - 1),
    SERVICE("intake", CELL_INTAKE, service_fields),
    SERVICE("rating", CELL_RATING, service_fields),
    SERVICE("ledger", CELL_LEDGER, service_fields),
    SERVICE("reporting", CELL_REPORTING, reporting_fields),
    CYAML_FIELD_END,
};

static const struct cyaml_schema_value cell_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct cell_file, cell_fields),
};

/* What the endpoint checks pass around. */
struct reading {
    const struct yaml_document *document;
    struct yaml_errors *errors;
    const char *seen[CELL_SERVICES * 4];
    size_t seen_count;
};

static bool tcp_valid(const char *rest) {
    const char *colon = strrchr(rest, ':');
    int64_t port;

    return colon != NULL && colon > rest && strchr(rest, '*') == NULL && yaml_whole_parse(colon + 1, 1, 65535, &port);
}

static bool endpoint_valid(const char *text) {
    if (strpbrk(text, " \t@") != NULL) {
        return false;
    }
    if (strncmp(text, "tcp://", 6) == 0) {
        return tcp_valid(text + 6);
    }
    return strncmp(text, "ipc://", 6) == 0 && text[6] == '/';
}

static bool address_valid(const char *text) {
    struct in_addr address;

    return inet_pton(AF_INET, text, &address) == 1;
}

static const char *without_scheme(const char *endpoint) {
    return strncmp(endpoint, "tcp://", 6) == 0 ? endpoint + 6 : endpoint;
}

/* False, with the error noted, when another socket has it. */
static bool take_once(struct reading *reading, const char *path, const char *text) {
    for (size_t i = 0; i < reading->seen_count; i++) {
        if (strcmp(without_scheme(reading->seen[i]), without_scheme(text)) == 0) {
            yaml_document_error(reading->document, reading->errors, path,
                                "the endpoint %s stands twice; give each socket its own port", text);
            return false;
        }
    }
    reading->seen[reading->seen_count++] = text;
    return true;
}

static void take_endpoint(struct reading *reading, enum cell_service service, const char *socket, const char *text,
                          char *out) {
    char path[64];

    (void)snprintf(path, sizeof path, "%s.%s", cell_service_names[service], socket);
    if (!endpoint_valid(text)) {
        yaml_document_error(reading->document, reading->errors, path,
                            "an endpoint is tcp://HOST:PORT with a port from 1 to 65535, or ipc:///PATH, not \"%s\"",
                            text);
        return;
    }
    if (take_once(reading, path, text)) {
        (void)snprintf(out, CELL_ENDPOINT_BYTES, "%s", text);
    }
}

/* An HTTP listener: a numeric address, because it is bound and never looked up. */
static void take_metrics(struct reading *reading, enum cell_service service, const char *text, struct cell *cell) {
    char path[64];
    char address[CELL_ADDRESS_BYTES] = "";
    const char *colon = strchr(text, ':');
    int64_t port;

    (void)snprintf(path, sizeof path, "%s.metrics", cell_service_names[service]);
    if (colon != NULL && colon - text < CELL_ADDRESS_BYTES) {
        (void)snprintf(address, sizeof address, "%.*s", (int)(colon - text), text);
    }
    if (!address_valid(address) || !yaml_whole_parse(colon + 1, 1, 65535, &port)) {
        yaml_document_error(reading->document, reading->errors, path,
                            "write ADDRESS:PORT with a numeric address, such as \"127.0.0.1:7119\", not \"%s\"", text);
        return;
    }
    if (take_once(reading, path, text)) {
        (void)snprintf(cell->services[service].metrics, CELL_ENDPOINT_BYTES, "%s", text);
    }
}

static void take_listen(struct reading *reading, const char *text, struct cell *cell) {
    if (address_valid(text)) {
        (void)snprintf(cell->listen, sizeof cell->listen, "%s", text);
    } else {
        yaml_document_error(reading->document, reading->errors, "listen",
                            "write a numeric address of this machine, or \"0.0.0.0\" for all of them, not \"%s\"",
                            text);
    }
}

static void take_clock(struct reading *reading, const struct cell_file *file, struct cell *cell) {
    struct date from;
    cell->manual_clock = strcmp(file->clock, "manual") == 0;
    if (!cell->manual_clock && strcmp(file->clock, "real") != 0) {
        yaml_document_error(reading->document, reading->errors, "clock", "write \"real\" or \"manual\"");
    }
    if (file->clock_from == NULL) {
        return;
    }
    if (!cell->manual_clock) {
        yaml_document_error(reading->document, reading->errors, "clock_from", "only a manual clock begins on a day");
    } else if (!date_parse(file->clock_from, &from) || date_year(from) < CLOCK_YEAR_MIN ||
               date_year(from) > CLOCK_YEAR_MAX) {
        yaml_document_error(reading->document, reading->errors, "clock_from", "write a day from %d to %d as YYYY-MM-DD",
                            CLOCK_YEAR_MIN, CLOCK_YEAR_MAX);
    } else {
        (void)date_format(from, cell->clock_from, sizeof cell->clock_from);
    }
}

static void take_cell(struct reading *reading, const struct cell_file *file, struct cell *cell) {
    struct code name;

    if (code_parse(file->cell, &name)) {
        (void)snprintf(cell->name, sizeof cell->name, "%s", name.text);
    } else {
        yaml_document_error(reading->document, reading->errors, "cell",
                            "the name has 1 to 32 letters, digits and . _ - and starts with a letter or digit");
    }
    take_clock(reading, file, cell);
    if (file->listen != NULL) {
        take_listen(reading, file->listen, cell);
    }
    for (int i = 0; i < CELL_SERVICES; i++) {
        const struct cell_file_service *service = &file->services[i];

        take_endpoint(reading, i, "commands", service->commands, cell->services[i].commands);
        take_endpoint(reading, i, "journal", service->journal, cell->services[i].journal);
        if (service->feed != NULL) {
            take_endpoint(reading, i, "feed", service->feed, cell->services[i].feed);
        }
        if (service->metrics != NULL) {
            take_metrics(reading, i, service->metrics, cell);
        }
    }
}

static void print_errors(const char *path, const struct yaml_errors *errors) {
    for (size_t i = 0; i < errors->count; i++) {
        const struct yaml_error *error = &errors->items[i];

        failure_say("%s:%d: %s%s%s.\n", path, error->line, error->field, error->field[0] == 0 ? "" : ": ", error->text);
    }
}

static int parse_cell(const char *path, const char *text, size_t bytes, struct cell *cell) {
    static const struct yaml_limits limits = {.bytes_max = CELL_FILE_BYTES_MAX, .nodes_max = 200, .depth_max = 4};
    struct yaml_error items[CELL_ERRORS_MAX];
    struct yaml_errors errors = {.items = items, .max = CELL_ERRORS_MAX};
    struct yaml_document *document = NULL;
    int result = yaml_document_load(text, bytes, &limits, &cell_schema, &errors, &document);

    if (result == 0) {
        struct reading reading = {.document = document, .errors = &errors};

        take_cell(&reading, yaml_document_data(document), cell);
    }
    yaml_document_free(document);
    if (result < 0) {
        return result;
    }
    print_errors(path, &errors);
    return errors.total == 0 ? 0 : FAILURE_CONFIG;
}

int cell_load(const char *folder, struct cell *ret) {
    struct cell cell = {.name = ""};
    char path[CELL_PATH_BYTES + 16];
    char text[CELL_FILE_BYTES_MAX + 1];
    size_t bytes;
    struct key_file_error error = {.line = 0};

    if (snprintf(cell.folder, sizeof cell.folder, "%s", folder) >= CELL_FOLDER_BYTES_MAX) {
        failure_say("%s: the path is too long; use a folder nearer to the root.\n", folder);
        return FAILURE_CONFIG;
    }
    (void)snprintf(path, sizeof path, "%s/cell.yaml", folder);
    if (key_file_read(path, false, text, sizeof text, &bytes, &error) != 0) {
        failure_say("%s: %s; name the cell's folder with --cell or make one with elpctl cell create.\n", path,
                    error.text);
        return FAILURE_CONFIG;
    }

    int result = parse_cell(path, text, bytes, &cell);

    if (result == 0) {
        *ret = cell;
    }
    return result;
}

static int place(const char *what, const char *dir, char *out) {
    if (dir != NULL && snprintf(out, CELL_PATH_BYTES, "%s", dir) >= CELL_FOLDER_BYTES_MAX) {
        failure_say("%s %s: the path is too long; use a folder nearer to the root.\n", what, dir);
        return FAILURE_CONFIG;
    }
    return 0;
}

int cell_place(struct cell *cell, const char *keys_dir, const char *allow_dir) {
    int result = place("--keys", keys_dir, cell->keys_dir);

    return result == 0 ? place("--allow", allow_dir, cell->allow_dir) : result;
}

int cell_place_vault(struct cell *cell, const char *vault_dir) {
    return place("--vault", vault_dir, cell->vault_dir);
}

/* Is `sub` the folder `name` or something in it? Then *ret_rest is "" or "/…". */
static bool lies_in(const char *sub, const char *name, const char **ret_rest) {
    size_t bytes = strlen(name);

    if (strncmp(sub, name, bytes) != 0 || (sub[bytes] != 0 && sub[bytes] != '/')) {
        return false;
    }
    *ret_rest = sub + bytes;
    return true;
}

void cell_path(const struct cell *cell, const char *sub, char *out) {
    const char *rest;
    int used;

    if (cell->keys_dir[0] != 0 && lies_in(sub, "keys", &rest)) {
        used = snprintf(out, CELL_PATH_BYTES, "%s%s", cell->keys_dir, rest);
    } else if (cell->allow_dir[0] != 0 && lies_in(sub, "allow", &rest)) {
        used = snprintf(out, CELL_PATH_BYTES, "%s%s", cell->allow_dir, rest);
    } else if (cell->vault_dir[0] != 0 && lies_in(sub, "vault", &rest)) {
        used = snprintf(out, CELL_PATH_BYTES, "%s%s", cell->vault_dir, rest);
    } else {
        used = snprintf(out, CELL_PATH_BYTES, "%s/%s", cell->folder, sub);
    }
    require(used > 0 && used < CELL_PATH_BYTES);
}

void cell_bind_endpoint(const struct cell *cell, const char *endpoint, char ret[CELL_ENDPOINT_BYTES]) {
    if (cell->listen[0] != 0 && strncmp(endpoint, "tcp://", 6) == 0) {
        (void)snprintf(ret, CELL_ENDPOINT_BYTES, "tcp://%s%s", cell->listen, strrchr(endpoint, ':'));
    } else {
        (void)snprintf(ret, CELL_ENDPOINT_BYTES, "%s", endpoint);
    }
}

int cell_key_load(const struct cell *cell, const char *name, char ret_public[KEY_TEXT_BYTES],
                  char ret_secret[KEY_TEXT_BYTES]) {
    char path[CELL_PATH_BYTES];
    char file[CODE_BYTES_MAX + 16];

    (void)snprintf(file, sizeof file, "keys/%.*s.key", CODE_BYTES_MAX, name);
    cell_path(cell, file, path);
    return secret_key_load(path, ret_public, ret_secret);
}

int cell_service_key_load(const struct cell *cell, enum cell_service service, char ret_public[KEY_TEXT_BYTES]) {
    char path[CELL_PATH_BYTES];
    char file[32];
    char text[KEY_FILE_BYTES_MAX];
    size_t bytes = 0;
    struct key_file key_file = {.name = ""};
    struct key_file_error error = {.line = 0};

    (void)snprintf(file, sizeof file, "allow/%s.pub", cell_service_names[service]);
    cell_path(cell, file, path);
    if (key_file_read(path, false, text, sizeof text, &bytes, &error) != 0 ||
        key_file_parse(text, bytes, &key_file, &error) != 0) {
        return key_file_unusable(path, &error);
    }
    if (strcmp(key_file.role, role_word(ROLE_DAEMON)) != 0) {
        error = (struct key_file_error){.field = "role", .text = "a daemon's public file has the role daemon"};
        return key_file_unusable(path, &error);
    }
    memcpy(ret_public, key_file.public_key, KEY_TEXT_BYTES);
    return 0;
}

static int load_master(const char *path, uint8_t ret_master[CELL_MASTER_BYTES]) {
    char text[128];
    uint8_t master[CELL_MASTER_BYTES];
    size_t bytes = 0;
    size_t decoded = 0;
    const char *end = text;
    struct key_file_error error = {.line = 0};

    if (key_file_read(path, true, text, sizeof text, &bytes, &error) != 0) {
        size_t used = strlen(error.text);
        if (access(path, F_OK) != 0) {
            (void)snprintf(error.text + used, sizeof error.text - used, "; restore it from its backup");
        }
        return key_file_unusable(path, &error);
    }

    int malformed = sodium_hex2bin(master, sizeof master, text, bytes, NULL, &decoded, &end);

    malformed |= decoded != sizeof master || (*end != 0 && strcmp(end, "\n") != 0);
    sodium_memzero(text, sizeof text);
    if (malformed) {
        sodium_memzero(master, sizeof master);
        error = (struct key_file_error){
            .line = 1,
            .text =
                "64 hexadecimal digits are needed; restore the file from its backup, the vault opens with no other"};
        return key_file_unusable(path, &error);
    }
    memcpy(ret_master, master, sizeof master);
    sodium_memzero(master, sizeof master);
    return 0;
}

int cell_master_load(const struct cell *cell, uint8_t ret_master[CELL_MASTER_BYTES]) {
    char path[CELL_PATH_BYTES];

    cell_path(cell, "keys/vault.master", path);
    return load_master(path, ret_master);
}

int cell_previous_master_load(const struct cell *cell, uint8_t ret_master[CELL_MASTER_BYTES], bool *ret_found) {
    char path[CELL_PATH_BYTES];

    cell_path(cell, "keys/vault.master.previous", path);
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        *ret_found = false;
        return 0;
    }

    int result = load_master(path, ret_master);

    if (result == 0) {
        *ret_found = true;
    }
    return result;
}
