#include "services/ctl/verify_again.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/yaml_document.h"
#include "services/ctl/progress.h"

#define ARGUMENTS_MAX (4 + 2 * CELL_SERVICES)
#define LINE_BYTES 512

/* elp-NAME in the folder of this program. */
static int find_program(enum cell_service service, char out[PATH_MAX]) {
    ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 1);
    char *slash;
    if (length > 0) {
        out[length] = 0;
    }
    if (length <= 0 || !(slash = strrchr(out, '/')) || slash - out > PATH_MAX - 32) {
        return ctl_failure(FAILURE_SYSTEM);
    }
    (void)snprintf(slash + 1, 32, "elp-%s", cell_service_names[service]);
    if (access(out, X_OK) != 0) {
        return ctl_fail(CTL_INPUT, "%s is missing: it computes the store again, and stands beside elpctl", out);
    }
    return CTL_DONE;
}

static int start(const struct verify_again *again, char *program, pid_t *ret_child, FILE **ret_lines) {
    extern char **environ;
    posix_spawn_file_actions_t actions;
    char *arguments[ARGUMENTS_MAX] = {program, (char *)"--verify", (char *)again->folder};
    size_t count = 3;
    int ends[2];
    for (size_t i = 0; i < again->upstream_count; i++) {
        arguments[count++] = (char *)"--upstream";
        arguments[count++] = (char *)again->upstreams[i];
    }
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return ctl_failure(FAILURE_SYSTEM);
    }
    int error = posix_spawn_file_actions_init(&actions);
    if (error == 0) {
        error = posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        if (error == 0) {
            error = posix_spawn(ret_child, program, &actions, NULL, arguments, environ);
        }
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    (void)close(ends[1]);
    *ret_lines = error == 0 ? fdopen(ends[0], "r") : NULL;
    if (!*ret_lines) {
        (void)close(ends[0]);
        return ctl_fail(failure_exit_code(FAILURE_SYSTEM), "%s could not be started", program);
    }
    return CTL_DONE;
}

static void read_lines(struct verify_again *again, FILE *lines) {
    struct progress progress;
    char line[LINE_BYTES];
    int64_t number;
    progress_begin(&progress, "records", again->head);
    (void)snprintf(progress.note, sizeof progress.note, "%s again", cell_service_names[again->service]);
    while (fgets(line, sizeof line, lines)) {
        line[strcspn(line, "\n")] = 0;
        if (strncmp(line, "at ", 3) == 0 && yaml_whole_parse(line + 3, 1, INT64_MAX, &number)) {
            progress_step(&progress, (uint64_t)number);
        } else if (strncmp(line, "broken ", 7) == 0) {
            (void)snprintf(again->broken, sizeof again->broken, "%.*s", (int)sizeof again->broken - 1, line + 7);
        }
    }
    progress_end(&progress);
}

int verify_again(struct verify_again *again) {
    char program[PATH_MAX];
    pid_t child = 0;
    FILE *lines = NULL;
    int status = 0;
    int code = find_program(again->service, program);
    if (code == CTL_DONE) {
        code = start(again, program, &child, &lines);
    }
    if (code != CTL_DONE) {
        return code;
    }
    read_lines(again, lines);
    (void)fclose(lines);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || again->broken[0])) {
        return CTL_DONE;
    }
    if (WIFSIGNALED(status)) {
        (void)snprintf(again->broken, sizeof again->broken, "its data.mdb has damaged pages, or was cut short");
        return CTL_DONE;
    }
    return ctl_fail(WEXITSTATUS(status), "%s could not be computed again", again->folder);
}
