#include "common/daemon_tasks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/client.h"
#include "common/principal.h"

/* --- health ------------------------------------------------------------------------------------------------------- */

static int judge_health(const char *name, const Elp__V1__HealthReply *health) {
    if (strcmp(health->state, "running") != 0) {
        (void)printf("elp-%s: %s at record %" PRIu64 ": %s\n", name, health->state, health->head, health->reason);
        return 1;
    }
    (void)printf("elp-%s: running at record %" PRIu64 "\n", name, health->head);
    return 0;
}

int daemon_health(const struct cell *cell, enum cell_service service) {
    const char *name = cell_service_names[service];
    Elp__V1__Health request = ELP__V1__HEALTH__INIT;
    Elp__V1__Refused *refused = NULL;
    struct client *client = NULL;
    void *reply = NULL;
    int outcome = client_open(cell, name, service, CLIENT_COMMANDS, &client);
    if (outcome == 0) {
        outcome = client_call(client, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &request.base,
                              ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor,
                              DAEMON_HEALTH_MS, &reply, &refused);
    }
    if (outcome == CLIENT_REPLIED) {
        outcome = judge_health(name, reply);
    } else if (outcome > 0) {
        (void)printf("elp-%s: %s\n", name,
                     outcome == CLIENT_TIMEOUT       ? "no answer: it does not run here, or its loop stands still"
                     : outcome == CLIENT_NOT_ALLOWED ? "it refuses its own key: the allow folder lacks it"
                                                     : "it refuses to say");
        outcome = 1;
    }
    client_close(client);
    return outcome;
}

/* --- keys --------------------------------------------------------------------------------------------------------- */

int daemon_make_keys(const struct cell *cell, enum cell_service service) {
    const char *name = cell_service_names[service];
    char keys[CELL_PATH_BYTES];
    char allow[CELL_PATH_BYTES];
    cell_path(cell, "keys", keys);
    cell_path(cell, "allow", allow);
    int made = principal_make(keys, allow, name, ROLE_DAEMON, "*");
    int result = made == 1 ? principal_publish(keys, allow, name) : made;
    if (result == 0 && service == CELL_INTAKE) {
        result = cell_make_master(cell);
    }
    if (result == 0) {
        (void)printf("elp-%s: %s %s/%s.key and %s/%s.pub\n", name, made == 1 ? "found" : "made", keys, name, allow,
                     name);
    }
    return result;
}
