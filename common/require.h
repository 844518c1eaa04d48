#ifndef ELP_COMMON_REQUIRE_H
#define ELP_COMMON_REQUIRE_H

/*
 * require(condition): our own bugs end the process, in every build type. It is never used on anything from outside.
 */
#define require(condition) ((condition) ? (void)0 : require_failed(#condition, __FILE__, __LINE__, __func__))

_Noreturn void require_failed(const char *condition, const char *file, int line, const char *function);

#endif
