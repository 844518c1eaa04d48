/*
 * Goal: rating answers intake's records as its daemon does: amounts, reversals, indexations (T6, S11), rebuilds. Method:
 * the core on a real store, fed with records that intake would have written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "services/rating/rating_core.h"
#include "tests/unit/money_chain.h"

static struct chain chain;

static int begin(void **state) {
    (void)state;
    chain_open(&chain);
    return 0;
}

static int end(void **state) {
    (void)state;
    chain_close(&chain);
    return 0;
}

static uint64_t attest_individual(const char *date) {
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, date);
    return chain_attest(&chain, &session);
}

static int64_t published(const Elp__V1__TariffColumn *column, const char *tariff) {
    for (size_t i = 0; i < column->n_amounts; i++) {
        if (strcmp(column->amounts[i]->tariff, tariff) == 0) {
            return column->amounts[i]->cents;
        }
    }
    return -1;
}

static void story_S11_the_indexation_of_2026_gives_the_published_amounts(void **state) {
    (void)state;
    const Elp__V1__RatingRecord *record = chain_rating(&chain, 3);
    assert_true(record->outcome->done);
    assert_string_equal(record->outcome->article, "S0 art. 3");
    assert_int_equal(published(record->column, "individual"), 9102);
    assert_int_equal(published(record->column, "group-psychologist"), 24272);
    assert_int_equal(published(record->column, "group-other"), 15293);
    assert_int_equal(published(record->column, "group-designated-hour"), 5704);
    for (size_t i = 0; i < record->column->n_amounts; i++) {
        assert_true(record->column->amounts[i]->provisional); /* because the column of 2025 is */
        assert_string_equal(record->column->amounts[i]->article, "S0 art. 3");
    }
}

static void story_S11_a_session_of_the_last_of_december_keeps_the_column_of_its_year(void **state) {
    (void)state;
    const Elp__V1__Rated *old = chain_rating(&chain, attest_individual("2025-12-31"))->rated;
    const Elp__V1__Rated *new = chain_rating(&chain, attest_individual("2026-01-01"))->rated;
    assert_int_equal(old->column, 2025);
    assert_int_equal(old->fee_cents, 8948);
    assert_int_equal(new->column, 2026);
    assert_int_equal(new->fee_cents, 9102);
    assert_true(new->provisional);
    assert_string_equal(new->network, "N1");
}

static void an_indexation_is_refused_twice(void **state) {
    (void)state;
    const Elp__V1__RatingRecord *record = chain_rating(&chain, chain_index(&chain, 2026, 172));
    assert_false(record->outcome->done);
    assert_string_equal(record->outcome->code, "already-indexed");
    assert_null(record->column);
    assert_int_equal(chain_rating(&chain, attest_individual("2026-01-01"))->rated->fee_cents, 9102);
}

static void a_year_that_the_book_prints_is_already_indexed(void **state) {
    (void)state;
    const Elp__V1__RatingRecord *record = chain_rating(&chain, chain_index(&chain, 2025, 322));
    assert_string_equal(record->outcome->code, "already-indexed");
}

static void an_indexation_without_the_column_before_is_refused(void **state) {
    (void)state;
    const Elp__V1__RatingRecord *record = chain_rating(&chain, chain_index(&chain, 2028, 200));
    assert_false(record->outcome->done);
    assert_string_equal(record->outcome->code, "no-column");
}

static void an_indexation_out_of_range_is_refused(void **state) {
    (void)state;
    assert_string_equal(chain_rating(&chain, chain_index(&chain, 0, 200))->outcome->code, "malformed");
    assert_string_equal(chain_rating(&chain, chain_index(&chain, UINT32_C(0x80000000), 200))->outcome->code,
                        "malformed");
    assert_string_equal(chain_rating(&chain, chain_index(&chain, 2027, -10001))->outcome->code, "malformed");
    assert_true(chain_rating(&chain, chain_index(&chain, 2027, -10000))->outcome->done);
}

static void an_indexation_of_an_unknown_convention_is_refused(void **state) {
    (void)state;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__IndexTariffs index = ELP__V1__INDEX_TARIFFS__INIT;
    index.convention = "2030";
    index.year = 2031;
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_INDEX;
    record.index = &index;
    uint64_t number = chain_apply(&chain, &record);
    assert_string_equal(chain_rating(&chain, number)->outcome->code, "unknown-convention");
}

static void an_indexation_starts_from_the_one_before_and_survives_a_restart(void **state) {
    (void)state;
    chain_restart(&chain);
    const Elp__V1__RatingRecord *record = chain_rating(&chain, chain_index(&chain, 2027, 200));
    assert_true(record->outcome->done);
    assert_int_equal(published(record->column, "individual"), 9284); /* 91.02 × 1.02 = 92.8404 */
    chain_restart(&chain);
    assert_int_equal(chain_rating(&chain, attest_individual("2027-03-01"))->rated->fee_cents, 9284);
}

static void a_cancellation_reverses_the_amounts_of_its_own_day_after_an_indexation(void **state) {
    (void)state;
    uint64_t session = attest_individual("2027-01-04");
    assert_true(chain_rating(&chain, chain_index(&chain, 2027, 200))->outcome->done);
    const Elp__V1__RatingRecord *record = chain_rating(&chain, chain_cancel(&chain, "N1", session));
    assert_null(record->rated);
    assert_int_equal(record->reversal->attestation, session);
    assert_int_equal(record->reversal->original->fee_cents, 9102);
    assert_int_equal(record->reversal->original->column, 2026);
}

static void a_replacement_reverses_the_old_and_rates_the_new_in_one_record(void **state) {
    (void)state;
    uint64_t old = attest_individual("2025-11-03");
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    session.replaces = old;
    const Elp__V1__RatingRecord *record = chain_rating(&chain, chain_attest(&chain, &session));
    assert_int_equal(record->reversal->attestation, old);
    assert_int_equal(record->reversal->original->fee_cents, 8948);
    assert_int_equal(record->rated->fee_cents, 9102);
}

static void a_record_that_moves_no_amount_has_an_empty_answer(void **state) {
    (void)state;
    uint64_t number = chain_payee(&chain, "P1");
    const Elp__V1__RatingRecord *record = chain_rating(&chain, number);
    assert_int_equal(record->number, number);
    assert_null(record->rated);
    assert_null(record->reversal);
    assert_null(record->column);
    assert_null(record->outcome);
}

static void a_record_that_cannot_be_applied_stops_rating(void **state) {
    (void)state;
    Elp__V1__IntakeRecord record = ELP__V1__INTAKE_RECORD__INIT;
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2026-01-02");
    session.book_number = 99; /* no such book */
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_ACCEPTED;
    record.accepted = &session;
    assert_int_equal(chain_try(&chain, &record), FAILURE_UPSTREAM);
    Elp__V1__AttestationCancelled cancelled = ELP__V1__ATTESTATION_CANCELLED__INIT;
    cancelled.attestation = 1; /* genesis */
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_CANCELLED;
    record.cancelled = &cancelled;
    assert_int_equal(chain_try(&chain, &record), FAILURE_UPSTREAM);
    Elp__V1__LoadedBook book = ELP__V1__LOADED_BOOK__INIT;
    book.yaml = (ProtobufCBinaryData){4, (uint8_t *)"a: b"};
    record.body_case = ELP__V1__INTAKE_RECORD__BODY_BOOK;
    record.book = &book;
    assert_int_equal(chain_try(&chain, &record), FAILURE_UPSTREAM);
}

static void a_book_does_not_change_under_its_hash(void **state) {
    (void)state;
    assert_int_equal(chain_try_changed_book(&chain, "2024.yaml"), FAILURE_UPSTREAM);
    /* Nothing of it was taken: the same record with the bytes of its hash is applied. */
    assert_true(chain_load_book(&chain, "2024.yaml") > 0);
}

static void an_attestation_keeps_the_book_that_judged_it_after_a_newer_one_was_loaded(void **state) {
    (void)state;
    uint64_t newer = chain_load_book(&chain, "2021.yaml");
    Elp__V1__AttestationAccepted session;
    chain_individual(&session, "2023-05-02");
    session.convention = "2021";
    session.book_number = newer;
    assert_int_equal(chain_rating(&chain, chain_attest(&chain, &session))->rated->fee_cents, 8174);
    assert_int_equal(chain_rating(&chain, attest_individual("2025-05-02"))->rated->fee_cents, 8948);
    chain_restart(&chain);
    assert_int_equal(chain_rating(&chain, attest_individual("2025-05-02"))->rated->fee_cents, 8948);
}

static void tariffs_are_told_with_their_source_and_mark(void **state) {
    (void)state;
    Elp__V1__TariffQuery query = ELP__V1__TARIFF_QUERY__INIT;
    query.convention = "2024";
    query.year = 2026;
    const Elp__V1__TariffReply *reply =
        chain_ask(&chain, &rating_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TARIFF_QUERY, &query.base, ROLE_CONSUMER,
                  "N1", &elp__v1__tariff_reply__descriptor);
    assert_int_equal(reply->n_books, 1);
    assert_int_equal(reply->books[0]->n_amounts, 5); /* the two that the book does not index have no column of 2026 */
    assert_string_equal(reply->books[0]->amounts[0]->tariff, "individual");
    assert_int_equal(reply->books[0]->amounts[0]->cents, 9102);
    assert_true(reply->books[0]->amounts[0]->provisional);
    query.convention = "1999";
    const Elp__V1__Refused *refused =
        chain_ask(&chain, &rating_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_TARIFF_QUERY, &query.base, ROLE_CONSUMER,
                  "N1", &elp__v1__tariff_reply__descriptor);
    assert_string_equal(refused->code, "not-found");
}

static void how_an_attestation_was_rated_is_told_only_inside_the_scope(void **state) {
    (void)state;
    Elp__V1__RatedQuery query = ELP__V1__RATED_QUERY__INIT;
    query.number = attest_individual("2026-01-02");
    const Elp__V1__RatedReply *own = chain_ask(&chain, &rating_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_QUERY,
                                               &query.base, ROLE_NETWORK, "N1", &elp__v1__rated_reply__descriptor);
    assert_true(own->reached);
    assert_int_equal(own->rated->fee_cents, 9102);
    const Elp__V1__Refused *other = chain_ask(&chain, &rating_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_QUERY,
                                              &query.base, ROLE_NETWORK, "N2", &elp__v1__rated_reply__descriptor);
    assert_string_equal(other->code, "denied");
    query.number = chain.number + 1;
    const Elp__V1__RatedReply *later =
        chain_ask(&chain, &rating_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_RATED_QUERY, &query.base, ROLE_NETWORK,
                  "N1", &elp__v1__rated_reply__descriptor);
    assert_false(later->reached);
}

static void the_outcome_of_an_indexation_can_be_asked(void **state) {
    (void)state;
    Elp__V1__OutcomeQuery query = ELP__V1__OUTCOME_QUERY__INIT;
    query.number = 3;
    const Elp__V1__OutcomeReply *reply =
        chain_ask(&chain, &rating_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_QUERY, &query.base,
                  ROLE_AUTHORITY, "*", &elp__v1__outcome_reply__descriptor);
    assert_true(reply->judged);
    assert_true(reply->outcome->done);
    query.number = 2;
    reply = chain_ask(&chain, &rating_service, ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_OUTCOME_QUERY, &query.base,
                      ROLE_AUTHORITY, "*", &elp__v1__outcome_reply__descriptor);
    assert_true(reply->reached);
    assert_false(reply->judged);
}

static void a_rebuild_gives_the_same_chain(void **state) {
    (void)state;
    uint8_t hash[JOURNAL_HASH_BYTES];
    uint64_t session = attest_individual("2025-12-31");
    (void)chain_cancel(&chain, "N1", session);
    (void)chain_index(&chain, 2027, 200);
    (void)attest_individual("2027-02-01");
    memcpy(hash, chain.rating.journal.head_hash, sizeof hash);
    chain_rebuild(&chain);
    assert_memory_equal(chain.rating.journal.head_hash, hash, sizeof hash);
}

#define CHAIN_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        CHAIN_TEST(story_S11_the_indexation_of_2026_gives_the_published_amounts),
        CHAIN_TEST(story_S11_a_session_of_the_last_of_december_keeps_the_column_of_its_year),
        CHAIN_TEST(an_indexation_is_refused_twice),
        CHAIN_TEST(a_year_that_the_book_prints_is_already_indexed),
        CHAIN_TEST(an_indexation_without_the_column_before_is_refused),
        CHAIN_TEST(an_indexation_out_of_range_is_refused),
        CHAIN_TEST(an_indexation_of_an_unknown_convention_is_refused),
        CHAIN_TEST(an_indexation_starts_from_the_one_before_and_survives_a_restart),
        CHAIN_TEST(a_cancellation_reverses_the_amounts_of_its_own_day_after_an_indexation),
        CHAIN_TEST(a_replacement_reverses_the_old_and_rates_the_new_in_one_record),
        CHAIN_TEST(a_record_that_moves_no_amount_has_an_empty_answer),
        CHAIN_TEST(a_record_that_cannot_be_applied_stops_rating),
        CHAIN_TEST(a_book_does_not_change_under_its_hash),
        CHAIN_TEST(an_attestation_keeps_the_book_that_judged_it_after_a_newer_one_was_loaded),
        CHAIN_TEST(tariffs_are_told_with_their_source_and_mark),
        CHAIN_TEST(how_an_attestation_was_rated_is_told_only_inside_the_scope),
        CHAIN_TEST(the_outcome_of_an_indexation_can_be_asked),
        CHAIN_TEST(a_rebuild_gives_the_same_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
