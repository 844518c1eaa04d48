#include "common/metrics_family.h"

#include <string.h>

#define ALL ((1u << CELL_SERVICES) - 1)
#define INTAKE (1u << CELL_INTAKE)
#define REPORTING (1u << CELL_REPORTING)
#define DOWNSTREAM (ALL & ~INTAKE)

#define LABEL(name, words) \
    { name, words, sizeof(words) / sizeof(words)[0] }

static const char *const refused_codes[METRICS_REFUSED_CODES] = {
    "malformed",   "foreign-version", "unknown-type",   "too-large", "denied", "busy",
    "wrong-order", "not-found",       "simulated-only", "stale",     "other",
};
static const char *const outcomes[METRICS_OUTCOMES] = {"answered", "refused", "denied"};
static const char *const losses[METRICS_LOSSES] = {"peer-gone", "peer-not-reading"};
static const char *const sockets[METRICS_SOCKETS] = {"commands", "journal", "feed"};
static const char *const handshakes[METRICS_HANDSHAKES] = {"key", "protocol", "broken"};
static const char *const verdicts[METRICS_VERDICTS] = {"accepted", "refused", "duplicate", "key-conflict"};

static const uint64_t duration_bounds[] = {250,    500,    1000,   2500,    5000,    10000,   25000, 50000,
                                           100000, 250000, 500000, 1000000, 2500000, 5000000, 0};
static const uint64_t count_bounds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 0};

const struct metrics_family metrics_families[METRIC_COUNT] = {
    [METRIC_BUILD_INFO] = {"elp_build_info", "1, with the version that runs.", METRICS_GAUGE, METRICS_PLAIN, ALL,
                           .labels = {{"version", NULL, 1}, {"service", NULL, 1}}},
    [METRIC_START_TIME] = {"elp_start_time_seconds", "When this process started, seconds since 1970.", METRICS_GAUGE,
                           METRICS_SECONDS, ALL},
    [METRIC_SIMULATED] = {"elp_simulated", "1 when the cell runs on the manual clock.", METRICS_GAUGE, METRICS_PLAIN,
                          ALL},
    [METRIC_STOPPED] = {"elp_stopped", "1 when this daemon applies its upstream no more.", METRICS_GAUGE, METRICS_PLAIN,
                        ALL},
    [METRIC_TICK] = {"elp_loop_tick_age_seconds", "Since the last turn of the loop; it turns at least once a second.",
                     METRICS_GAUGE, METRICS_AGE, ALL},
    [METRIC_COMMITTED] = {"elp_last_commit_age_seconds", "Since the last commit, or since the start.", METRICS_GAUGE,
                          METRICS_AGE, ALL},
    [METRIC_COMMIT_DURATION] = {"elp_commit_duration_seconds", "How long commits took, flush included.",
                                METRICS_HISTOGRAM, METRICS_SECONDS, ALL, .bounds = duration_bounds},
    [METRIC_COMMIT_RECORDS] = {"elp_commit_records", "Journal records in one commit.", METRICS_HISTOGRAM, METRICS_PLAIN,
                               ALL, .bounds = count_bounds},
    [METRIC_TURN_REQUESTS] = {"elp_turn_requests", "Requests taken in one turn, turns without any left out.",
                              METRICS_HISTOGRAM, METRICS_PLAIN, ALL, .bounds = count_bounds},
    [METRIC_RECORDS] = {"elp_records_total", "Journal records written since the start.", METRICS_COUNTER, METRICS_PLAIN,
                        ALL},
    [METRIC_HEAD] = {"elp_journal_head", "Number of the last journal record.", METRICS_GAUGE, METRICS_PLAIN, ALL},
    [METRIC_MAP_BYTES] = {"elp_store_map_bytes", "Room that the store's map offers.", METRICS_GAUGE, METRICS_PLAIN,
                          ALL},
    [METRIC_MAP_USED_BYTES] = {"elp_store_used_bytes", "Of the map, up to its last used page.", METRICS_GAUGE,
                               METRICS_PLAIN, ALL},
    [METRIC_READERS] = {"elp_store_readers", "Slots of the store's reader table in use.", METRICS_GAUGE, METRICS_PLAIN,
                        ALL},
    [METRIC_READER_LAG] = {"elp_store_reader_lag_commits",
                           "Commits since the snapshot of the oldest open read transaction.", METRICS_GAUGE,
                           METRICS_PLAIN, ALL},
    [METRIC_REQUESTS] = {"elp_requests_total", "Requests by type and outcome.", METRICS_COUNTER, METRICS_PLAIN, ALL,
                         .labels = {{"type", NULL, 0}, LABEL("outcome", outcomes)}},
    [METRIC_REQUESTS_REFUSED] = {"elp_requests_refused_total", "Requests refused as a whole, by code.", METRICS_COUNTER,
                                 METRICS_PLAIN, ALL, .labels = {LABEL("code", refused_codes)}},
    [METRIC_FRAMES_UNDECODABLE] = {"elp_frames_undecodable_total", "Frames that hold no envelope.", METRICS_COUNTER,
                                   METRICS_PLAIN, ALL},
    [METRIC_REPLIES_LOST] = {"elp_replies_lost_total", "Replies that their peer could not be given.", METRICS_COUNTER,
                             METRICS_PLAIN, ALL, .labels = {LABEL("reason", losses)}},
    [METRIC_REQUESTS_PARKED] = {"elp_requests_parked", "Long polls that wait for a record.", METRICS_GAUGE,
                                METRICS_PLAIN, ALL},
    [METRIC_HANDSHAKE_FAILURES] = {"elp_handshake_failures_total",
                                   "Connections refused: unknown key, foreign protocol, broken off.", METRICS_COUNTER,
                                   METRICS_PLAIN, ALL,
                                   .labels = {LABEL("socket", sockets), LABEL("reason", handshakes)}},
    [METRIC_PRINCIPALS] = {"elp_principals", "Principals in the allow folder.", METRICS_GAUGE, METRICS_PLAIN, ALL},
    [METRIC_RESIDENT_MEMORY] = {"elp_resident_memory_bytes", "Memory of the process, mapped store pages included.",
                                METRICS_GAUGE, METRICS_PLAIN, ALL},
    [METRIC_UPSTREAM_BACKLOG] = {"elp_upstream_backlog_records",
                                 "Records of the upstream journal that are not applied yet.", METRICS_GAUGE,
                                 METRICS_PLAIN, DOWNSTREAM, .labels = {{"upstream", NULL, 0}}},
    [METRIC_UPSTREAM_CONNECTED] = {"elp_upstream_connected",
                                   "1 when the upstream was heard within the last ten seconds.", METRICS_GAUGE,
                                   METRICS_PLAIN, DOWNSTREAM, .labels = {{"upstream", NULL, 0}}},
    [METRIC_UPSTREAM_DIVERGED] = {"elp_upstream_diverged", "1 when the upstream holds another record at our position.",
                                  METRICS_GAUGE, METRICS_PLAIN, DOWNSTREAM, .labels = {{"upstream", NULL, 0}}},
    [METRIC_VAULT_MAP_BYTES] = {"elp_vault_map_bytes", "Room that the vault's map offers.", METRICS_GAUGE,
                                METRICS_PLAIN, INTAKE},
    [METRIC_VAULT_USED_BYTES] = {"elp_vault_used_bytes", "Of the vault's map, up to its last used page.", METRICS_GAUGE,
                                 METRICS_PLAIN, INTAKE},
    [METRIC_LINES] = {"elp_lines_total", "Attestation lines by verdict, dry runs left out.", METRICS_COUNTER,
                      METRICS_PLAIN, INTAKE, .labels = {LABEL("verdict", verdicts)}},
    [METRIC_LINE_REFUSALS] = {"elp_line_refusals_total", "Reasons of refused lines by code; a line may have several.",
                              METRICS_COUNTER, METRICS_PLAIN, INTAKE, .labels = {{"code", NULL, 0}}},
    [METRIC_FEED_SUBSCRIPTIONS] = {"elp_feed_subscriptions", "Subscriptions that the feed serves.", METRICS_GAUGE,
                                   METRICS_PLAIN, REPORTING},
    [METRIC_FEED_MESSAGES] = {"elp_feed_messages_total", "Messages published, heartbeats included.", METRICS_COUNTER,
                              METRICS_PLAIN, REPORTING},
    [METRIC_FEED_MESSAGES_LOST] = {"elp_feed_messages_lost_total", "Messages that could not be published.",
                                   METRICS_COUNTER, METRICS_PLAIN, REPORTING},
    [METRIC_FEED_SUBSCRIPTIONS_REFUSED] = {"elp_feed_subscriptions_refused_total",
                                           "Subscriptions outside the scope or above the limit.", METRICS_COUNTER,
                                           METRICS_PLAIN, REPORTING},
    [METRIC_FEED_RESTARTS] = {"elp_feed_restarts_total",
                              "Times that all subscribers were cut off, after a revocation or a foreign frame.",
                              METRICS_COUNTER, METRICS_PLAIN, REPORTING},
};

size_t metrics_refused_place(const char *code) {
    size_t place = 0;
    while (place < METRICS_REFUSED_CODES - 1 && strcmp(refused_codes[place], code) != 0) {
        place++;
    }
    return place;
}
