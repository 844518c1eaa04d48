#ifndef ELP_COMMON_FAILURE_H
#define ELP_COMMON_FAILURE_H

/*
 * The two kinds of bad news.
 *
 * A function that can fail returns int: 0 is success, a negative value is an infrastructure failure (disk, memory,
 * our own bug in stored bytes) from this list. It is forwarded untouched, the transaction is aborted, the process ends
 * and its supervisor starts it again. A positive value is a named domain outcome that the function's own header lists;
 * the direct caller handles it. Bytes from a socket never cause a negative value.
 * Outputs are named ret_…, come last and are written only on success.
 */
enum failure {
    FAILURE_MEMORY = -1,   /* an allocation was refused */
    FAILURE_STORE = -2,    /* LMDB or the disk under it refused; the log says what */
    FAILURE_FULL = -3,     /* the store's map or its disk is full */
    FAILURE_CORRUPT = -4,  /* stored bytes do not decode, or a chain does not verify */
    FAILURE_UPSTREAM = -5, /* an upstream record cannot be decoded or applied */
    FAILURE_SYSTEM = -6,   /* a system or ZeroMQ call failed that cannot fail in a sound process */
    FAILURE_CONFIG = -7,   /* configuration, keys or folders are unusable; the message was printed */
};

#define MUST_USE __attribute__((warn_unused_result))

/* One plain sentence for a failure of this list, for logs and for a daemon's last words. Never NULL. */
const char *failure_text(int failure);

/*
 * A line on standard error that begins with the program's name, for what a person has to mend before the process runs:
 * "elp-intake: cell.yaml:3: ...". The text ends with its line end.
 */
void failure_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * The exit code that a daemon or command ends with after `failure`; docs/operators.md lists them:
 * 70 internal, 71 memory, 73 store, 74 full, 75 upstream, 78 configuration.
 */
int failure_exit_code(int failure);

#endif
