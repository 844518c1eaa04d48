/*
 * Goal: whoever missed events gets exactly those, in order, within its scope; a snapshot plus the events after its
 * counters is the present.
 * Method: the handlers of reporting's table on a real store, called as the loop calls them; replies are decoded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/arena.h"
#include "services/reporting/queries.h"
#include "tests/unit/reporting_records.h"

static struct bench bench;
static struct arena arena, reply_arena;
static struct reply reply;

static struct principal everybody = {.role = ROLE_OPERATOR, .all_networks = true};
static struct principal n07 = {.role = ROLE_CONSUMER, .networks = {{.text = "N07"}}, .network_count = 1};

/* Two networks; ten rounds of a session each, and one refusal in N07 and one of nobody in the middle. */
static int open_and_live(void **state) {
    (void)state;
    bench_open(&bench);
    bench_genesis(&bench);
    bench_network(&bench, "N07");
    bench_network(&bench, "N08");
    for (int i = 0; i < 10; i++) {
        bench_session(&bench, "N07");
        bench_session(&bench, "N08");
        if (i == 4) {
            bench_refusal(&bench, "N07", "not-insured");
            bench_refusal(&bench, "", "malformed");
        }
    }
    reply = (struct reply){0};
    assert_int_equal(arena_open(&arena, WIRE_ARENA_BYTES), 0);
    return arena_open(&reply_arena, WIRE_ARENA_BYTES);
}

static int close_all(void **state) {
    (void)state;
    buffer_free(&reply.payload);
    arena_close(&arena);
    arena_close(&reply_arena);
    bench_close(&bench);
    return 0;
}

static void ask(int (*handle)(void *, struct request *, const void *, struct reply *),
                const struct principal *principal, bool last_chance, const void *message) {
    struct store_txn *txn;
    assert_int_equal(store_begin_read(bench.store.store, &txn), 0);
    arena_reset(&arena);
    struct buffer payload = reply.payload;
    buffer_reset(&payload);
    reply = (struct reply){.payload = payload};
    struct request request = {
        .principal = principal, .txn = txn, .arena = &arena, .journal = &bench.journal, .last_chance = last_chance};
    assert_int_equal(handle(bench.reporting, &request, message, &reply), 0);
    store_abort(txn);
    arena_reset(&reply_arena);
}

static const void *replied(Elp__V1__MessageType type, const ProtobufCMessageDescriptor *descriptor) {
    assert_true(reply.answered);
    assert_int_equal(reply.type, type);
    const void *message = wire_unpack(&reply_arena, descriptor, buffer_span(&reply.payload));
    assert_non_null(message);
    return message;
}

static void assert_refused(const char *code) {
    const Elp__V1__Refused *refused =
        replied(ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_REFUSED, &elp__v1__refused__descriptor);
    assert_string_equal(refused->code, code);
    assert_true(reply.refused);
    assert_true(strlen(refused->reason) > 0 && strlen(refused->remedy) > 0);
}

static const Elp__V1__EventPage *fetch(const struct principal *principal, const Elp__V1__EventFetch *message) {
    ask(query_events, principal, false, message);
    return replied(ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_EVENT_PAGE, &elp__v1__event_page__descriptor);
}

static Elp__V1__EventFetch fetch_of(const char *topic, const char *network) {
    Elp__V1__EventFetch message = ELP__V1__EVENT_FETCH__INIT;
    message.topic = (char *)topic;
    message.network = (char *)network;
    return message;
}

static void a_topic_gives_every_event_after_a_counter(void **state) {
    (void)state;
    Elp__V1__EventFetch message = fetch_of("N07/posted", "");
    for (uint64_t after = 0; after <= 11; after++) {
        message.after_counter = after;
        const Elp__V1__EventPage *page = fetch(&n07, &message);
        assert_int_equal(page->n_events, after >= 10 ? 0 : 10 - after);
        for (size_t i = 0; i < page->n_events; i++) {
            assert_int_equal(page->events[i]->counter, after + 1 + i);
            assert_string_equal(page->events[i]->kind, "posted");
            assert_string_equal(page->events[i]->network, "N07");
        }
        assert_false(page->more);
        assert_int_equal(page->head, bench.journal.head);
        assert_string_equal(page->epoch, TEST_EPOCH);
    }
}

static void an_event_carries_the_id_of_its_attestation(void **state) {
    (void)state;
    Elp__V1__EventFetch message = fetch_of("N07/posted", "");
    message.max = 1;
    const Elp__V1__EventPage *page = fetch(&n07, &message);
    assert_string_equal(page->events[0]->attestation, TEST_EPOCH "-4");
    assert_int_equal(page->events[0]->attestation_number, 4);
}

static void pages_of_any_size_give_the_same_events(void **state) {
    (void)state;
    static const uint32_t sizes[] = {1, 2, 7, 1000};
    for (size_t s = 0; s < 4; s++) {
        Elp__V1__EventFetch message = fetch_of("", "*");
        size_t count = 0;
        bool more = true;
        message.max = sizes[s];
        while (more) {
            const Elp__V1__EventPage *page = fetch(&everybody, &message);
            for (size_t i = 0; i < page->n_events; i++, count++) {
                struct event_place before = {message.after_number, message.after_index};
                struct event_place place = {page->events[i]->number, page->events[i]->index};
                assert_true(event_place_compare(before, place) < 0);
                message.after_number = place.number;
                message.after_index = place.index;
            }
            more = page->more;
            assert_true(page->n_events > 0);
        }
        assert_int_equal(count, 62); /* 20 sessions of three events, two refusals */
    }
}

static void a_network_gives_its_events_in_record_order_and_no_others(void **state) {
    (void)state;
    Elp__V1__EventFetch message = fetch_of("", "N07");
    const Elp__V1__EventPage *page = fetch(&n07, &message);
    assert_int_equal(page->n_events, 31);
    for (size_t i = 0; i < page->n_events; i++) {
        assert_string_equal(page->events[i]->network, "N07");
    }
    static const char *const first[] = {"attestation.accepted", "rated", "posted"};
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(page->events[i]->kind, first[i]);
    }
}

static void a_star_stops_at_the_scope(void **state) {
    (void)state;
    Elp__V1__EventFetch message = fetch_of("", "*");
    assert_int_equal(fetch(&n07, &message)->n_events, 31);
    assert_int_equal(fetch(&everybody, &message)->n_events, 62);
}

static void kinds_choose_by_word_or_by_family(void **state) {
    (void)state;
    char *kinds[] = {(char *)"attestation.*", (char *)"posted"};
    Elp__V1__EventFetch message = fetch_of("", "N07");
    message.kinds = kinds;
    message.n_kinds = 2;
    assert_int_equal(fetch(&n07, &message)->n_events, 21);
    kinds[0] = (char *)"attestation.refused";
    message.n_kinds = 1;
    assert_int_equal(fetch(&n07, &message)->n_events, 1);
}

static void a_kind_that_no_event_can_have_is_refused(void **state) {
    (void)state;
    static const char *const unknown[] = {"attestation", "attest.*", "warning.", "foo", "", ".*"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        char *kinds[] = {(char *)unknown[i]};
        Elp__V1__EventFetch message = fetch_of("", "N07");
        message.kinds = kinds;
        message.n_kinds = 1;
        ask(query_events, &n07, false, &message);
        assert_refused("malformed");
    }
    char *warning[] = {(char *)"warning.volume-exceeded"};
    Elp__V1__EventFetch message = fetch_of("", "N07");
    message.kinds = warning;
    message.n_kinds = 1;
    assert_int_equal(fetch(&n07, &message)->n_events, 0);
}

static void a_fetch_at_the_head_waits_for_the_next_record(void **state) {
    (void)state;
    Elp__V1__EventFetch message = fetch_of("", "N07");
    message.after_number = bench.journal.head;
    message.after_index = UINT32_MAX;
    message.wait_ms = 5000;
    ask(query_events, &n07, false, &message);
    assert_false(reply.answered);
    assert_int_equal(reply.wait_number, bench.journal.head + 1);
    assert_int_equal(reply.wait_ms, 5000);
    bench_session(&bench, "N08"); /* somebody else's: waits on */
    ask(query_events, &n07, false, &message);
    assert_false(reply.answered);
    assert_int_equal(reply.wait_number, bench.journal.head + 1);
    ask(query_events, &n07, true, &message); /* the deadline: an empty page */
    const Elp__V1__EventPage *page =
        replied(ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_EVENT_PAGE, &elp__v1__event_page__descriptor);
    assert_int_equal(page->n_events, 0);
    bench_session(&bench, "N07");
    assert_int_equal(fetch(&n07, &message)->n_events, 3);
}

static void a_fetch_needs_exactly_one_of_topic_and_network(void **state) {
    (void)state;
    Elp__V1__EventFetch neither = fetch_of("", ""), both = fetch_of("N07/posted", "N07");
    ask(query_events, &n07, false, &neither);
    assert_refused("malformed");
    ask(query_events, &n07, false, &both);
    assert_refused("malformed");
}

static void what_is_outside_the_scope_is_denied_whether_it_exists_or_not(void **state) {
    (void)state;
    static const char *const topics[] = {"N08/posted", "N99/posted", "-/attestation.refused"};
    for (size_t i = 0; i < 3; i++) {
        Elp__V1__EventFetch message = fetch_of(topics[i], "");
        ask(query_events, &n07, false, &message);
        assert_refused("denied");
    }
    Elp__V1__EventFetch message = fetch_of("", "N08");
    ask(query_events, &n07, false, &message);
    assert_refused("denied");
    Elp__V1__SnapshotQuery snapshot = ELP__V1__SNAPSHOT_QUERY__INIT;
    snapshot.network = (char *)"N08";
    ask(query_snapshot, &n07, false, &snapshot);
    assert_refused("denied");
    Elp__V1__StatisticsQuery statistics = ELP__V1__STATISTICS_QUERY__INIT;
    statistics.network = (char *)"N08";
    ask(query_statistics, &n07, false, &statistics);
    assert_refused("denied");
}

static void a_network_that_the_registry_lacks_is_not_found(void **state) {
    (void)state;
    Elp__V1__EventFetch message = fetch_of("N99/posted", "");
    ask(query_events, &everybody, false, &message);
    assert_refused("not-found");
    message = fetch_of("nonsense", "");
    ask(query_events, &everybody, false, &message);
    assert_refused("malformed");
}

static void a_topic_without_events_is_empty_and_no_error(void **state) {
    (void)state;
    Elp__V1__EventFetch message = fetch_of("N07/suspended", "");
    assert_int_equal(fetch(&n07, &message)->n_events, 0);
}

static const Elp__V1__SnapshotReply *snapshot(const struct principal *principal, const char *network) {
    Elp__V1__SnapshotQuery message = ELP__V1__SNAPSHOT_QUERY__INIT;
    message.network = (char *)network;
    ask(query_snapshot, principal, false, &message);
    return replied(ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOT_REPLY, &elp__v1__snapshot_reply__descriptor);
}

static void a_snapshot_holds_what_its_counters_have_counted(void **state) {
    (void)state;
    const Elp__V1__SnapshotReply *answer = snapshot(&n07, "N07");
    assert_int_equal(answer->n_networks, 1);
    const Elp__V1__NetworkSnapshot *network = answer->networks[0];
    assert_int_equal(network->n_budgets, 1);
    int64_t spent = network->budgets[0]->care_spent_cents;
    uint64_t counted = 0;
    for (size_t i = 0; i < network->n_counters; i++) {
        if (strcmp(network->counters[i]->topic, "N07/posted") == 0) {
            counted = network->counters[i]->counter;
        }
    }
    bench_session(&bench, "N07");
    Elp__V1__EventFetch message = fetch_of("N07/posted", "");
    message.after_counter = counted;
    const Elp__V1__EventPage *page = fetch(&n07, &message);
    for (size_t i = 0; i < page->n_events; i++) {
        spent += page->events[i]->cents;
    }
    assert_int_equal(spent, snapshot(&n07, "N07")->networks[0]->budgets[0]->care_spent_cents);
    assert_int_equal(spent, 11 * 8002);
}

static void a_snapshot_of_all_is_sorted_and_stops_at_the_scope(void **state) {
    (void)state;
    static const char *const mine[] = {"N07", "all"};
    static const char *const theirs[] = {"-", "N07", "N08", "all"};
    const Elp__V1__SnapshotReply *answer = snapshot(&n07, "");
    assert_int_equal(answer->n_networks, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(answer->networks[i]->network, mine[i]);
    }
    answer = snapshot(&everybody, "");
    assert_int_equal(answer->n_networks, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(answer->networks[i]->network, theirs[i]);
    }
    assert_string_equal(answer->epoch, TEST_EPOCH);
    assert_true(answer->simulated);
}

static void statistics_are_of_the_year_asked_or_of_all(void **state) {
    (void)state;
    Elp__V1__StatisticsQuery message = ELP__V1__STATISTICS_QUERY__INIT;
    static const uint32_t years[] = {0, 2026};
    for (size_t i = 0; i < 2; i++) {
        message.year = years[i];
        ask(query_statistics, &everybody, false, &message);
        const Elp__V1__StatisticsReply *answer =
            replied(ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_STATISTICS_REPLY, &elp__v1__statistics_reply__descriptor);
        assert_int_equal(answer->n_networks, 3); /* "-", N07, N08; nothing is counted under "all" */
        const Elp__V1__NetworkStatistics *network = answer->networks[1];
        assert_string_equal(network->network, "N07");
        assert_int_equal(network->accepted, 10);
        assert_int_equal(network->refused, 1);
        assert_int_equal(network->n_codes, 1);
        assert_string_equal(network->codes[0]->code, "not-insured");
        assert_int_equal(network->codes[0]->count, 1);
        assert_int_equal(network->fee_cents, 91020);
    }
    message.year = 2025;
    ask(query_statistics, &everybody, false, &message);
    const Elp__V1__StatisticsReply *answer =
        replied(ELP__V1__MESSAGE_TYPE__MESSAGE_TYPE_STATISTICS_REPLY, &elp__v1__statistics_reply__descriptor);
    assert_int_equal(answer->n_networks, 0);
}

static void statistics_wait_for_a_record(void **state) {
    (void)state;
    Elp__V1__StatisticsQuery message = ELP__V1__STATISTICS_QUERY__INIT;
    message.after_number = bench.journal.head + 1;
    message.wait_ms = 1000;
    ask(query_statistics, &n07, false, &message);
    assert_false(reply.answered);
    bench_session(&bench, "N07");
    ask(query_statistics, &n07, false, &message);
    assert_true(reply.answered);
}

/* From each place of the journal the binary search must find what a walk finds. */
static void the_first_event_after_any_place_is_found(void **state) {
    (void)state;
    struct store_txn *txn;
    const struct topics *topics = &bench.reporting->topics;
    uint32_t topic = topics_find(topics, "N07/posted");
    assert_int_equal(store_begin_read(bench.store.store, &txn), 0);
    for (uint64_t number = 0; number <= bench.journal.head + 1; number++) {
        for (uint32_t index = 0; index < 4; index++) {
            struct event_place place = {number, index};
            uint64_t found, walked = 1;
            assert_int_equal(topics_counter_after(topics, txn, topic, place, &found), 0);
            for (; walked <= topics->topics[topic].counter; walked++) {
                struct event_place at;
                assert_int_equal(topics_place(topics, txn, topic, walked, &at), 0);
                if (event_place_compare(at, place) > 0) {
                    break;
                }
            }
            assert_int_equal(found, walked);
        }
    }
    store_abort(txn);
}

int main(void) {
#define CLAIM(name) cmocka_unit_test_setup_teardown(name, open_and_live, close_all)
    const struct CMUnitTest claims[] = {
        CLAIM(a_topic_gives_every_event_after_a_counter),
        CLAIM(an_event_carries_the_id_of_its_attestation),
        CLAIM(pages_of_any_size_give_the_same_events),
        CLAIM(a_network_gives_its_events_in_record_order_and_no_others),
        CLAIM(a_star_stops_at_the_scope),
        CLAIM(kinds_choose_by_word_or_by_family),
        CLAIM(a_kind_that_no_event_can_have_is_refused),
        CLAIM(a_fetch_at_the_head_waits_for_the_next_record),
        CLAIM(a_fetch_needs_exactly_one_of_topic_and_network),
        CLAIM(what_is_outside_the_scope_is_denied_whether_it_exists_or_not),
        CLAIM(a_network_that_the_registry_lacks_is_not_found),
        CLAIM(a_topic_without_events_is_empty_and_no_error),
        CLAIM(a_snapshot_holds_what_its_counters_have_counted),
        CLAIM(a_snapshot_of_all_is_sorted_and_stops_at_the_scope),
        CLAIM(statistics_are_of_the_year_asked_or_of_all),
        CLAIM(statistics_wait_for_a_record),
        CLAIM(the_first_event_after_any_place_is_found),
    };
    return cmocka_run_group_tests(claims, NULL, NULL);
}
