#ifndef ELP_COMMON_UTF8_H
#define ELP_COMMON_UTF8_H

#include <stddef.h>

/*
 * Length in bytes, 1 to 4, of the UTF-8 character at `text`, of which `left` bytes may be looked at; 0 when
 * the bytes there are none: stray or missing continuation bytes, overlong forms, surrogates, beyond U+10FFFF
 * (RFC 3629).
 */
size_t utf8_length(const char *text, size_t left);

#endif
