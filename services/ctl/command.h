#ifndef ELP_CTL_COMMAND_H
#define ELP_CTL_COMMAND_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/cell.h"
#include "common/client.h"
#include "common/failure.h"

/*
 * elpctl: one const struct command per file, one row per command in command_table.c. A command reads what was given to it
 * with the ctl_option functions, asks daemons with ask.h, prints with table.h or message_json.h, and returns an exit code.
 */

/* What elpctl ends with; the same in every command (printed by --help of each). Failures end with 70 and above. */
enum ctl_exit {
    CTL_DONE = 0,
    CTL_NO = 1,          /* the answer is no: refused lines, a refused decision, an invalid book, a broken chain */
    CTL_USAGE = 2,       /* the command line is wrong */
    CTL_UNREACHABLE = 3, /* a daemon does not answer */
    CTL_DENIED = 4,      /* this key may not do that */
    CTL_INPUT = 5,       /* an input file is unreadable or malformed */
};

enum command_group {
    GROUP_ATTEST,
    GROUP_MONEY,
    GROUP_REGISTRY,
    GROUP_RULES,
    GROUP_CELL,
    GROUP_COUNT,
};

/* Keys of long options; a command takes those that it lists. */
enum option_key {
    OPTION_CELL = 0x100,
    OPTION_AS,
    OPTION_JSON,
    OPTION_TIMEOUT,
    OPTION_COLOR,
    OPTION_NETWORK,
    OPTION_KIND,
    OPTION_FROM,
    OPTION_AFTER,
    OPTION_TO,
    OPTION_MAX,
    OPTION_UNTIL_IDLE,
    OPTION_YEAR,
    OPTION_DATE,
    OPTION_AS_OF,
    OPTION_MONTH,
    OPTION_PAYEE,
    OPTION_CONVENTION,
    OPTION_SOURCE,
    OPTION_REASON,
    OPTION_KEY,
    OPTION_TO_YEAR,
    OPTION_ENVELOPE,
    OPTION_AMOUNT,
    OPTION_ATTESTATION,
    OPTION_DECIDED_ON,
    OPTION_REFUSED,
    OPTION_RETRY_REFUSED,
    OPTION_CLOCK_AS,
    OPTION_NAME,
    OPTION_CLOCK,
    OPTION_PORT_BASE,
    OPTION_ROLE,
    OPTION_SCOPE,
    OPTION_PREFIX,
    OPTION_SEED,
    OPTION_NETWORKS,
    OPTION_ATTESTATIONS,
    OPTION_REGISTRY,
    OPTION_OUTPUT,
    OPTION_SHOW,
    OPTION_OTHER_BUDGET,
    OPTION_OTHER_SPENT,
    OPTION_REFERENCE,
    OPTION_PARTNERSHIP,
    OPTION_INTEREST_ORGANISATION,
    OPTION_REAL,
    OPTION_PERSON,
    OPTION_PAID_ON,
    OPTION_RECEIVED_ON,
    OPTION_DRY_RUN,
    OPTION_STORE,
    OPTION_PROVIDER,
    OPTION_BIRTH_DATE,
    OPTION_BOOK,
    OPTION_CSV,
    OPTION_FUNCTION,
    OPTION_BENEFICIARY,
    OPTION_SITE,
    OPTION_SECOND_LEADER,
    OPTION_SECOND_PROVIDER,
    OPTION_MINUTES,
    OPTION_COST,
    OPTION_EATING_DISORDER,
    OPTION_NEW,
};

#define CTL_ARGUMENTS_MAX 256
#define CTL_OPTIONS_MAX 64

struct command;

/* One run of elpctl. */
struct ctl {
    const struct command *command;
    const char *cell_folder;
    const char *as; /* principal */
    bool json;
    bool color; /* decided: terminal, --color and NO_COLOR */
    int timeout_ms;
    bool timeout_given;

    const char *arguments[CTL_ARGUMENTS_MAX];
    int argument_count;
    struct {
        int key;
        const char *value; /* "" for a flag */
    } options[CTL_OPTIONS_MAX];
    int option_count;

    struct cell cell;
    bool cell_loaded;
    struct client *clients[CELL_SERVICES][2]; /* [service][enum client_socket], opened when first asked */
};

struct command {
    const char *name; /* one or two words: "submit", "book load" */
    enum command_group group;
    const char *summary;   /* one line, no full stop */
    const char *arguments; /* as in the usage line; "" for none */
    int arguments_min;
    int arguments_max;
    const char *as;                    /* the principal that asks when --as is not given; NULL: no daemon is asked */
    const struct argp_option *options; /* ended by {0}; NULL: only the common ones */
    const char *help;                  /* sentences, then examples */
    int (*run)(struct ctl *ctl);
};

extern const struct command *const command_table[]; /* ended by NULL */
extern const char *const command_group_titles[GROUP_COUNT];

/* Parses the command line, runs the command, closes everything. Returns the exit code. */
int ctl_main(int argc, char **argv);

/* The argument at `index`; NULL when it was not given. */
const char *ctl_argument(const struct ctl *ctl, int index);

/* The last value given for an option, "" for a flag that was given; NULL when it was not. */
const char *ctl_option(const struct ctl *ctl, enum option_key key);
/* "" when it was not given: for fields of messages. */
char *ctl_option_text(const struct ctl *ctl, enum option_key key);

/*
 * A whole number in [min, max]; *ret stays untouched when the option was not given. CTL_DONE, or CTL_USAGE after one line
 * about it.
 */
MUST_USE int ctl_option_whole(const struct ctl *ctl, enum option_key key, const char *name, int64_t min, int64_t max,
                              int64_t *ret);
/* The same for a text that was given as an argument. */
MUST_USE int ctl_whole(const char *text, const char *name, int64_t min, int64_t max, int64_t *ret);

/* An amount in cents, written as euro with two decimals; *ret stays untouched when the option was not given. */
MUST_USE int ctl_option_amount(const struct ctl *ctl, enum option_key key, const char *name, int64_t *ret);
/* The same for a text that was given as an argument. */
MUST_USE int ctl_amount(const char *text, const char *name, int64_t *ret);

/* "elpctl: …" as one line on standard error. Returns `code`, so that a command can end with it. */
int ctl_fail(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Loads the cell's description once; 0 or an exit code after one line. */
MUST_USE int ctl_cell(struct ctl *ctl);

/* Memory, a broken message, a system call: says which and returns the exit code of `failure` (negative). */
int ctl_failure(int failure);

#endif
