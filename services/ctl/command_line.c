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

/* One line and the way out, as everywhere; argp would say it in two. */
__attribute__((format(printf, 2, 3), noreturn)) static void end_usage(const struct ctl *ctl, const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    exit(ctl_fail(CTL_USAGE, "%s; elpctl %s%s--help shows what it takes", text, ctl->command ? ctl->command->name : "",
                  ctl->command ? " " : ""));
}

static const struct argp_option help_options[] = {
    {"help", 'h', NULL, 0, NULL, 0},
    {"usage", 0, NULL, OPTION_ALIAS, NULL, 0},
    {"version", 'V', NULL, 0, NULL, 0},
    {0},
};

/* The option of a name, or the only one that begins so; the count says how many there are. */
static const struct argp_option *find_option(const struct ctl *ctl, const char *name, size_t length, int *ret_count) {
    const struct argp_option *const lists[] = {common_options, help_options,
                                               ctl->command ? ctl->command->options : NULL};
    const struct argp_option *found = NULL;
    *ret_count = 0;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (const struct argp_option *option = lists[i]; option && option->name; option++) {
            if (strncmp(option->name, name, length) == 0) {
                found = option;
                ++*ret_count;
            }
            if (strncmp(option->name, name, length) == 0 && strlen(option->name) == length) {
                *ret_count = 1;
                return option;
            }
        }
    }
    return *ret_count == 1 ? found : NULL;
}

/* The option that a long word names; ends with a line about one that getopt does not take. */
static const struct argp_option *judge_option(const struct ctl *ctl, const char *word, bool last) {
    int count;
    size_t length = strcspn(word, "=");
    const struct argp_option *option = find_option(ctl, word + 2, length - 2, &count);
    if (!option) {
        end_usage(ctl, count > 1 ? "\"%.40s\" is short for several options" : "there is no option \"%.40s\" here",
                  word);
    }
    if (option->arg && word[length] == '\0' && last) {
        end_usage(ctl, "--%s needs a value: --%s=%s", option->name, option->name, option->arg);
    }
    if (!option->arg && word[length] == '=') {
        end_usage(ctl, "--%s takes no value", option->name);
    }
    return option;
}

/* Which word argp stopped at: getopt knows, but says so in lines of its own. */
__attribute__((noreturn)) static void end_option(const struct ctl *ctl, int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && argv[i][2] != '\0') {
            const struct argp_option *option = judge_option(ctl, argv[i], i + 1 == argc);
            i += option->arg && !strchr(argv[i], '=');
        } else if (argv[i][0] == '-' && argv[i][1] != '\0') {
            end_usage(ctl, "there is no option \"%.40s\" here", argv[i]);
        }
    }
    end_usage(ctl, "the command line cannot be read");
}

static bool take_common(struct ctl *ctl, int key, char *value) {
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
            end_usage(ctl, "--timeout \"%.40s\" is no whole number of seconds from 1 to %d", value,
                      TIMEOUT_SECONDS_MAX);
        }
        ctl->timeout_ms = (int)seconds * 1000;
        ctl->timeout_given = true;
        return true;
    case OPTION_COLOR:
        if (strcmp(value, "never") != 0 && strcmp(value, "auto") != 0) {
            end_usage(ctl, "--color is auto or never, not \"%.40s\"", value);
        }
        ctl->color = strcmp(value, "auto") == 0;
        return true;
    default:
        return false;
    }
}

static error_t parse_common(int key, char *value, struct argp_state *state) {
    return take_common(state->input, key, value) ? 0 : ARGP_ERR_UNKNOWN;
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
            end_usage(ctl, "\"%.80s\" is one argument too many", value);
        } else if (ctl->argument_count < CTL_ARGUMENTS_MAX) {
            ctl->arguments[ctl->argument_count++] = value;
        }
        return 0;
    case ARGP_KEY_END:
        if (ctl->argument_count < ctl->command->arguments_min) {
            end_usage(ctl, "an argument is missing: elpctl %s %s", ctl->command->name, ctl->command->arguments);
        }
        return 0;
    default:
        if (key < OPTION_CELL || key >= ARGP_KEY_END) {
            return ARGP_ERR_UNKNOWN;
        }
        if (ctl->option_count == CTL_OPTIONS_MAX) {
            end_usage(ctl, "there are more than %d options", CTL_OPTIONS_MAX);
        }
        ctl->options[ctl->option_count].key = key;
        ctl->options[ctl->option_count++].value = value ? value : "";
        return 0;
    }
}

/* Parses what follows the command's name. */
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
    if (argp_parse(&argp, argc, argv, ARGP_NO_HELP | ARGP_NO_ERRS, NULL, ctl) != 0) {
        end_option(ctl, argc, argv);
    }
}

/* The options before the command's name, and where that name stands. */
struct before {
    struct ctl *ctl;
    int index; /* in argv; 0: no command was given */
};

/* Stops at the first word that is no option: the command. */
static error_t parse_before(int key, char *value, struct argp_state *state) {
    struct before *before = state->input;
    if (take_common(before->ctl, key, value)) {
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
    if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER | ARGP_NO_HELP | ARGP_NO_ERRS, NULL, &before) != 0) {
        end_option(ctl, argc, argv);
    }
    return before.index;
}

static void close_clients(struct ctl *ctl) {
    for (size_t service = 0; service < CELL_SERVICES; service++) {
        client_close(ctl->clients[service][CLIENT_COMMANDS]);
        client_close(ctl->clients[service][CLIENT_JOURNAL]);
    }
}

static int run(struct ctl *ctl, int argc, char **argv) {
    int words = command_find(argc, argv, &ctl->command);
    if (words == 0) {
        return CTL_USAGE;
    }
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
    const char *folder = getenv("ELP_CELL");
    ctl.cell_folder = folder && folder[0] ? folder : "./cell";
    ctl.timeout_ms = TIMEOUT_DEFAULT_MS;
    ctl.color = true;
    /* CZMQ must neither take our signals nor be steered from the environment (pitfalls §2.4). */
    zsys_handler_set(NULL);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);

    int index = parse_until_command(&ctl, argc, argv);
    if (index == 0) {
        return ctl_fail(CTL_USAGE, "which command? elpctl --help lists them");
    }
    if (strcmp(argv[index], "help") == 0) {
        return command_help(argc - index - 1, argv + index + 1, common_options);
    }
    return run(&ctl, argc - index, argv + index);
}
