#include "services/ctl/command.h"

#include <czmq.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/money.h"
#include "common/version.h"
#include "common/yaml_document.h"
#include "services/ctl/command_help.h"
#include "services/ctl/terminal.h"

#define TIMEOUT_DEFAULT_MS 10000
#define TIMEOUT_SECONDS_MAX 3600
#define NAME_BYTES_MAX 64

static const struct argp_option common_options[] = {
    {"cell", OPTION_CELL, "DIR", 0, "folder of the cell; default $ELP_CELL, else ./cell", 0},
    {"as", OPTION_AS, "PRINCIPAL", 0, "whose key to use: DIR/keys/PRINCIPAL.key", 0},
    {"json", OPTION_JSON, NULL, 0, "print JSON: amounts and 64-bit numbers as strings", 0},
    {"timeout", OPTION_TIMEOUT, "SECONDS", 0, "how long to wait for a daemon; default 10", 0},
    {"color", OPTION_COLOR, "auto|never", 0, "colours; auto means on a terminal without $NO_COLOR", 0},
    {0},
};

int ctl_fail(int code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    terminal_clear_line();
    (void)fputs("elpctl: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return code;
}

int ctl_failure(int failure) {
    /* What is wrong with a configuration was printed where it was found. */
    return failure == FAILURE_CONFIG ? failure_exit_code(failure)
                                     : ctl_fail(failure_exit_code(failure), "%s", failure_text(failure));
}

int ctl_cell(struct ctl *ctl) {
    if (ctl->cell_loaded) {
        return CTL_DONE;
    }
    char path[CELL_PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/cell.yaml", ctl->cell_folder);
    if (access(path, F_OK) != 0) {
        return ctl_fail(failure_exit_code(FAILURE_CONFIG),
                        "there is no cell in %s: give its folder with --cell DIR or $ELP_CELL, or make one with elpctl "
                        "cell create %s",
                        ctl->cell_folder, ctl->cell_folder);
    }
    int failure = cell_load(ctl->cell_folder, &ctl->cell);
    if (failure < 0) {
        return ctl_failure(failure);
    }
    ctl->cell_loaded = true;
    return CTL_DONE;
}

const char *ctl_argument(const struct ctl *ctl, int index) {
    return index < ctl->argument_count ? ctl->arguments[index] : NULL;
}

const char *ctl_option(const struct ctl *ctl, enum option_key key) {
    for (int i = ctl->option_count; i-- > 0;) {
        if (ctl->options[i].key == (int)key) {
            return ctl->options[i].value;
        }
    }
    return NULL;
}

char *ctl_option_text(const struct ctl *ctl, enum option_key key) {
    const char *value = ctl_option(ctl, key);
    /* Messages of protobuf-c hold char *, which packing only reads. */
    return value ? (char *)value : (char *)"";
}

int ctl_amount(const char *text, const char *name, int64_t *ret) {
    struct money amount;
    if (!money_parse(text, &amount)) {
        return ctl_fail(CTL_USAGE, "%s \"%.40s\" is no amount: euro with two decimals, 1000.00", name, text);
    }
    *ret = money_cents(amount);
    return CTL_DONE;
}

int ctl_option_amount(const struct ctl *ctl, enum option_key key, const char *name, int64_t *ret) {
    const char *text = ctl_option(ctl, key);
    return text != NULL ? ctl_amount(text, name, ret) : CTL_DONE;
}

int ctl_whole(const char *text, const char *name, int64_t min, int64_t max, int64_t *ret) {
    if (!yaml_whole_parse(text, min, max, ret)) {
        return ctl_fail(CTL_USAGE, "%s \"%.40s\" is no whole number from %lld to %lld", name, text, (long long)min,
                        (long long)max);
    }
    return CTL_DONE;
}

int ctl_option_whole(const struct ctl *ctl, enum option_key key, const char *name, int64_t min, int64_t max,
                     int64_t *ret) {
    const char *text = ctl_option(ctl, key);
    return text ? ctl_whole(text, name, min, max, ret) : CTL_DONE;
}

static bool take_common(struct ctl *ctl, int key, char *value, struct argp_state *state) {
    int64_t seconds;
    switch (key) {
    case OPTION_CELL:
        ctl->cell_folder = value;
        return true;
    case OPTION_AS:
        ctl->as = value;
        return true;
    case OPTION_JSON:
        ctl->json = true;
        return true;
    case OPTION_TIMEOUT:
        if (!yaml_whole_parse(value, 1, TIMEOUT_SECONDS_MAX, &seconds)) {
            argp_error(state, "--timeout \"%s\" is no whole number from 1 to %d", value, TIMEOUT_SECONDS_MAX);
        } else {
            ctl->timeout_ms = (int)seconds * 1000;
            ctl->timeout_given = true;
        }
        return true;
    case OPTION_COLOR:
        if (strcmp(value, "never") != 0 && strcmp(value, "auto") != 0) {
            argp_error(state, "--color is auto or never");
        }
        ctl->color = strcmp(value, "auto") == 0;
        return true;
    default:
        return false;
    }
}

static error_t parse_common(int key, char *value, struct argp_state *state) {
    return take_common(state->input, key, value, state) ? 0 : ARGP_ERR_UNKNOWN;
}

static error_t parse_help(int key, char *value, struct argp_state *state) {
    const struct ctl *ctl = state->input;
    (void)value;
    if (key == 'h') {
        command_print_help(ctl->command, common_options);
        exit(CTL_DONE);
    }
    if (key == 'V') {
        printf("elpctl %s\n", ELP_VERSION);
        exit(CTL_DONE);
    }
    return ARGP_ERR_UNKNOWN;
}

static error_t parse_command(int key, char *value, struct argp_state *state) {
    struct ctl *ctl = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = ctl;
        state->child_inputs[1] = ctl;
        return 0;
    case ARGP_KEY_ARG:
        if (ctl->argument_count >= ctl->command->arguments_max) {
            argp_error(state, "\"%s\" is one argument too many", value);
        } else if (ctl->argument_count < CTL_ARGUMENTS_MAX) {
            ctl->arguments[ctl->argument_count++] = value;
        }
        return 0;
    case ARGP_KEY_END:
        if (ctl->argument_count < ctl->command->arguments_min) {
            argp_error(state, "an argument is missing: %s", ctl->command->arguments);
        }
        return 0;
    default:
        if (key < OPTION_CELL || key >= ARGP_KEY_END) {
            return ARGP_ERR_UNKNOWN;
        }
        if (ctl->option_count == CTL_OPTIONS_MAX) {
            argp_error(state, "too many options");
        } else {
            ctl->options[ctl->option_count].key = key;
            ctl->options[ctl->option_count++].value = value ? value : "";
        }
        return 0;
    }
}

static const struct argp_option help_options[] = {
    {"help", 'h', NULL, 0, NULL, 0},
    {"usage", 0, NULL, OPTION_ALIAS, NULL, 0},
    {"version", 'V', NULL, 0, NULL, 0},
    {0},
};

/* Parses what follows the command's name. argv[0] becomes "elpctl submit", as it stands in messages. */
static void parse_rest(struct ctl *ctl, int argc, char **argv) {
    static const struct argp common = {.options = common_options, .parser = parse_common};
    static const struct argp help = {.options = help_options, .parser = parse_help};
    const struct argp_child children[] = {{&common, 0, NULL, 0}, {&help, 0, NULL, 0}, {0}};
    const struct argp argp = {
        .options = ctl->command->options,
        .parser = parse_command,
        .args_doc = ctl->command->arguments,
        .children = children,
    };
    (void)argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, ctl);
}

/* The options before the command's name, and where that name stands. */
struct before {
    struct ctl *ctl;
    int index; /* in argv; 0: no command was given */
};

/* Stops at the first word that is no option: the command. */
static error_t parse_before(int key, char *value, struct argp_state *state) {
    struct before *before = state->input;
    if (take_common(before->ctl, key, value, state)) {
        return 0;
    }
    switch (key) {
    case 'h':
        command_overview(common_options);
        exit(CTL_DONE);
    case 'V':
        printf("elpctl %s\n", ELP_VERSION);
        exit(CTL_DONE);
    case ARGP_KEY_ARG:
        before->index = state->next - 1;
        state->next = state->argc;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int parse_until_command(struct ctl *ctl, int argc, char **argv) {
    struct before before = {.ctl = ctl};
    struct argp_option options[16] = {0};
    size_t used = 0;
    for (const struct argp_option *option = common_options; option->name; option++) {
        options[used++] = *option;
    }
    for (const struct argp_option *option = help_options; option->name; option++) {
        options[used++] = *option;
    }
    const struct argp argp = {.options = options, .parser = parse_before, .args_doc = "COMMAND"};
    (void)argp_parse(&argp, argc, argv, ARGP_IN_ORDER | ARGP_NO_HELP, NULL, &before);
    return before.index;
}

static void close_clients(struct ctl *ctl) {
    for (size_t service = 0; service < CELL_SERVICES; service++) {
        client_close(ctl->clients[service][CLIENT_COMMANDS]);
        client_close(ctl->clients[service][CLIENT_JOURNAL]);
    }
}

static int run(struct ctl *ctl, int argc, char **argv) {
    char name[2 * NAME_BYTES_MAX];
    int words = command_find(argc, argv, &ctl->command);
    if (words == 0) {
        return CTL_USAGE;
    }
    /* argp prints its messages under this name; the words of the command before it are not its business. */
    (void)snprintf(name, sizeof name, "elpctl %s", ctl->command->name);
    argv[words - 1] = name;
    parse_rest(ctl, argc - words + 1, argv + words - 1);
    ctl->color = ctl->color && !ctl->json && terminal_wants_color(stdout);
    if (!ctl->as) {
        ctl->as = ctl->command->as;
    }
    int code = ctl->command->run(ctl);
    close_clients(ctl);
    if (fflush(stdout) != 0 && code == CTL_DONE) {
        code = ctl_fail(failure_exit_code(FAILURE_SYSTEM), "the output could not be written");
    }
    return code;
}

int ctl_main(int argc, char **argv) {
    static struct ctl ctl;
    static char name[] = "elpctl";
    const char *folder = getenv("ELP_CELL");
    ctl.cell_folder = folder && folder[0] ? folder : "./cell";
    ctl.timeout_ms = TIMEOUT_DEFAULT_MS;
    ctl.color = true;
    argp_err_exit_status = CTL_USAGE;
    /* CZMQ must neither take our signals nor be steered from the environment (pitfalls §2.4). */
    zsys_handler_set(NULL);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);

    argv[0] = name; /* as it stands in messages, without the folder */
    int index = parse_until_command(&ctl, argc, argv);
    if (index == 0) {
        return ctl_fail(CTL_USAGE, "which command? elpctl --help lists them");
    }
    if (strcmp(argv[index], "help") == 0) {
        return command_help(argc - index - 1, argv + index + 1, common_options);
    }
    return run(&ctl, argc - index, argv + index);
}
