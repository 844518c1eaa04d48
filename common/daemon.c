#include "common/daemon.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/client_socket.h"
#include "common/daemon_options.h"
#include "common/daemon_state.h"
#include "common/daemon_tasks.h"
#include "common/log.h"
#include "common/require.h"
#include "common/supervisor.h"
#include "common/verify.h"
#include "common/version.h"

#define SERVER_QUEUE 256
#define FILES_MAX 4096

/* CZMQ reads its settings from the environment; ours come from the cell alone. */
static void scrub_environment(void) {
    extern char **environ;
    for (size_t i = 0; environ[i];) {
        if (strncmp(environ[i], "ZSYS_", 5) != 0) {
            i++;
            continue;
        }
        char name[128];
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        (void)unsetenv(name);
        i = 0;
    }
}

/* Before any thread exists: signals are read by signalfd, CZMQ's handlers stay out (pitfalls §2.4). */
static int take_signals(struct daemon *daemon) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return FAILURE_SYSTEM;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    daemon->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (daemon->signal_fd < 0) {
        return FAILURE_SYSTEM;
    }
    return 0;
}

/*
 * Each connection is a descriptor, so this is the most connections that a daemon holds; further ones wait in the kernel
 * until one ends (docs/security.md). A lower hard limit of the system stands.
 */
static void set_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max < FILES_MAX ? limit.rlim_max : FILES_MAX;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void server_socket_secure(zsock_t *socket, const char *public_key, const char *secret_key, int64_t message_bytes_max) {
    socket_limits(socket, message_bytes_max);
    zsock_set_zap_domain(socket, "elp");
    zsock_set_curve_server(socket, 1);
    zsock_set_curve_publickey(socket, public_key);
    zsock_set_curve_secretkey(socket, secret_key);
    zsock_set_rcvhwm(socket, SERVER_QUEUE);
    zsock_set_sndhwm(socket, SERVER_QUEUE);
}

static int bind_router(struct daemon *daemon, const char *endpoint, zsock_t **ret) {
    char address[CELL_ENDPOINT_BYTES];
    cell_bind_endpoint(&daemon->cell, endpoint, address);
    zsock_t *socket = zsock_new(ZMQ_ROUTER);
    if (!socket) {
        return FAILURE_SYSTEM;
    }
    server_socket_secure(socket, daemon->public_key, daemon->secret_key, WIRE_REQUEST_BYTES_MAX);
    zsock_set_router_mandatory(socket, 1);
    *ret = socket;
    if (zsock_bind(socket, "%s", address) < 0) {
        (void)fprintf(stderr,
                      "elp-%s: cannot listen on %s: %s; another process has it, or cell.yaml names the wrong address\n",
                      cell_service_names[daemon->service->id], address, zmq_strerror(zmq_errno()));
        return FAILURE_CONFIG;
    }
    return 0;
}

/*
 * zauth runs before any bind: a CURVE server without it accepts every key (pitfalls §2.3). It reads a copy of the keys:
 * common/principal.h says why.
 */
static int start_zauth(struct daemon *daemon) {
    (void)snprintf(daemon->handshake_dir, sizeof daemon->handshake_dir, "%s/handshake", daemon->store_dir);
    int failure = principals_export_keys(daemon->principals, daemon->handshake_dir);
    if (failure < 0) {
        return failure;
    }
    daemon->zauth = zactor_new(zauth, NULL);
    if (!daemon->zauth || zstr_sendx(daemon->zauth, "CURVE", daemon->handshake_dir, NULL) != 0 ||
        zsock_wait(daemon->zauth) < 0) {
        return FAILURE_SYSTEM;
    }
    return 0;
}

static int open_keys(struct daemon *daemon) {
    const char *name = cell_service_names[daemon->service->id];
    char path[CELL_PATH_BYTES];
    char allow[CELL_PATH_BYTES];
    char file[64];
    (void)snprintf(file, sizeof file, "keys/%s.key", name);
    cell_path(&daemon->cell, file, path);
    int failure = secret_key_load(path, daemon->public_key, daemon->secret_key);
    if (failure == 0) {
        cell_path(&daemon->cell, "allow", allow);
        failure = principals_open(allow, &daemon->principals);
    }
    return failure == 0 ? principals_check_daemon(daemon->principals, path, name, daemon->public_key) : failure;
}

/* The positions as stored: see store_positions in turn.c. A new store stands at 0. */
static int load_position(struct store_txn *txn, enum cell_service id, uint64_t *ret_number, uint8_t *ret_hash) {
    uint8_t key = (uint8_t)id;
    struct span value;
    bool found = false;
    int failure = store_get(txn, TABLE_POSITIONS, span_of(&key, 1), &value, &found);
    if (failure < 0) {
        return failure;
    }
    *ret_number = 0;
    memset(ret_hash, 0, JOURNAL_HASH_BYTES);
    if (found && value.bytes != 8 + JOURNAL_HASH_BYTES) {
        return FAILURE_CORRUPT;
    }
    if (found) {
        *ret_number = store_read_u64(value.data);
        memcpy(ret_hash, value.data + 8, JOURNAL_HASH_BYTES);
    }
    return 0;
}

static int open_upstreams(struct daemon *daemon, struct store_txn *txn) {
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        enum cell_service id = daemon->service->upstreams[i];
        const struct principal *server = principals_by_name(daemon->principals, cell_service_names[id]);
        if (!server || server->role != ROLE_DAEMON) {
            (void)fprintf(stderr, "elp-%s: the allow folder has no daemon '%s'; copy its public key file there\n",
                          cell_service_names[daemon->service->id], cell_service_names[id]);
            return FAILURE_CONFIG;
        }
        uint64_t number = 0;
        uint8_t hash[JOURNAL_HASH_BYTES];
        int failure = load_position(txn, id, &number, hash);
        if (failure == 0 && number != daemon->journal.head) {
            log_line(LOG_LEVEL_ERROR, "position-differs", "upstream", LOG_TEXT, cell_service_names[id], "position",
                     LOG_NUMBER, (int64_t)number, "head", LOG_NUMBER, (int64_t)daemon->journal.head, NULL);
            failure = FAILURE_CORRUPT;
        }
        if (failure == 0) {
            failure = upstream_open(id, daemon->cell.services[id].journal, server->public_key, daemon->public_key,
                                    daemon->secret_key, number, hash, &daemon->upstreams[i]);
        }
        if (failure < 0) {
            return failure;
        }
    }
    return 0;
}

static struct service_context context_of(struct daemon *daemon) {
    return (struct service_context){
        .cell = &daemon->cell,
        .principals = daemon->principals,
        .journal = &daemon->journal,
        .store = daemon->store,
        .metrics = daemon->metrics,
        .vault = daemon->vault,
        .new_vault = daemon->new_vault,
    };
}

static struct store_identity identity_of(const struct daemon *daemon) {
    struct store_identity identity = {
        .service = daemon->service->id, .engine = ELP_ENGINE, .simulated = daemon->cell.manual_clock};
    memcpy(identity.cell, daemon->cell.name, sizeof identity.cell);
    return identity;
}

/* Journal, core and positions in one write transaction, because a first start writes. */
static int open_state(struct daemon *daemon) {
    struct store_txn *txn = NULL;
    int failure = store_begin_write(daemon->store, &txn);
    if (failure < 0) {
        return failure;
    }
    struct service_context context = context_of(daemon);
    struct store_identity self = identity_of(daemon);
    struct code restored;
    bool is_backup = false;
    failure = journal_load(txn, TABLE_JOURNAL, &daemon->journal);
    if (failure == 0) {
        failure = store_backup_name(txn, TABLE_POSITIONS, &restored, &is_backup);
    }
    if (failure == 0 && is_backup) {
        context.restored = restored.text;
        failure = store_backup_unmark(txn, TABLE_POSITIONS);
    }
    if (failure == 0) {
        failure = store_identity_put(txn, TABLE_POSITIONS, &self);
    }
    if (failure == 0) {
        failure = daemon->service->open(&context, txn, &daemon->core);
    }
    if (failure == 0) {
        failure = open_upstreams(daemon, txn);
    }
    if (failure < 0) {
        store_abort(txn);
        return failure;
    }
    return store_commit(txn);
}

static int open_sockets(struct daemon *daemon) {
    const struct cell_endpoints *endpoints = &daemon->cell.services[daemon->service->id];
    int failure = bind_router(daemon, endpoints->journal, &daemon->journal_socket);
    if (failure == 0 && daemon->service->edge_open) {
        struct service_context context = context_of(daemon);
        failure = daemon->service->edge_open(daemon->core, &context, daemon->public_key, daemon->secret_key,
                                             &daemon->edge, &daemon->edge_socket);
    }
    if (failure == 0) {
        failure = bind_router(daemon, endpoints->commands, &daemon->commands);
    }
    return failure;
}

/* The length of the folder above, with its slash: 9 of "/srv/elp/ledger/". */
static size_t above_bytes(const char *dir) {
    size_t bytes = strlen(dir);
    while (bytes > 1 && dir[bytes - 1] == '/') {
        bytes--;
    }
    while (bytes > 0 && dir[bytes - 1] != '/') {
        bytes--;
    }
    return bytes;
}

/* The folder `name` beside `dir`. */
static void folder_beside(const char *dir, const char *name, char out[CELL_PATH_BYTES + 32]) {
    (void)snprintf(out, CELL_PATH_BYTES + 32, "%.*s%s", (int)above_bytes(dir), dir, name);
}

/* Looks whose store it is before anything is opened for writing. */
static int open_store(struct daemon *daemon, const struct daemon_options *options) {
    struct store_identity self = identity_of(daemon);
    uint64_t map_bytes = options->map_mebibytes ? (uint64_t)options->map_mebibytes << 20 : STORE_MAP_BYTES_DEFAULT;
    int failure = store_identity_check(daemon->store_dir, &self);
    if (failure == 0) {
        failure = store_open(daemon->store_dir, map_bytes, daemon->service->tables, daemon->service->table_count,
                             &daemon->store);
    }
    return failure;
}

static int open_vault(struct daemon *daemon) {
    char dir[CELL_PATH_BYTES];
    if (daemon->service->vault_table_count == 0) {
        return 0;
    }
    cell_path(&daemon->cell, "vault", dir);
    return store_open(dir, VAULT_MAP_BYTES, daemon->service->vault_tables, daemon->service->vault_table_count,
                      &daemon->vault);
}

static int open_backups(struct daemon *daemon, const struct daemon_options *options) {
    const struct service *service = daemon->service;
    char beside[CELL_PATH_BYTES + 32];
    folder_beside(daemon->store_dir, "backup", beside);
    struct backup_setup setup = {.root = options->backup ? options->backup : beside,
                                 .store = daemon->store,
                                 .tables = service->tables,
                                 .table_count = service->table_count,
                                 .identity = identity_of(daemon)};
    int failure = backup_open(&setup, &daemon->backup);
    if (failure < 0 || !daemon->vault) {
        return failure;
    }
    folder_beside(store_folder(daemon->vault), "vault-backup", beside);
    setup.root = options->vault_backup ? options->vault_backup : beside;
    setup.store = daemon->vault;
    setup.tables = service->vault_tables;
    setup.table_count = service->vault_table_count;
    setup.vault = true;
    return backup_open(&setup, &daemon->vault_backup);
}

static int daemon_open(struct daemon *daemon, const struct daemon_options *options) {
    int failure = open_keys(daemon);
    if (failure < 0) {
        return failure;
    }
    if (options->store) {
        (void)snprintf(daemon->store_dir, sizeof daemon->store_dir, "%s", options->store);
    } else {
        cell_path(&daemon->cell, cell_service_names[daemon->service->id], daemon->store_dir);
    }
    failure = arena_open(&daemon->arena, WIRE_ARENA_BYTES);
    if (failure == 0) {
        failure = callers_open(&daemon->callers);
    }
    if (failure == 0) {
        failure = daemon_metrics_open(daemon);
    }
    if (failure == 0) {
        failure = open_store(daemon, options);
    }
    if (failure == 0) {
        daemon->new_vault = options->new_vault;
        failure = open_vault(daemon);
    }
    if (failure == 0) {
        failure = open_backups(daemon, options);
    }
    if (failure == 0) {
        failure = start_zauth(daemon);
    }
    if (failure == 0) {
        failure = open_state(daemon);
    }
    if (failure == 0) {
        failure = open_sockets(daemon);
    }
    return failure < 0 ? failure : daemon_metrics_listen(daemon);
}

/* Sockets before actors before the store; copes with every stage of opening. */
static void daemon_close(struct daemon *daemon) {
    serve_close(daemon);
    callers_close(daemon->callers);
    daemon_metrics_unwatch(daemon);
    zsock_destroy(&daemon->commands);
    zsock_destroy(&daemon->journal_socket);
    if (daemon->service->edge_close && daemon->edge) {
        daemon->service->edge_close(daemon->edge);
    }
    for (size_t i = 0; i < daemon->service->upstream_count; i++) {
        upstream_close(daemon->upstreams[i]);
    }
    zactor_destroy(&daemon->zauth);
    daemon->service->close(daemon->core);
    daemon_metrics_close(daemon);
    backup_close(daemon->backup);
    backup_close(daemon->vault_backup);
    store_close(daemon->vault);
    store_close(daemon->store);
    principals_close(daemon->principals);
    arena_close(&daemon->arena);
    buffer_free(&daemon->record);
    buffer_free(&daemon->payload);
    if (daemon->signal_fd >= 0) {
        (void)close(daemon->signal_fd);
    }
}

static void log_started(const struct daemon *daemon) {
    const struct cell_endpoints *endpoints = &daemon->cell.services[daemon->service->id];
    log_line(LOG_LEVEL_INFO, "started", "version", LOG_TEXT, ELP_VERSION, "store", LOG_TEXT, daemon->store_dir, "head",
             LOG_NUMBER, (int64_t)daemon->journal.head, "commands", LOG_TEXT, endpoints->commands, "journal", LOG_TEXT,
             endpoints->journal, "request_bytes_max", LOG_NUMBER, (int64_t)WIRE_REQUEST_BYTES_MAX, "turn_requests_max",
             LOG_NUMBER, (int64_t)TURN_REQUESTS_MAX, "turn_records_max", LOG_NUMBER, (int64_t)TURN_RECORDS_MAX, NULL);
}

static int daemon_run(struct daemon *daemon, const struct daemon_options *options) {
    int failure = take_signals(daemon);
    if (failure == 0) {
        failure = daemon_open(daemon, options);
    }
    if (failure < 0) {
        return failure;
    }
    log_started(daemon);
    supervisor_tell("READY=1");
    failure = turn_loop(daemon);
    supervisor_tell("STOPPING=1");
    if (failure == 0 && daemon->rebuilding) {
        failure = store_set_aside(daemon->store);
        return failure < 0 ? failure : FAILURE_UPSTREAM;
    }
    return failure;
}

static const char *end_reason(const struct daemon *daemon, int failure) {
    if (daemon->rebuilding && failure == FAILURE_UPSTREAM) {
        return "asked to rebuild: the next start begins with an empty store";
    }
    return failure < 0 ? failure_text(failure) : "asked to stop";
}

static int run(struct daemon *daemon, const struct daemon_options *options) {
    int failure = daemon_run(daemon, options);
    log_line(failure < 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "ended", "head", LOG_NUMBER, (int64_t)daemon->journal.head,
             "reason", LOG_TEXT, end_reason(daemon, failure), NULL);
    return failure;
}

static int check(struct daemon *daemon) {
    int failure = open_keys(daemon);
    if (failure == 0) {
        (void)printf("elp-%s: configuration and keys are in order\n", cell_service_names[daemon->service->id]);
    }
    return failure;
}

/* 0, an infrastructure failure, or for --health 1. */
static int do_task(struct daemon *daemon, const struct daemon_options *options) {
    int failure = sodium_init() < 0 ? FAILURE_SYSTEM : cell_load(options->cell, &daemon->cell);
    if (failure == 0) {
        failure = cell_place(&daemon->cell, options->keys, options->allow);
    }
    if (failure == 0) {
        failure = cell_place_vault(&daemon->cell, options->vault);
    }
    if (failure < 0) {
        return failure;
    }
    switch (options->task) {
    case DAEMON_RUN:
        return run(daemon, options);
    case DAEMON_CHECK:
        return check(daemon);
    case DAEMON_HEALTH:
        return daemon_health(&daemon->cell, daemon->service->id);
    case DAEMON_MAKE_KEYS:
        return daemon_make_keys(&daemon->cell, daemon->service->id);
    case DAEMON_VERIFY:
    case DAEMON_HANDLERS:
        break; /* was done without a cell */
    }
    return FAILURE_SYSTEM;
}

int daemon_main(const struct service *service, int argc, char **argv) {
    struct daemon_options options;
    int code = daemon_options_parse(service->id, argc, argv, &options);
    if (code != 0) {
        return code;
    }
    (void)umask(077);
    (void)prctl(PR_SET_DUMPABLE, 0);
    set_file_limit();
    scrub_environment();
    zsys_handler_set(NULL);
    log_open(cell_service_names[service->id], options.log_level);
    store_end_on_unreadable_map();
    if (options.task == DAEMON_VERIFY) {
        return verify_run(service, options.verify, options.upstreams, options.upstream_count);
    }
    if (options.task == DAEMON_HANDLERS) {
        daemon_print_rights(service);
        return 0;
    }
    struct daemon *daemon = calloc(1, sizeof *daemon);
    if (!daemon) {
        return failure_exit_code(FAILURE_MEMORY);
    }
    daemon->service = service;
    daemon->signal_fd = -1;
    int result = do_task(daemon, &options);
    daemon_close(daemon);
    free(daemon);
    return result < 0 ? failure_exit_code(result) : result;
}
