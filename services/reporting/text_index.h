#ifndef ELP_SERVICES_REPORTING_TEXT_INDEX_H
#define ELP_SERVICES_REPORTING_TEXT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/failure.h"

/*
 * Short texts (network codes, topics) and dense numbers for them: 0, 1, 2 … in the order of arrival. In memory only;
 * what is kept in the store is kept under the text. A zeroed struct is an empty index.
 */

/* The longest topic: a code of 32 bytes, "/", a kind such as "warning." with a code of 32 bytes, and NUL. */
#define TEXT_INDEX_BYTES 80
#define TEXT_INDEX_NONE UINT32_MAX

struct text_index {
    char (*texts)[TEXT_INDEX_BYTES];
    size_t text_room;
    uint32_t *slots; /* open addressing; number + 1, 0 when free */
    size_t slot_count;
    uint32_t count;
};

void text_index_free(struct text_index *index);

/* The number of a text; TEXT_INDEX_NONE when it is not there. */
uint32_t text_index_find(const struct text_index *index, const char *text);

/*
 * The number of a text that is added where it is missing; *ret_added tells which. The text is shorter than
 * TEXT_INDEX_BYTES. 0 or FAILURE_MEMORY.
 */
MUST_USE int text_index_add(struct text_index *index, const char *text, uint32_t *ret_id, bool *ret_added);

/* The text of a number below count; lives until the next addition. */
const char *text_index_text(const struct text_index *index, uint32_t id);

#endif
