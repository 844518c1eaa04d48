#ifndef ELP_COMMON_HTTP_H
#define ELP_COMMON_HTTP_H

#include <stddef.h>

#include "common/failure.h"
#include "common/wire.h"

/*
 * A small HTTP listener (libmicrohttpd) for pages that a program makes whole: GET of a known path gives its page, another
 * path 404, another method 405. It has a thread of its own, takes no body, keeps no state between requests, and costs
 * at most HTTP_CONNECTIONS_MAX connections of HTTP_CONNECTION_BYTES each (pitfalls §4.1).
 */
struct http;

#define HTTP_CONNECTIONS_MAX 32
#define HTTP_CONNECTIONS_PER_ADDRESS_MAX 8
#define HTTP_TIMEOUT_S 5
#define HTTP_CONNECTION_BYTES (16 * 1024) /* request line and headers, and what is under way of a reply */

struct http_route {
    const char *path; /* "/metrics" */
    const char *content_type;
    /*
     * Appends the page to an empty buffer. Runs on the listener's thread: it touches no socket and no store. A negative
     * value is answered with 503.
     */
    int (*render)(void *state, struct buffer *page);
};

/*
 * Listens on ADDRESS:PORT, numeric IPv4. Routes and state outlive the listener; signals are blocked before. FAILURE_CONFIG
 * with a printed sentence when the address cannot be had.
 */
MUST_USE int http_open(const char *endpoint, const struct http_route *routes, size_t route_count, void *state,
                       struct http **ret);
void http_close(struct http *http); /* accepts NULL; no render runs afterwards */

#endif
