#ifndef ELP_CTL_DAEMON_WORD_H
#define ELP_CTL_DAEMON_WORD_H

#include "services/ctl/command.h"

/* Daemons as arguments: intake, rating, ledger, reporting. */

/* CTL_DONE, or CTL_USAGE after one line about a word that names none. */
MUST_USE int daemon_word(const char *word, enum cell_service *ret);

/* The arguments from `first` on as a set; all four when there is none. */
MUST_USE int daemon_words(const struct ctl *ctl, int first, bool ret_wanted[CELL_SERVICES]);

#endif
