#include "services/ctl/command_table.h"

const char *const command_group_titles[GROUP_COUNT] = {
    [GROUP_ATTEST] = "Attestations", [GROUP_MONEY] = "Budgets, payments and events",
    [GROUP_REGISTRY] = "Registry",   [GROUP_RULES] = "Convention books and tariffs",
    [GROUP_CELL] = "The cell",
};

/* In the order of elpctl --help inside each group. */
const struct command *const command_table[] = {
    &submit_command,        &check_command,          &status_command,
    &cancel_command,        &quota_command,          &budget_command,
    &decide_command,        &outcome_command,        &payments_command,
    &stats_command,         &watch_command,          &trial_balance_command,
    &close_command,         &cost_claim_command,     &cost_withdraw_command,
    &cost_advance_command,  &cost_show_command,      &cost_sheet_command,
    &registry_load_command, &registry_check_command, &registry_show_command,
    &book_load_command,     &book_check_command,     &book_show_command,
    &tariff_command,        &index_command,          &cell_create_command,
    &health_command,        &journal_show_command,   &journal_verify_command,
    &keys_new_command,      &keys_list_command,      &keys_revoke_command,
    &keys_rotate_command,   &person_erase_command,   &backup_command,
    &restore_command,       &rebuild_command,        &verify_command,
    &clock_command,         &sample_command,         NULL,
};
