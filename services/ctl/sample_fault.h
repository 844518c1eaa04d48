#ifndef ELP_CTL_SAMPLE_FAULT_H
#define ELP_CTL_SAMPLE_FAULT_H

#include "services/ctl/sample_lines.h"

/*
 * Adds `count` faulty lines to the network being made, the kinds of fault in turn. Each is sound but for its fault.
 */
MUST_USE int sample_faults_add(struct sample_lines *lines, size_t count);

#endif
