#ifndef ELP_TESTS_FUZZ_FUZZ_TARGET_H
#define ELP_TESTS_FUZZ_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer or replay_main.c calls with each input. Returns 0; a claim that does not hold ends the
 * process. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#endif
