#ifndef ELP_SERVICES_CTL_MONTH_TEXT_H
#define ELP_SERVICES_CTL_MONTH_TEXT_H

#include <stdint.h>

/* YYYYMM of "2026-05" or "202605"; 0 when it is neither. */
uint32_t month_of_text(const char *text);

#endif
