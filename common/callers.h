#ifndef ELP_COMMON_CALLERS_H
#define ELP_COMMON_CALLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/exchange.h"
#include "common/failure.h"
#include "common/key_file.h"

/*
 * Who is talking to this daemon: one entry per public key, however many connections use it. What a principal costs is
 * counted here: requests that wait for their turn, their bytes, and replies that nobody has read yet. Requests are served
 * round about between principals, so that whoever floods, stalls or never reads waits for itself; beyond a limit it is
 * refused `busy`, and the others do not notice.
 *
 * libzmq knows no limit of connections per key; what an idle connection costs is bounded by the process's limit of files
 * (docs/security.md).
 */
#define CALLER_WAITING_MAX 512
#define CALLER_WAITING_BYTES_MAX (4 * 1024 * 1024)   /* a request always fits when none waits */
#define CALLERS_WAITING_BYTES_MAX (64 * 1024 * 1024) /* of all; beyond it one request per principal */
#define CALLER_UNREAD_BYTES_MAX (16 * 1024 * 1024)   /* before another reply is made */
#define DENIALS_LOGGED_EVERY_MS 60000                /* and undecodable messages, apart from them */

struct pending;
struct callers;
struct caller;

MUST_USE int callers_open(struct callers **ret);
void callers_close(struct callers *callers); /* accepts NULL; what waits is dropped unanswered */

/* The entry of a key, made when it is new; NULL without memory. It lives until callers_sweep, at most. */
struct caller *callers_of(struct callers *callers, const char *public_key);

/* Moves a request into its caller's queue and takes it over. False when a limit forbids it. */
MUST_USE bool callers_wait(struct callers *callers, struct caller *caller, const struct pending *pending);

/* The next request, round about between callers; the caller of this function owns it. False when none waits. */
bool callers_next(struct callers *callers, struct pending *ret);

size_t callers_waiting(const struct callers *callers);

/* What its replies count against. */
struct unread *caller_unread(struct caller *caller);

/* Does it leave so many replies unread that no further one is made? */
bool caller_reads_too_little(const struct caller *caller);

/*
 * Counts a denial of the caller. True when it is to be logged, *ret_before then says how many were not: the first one,
 * and after that at most one every DENIALS_LOGGED_EVERY_MS.
 */
bool caller_denied(struct caller *caller, int64_t now_ms, uint64_t *ret_before);

/* The same for a message that held no envelope, counted apart from denials. */
bool caller_undecodable(struct caller *caller, int64_t now_ms, uint64_t *ret_before);

/*
 * Forgets callers with nothing waiting and nothing unread, except those that were logged within the last minute. After
 * principals changed, so that keys which are no longer used do not add up.
 */
void callers_sweep(struct callers *callers, int64_t now_ms);

#endif
