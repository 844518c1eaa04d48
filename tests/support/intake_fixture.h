#ifndef ELP_TESTS_SUPPORT_INTAKE_FIXTURE_H
#define ELP_TESTS_SUPPORT_INTAKE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/daemon.h"
#include "elp/v1/intake.pb-c.h"
#include "elp/v1/journal.pb-c.h"
#include "tests/support/temporary_store.h"

/*
 * Intake's core on a real store, without sockets: requests go through the rows of intake_service as the daemon's loop
 * sends them, one write transaction and one commit each. Whatever goes wrong in the fixture itself ends the program.
 *
 * The world of FIXTURE_WORLD, on a manual clock at 2024-05-20T12:00:00+02:00, book of 2024:
 *   networks    N1 adult (collecting institution H), N2 child, N3 mixed with prison network
 *   providers   P1 contract C1 and P2 contract C2 with N1, F1 F2 F3, site S1, 40 sessions a month, from 2024-04-01;
 *               P1 also C3 with N2, F2 only
 *   second leaders of N1, from 2024-01-01: X1 expert designated by O1 at 42.10 an hour and paid in person,
 *               D1 independent physician
 *   sites       S1 school of N1 (share-exempt, agreement), S2 practice of N2
 *   programmes  G1 of N1 for F1, F2, F3 (decided 2024-01-10, published 2024-02-01), G2 of N2
 *   the principal "demo", an integrator, represents everybody; "other" represents nobody
 */
#define FIXTURE_P1 "19234011004"
#define FIXTURE_P2 "11530231003"
#define FIXTURE_P3 "30202929001" /* without contract */

enum fixture_content { FIXTURE_EMPTY, FIXTURE_WORLD };

/* Where the next command's turn is cut off, as by a power cut; intake_fixture_reopen must follow. */
enum fixture_crash { FIXTURE_NO_CRASH, FIXTURE_CRASH_BEFORE_COMMIT, FIXTURE_CRASH_AFTER_COMMIT };

struct intake_fixture {
    struct cell cell;
    struct temporary_store store;
    struct temporary_store vault;
    struct journal journal;
    struct store_txn *txn;
    struct arena arena; /* of the last request and its reply */
    struct buffer payload;
    void *core;
    const char *restored; /* at the next open the store is the backup of that name */
    instant_us machine;   /* the machine's time, for cells on the real clock */
    enum fixture_crash crash;
    bool new_vault;                  /* --new-vault, at the next open */
    const Elp__V1__Refused *refused; /* of the last call; NULL when it was answered */
};

void intake_fixture_open(struct intake_fixture *fixture, enum fixture_content content, bool manual_clock);
void intake_fixture_close(struct intake_fixture *fixture);
/* Closes core, store and vault and opens them again, as a restart does; returns what the core's open said. */
int intake_fixture_reopen(struct intake_fixture *fixture);

/* A principal of a role, named `name`, scope "*" or one network. Static, valid until the next call with that name. */
const struct principal *fixture_principal(const char *name, enum role role, const char *scope);
const struct principal *fixture_demo(void); /* integrator */
const struct principal *fixture_operator(void);

/*
 * Sends a request as its row takes it and returns the reply, unpacked in the fixture's arena, or NULL with `refused` set.
 * A role that the row does not name is refused with `denied`, as the loop does. The message lives until the next call.
 */
const void *intake_fixture_call(struct intake_fixture *fixture, const struct principal *principal,
                                Elp__V1__MessageType type, const ProtobufCMessage *message,
                                const ProtobufCMessageDescriptor *reply);

/* A turn without request. */
void intake_fixture_turn(struct intake_fixture *fixture);

/* The same, spelled out. */
const Elp__V1__LineVerdict *fixture_submit(struct intake_fixture *fixture, Elp__V1__AttestationLine *line);
const Elp__V1__LineVerdict *fixture_submit_as(struct intake_fixture *fixture, const struct principal *principal,
                                              Elp__V1__AttestationLine *line, bool dry_run);
const Elp__V1__FactVerdict *fixture_load(struct intake_fixture *fixture, const struct principal *principal,
                                         Elp__V1__RegistryFact *fact);
const Elp__V1__CancelReply *fixture_cancel(struct intake_fixture *fixture, const struct principal *principal,
                                           const char *id, const char *key, const char *reason);
/* NULL: refused. */
const Elp__V1__ClockReply *fixture_clock(struct intake_fixture *fixture, const char *at);
const Elp__V1__LoadBookReply *fixture_book(struct intake_fixture *fixture, const char *path);

/* Record `number` of the journal, in the fixture's arena. */
const Elp__V1__IntakeRecord *fixture_record(struct intake_fixture *fixture, uint64_t number);

/* The serial-th national number of somebody born on that day; `out` has 12 bytes. Returns `out`. */
char *fixture_niss(int year, int month, int day, int serial, char *out);

/*
 * Lines that the world accepts, with a key of their own; change a field and submit. Texts are constants or owned here.
 * An individual F2 session of P1 on 2024-05-14 at 09:00 with an adult born on 1980-02-01; a group of F2 on that day at
 * 14:00 with four adults, second leader X1, programme G1; an F1 group of ten on site S1 with second provider P2.
 */
struct fixture_line {
    Elp__V1__AttestationLine line;
    Elp__V1__Beneficiary beneficiaries[101];
    Elp__V1__Beneficiary *pointers[101];
    char niss[101][12];
    char key[32];
};
void fixture_individual(struct fixture_line *out, const char *key);
void fixture_group(struct fixture_line *out, const char *key);
void fixture_community(struct fixture_line *out, const char *key);
/* Sets the beneficiaries to `count` adults born on that day, with serials from `serial`. */
void fixture_people(struct fixture_line *out, size_t count, int serial, const char *birth_date);

/* How often a code stands among the reasons; and the first reason with it, or NULL. */
size_t fixture_reasons(const Elp__V1__Verdict *verdict, const char *code);
const Elp__V1__RefusalReason *fixture_reason(const Elp__V1__Verdict *verdict, const char *code);
bool fixture_not_judged(const Elp__V1__Verdict *verdict, const char *code);

#endif
