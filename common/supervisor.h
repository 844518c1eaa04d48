#ifndef ELP_COMMON_SUPERVISOR_H
#define ELP_COMMON_SUPERVISOR_H

/*
 * What systemd wants to hear of a service of Type=notify: "READY=1" once requests are taken, "WATCHDOG=1" while the loop
 * turns, "STOPPING=1". Says nothing where no supervisor listens ($NOTIFY_SOCKET), and never waits.
 */
void supervisor_tell(const char *state);

#endif
