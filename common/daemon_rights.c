#include <stdio.h>

#include "common/daemon_state.h"

/* Who may send what, for docs/security.md and for whoever wants to check it. Names and scopes hold nothing to be escaped. */

static void print_row(const struct service *service, const char *name, const char *kind, unsigned roles,
                      const char *scope) {
    const char *comma = "";
    (void)printf("{\"daemon\":\"%s\",\"request\":\"%s\",\"kind\":\"%s\",\"roles\":[", cell_service_names[service->id],
                 name, kind);
    for (unsigned role = 1; role <= ROLE_ANY; role <<= 1) {
        if (roles & role) {
            (void)printf("%s\"%s\"", comma, role_word((enum role)role));
            comma = ",";
        }
    }
    (void)printf("],\"scope\":\"%s\"}\n", scope);
}

static void print_handler(const struct service *service, const struct handler *handler) {
    print_row(service, handler->name, handler->kind == HANDLER_COMMAND ? "command" : "query", handler->roles,
              handler->scope);
}

void daemon_print_rights(const struct service *service) {
    for (size_t i = 0; i < GENERIC_HANDLERS; i++) {
        print_handler(service, generic_handlers[i]);
    }
    for (size_t i = 0; i < service->handler_count; i++) {
        print_handler(service, &service->handlers[i]);
    }
    for (size_t i = 0; i < service->right_count; i++) {
        const struct right *right = &service->rights[i];
        print_row(service, right->name, "part", right->roles, right->scope);
    }
}
