#include "services/ctl/daemon_word.h"

#include <string.h>

int daemon_word(const char *word, enum cell_service *ret) {
    for (int service = 0; service < CELL_SERVICES; service++) {
        if (strcmp(cell_service_names[service], word) == 0) {
            *ret = (enum cell_service)service;
            return CTL_DONE;
        }
    }
    return ctl_fail(CTL_USAGE, "\"%.40s\" is no daemon: intake, rating, ledger or reporting", word);
}

int daemon_words(const struct ctl *ctl, int first, bool ret_wanted[CELL_SERVICES]) {
    bool all = ctl->argument_count <= first;
    for (int service = 0; service < CELL_SERVICES; service++) {
        ret_wanted[service] = all;
    }
    for (int i = first; i < ctl->argument_count; i++) {
        enum cell_service service = CELL_INTAKE;
        int code = daemon_word(ctl->arguments[i], &service);
        if (code != CTL_DONE) {
            return code;
        }
        ret_wanted[service] = true;
    }
    return CTL_DONE;
}
