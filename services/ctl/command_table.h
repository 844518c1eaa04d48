#ifndef ELP_CTL_COMMAND_TABLE_H
#define ELP_CTL_COMMAND_TABLE_H

#include "services/ctl/command.h"

/* Every command; each is defined in the file of its name. */
extern const struct command submit_command;
extern const struct command check_command;
extern const struct command status_command;
extern const struct command explain_command;
extern const struct command cancel_command;
extern const struct command quota_command;
extern const struct command quote_command;
extern const struct command budget_command;
extern const struct command payment_confirm_command;
extern const struct command payment_insurers_command;
extern const struct command plan_command;
extern const struct command transfer_command;
extern const struct command payments_command;
extern const struct command decide_command;
extern const struct command outcome_command;
extern const struct command close_command;
extern const struct command cost_claim_command;
extern const struct command cost_withdraw_command;
extern const struct command cost_advance_command;
extern const struct command cost_show_command;
extern const struct command cost_sheet_command;
extern const struct command trial_balance_command;
extern const struct command statement_payee_command;
extern const struct command statement_network_command;
extern const struct command export_hledger_command;
extern const struct command stats_command;
extern const struct command watch_command;
extern const struct command registry_load_command;
extern const struct command registry_check_command;
extern const struct command registry_show_command;
extern const struct command hand_over_command;
extern const struct command registry_set_command;
extern const struct command book_load_command;
extern const struct command book_check_command;
extern const struct command book_show_command;
extern const struct command book_diff_command;
extern const struct command book_explain_command;
extern const struct command tariff_command;
extern const struct command index_command;
extern const struct command journal_show_command;
extern const struct command journal_verify_command;
extern const struct command health_command;
extern const struct command backup_command;
extern const struct command restore_command;
extern const struct command rebuild_command;
extern const struct command verify_command;
extern const struct command keys_new_command;
extern const struct command keys_list_command;
extern const struct command keys_revoke_command;
extern const struct command keys_rotate_command;
extern const struct command person_erase_command;
extern const struct command clock_command;
extern const struct command cell_create_command;
extern const struct command sample_command;

#endif
