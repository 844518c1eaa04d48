#include "services/reporting/service.h"

/*
 * elp-reporting: what does everybody else need to know?
 *
 * Who am I: the last of the four daemons. Record n of my journal holds the events of record n, read from the journals
 * of intake, rating and the ledger together: who was accepted or refused, what it is worth, which money pays it,
 * where a budget stands.
 * Who talks to me: consumers subscribe to my feed, fetch what they missed, and start from a snapshot; networks and the
 * authority ask for statistics. I take no commands and decide nothing.
 * What I own: the events with their counters, and the figures that are read from them. No name, national number or
 * birth date ever reaches my store.
 * What survives a restart: all of it; my store can be deleted and comes out byte for byte the same.
 *
 * Next: events.c (which record gives which event), then core.c, then feed.c. You have come from services/ledger/main.c.
 */
int main(int argc, char **argv) {
    return daemon_main(&reporting_service, argc, argv);
}
