#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cell.h"
#include "common/identifiers.h"
#include "common/principal.h"

/* Making a cell: folders, keys, the vault's master key and, last, cell.yaml. */

static int unusable(const char *folder, const char *text) {
    failure_say("%s: %s.\n", folder, text);
    return FAILURE_CONFIG;
}

static int make_folder(const struct cell *cell, const char *sub, mode_t mode) {
    char path[CELL_PATH_BYTES];

    cell_path(cell, sub, path);
    bool made = mkdir(path, mode) == 0;
    if (!made && errno != EEXIST) {
        return unusable(path, strerror(errno));
    }
    /* The mode is stated again, because the umask takes bits away, and daemons with users of their own read cell.yaml. */
    return made && chmod(path, mode) != 0 ? unusable(path, strerror(errno)) : 0;
}

static int make_folders(const struct cell *cell) {
    int result = make_folder(cell, "", 0755);

    if (result == 0) {
        result = make_folder(cell, "allow", 0755);
    }
    if (result == 0) {
        result = make_folder(cell, "keys", 0700);
    }
    if (result == 0) {
        result = make_folder(cell, "log", 0755);
    }
    if (result == 0) {
        result = make_folder(cell, "vault", 0700);
    }
    for (int i = 0; result == 0 && i < CELL_SERVICES; i++) {
        result = make_folder(cell, cell_service_names[i], 0700);
    }
    return result;
}

static int make_key(const struct cell *cell, const char *name, enum role role) {
    char secret_dir[CELL_PATH_BYTES];
    char allow_dir[CELL_PATH_BYTES];

    cell_path(cell, "keys", secret_dir);
    cell_path(cell, "allow", allow_dir);

    int result = principal_make(secret_dir, allow_dir, name, role, "*");

    /* A creation that was cut off left this one. */
    return result == 1 ? 0 : result;
}

static int make_keys(const struct cell *cell) {
    int result = 0;

    for (int i = 0; result == 0 && i < CELL_SERVICES; i++) {
        result = make_key(cell, cell_service_names[i], ROLE_DAEMON);
    }
    for (unsigned role = 1; result == 0 && role <= ROLE_ANY; role <<= 1) {
        if (role != ROLE_DAEMON) {
            result = make_key(cell, role_word(role), role);
        }
    }
    return result;
}

int cell_make_master(const struct cell *cell) {
    uint8_t master[CELL_MASTER_BYTES];
    char text[CELL_MASTER_BYTES * 2 + 2];
    char folder[CELL_PATH_BYTES];

    randombytes_buf(master, sizeof master);
    (void)sodium_bin2hex(text, sizeof text, master, sizeof master);
    text[sizeof text - 2] = '\n';
    text[sizeof text - 1] = 0;
    cell_path(cell, "keys", folder);

    int result = durable_file_put(folder, "vault.master", 0600, text, strlen(text), false);

    sodium_memzero(master, sizeof master);
    sodium_memzero(text, sizeof text);
    return result == 1 ? 0 : result;
}

static int make_file(const struct cell *cell, int port_base) {
    char text[2048];
    int used = snprintf(text, sizeof text,
                        "# A cell of elp: where its four daemons listen. docs/operators.md explains each line.\n"
                        "cell: \"%s\"\n"
                        "clock: %s\n",
                        cell->name, cell->manual_clock ? "manual" : "real");

    for (int i = 0; i < CELL_SERVICES; i++) {
        int port = port_base + 10 * i;

        used += snprintf(text + used, sizeof text - (size_t)used,
                         "%s:\n"
                         "  commands: \"tcp://127.0.0.1:%d\"\n"
                         "  journal: \"tcp://127.0.0.1:%d\"\n"
                         "  metrics: \"127.0.0.1:%d\"\n",
                         cell_service_names[i], port, port + 1, port + 9);
        if (i == CELL_REPORTING) {
            used += snprintf(text + used, sizeof text - (size_t)used, "  feed: \"tcp://127.0.0.1:%d\"\n", port + 2);
        }
    }
    return durable_file_put(cell->folder, "cell.yaml", 0644, text, (size_t)used, false);
}

int cell_create(const char *folder, const char *name, bool manual_clock, int port_base) {
    struct cell cell = {.manual_clock = manual_clock};
    struct code code;
    char path[CELL_PATH_BYTES];

    if (snprintf(cell.folder, sizeof cell.folder, "%s", folder) >= CELL_FOLDER_BYTES_MAX) {
        return unusable(folder, "the path is too long; use a folder nearer to the root");
    }
    if (!code_parse(name, &code)) {
        return unusable(folder,
                        "the cell's name has 1 to 32 letters, digits and . _ - and starts with a letter or digit");
    }
    if (port_base < 1 || port_base > 65535 - (CELL_PORTS - 1)) {
        return unusable(folder, "the first port lies between 1 and 65496; a cell uses 40 ports from it on");
    }
    (void)snprintf(cell.name, sizeof cell.name, "%s", code.text);
    cell_path(&cell, "cell.yaml", path);
    if (access(path, F_OK) == 0) {
        return 1;
    }
    if (sodium_init() < 0) {
        return FAILURE_SYSTEM;
    }

    int result = make_folders(&cell);

    if (result == 0) {
        result = make_keys(&cell);
    }
    if (result == 0) {
        result = cell_make_master(&cell);
    }
    if (result == 0) {
        result = make_file(&cell, port_base);
    }
    return result;
}
