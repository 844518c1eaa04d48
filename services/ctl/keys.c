#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/principal.h"
#include "services/ctl/command_table.h"
#include "services/ctl/message_json.h"
#include "services/ctl/table.h"

/* keys new and keys list: who may talk to the cell. Both work on its folder; no daemon is asked. */

#define SCOPE_TEXT_BYTES (PRINCIPAL_NETWORKS_MAX * (CODE_BYTES_MAX + 1) + 1)

static const char *scope_text(const struct principal *principal, char *out, size_t size) {
    size_t used = 0;
    if (principal->all_networks) {
        (void)snprintf(out, size, "*");
        return out;
    }
    out[0] = 0;
    for (size_t i = 0; i < principal->network_count && used < size; i++) {
        int added = snprintf(out + used, size - used, "%s%s", i ? "," : "", principal->networks[i].text);
        used += added > 0 ? (size_t)added : 0;
    }
    return out;
}

static bool has_secret_key(const struct ctl *ctl, const char *name) {
    char file[CODE_BYTES_MAX + 16];
    char path[CELL_PATH_BYTES];
    (void)snprintf(file, sizeof file, "keys/%.32s.key", name);
    cell_path(&ctl->cell, file, path);
    FILE *stream = fopen(path, "re");
    if (stream) {
        (void)fclose(stream);
    }
    return stream != NULL;
}

static int list_as_json(const struct ctl *ctl, const struct principals *principals) {
    char scope[SCOPE_TEXT_BYTES];
    json_t *list = json_array();
    for (size_t i = 0; i < principals_count(principals); i++) {
        const struct principal *principal = principals_at(principals, i);
        (void)json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:b}", "name", principal->name.text, "role",
                                                    role_word(principal->role), "scope",
                                                    scope_text(principal, scope, sizeof scope), "public_key",
                                                    principal->public_key, "secret_key_here",
                                                    has_secret_key(ctl, principal->name.text)));
    }
    return message_json_print(list);
}

static int list_as_table(const struct ctl *ctl, const struct principals *principals) {
    static const struct table_column columns[] = {
        {"Principal", TABLE_LEFT},       {"Role", TABLE_LEFT},       {"Scope", TABLE_LEFT},
        {"Secret key here", TABLE_LEFT}, {"Public key", TABLE_LEFT},
    };
    char scope[SCOPE_TEXT_BYTES];
    struct table *table = table_new(columns, sizeof columns / sizeof columns[0], ctl->color);
    for (size_t i = 0; i < principals_count(principals); i++) {
        const struct principal *principal = principals_at(principals, i);
        table_row(table);
        table_text(table, principal->name.text);
        table_text(table, role_word(principal->role));
        table_text(table, scope_text(principal, scope, sizeof scope));
        table_text(table, has_secret_key(ctl, principal->name.text) ? "yes" : "");
        table_text(table, principal->public_key);
    }
    return table_print(table);
}

static int run_list(struct ctl *ctl) {
    char path[CELL_PATH_BYTES];
    struct principals *principals;
    int code = ctl_cell(ctl);
    if (code != CTL_DONE) {
        return code;
    }
    cell_path(&ctl->cell, "allow", path);
    int failure = principals_open(path, &principals);
    if (failure < 0) {
        return ctl_failure(failure);
    }
    code = ctl->json ? list_as_json(ctl, principals) : list_as_table(ctl, principals);
    principals_close(principals);
    return code;
}

static int run_new(struct ctl *ctl) {
    const char *name = ctl_argument(ctl, 0);
    const char *word = ctl_option(ctl, OPTION_ROLE);
    const char *scope = ctl_option(ctl, OPTION_SCOPE);
    char secret_dir[CELL_PATH_BYTES];
    char allow_dir[CELL_PATH_BYTES];
    struct code parsed;
    enum role role;
    int code = ctl_cell(ctl);
    if (code != CTL_DONE) {
        return code;
    }
    if (!code_parse(name, &parsed)) {
        return ctl_fail(CTL_USAGE, "\"%.40s\" is no name: 1 to %d of A-Z a-z 0-9 . _ -", name, CODE_BYTES_MAX);
    }
    if (!word || !role_of_word(word, &role)) {
        return ctl_fail(CTL_USAGE, "--role is needed: integrator, network, collecting-institution, insurer, authority, "
                                   "consumer, operator or daemon");
    }
    cell_path(&ctl->cell, "keys", secret_dir);
    cell_path(&ctl->cell, "allow", allow_dir);
    int result = principal_make(secret_dir, allow_dir, name, role, scope ? scope : "*");
    if (result < 0) {
        return ctl_failure(result);
    }
    if (result == 1) {
        return ctl_fail(CTL_NO, "the name \"%s\" is taken: its files are in %s and %s; nothing was changed", name,
                        secret_dir, allow_dir);
    }
    if (ctl->json) {
        return message_json_print(
            json_pack("{s:s, s:s, s:s}", "name", name, "role", word, "scope", scope ? scope : "*"));
    }
    printf("made %s/%s.key (secret: give it to nobody else) and %s/%s.pub; the daemons allow it within a second\n",
           secret_dir, name, allow_dir, name);
    return CTL_DONE;
}

static const struct argp_option new_options[] = {
    {"role", OPTION_ROLE, "ROLE", 0,
     "integrator, network, collecting-institution, insurer, authority, consumer, operator or daemon", 0},
    {"scope", OPTION_SCOPE, "CODES", 0, "networks that it may see, separated by commas; default \"*\", all", 0},
    {0},
};

const struct command keys_new_command = {
    .name = "keys new",
    .group = GROUP_CELL,
    .summary = "make a key pair and allow it",
    .arguments = "NAME",
    .arguments_min = 1,
    .arguments_max = 1,
    .options = new_options,
    .help = "Writes keys/NAME.key, secret, and allow/NAME.pub in the cell's folder. What a role may ask and order is "
            "told by each command's refusal. Whoever is to use the key gets NAME.key, cell.yaml and the allow "
            "folder.\n\n"
            "Examples:\n"
            "  elpctl keys new practice-software --role integrator\n"
            "  elpctl keys new dashboard-a01 --role consumer --scope A01,A02",
    .run = run_new,
};

const struct command keys_list_command = {
    .name = "keys list",
    .group = GROUP_CELL,
    .summary = "who may talk to the cell: principals, roles, scopes",
    .arguments = "",
    .help = "Reads the allow folder. \"Secret key here\" says whether --as PRINCIPAL works with this folder.\n\n"
            "Example:\n"
            "  elpctl keys list --json | jq -r '.[].name'",
    .run = run_list,
};
