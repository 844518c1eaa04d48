#include "common/book_reader.h"

#include <stdio.h>
#include <string.h>

#include "common/identifiers.h"

/* Envelopes of a network (rulebook §6) and pseudo-codes (rulebook §2, B6). */

static const char *const envelope_names[ENVELOPE_COUNT] = {
    [ENVELOPE_NONE] = "",
    [ENVELOPE_CARE_BASE] = "care.base",
    [ENVELOPE_NEW_GRADUATES] = "mission.new-graduates",
    [ENVELOPE_ART8] = "mission.art8",
    [ENVELOPE_EATING_DISORDERS] = "mission.eating-disorders",
    [ENVELOPE_PRISONS] = "mission.prisons",
    [ENVELOPE_UNDER_SERVED] = "mission.under-served",
    [ENVELOPE_OPERATING] = "operating",
    [ENVELOPE_OTHER_MISSIONS] = "other-missions",
    [ENVELOPE_LUMP_NETWORK] = "lump.network",
    [ENVELOPE_LUMP_HOSPITAL] = "lump.hospital",
};

static const char *const network_words[] = {"all", "child", "prison"};

/* What a pseudo-code may stand for; a group is coded by its second leader. */
static const char *const coded_services[] = {
    "individual",         "individual-short",
    "assessment",         "group-psychologist",
    "group-physician",    "group-other",
    "concertation",       "training",
    "art8-mission",       "operating-hospital",
    "operating-meetings", "operating-people",
    "operating-software", "operating-communication",
    "operating-groups",
};

static const char *const service_names[] = {
    [SERVICE_NONE] = "",
    [SERVICE_INDIVIDUAL] = "individual",
    [SERVICE_ASSESSMENT] = "assessment",
    [SERVICE_GROUP] = "group",
    [SERVICE_CONCERTATION] = "concertation",
    [SERVICE_TRAINING] = "training",
    [SERVICE_ART8_MISSION] = "art8-mission",
};

static const char *const function_names[] = {
    [FUNCTION_NONE] = "",
    [FUNCTION_F1] = "F1",
    [FUNCTION_F2] = "F2",
    [FUNCTION_F3] = "F3",
};

const char *book_coded_service(size_t index) {
    return index < sizeof(coded_services) / sizeof(coded_services[0]) ? coded_services[index] : NULL;
}

const char *book_envelope_name(enum book_envelope_id envelope) {
    return envelope_names[envelope];
}

const char *book_service_name(enum book_service service) {
    return service_names[service];
}

const char *book_function_name(enum book_function function) {
    return function_names[function];
}

static bool intervals_meet(struct book_interval a, struct book_interval b) {
    return date_compare(a.from, b.until) <= 0 && date_compare(b.from, a.until) <= 0;
}

/* Two rows of one envelope, or two missions of one order, may not hold on the same day. */
static bool envelope_is_ambiguous(const struct book *book, const struct book_envelope *envelope, const char **ret_why) {
    for (size_t i = 0; i < book->envelope_count; i++) {
        const struct book_envelope *other = &book->envelopes[i];

        if (!intervals_meet(other->valid, envelope->valid)) {
            continue;
        }
        if (other->envelope == envelope->envelope) {
            *ret_why = "stands twice for the same days; give each row its own interval";
            return true;
        }
        if (envelope->order != 0 && other->order == envelope->order) {
            *ret_why = "has the order of another envelope; give each its own";
            return true;
        }
    }
    return false;
}

/* "care, order 2, child networks", as book_figure() tells it. */
static void list_envelope(struct book_reader *reader, const char *path, const struct book_envelope *envelope) {
    char name[64];
    char order[24] = "";
    char value[80];

    snprintf(name, sizeof(name), "envelope.%s", envelope->name);
    if (envelope->order != 0) {
        snprintf(order, sizeof(order), ", order %d", envelope->order);
    }
    snprintf(value, sizeof(value), "%s%s%s%s%s", envelope->care ? "care" : "not care", order,
             envelope->networks == NETWORKS_ALL ? "" : ", ",
             envelope->networks == NETWORKS_ALL ? "" : network_words[envelope->networks],
             envelope->networks == NETWORKS_ALL ? "" : " networks");
    book_list_figure(reader, path, name, value, envelope->valid, envelope->article, false, false);
}

static void read_envelope(struct book_reader *reader, unsigned index) {
    const struct book_source_envelope *source = &reader->source->envelopes[index];
    struct book *book = reader->book;
    struct book_path row = book_path("envelopes[%u]", index);
    struct book_path name_path = book_path("%s.envelope", row.text);
    struct book_envelope envelope = {0};
    const char *why;
    size_t word = 0;

    /* The names start after the empty one of ENVELOPE_NONE. */
    if (!read_word(reader, name_path.text, "envelope", source->envelope, envelope_names + 1, ENVELOPE_COUNT - 1,
                   &word)) {
        return;
    }
    envelope.envelope = (enum book_envelope_id)(word + 1);
    envelope.name = envelope_names[envelope.envelope];
    envelope.article = read_article(reader, row.text, source->article);
    if (!read_flag(reader, book_path("%s.care", row.text).text, envelope.name, source->care, &envelope.care) ||
        !read_interval(reader, row.text, envelope.name, source->from, source->until, &envelope.valid)) {
        return;
    }
    if (source->order != NULL && !read_whole(reader, book_path("%s.order", row.text).text, envelope.name, source->order,
                                             1, 20, &envelope.order)) {
        return;
    }
    word = NETWORKS_ALL;
    if (source->networks != NULL &&
        !read_word(reader, book_path("%s.networks", row.text).text, envelope.name, source->networks, network_words,
                   sizeof(network_words) / sizeof(network_words[0]), &word)) {
        return;
    }
    envelope.networks = (enum book_networks)word;
    if (envelope_is_ambiguous(book, &envelope, &why)) {
        book_error(reader, name_path.text, "the envelope %s %s", envelope.name, why);
        return;
    }
    book->envelopes[book->envelope_count++] = envelope;
    list_envelope(reader, name_path.text, &envelope);
}

void book_read_envelopes(struct book_reader *reader) {
    const struct book_source *source = reader->source;

    reader->book->envelopes =
        book_storage_take(reader->storage, source->envelopes_count, sizeof(*reader->book->envelopes));
    if (reader->book->envelopes == NULL) {
        return;
    }
    for (unsigned i = 0; i < source->envelopes_count; i++) {
        read_envelope(reader, i);
    }
}

static bool read_digits(struct book_reader *reader, const char *path, const char *text) {
    if (strlen(text) != 6 || strspn(text, "0123456789") != 6) {
        book_error(reader, path, "\"%.40s\" is not a pseudo-code; write six digits in quotes", text);
        return false;
    }
    if (!yaml_document_place(reader->document, path).quoted) {
        book_error(reader, path, "a pseudo-code stands in quotes; write \"%s\"", text);
        return false;
    }
    for (size_t i = 0; i < reader->book->code_count; i++) {
        if (strcmp(reader->book->codes[i].code, text) == 0) {
            book_error(reader, path, "the pseudo-code %s stands here a second time; delete one row", text);
            return false;
        }
    }
    return true;
}

static void read_code(struct book_reader *reader, unsigned index) {
    const struct book_source_code *source = &reader->source->codes[index];
    struct book *book = reader->book;
    struct book_path row = book_path("codes[%u]", index);
    struct book_path code_path = book_path("%s.code", row.text);
    struct book_code code = {0};
    size_t service;
    char name[32];
    char value[48];

    code.article = read_article(reader, row.text, source->article);
    code.fictitious =
        read_flag_or_false(reader, book_path("%s.fictitious", row.text).text, "pseudo-code", source->fictitious);
    code.partnership =
        read_flag_or_false(reader, book_path("%s.partnership", row.text).text, "pseudo-code", source->partnership);

    bool read = read_digits(reader, code_path.text, source->code);

    read &= read_word(reader, book_path("%s.service", row.text).text, "service", source->service, coded_services,
                      sizeof(coded_services) / sizeof(coded_services[0]), &service);
    read &= read_interval(reader, row.text, "pseudo-code", source->from, source->until, &code.valid);
    if (!read) {
        return;
    }
    memcpy(code.code, source->code, 6);
    code.service = coded_services[service];
    if (!pseudo_code_check_digit_fits(code.code)) {
        book_warn(reader, code_path.text,
                  "the sixth digit of %s is not its first five digits mod 7, which is %d; compare it with the source",
                  code.code, pseudo_code_check_digit(code.code));
    }
    book->codes[book->code_count++] = code;
    book->fictitious_codes = book->fictitious_codes || code.fictitious;
    snprintf(name, sizeof(name), "code.%s", code.code);
    snprintf(value, sizeof(value), "%s%s", code.service, code.partnership ? ", partnership" : "");
    book_list_figure(reader, code_path.text, name, value, code.valid, code.article, false, code.fictitious);
}

void book_read_codes(struct book_reader *reader) {
    reader->book->codes = book_storage_take(reader->storage, reader->source->codes_count, sizeof(*reader->book->codes));
    if (reader->book->codes == NULL) {
        return;
    }
    for (unsigned i = 0; i < reader->source->codes_count; i++) {
        read_code(reader, i);
    }
}
