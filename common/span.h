#ifndef ELP_COMMON_SPAN_H
#define ELP_COMMON_SPAN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Borrowed bytes. Whoever hands one out says how long it lives. */
struct span {
    const uint8_t *data;
    size_t bytes;
};

static inline struct span span_of(const void *data, size_t bytes) {
    return (struct span){data, bytes};
}

static inline struct span span_of_text(const char *text) {
    return (struct span){(const uint8_t *)text, strlen(text)};
}

#endif
