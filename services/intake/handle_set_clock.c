#include "services/intake/handlers.h"
#include "services/intake/intake_core.h"

static int refuse(struct reply *reply, int outcome) {
    switch ((enum clock_outcome)outcome) {
    case CLOCK_REAL:
        return reply_refuse(reply, "simulated-only", "at", "this cell runs on the real clock, which nobody sets",
                            "set the clock of a cell that was created with --clock=manual");
    case CLOCK_BACK:
        return reply_refuse(reply, "wrong-order", "at", "time never goes back",
                            "give a time that is not before the one that an empty `at` answers");
    case CLOCK_TOO_FAR:
    case CLOCK_SET:
        break;
    }
    return reply_refuse(reply, "malformed", "at", "the clock moves at most ten years at once, and not beyond 2099",
                        "give a nearer time; several steps are allowed");
}

int handle_set_clock(void *state, struct request *request, const void *message, struct reply *reply) {
    struct intake_core *core = state;
    const Elp__V1__SetClock *set = message;
    if (set->at[0] != '\0') {
        instant_us at = 0;
        int outcome = 0;
        if (intake_refuses_busy(core, reply, &outcome)) {
            return outcome;
        }
        if (!instant_parse(set->at, &at)) {
            return reply_refuse(reply, "malformed", "at", "at is a time with offset, such as 2026-04-05T23:59:59+02:00",
                                "write date, T, time and offset (RFC 3339)");
        }
        outcome = clock_set(core, request->txn, at);
        if (outcome != 0) {
            return outcome < 0 ? outcome : refuse(reply, outcome);
        }
    }
    Elp__V1__ClockReply clock = ELP__V1__CLOCK_REPLY__INIT;
    clock.at_us = core->clock.at;
    clock.simulated = core->clock.manual;
    clock.head = core->context.journal->head;
    return reply_with(reply, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_CLOCK_REPLY, &clock.base);
}
