#ifndef ELP_SERVICES_INTAKE_INTAKE_SERVICE_H
#define ELP_SERVICES_INTAKE_INTAKE_SERVICE_H

#include "common/daemon.h"

/* Intake as daemon_main() runs it. */
extern const struct service intake_service;

#endif
