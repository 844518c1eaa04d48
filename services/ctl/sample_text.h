#ifndef ELP_CTL_SAMPLE_TEXT_H
#define ELP_CTL_SAMPLE_TEXT_H

#include <stdio.h>

#include "services/ctl/sample_world.h"
#include "services/ctl/sample_year.h"

/*
 * Writes the sample for `elpctl submit`: JSON lines, with a {"clock": …} line before each batch, because each batch is attested
 * at its own time. 0 or FAILURE_MEMORY; write errors show in the stream.
 */
MUST_USE int sample_write_lines(FILE *out, const struct sample_world *world, const struct sample_year *year);

/* Writes the registry file (docs/registry-file.md) of the same world, with budgets sized so that networks end as they are meant to. */
void sample_write_registry(FILE *out, const struct sample_world *world, const struct sample_year *year);

#endif
