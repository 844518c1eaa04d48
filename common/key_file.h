#ifndef ELP_COMMON_KEY_FILE_H
#define ELP_COMMON_KEY_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/failure.h"

/*
 * Files that carry keys: CZMQ's certificate format (ZPL), read strictly and with line numbers, and files that are
 * created whole or not at all. A public file holds metadata and the public key, a secret file both keys.
 *
 *   metadata
 *       name = "demo"
 *       role = "operator"
 *       scope = "*"
 *   curve
 *       public-key = "e(#/npvJ=p@6a41Au&XtFeP{U(QFP>hU%j/{TT*Y"
 *
 * libczmq reads the same files (zcert_load). We do not use its reader, because it prefers a sibling <file>_secret, does
 * not say which line is wrong and accepts unknown and repeated fields.
 */
#define KEY_TEXT_BYTES 41 /* Z85 and NUL */
#define KEY_FILE_BYTES_MAX 4096
#define KEY_FILE_SCOPE_BYTES_MAX 2200 /* 64 codes of 32 bytes and their commas */

struct key_file {
    char name[64];
    char role[64];
    char scope[KEY_FILE_SCOPE_BYTES_MAX + 1];
    char public_key[KEY_TEXT_BYTES];
    char secret_key[KEY_TEXT_BYTES]; /* empty in a public file */
};

/* What is wrong with a file, for the person who wrote it. */
struct key_file_error {
    int line;       /* 0: the file as a whole */
    char field[24]; /* may be empty */
    char text[160]; /* what is wrong and what to do */
};

/*
 * Parses a certificate. Missing metadata stay empty; the public key is there and decodes. 0, or 1 with *ret_error set
 * when the text is not a certificate.
 */
MUST_USE int key_file_parse(const char *text, size_t bytes, struct key_file *ret, struct key_file_error *ret_error);

/* The text of a certificate, with the secret key when it is not empty. */
void key_file_format(const struct key_file *key_file, char out[KEY_FILE_BYTES_MAX]);

/*
 * Reads a whole file of at most `size` − 1 bytes and ends it with NUL. 0 or 1 with *ret_error: missing, no regular file,
 * too large, unreadable; with `secret` also when group or others may read it.
 */
MUST_USE int key_file_read(const char *path, bool secret, char *out, size_t size, size_t *ret_bytes,
                           struct key_file_error *ret_error);

/* Prints "<program>: <path>:<line>: <field>: <text>" on standard error and returns FAILURE_CONFIG. */
int key_file_unusable(const char *path, const struct key_file_error *error);

/*
 * Refuses a folder of keys in which everybody may put files, so that nobody's key stands there by somebody else's hand:
 * FAILURE_CONFIG after a printed sentence. 0 for every other, also for one that is not there (whoever reads it says so) and
 * for one with the sticky bit: mounted secrets are 1777, and read-only.
 */
MUST_USE int key_folder_check(const char *folder);

/*
 * Puts `bytes` bytes as <folder>/<name> with `mode`: written under a hidden name, fsynced, renamed, folder fsynced. A
 * reader sees the old file, the new one or none, never a part. 0; 1 when the name is taken and `replace` is false;
 * after a printed sentence FAILURE_FULL where the disk has no room, else FAILURE_CONFIG.
 */
MUST_USE int durable_file_put(const char *folder, const char *name, int mode, const void *data, size_t bytes,
                              bool replace);

#endif
