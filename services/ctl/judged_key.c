#include "services/ctl/judged_key.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/calendar.h"
#include "services/ctl/ask.h"

#define HASH_BYTES 16

_Static_assert(CELL_DAY_BYTES >= DATE_TEXT_BYTES, "a day fits");

int cell_day(struct ctl *ctl, char out[CELL_DAY_BYTES]) {
    Elp__V1__Health health = ELP__V1__HEALTH__INIT;
    void *answer;
    int code = ask(ctl, CELL_INTAKE, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH, &health.base,
                   ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_HEALTH_REPLY, &elp__v1__health_reply__descriptor, &answer);
    if (code == CTL_DONE) {
        (void)date_format(brussels_date(((const Elp__V1__HealthReply *)answer)->at_us), out, CELL_DAY_BYTES);
    }
    return code;
}

/* Of the packed message and the date behind it. */
static int hash_of(const ProtobufCMessage *message, const char *date, uint8_t hash[HASH_BYTES]) {
    size_t bytes = protobuf_c_message_get_packed_size(message);
    size_t date_bytes = strlen(date);
    uint8_t *packed = malloc(bytes + date_bytes + 1);
    if (packed == NULL) {
        return ctl_failure(FAILURE_MEMORY);
    }
    (void)protobuf_c_message_pack(message, packed);
    memcpy(packed + bytes, date, date_bytes);
    (void)crypto_generichash(hash, HASH_BYTES, packed, bytes + date_bytes, NULL, 0);
    free(packed);
    return CTL_DONE;
}

int judged_key_of(const struct ctl *ctl, const char *word, const ProtobufCMessage *message, const char *date,
                  struct judged_key *ret) {
    uint8_t hash[HASH_BYTES];
    const char *given = ctl_option(ctl, OPTION_KEY);
    if (given != NULL) {
        if (given[0] == '\0' || strlen(given) > JUDGED_KEY_BYTES) {
            return ctl_fail(CTL_USAGE, "--key is 1 to %d bytes", JUDGED_KEY_BYTES);
        }
        (void)snprintf(ret->text, sizeof ret->text, "%s", given);
        return CTL_DONE;
    }
    int code = hash_of(message, date, hash);
    if (code != CTL_DONE) {
        return code;
    }
    char *at = ret->text + snprintf(ret->text, sizeof ret->text, "%.16s:", word);
    for (size_t i = 0; i < sizeof hash; i++) {
        *at++ = (char)('a' + (hash[i] >> 4));
        *at++ = (char)('a' + (hash[i] & 15));
    }
    *at = '\0';
    return CTL_DONE;
}
