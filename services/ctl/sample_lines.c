#include "services/ctl/sample_lines.h"

#include <stdlib.h>

bool sample_lines_full(const struct sample_lines *lines) {
    return lines->count >= lines->limit;
}

int sample_lines_add(struct sample_lines *lines, const struct sample_line *line) {
    if (lines->count == lines->size) {
        size_t size = lines->size ? lines->size * 2 : 4096;
        struct sample_line *grown = realloc(lines->lines, size * sizeof *grown);
        if (!grown) {
            return FAILURE_MEMORY;
        }
        lines->lines = grown;
        lines->size = size;
    }
    struct sample_line *added = &lines->lines[lines->count++];
    *added = *line;
    added->network = (uint8_t)lines->network;
    added->key = (uint32_t)lines->count;
    return 0;
}
