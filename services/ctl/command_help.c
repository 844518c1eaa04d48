#include "services/ctl/command_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BYTES_MAX 32
#define LINE_CELLS 100
#define OPTION_CELLS 22

/* The number of single-letter changes that lead from one word to another, as far as it is small. */
static size_t word_distance(const char *a, const char *b) {
    size_t row[WORD_BYTES_MAX + 1];
    size_t length = strlen(b);
    if (length > WORD_BYTES_MAX) {
        return SIZE_MAX;
    }
    for (size_t j = 0; j <= length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            size_t shorter = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
            row[j] = changed < shorter ? changed : shorter;
        }
    }
    return row[length];
}

/* True when `name` is "WORD something". */
static bool begins_with_word(const char *name, const char *word) {
    size_t length = strlen(word);
    return strncmp(name, word, length) == 0 && name[length] == ' ';
}

static int unknown_command(const char *word) {
    char list[256] = "";
    const char *nearest = NULL;
    size_t distance = 3;
    for (const struct command *const *row = command_table; *row; row++) {
        if (begins_with_word((*row)->name, word)) {
            size_t used = strlen(list);
            (void)snprintf(list + used, sizeof list - used, "%selpctl %s", used ? ", " : "", (*row)->name);
        }
        size_t away = word_distance(word, (*row)->name);
        if (away < distance) {
            distance = away;
            nearest = (*row)->name;
        }
    }
    if (list[0]) {
        (void)ctl_fail(CTL_USAGE, "\"%s\" needs a second word: %s", word, list);
    } else if (nearest) {
        (void)ctl_fail(CTL_USAGE, "there is no command \"%.40s\"; did you mean elpctl %s?", word, nearest);
    } else {
        (void)ctl_fail(CTL_USAGE, "there is no command \"%.40s\"; elpctl --help lists them", word);
    }
    return 0;
}

int command_find(int argc, char **argv, const struct command **ret) {
    char two[2 * WORD_BYTES_MAX] = "";
    if (argc > 1) {
        (void)snprintf(two, sizeof two, "%.31s %.31s", argv[0], argv[1]);
    }
    for (const struct command *const *row = command_table; *row; row++) {
        bool both = strcmp((*row)->name, two) == 0;
        if (both || strcmp((*row)->name, argv[0]) == 0) {
            *ret = *row;
            return both ? 2 : 1;
        }
    }
    return unknown_command(argv[0]);
}

void command_overview(const struct argp_option *common_options) {
    printf("elpctl - the command line of an elp cell\n\n"
           "Usage: elpctl [COMMON OPTION...] COMMAND [ARGUMENT...]\n"
           "       elpctl COMMAND --help\n");
    for (int group = 0; group < GROUP_COUNT; group++) {
        printf("\n%s\n", command_group_titles[group]);
        for (const struct command *const *row = command_table; *row; row++) {
            if ((int)(*row)->group == group) {
                printf("  %-17s %s\n", (*row)->name, (*row)->summary);
            }
        }
    }
    printf("\nCommon options, before or after the command:\n");
    for (const struct argp_option *option = common_options; option->name; option++) {
        char name[40];
        (void)snprintf(name, sizeof name, "--%s%s%s", option->name, option->arg ? "=" : "",
                       option->arg ? option->arg : "");
        printf("  %-20s %s\n", name, option->doc);
    }
    printf("\nExit codes, the same in every command:\n"
           "  0  done\n"
           "  1  the answer is no: refused lines, a refused decision, an invalid book, a broken chain\n"
           "  2  the command line is wrong\n"
           "  3  a daemon does not answer\n"
           "  4  denied: this key may not do that\n"
           "  5  an input file is unreadable or malformed\n"
           "  70 and above: internal or configuration; the text says what\n");
}

/* One option, its text wrapped beside its name. */
static void print_option(const struct argp_option *option) {
    char name[48];
    (void)snprintf(name, sizeof name, "--%s%s%s", option->name, option->arg ? "=" : "", option->arg ? option->arg : "");
    printf("  %-*s  ", OPTION_CELLS, name);
    size_t left = LINE_CELLS - OPTION_CELLS - 4;
    size_t used = 0;
    if (strlen(name) > OPTION_CELLS) {
        printf("\n%*s", OPTION_CELLS + 4, "");
    }
    for (const char *word = option->doc; *word;) {
        size_t length = strcspn(word, " ");
        if (used > 0 && used + 1 + length > left) {
            printf("\n%*s", OPTION_CELLS + 4, "");
            used = 0;
        }
        used += (size_t)printf("%s%.*s", used ? " " : "", (int)length, word);
        word += length + strspn(word + length, " ");
    }
    printf("\n");
}

static void print_options(const char *title, const struct argp_option *options) {
    if (options && options->name) {
        printf("\n%s\n", title);
        for (const struct argp_option *option = options; option->name; option++) {
            print_option(option);
        }
    }
}

/* Wraps text at LINE_CELLS; lines that begin with a blank are examples and stay as they are. */
static void print_wrapped(const char *text) {
    while (*text) {
        size_t line = strcspn(text, "\n");
        size_t left = line;
        while (text[0] != ' ' && left > LINE_CELLS) {
            size_t cut = LINE_CELLS;
            while (cut > 0 && text[line - left + cut] != ' ') {
                cut--;
            }
            printf("%.*s\n", (int)cut, text + line - left);
            left -= cut + 1;
        }
        printf("%.*s\n", (int)left, text + line - left);
        text += line + (text[line] == '\n');
    }
}

void command_print_help(const struct command *command, const struct argp_option *common_options) {
    printf("elpctl %s - %s\n\nUsage: elpctl %s [OPTION...]%s%s\n\n", command->name, command->summary, command->name,
           command->arguments[0] ? " " : "", command->arguments);
    print_wrapped(command->help);
    print_options("Options:", command->options);
    print_options("Common options:", common_options);
    if (command->as) {
        printf("\nAsks as %s unless --as says otherwise.\n", command->as);
    }
    printf("\n");
    print_wrapped("Exit codes: 0 done; 1 the answer is no; 2 wrong command line; 3 a daemon does not answer; 4 denied; "
                  "5 an input "
                  "file is unreadable or malformed; 70 and above: internal or configuration, the text says what.");
}

int command_help(int argc, char **argv, const struct argp_option *common_options) {
    const struct command *command;
    if (argc == 0) {
        command_overview(common_options);
        return CTL_DONE;
    }
    if (command_find(argc, argv, &command) == 0) {
        return CTL_USAGE;
    }
    command_print_help(command, common_options);
    return CTL_DONE;
}
