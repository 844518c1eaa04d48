#include "common/utf8.h"

#include <stdbool.h>

static bool within(unsigned char byte, unsigned char low, unsigned char high) {
    return byte >= low && byte <= high;
}

/* The table of RFC 3629 §4: the first byte narrows what the second one may be; all others are 80-BF. */
size_t utf8_length(const char *text, size_t left) {
    const unsigned char *b = (const unsigned char *)text;
    if (left == 0) {
        return 0;
    }
    if (b[0] < 0x80) {
        return 1;
    }
    size_t length;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    if (within(b[0], 0xc2, 0xdf)) {
        length = 2;
    } else if (within(b[0], 0xe0, 0xef)) {
        length = 3;
        low = b[0] == 0xe0 ? 0xa0 : low;
        high = b[0] == 0xed ? 0x9f : high;
    } else if (within(b[0], 0xf0, 0xf4)) {
        length = 4;
        low = b[0] == 0xf0 ? 0x90 : low;
        high = b[0] == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (left < length || !within(b[1], low, high)) {
        return 0;
    }
    for (size_t i = 2; i < length; i++) {
        if (!within(b[i], 0x80, 0xbf)) {
            return 0;
        }
    }
    return length;
}
