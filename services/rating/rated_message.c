#include "services/rating/rated_message.h"

static int pack_parts(struct arena *arena, const struct rated *rated, Elp__V1__Rated *message) {
    message->parts = arena_take(arena, rated->part_count * sizeof *message->parts);
    Elp__V1__RatedPart *parts = arena_take(arena, rated->part_count * sizeof *parts);
    if (message->parts == NULL || parts == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < rated->part_count; i++) {
        const struct rated_part *part = &rated->parts[i];
        elp__v1__rated_part__init(&parts[i]);
        parts[i].role = part->role;
        parts[i].payee = arena_text(arena, part->payee.text);
        parts[i].fee_cents = money_cents(part->fee);
        parts[i].share_collected_cents = money_cents(part->share_collected);
        parts[i].payable_cents = money_cents(part->payable);
        message->parts[message->n_parts++] = &parts[i];
        if (parts[i].payee == NULL) {
            return FAILURE_MEMORY;
        }
    }
    return 0;
}

static int pack_steps(struct arena *arena, const struct rated *rated, Elp__V1__Rated *message) {
    message->steps = arena_take(arena, rated->step_count * sizeof *message->steps);
    Elp__V1__RatingStep *steps = arena_take(arena, rated->step_count * sizeof *steps);
    if (message->steps == NULL || steps == NULL) {
        return FAILURE_MEMORY;
    }
    for (size_t i = 0; i < rated->step_count; i++) {
        elp__v1__rating_step__init(&steps[i]);
        steps[i].rule = rated->steps[i].rule;
        steps[i].cents = money_cents(rated->steps[i].amount);
        message->steps[message->n_steps++] = &steps[i];
    }
    return 0;
}

int rated_message(struct arena *arena, const struct attestation_facts *facts, const struct rated *rated,
                  Elp__V1__Rated **ret) {
    Elp__V1__Rated *message = arena_take(arena, sizeof *message);
    if (message == NULL) {
        return FAILURE_MEMORY;
    }
    elp__v1__rated__init(message);
    message->attestation = facts->number;
    message->network = arena_text(arena, facts->network.text);
    message->convention = arena_text(arena, facts->convention);
    message->principal = arena_text(arena, facts->principal.text);
    if (message->network == NULL || message->convention == NULL || message->principal == NULL) {
        return FAILURE_MEMORY;
    }
    message->book = facts->book_number;
    message->service = (Elp__V1__Service)facts->service;
    message->function = (Elp__V1__Function)facts->function;
    message->date = facts->date.days;
    message->column = (uint32_t)rated->column;
    message->provisional = rated->provisional;
    message->fee_cents = money_cents(rated->fee);
    message->share_cents = money_cents(rated->share);
    message->insurer_cents = money_cents(rated->insurer);
    int failure = pack_parts(arena, rated, message);
    if (failure == 0) {
        failure = pack_steps(arena, rated, message);
    }
    if (failure == 0) {
        *ret = message;
    }
    return failure;
}
