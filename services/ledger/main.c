#include "common/daemon.h"
#include "services/ledger/ledger_core.h"

/*
 * elp-ledger: which money pays it (rulebook §6)?
 *
 * Who am I: the third of the four daemons, and the one that keeps the books in double entry. Record n of my journal
 * answers record n of intake and of rating: a rated attestation posted to one envelope or suspended, a cancelled one
 * reversed, a budget, a payee, a decision or the first day of a month applied.
 * Who talks to me: I read the journals of intake and rating; reporting reads mine; networks, collecting institutions,
 * the authority and operators ask for budgets, postings, payment orders and the trial balance. I take no commands:
 * decisions come through intake, and their outcome is asked here.
 * What I own: accounts (accounts.c), budgets and what is spent of them by day (balances.c), suspended amounts, payment
 * orders. One file per rule family: envelope.c, ceiling.c, zones.c, posting.c, reversal.c, decisions.c, budgets.c,
 * payments.c; ledger_core.c has the table that calls them.
 * What survives a restart: my journal and positions and those tables. All of it can be deleted: read again from the two
 * journals it comes out byte for byte the same.
 *
 * Next: ledger_core.c, then services/reporting/main.c.
 */
int main(int argc, char **argv) {
    return daemon_main(&ledger_service, argc, argv);
}
