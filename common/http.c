#include "common/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cell.h"
#include "common/require.h"

#define THREAD_STACK_BYTES (256 * 1024)

struct http {
    struct MHD_Daemon *daemon;
    const struct http_route *routes;
    size_t route_count;
    void *state;
};

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *content_type,
                              struct buffer *page) {
    /* From here on the response owns the page's memory. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        page->used, page->data, page->data ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response) {
        buffer_free(page);
        return MHD_NO;
    }
    enum MHD_Result result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    if (result == MHD_YES) {
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    }
    if (result == MHD_YES && status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_GET);
    }
    if (result == MHD_YES) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned status, const char *text) {
    struct buffer page = {0};
    if (buffer_append(&page, text, strlen(text)) < 0) {
        return MHD_NO;
    }
    return answer(connection, status, "text/plain; charset=utf-8", &page);
}

/*
 * Called when the headers have arrived. Answering then makes the library close the connection afterwards: no body is
 * ever read, and nobody holds a connection between two scrapes.
 */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload_data, size_t *upload_data_size, void **con_cls) {
    const struct http *http = cls;
    (void)version;
    (void)upload_data;
    (void)upload_data_size;
    (void)con_cls;
    for (size_t i = 0; i < http->route_count; i++) {
        const struct http_route *route = &http->routes[i];
        struct buffer page = {0};
        if (strcmp(url, route->path) != 0) {
            continue;
        }
        if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
            return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET is answered here\n");
        }
        if (route->render(http->state, &page) < 0) {
            buffer_free(&page);
            return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the page could not be made; ask again\n");
        }
        return answer(connection, MHD_HTTP_OK, route->content_type, &page);
    }
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "there is no such page here\n");
}

/* A path is compared as it was sent: with %00 decoded, /metrics%00 would be /metrics. */
static size_t keep_escaped(void *cls, struct MHD_Connection *connection, char *text) {
    (void)cls;
    (void)connection;
    return strlen(text);
}

static void parse_endpoint(const char *endpoint, struct sockaddr_in *ret) {
    char host[CELL_ADDRESS_BYTES];
    const char *colon = strchr(endpoint, ':');
    require(colon != NULL && colon - endpoint < CELL_ADDRESS_BYTES);
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - endpoint), endpoint);
    *ret = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10))};
    require(inet_pton(AF_INET, host, &ret->sin_addr) == 1);
}

int http_open(const char *endpoint, const struct http_route *routes, size_t route_count, void *state,
              struct http **ret) {
    struct sockaddr_in address;
    parse_endpoint(endpoint, &address);
    struct http *http = calloc(1, sizeof *http);
    if (!http) {
        return FAILURE_MEMORY;
    }
    *http = (struct http){.routes = routes, .route_count = route_count, .state = state};
    errno = 0;
    http->daemon = MHD_start_daemon(
        MHD_USE_AUTO_INTERNAL_THREAD, ntohs(address.sin_port), NULL, NULL, handle, http, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_PER_ADDRESS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)HTTP_TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_UNESCAPE_CALLBACK, keep_escaped, NULL, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)THREAD_STACK_BYTES, MHD_OPTION_END);
    if (!http->daemon) {
        failure_say("cannot listen on %s for HTTP: %s; another process has it, or cell.yaml names the wrong "
                    "address\n",
                    endpoint, errno ? strerror(errno) : "refused");
        free(http);
        return FAILURE_CONFIG;
    }
    *ret = http;
    return 0;
}

void http_close(struct http *http) {
    if (http) {
        MHD_stop_daemon(http->daemon);
        free(http);
    }
}
