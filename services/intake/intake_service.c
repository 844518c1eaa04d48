#include "services/intake/intake_service.h"

#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"
#include "services/intake/registry_fact.h"
#include "services/intake/vault.h"

#define REGISTRY_ROLES (ROLE_AUTHORITY | ROLE_COLLECTING_INSTITUTION | ROLE_NETWORK | ROLE_INSURER | ROLE_OPERATOR)

static const struct handler handlers[] = {
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SUBMIT_BATCH, "submit-batch", ROLE_INTEGRATOR | ROLE_OPERATOR, HANDLER_COMMAND,
     &elp__v1__submit_batch__descriptor, handle_submit_batch, "lines of providers that it represents"},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_ATTESTATION, "cancel-attestation",
     ROLE_INTEGRATOR | ROLE_NETWORK | ROLE_OPERATOR, HANDLER_COMMAND, &elp__v1__cancel_attestation__descriptor,
     handle_cancel_attestation, "an integrator its own attestations, a network those of its scope"},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_REGISTRY, "load-registry", REGISTRY_ROLES, HANDLER_COMMAND,
     &elp__v1__load_registry__descriptor, handle_load_registry,
     "facts of its role, see below, about networks of its scope"},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_LOAD_BOOK, "load-book", ROLE_AUTHORITY | ROLE_OPERATOR, HANDLER_COMMAND,
     &elp__v1__load_book__descriptor, handle_load_book, SCOPE_WHOLE},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_INDEX_TARIFFS, "index-tariffs", ROLE_AUTHORITY | ROLE_OPERATOR,
     HANDLER_COMMAND, &elp__v1__index_tariffs__descriptor, handle_index_tariffs, SCOPE_WHOLE},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_DECIDE, "decide", ROLE_AUTHORITY | ROLE_OPERATOR, HANDLER_COMMAND,
     &elp__v1__decide__descriptor, handle_decide, SCOPE_WHOLE},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOSE_YEAR, "close-year", ROLE_AUTHORITY | ROLE_OPERATOR, HANDLER_COMMAND,
     &elp__v1__close_year__descriptor, handle_close_year, SCOPE_WHOLE},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ERASE_PERSON, "erase-person", ROLE_OPERATOR, HANDLER_COMMAND,
     &elp__v1__erase_person__descriptor, handle_erase_person, SCOPE_WHOLE},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SET_CLOCK, "set-clock", ROLE_OPERATOR, HANDLER_COMMAND,
     &elp__v1__set_clock__descriptor, handle_set_clock, SCOPE_WHOLE},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_ATTESTATION_QUERY, "attestation-query",
     ROLE_INTEGRATOR | ROLE_NETWORK | ROLE_OPERATOR | ROLE_AUTHORITY, HANDLER_QUERY,
     &elp__v1__attestation_query__descriptor, handle_attestation_query,
     "what it attested itself; but for integrators also networks of its scope"},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_QUOTA_QUERY, "quota-query", ROLE_INTEGRATOR | ROLE_NETWORK | ROLE_OPERATOR,
     HANDLER_QUERY, &elp__v1__quota_query__descriptor, handle_quota,
     "people of providers that it represents, of networks of its scope"},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REGISTRY_QUERY, "registry-query", ROLE_ANY, HANDLER_QUERY,
     &elp__v1__registry_query__descriptor, handle_registry_query,
     "networks of its scope; payees and representations only for those who pay or decide"},
    {ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_BOOK_QUERY, "book-query", ROLE_ANY, HANDLER_QUERY,
     &elp__v1__book_query__descriptor, handle_book_query, SCOPE_EVERYBODY},
};

const struct service intake_service = {
    .id = CELL_INTAKE,
    .tables = intake_tables,
    .table_count = INTAKE_TABLE_COUNT,
    .handlers = handlers,
    .handler_count = sizeof handlers / sizeof handlers[0],
    .rights = registry_rights + 1,
    .right_count = REGISTRY_RIGHTS,
    .open = intake_open,
    .close = intake_close,
    .begin_turn = intake_begin_turn,
    .vault_tables = vault_tables,
    .vault_table_count = VAULT_TABLE_COUNT,
    .before_commit = intake_before_commit,
    .after_commit = intake_after_commit,
    .turn_due = intake_turn_due,
    .epoch = intake_epoch,
    .at = intake_at,
};
