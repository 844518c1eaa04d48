#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/calendar.h"
#include "common/daemon.h"
#include "elp/v1/journal.pb-c.h"
#include "elp/v1/ledger.pb-c.h"
#include "elp/v1/rating.pb-c.h"
#include "services/ledger/ledger_core.h"
#include "tests/support/temporary_store.h"

/*
 * elp-bench-year BOOK.yaml [YEAR [SESSIONS]]: how long a year's close and a month's end keep the ledger. Goal: two figures of
 * issue size, a close over 32 networks and what one settlement costs at the end of each month. Method: the ledger's own core
 * on a real store is fed a year of rated sessions as rating would send them, 10,000 records a commit; a day record that begins
 * a month settles what the year neutralises and makes the payment orders, and a close is one record. Each of these is timed
 * with its commit. Intake takes no part in any of it: a close is one record of its journal like any other.
 */

#define NETWORKS 32
#define PAYEES_EACH 250
#define PEOPLE 283000
#define GROUP_PEOPLE 5
#define COMMIT_RECORDS 10000
#define STORE_BYTES (UINT64_C(64) << 30)
#define DAY_US (INT64_C(24) * 3600 * 1000000)

struct bench {
    struct temporary_store files;
    struct store_txn *txn;
    struct journal journal;
    struct cell cell;
    void *core;
    int64_t at_us;
    uint64_t number;
    uint64_t book;
    uint64_t uncommitted;
    size_t answer_bytes; /* of the last record */
};

static void expect(int failure, const char *what) {
    if (failure != 0) {
        (void)fprintf(stderr, "elp-bench-year: %s: %d\n", what, failure);
        exit(1);
    }
}

static double now_ms(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void commit(struct bench *bench) {
    expect(store_commit(bench->txn), "committing");
    expect(store_begin_write(bench->files.store, &bench->txn), "beginning to write");
    bench->uncommitted = 0;
}

static void feed(struct bench *bench, Elp__V1__IntakeRecord *intake, Elp__V1__RatingRecord *rating) {
    struct buffer input[2] = {{0}, {0}};
    struct buffer answer = {0};
    intake->number = rating->number = ++bench->number;
    intake->at_us = bench->at_us;
    expect(buffer_pack(&input[0], &intake->base), "packing");
    expect(buffer_pack(&input[1], &rating->base), "packing");
    const struct span records[2] = {buffer_span(&input[0]), buffer_span(&input[1])};
    expect(ledger_service.apply(bench->core, bench->txn, bench->number, records, &answer), "applying");
    expect(journal_append(&bench->journal, bench->txn, buffer_span(&answer)), "appending");
    bench->answer_bytes = buffer_span(&answer).bytes;
    buffer_free(&input[0]);
    buffer_free(&input[1]);
    buffer_free(&answer);
    if (++bench->uncommitted == COMMIT_RECORDS) {
        commit(bench);
    }
}

/* One record in a commit of its own: milliseconds. */
static double timed(struct bench *bench, Elp__V1__IntakeRecord *intake) {
    Elp__V1__RatingRecord rating = ELP__V1__RATING_RECORD__INIT;
    commit(bench);
    double begun = now_ms();
    feed(bench, intake, &rating);
    commit(bench);
    return now_ms() - begun;
}

static void feed_fact(struct bench *bench, Elp__V1__RegistryFact *fact) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__RatingRecord rating = ELP__V1__RATING_RECORD__INIT;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_FACT;
    record.fact = fact;
    feed(bench, &record, &rating);
}

/* --- the year's world --------------------------------------------------------------------------------------------- */

static void load_book(struct bench *bench, const char *path) {
    static uint8_t text[256 * 1024];
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__RatingRecord rating = ELP__V1__RATING_RECORD__INIT;
    Elp__V1__LoadedBook book = ELP__V1__LOADED_BOOK__INIT;
    FILE *stream = fopen(path, "rb");
    size_t bytes = stream != NULL ? fread(text, 1, sizeof text, stream) : 0;
    expect(bytes == 0 || fclose(stream) != 0, "reading the book");
    book.number = bench->number + 1;
    book.yaml = (ProtobufCBinaryData){bytes, text};
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_BOOK;
    record.book = &book;
    feed(bench, &record, &rating);
    bench->book = bench->number;
}

static void payee_code(char out[16], int network, int payee) {
    (void)snprintf(out, 16, "P%02d-%03d", network, payee);
}

static void make_world(struct bench *bench, int year, int64_t care_cents) {
    for (int network = 1; network <= NETWORKS; network++) {
        char code[16];
        Elp__V1__RegistryFact fact = ELP__V1__REGISTRY_FACT__INIT;
        Elp__V1__Budget budget = ELP__V1__BUDGET__INIT;
        Elp__V1__EnvelopeAmount care = ELP__V1__ENVELOPE_AMOUNT__INIT;
        Elp__V1__EnvelopeAmount *envelopes[] = {&care};
        (void)snprintf(code, sizeof code, "N%02d", network);
        care.envelope = ELP__V1__BUDGET_ENVELOPE__BUDGET_ENVELOPE_CARE_BASE;
        care.cents = care_cents;
        budget.network = code;
        budget.year = (uint32_t)year;
        budget.n_envelopes = 1;
        budget.envelopes = envelopes;
        fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_BUDGET;
        fact.budget = &budget;
        feed_fact(bench, &fact);
        for (int payee = 0; payee < PAYEES_EACH; payee++) {
            Elp__V1__Payee person = ELP__V1__PAYEE__INIT;
            payee_code(code, network, payee);
            person.code = code;
            person.name = person.street = person.town = "x";
            person.country = "BE";
            person.iban = "BE68539007547034";
            person.without_enterprise = true;
            fact.fact_case = ELP__V1__REGISTRY_FACT__FACT_PAYEE;
            fact.payee = &person;
            feed_fact(bench, &fact);
        }
    }
}

/* Session `index` of the year: individual ones at the practice or, every fourth, on a site; every twelfth is a group. */
static void attest(struct bench *bench, const char *convention, uint64_t index, int64_t insurer_cents) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__RatingRecord rating = ELP__V1__RATING_RECORD__INIT;
    Elp__V1__AttestationAccepted session = ELP__V1__ATTESTATION_ACCEPTED__INIT;
    Elp__V1__Rated rated = ELP__V1__RATED__INIT;
    Elp__V1__RatedPart part = ELP__V1__RATED_PART__INIT;
    Elp__V1__RatedPart *parts[] = {&part};
    Elp__V1__BeneficiaryFacts people[GROUP_PEOPLE];
    Elp__V1__BeneficiaryFacts *pointers[GROUP_PEOPLE];
    char network[16];
    char payee[16];
    int place = (int)(index % NETWORKS) + 1;
    bool group = index % 12 == 11;
    (void)snprintf(network, sizeof network, "N%02d", place);
    payee_code(payee, place, (int)(((index * UINT64_C(2654435761)) >> 7) % PAYEES_EACH));
    session.principal = "integrator";
    session.network = network;
    session.network_kind = ELP__V1__NETWORK_KIND__NETWORK_KIND_ADULT;
    session.convention = (char *)convention;
    session.book_number = bench->book;
    session.provider = "75000000000";
    session.contract = "C1";
    session.payee = payee;
    session.service = group ? ELP__V1__SERVICE__SERVICE_GROUP : ELP__V1__SERVICE__SERVICE_INDIVIDUAL;
    session.function = ELP__V1__FUNCTION__FUNCTION_F2;
    session.date = brussels_date(bench->at_us).days;
    session.start_minute = 540;
    session.minutes = group ? 120 : 45;
    session.direct_minutes = group ? 90 : 0;
    session.programme = group ? "G1" : "";
    session.site = index % 4 == 0 ? "SCHOOL" : "";
    session.site_kind =
        index % 4 == 0 ? ELP__V1__SITE_KIND__SITE_KIND_SCHOOL : ELP__V1__SITE_KIND__SITE_KIND_UNSPECIFIED;
    session.n_beneficiaries = group ? GROUP_PEOPLE : 1;
    session.beneficiaries = pointers;
    for (size_t i = 0; i < session.n_beneficiaries; i++) {
        elp__v1__beneficiary_facts__init(&people[i]);
        people[i].person = 1 + ((index * UINT64_C(0x9e3779b97f4a7c15) + i * 977) >> 20) % PEOPLE;
        people[i].age = 30;
        pointers[i] = &people[i];
    }
    part.payee = payee;
    part.payable_cents = insurer_cents;
    rated.attestation = bench->number + 1;
    rated.insurer_cents = insurer_cents;
    rated.fee_cents = insurer_cents;
    rated.n_parts = 1;
    rated.parts = parts;
    rating.rated = &rated;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_ACCEPTED;
    record.accepted = &session;
    feed(bench, &record, &rating);
}

static double begin_day(struct bench *bench, struct date day) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__RatingRecord rating = ELP__V1__RATING_RECORD__INIT;
    Elp__V1__Day message = ELP__V1__DAY__INIT;
    message.date = day.days;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_DAY;
    record.day = &message;
    bench->at_us = brussels_midnight(day) + DAY_US / 3;
    if (date_compare(day, date_first_of_month(day)) == 0) {
        return timed(bench, &record);
    }
    feed(bench, &record, &rating);
    return 0;
}

/* --- figures ------------------------------------------------------------------------------------------------------ */

static void tell_month(const struct bench *bench, struct date day, double took) {
    char text[DATE_TEXT_BYTES];
    printf("day record of %s: %8.1f ms, answer of %zu KiB\n", date_format(day, text, sizeof text), took,
           bench->answer_bytes / 1024);
    (void)fflush(stdout);
}

static void run_year(struct bench *bench, const char *convention, int year, uint64_t sessions, int64_t insurer_cents) {
    struct date day;
    uint64_t done = 0;
    double begun = now_ms();
    expect(!date_make(year, 1, 1, &day), "making a date");
    struct date first = day;
    struct date last = date_last_of_year(day);
    int days = last.days - first.days + 1;
    for (; date_compare(day, last) <= 0; day = date_add_days(day, 1)) {
        double took = begin_day(bench, day);
        if (date_compare(day, date_first_of_month(day)) == 0) {
            tell_month(bench, day, took);
        }
        for (uint64_t until = sessions * (uint64_t)(day.days - first.days + 1) / (uint64_t)days; done < until; done++) {
            attest(bench, convention, done, insurer_cents);
        }
    }
    double seconds = (now_ms() - begun) / 1e3;
    printf("%llu sessions posted in %.1f s, %.0f a second\n", (unsigned long long)sessions, seconds,
           (double)sessions / seconds);
    double took = begin_day(bench, day);
    tell_month(bench, day, took);
}

static void close_year(struct bench *bench, int year) {
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__CloseYear close = ELP__V1__CLOSE_YEAR__INIT;
    Elp__V1__LedgerRecord *answer = NULL;
    struct arena arena;
    close.year = (uint32_t)year;
    close.reason = "bench";
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CLOSE_YEAR;
    record.close_year = &close;
    double took = timed(bench, &record);
    expect(arena_open(&arena, WIRE_ARENA_BYTES), "reserving memory");
    expect(ledger_own_record(&bench->journal, bench->txn, bench->number, &arena, &answer), "reading the close");
    expect(!answer->outcome->done, "closing");
    printf("close of %d: %8.1f ms, record of %zu KiB: %s\n", year, took, bench->answer_bytes / 1024,
           answer->outcome->reason);
    arena_close(&arena);
}

int main(int argc, char **argv) {
    struct bench bench = {.cell = {.name = "bench", .manual_clock = true}};
    int year = argc > 2 ? atoi(argv[2]) : 2023; /* Call: a developer's own argument */
    uint64_t sessions = argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_C(2000000);
    if (argc < 2 || year < 2022 || year > 2027) {
        (void)fprintf(stderr, "usage: elp-bench-year BOOK.yaml [YEAR [SESSIONS]]\n");
        return 2;
    }
    struct date first;
    expect(!date_make(year, 1, 1, &first), "making a date");
    bench.at_us = brussels_midnight(first);
    temporary_store_open(&bench.files, ledger_service.tables, ledger_service.table_count, STORE_BYTES);
    expect(store_begin_write(bench.files.store, &bench.txn), "beginning to write");
    expect(journal_load(bench.txn, TABLE_JOURNAL, &bench.journal), "loading the journal");
    struct service_context context = {.cell = &bench.cell, .journal = &bench.journal, .store = bench.files.store};
    expect(ledger_service.open(&context, bench.txn, &bench.core), "opening the core");
    const int64_t insurer_cents = 8174;
    load_book(&bench, argv[1]);
    make_world(&bench, year, (int64_t)(sessions / NETWORKS + 1) * insurer_cents * 99 / 100);
    run_year(&bench, year < 2024 ? "2021" : "2024", year, sessions, insurer_cents);
    close_year(&bench, year);
    expect(store_commit(bench.txn), "committing");
    ledger_service.close(bench.core);
    temporary_store_close(&bench.files);
    return 0;
}
