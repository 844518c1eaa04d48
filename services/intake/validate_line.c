#include <stdio.h>
#include <string.h>

#include "common/wire.h"
#include "services/intake/line.h"

const char *const line_field_names[LINE_FIELD_COUNT] = {
    [FIELD_NETWORK] = "network",
    [FIELD_PROVIDER] = "provider",
    [FIELD_SERVICE] = "service",
    [FIELD_FUNCTION] = "function",
    [FIELD_DATE] = "date",
    [FIELD_START] = "start",
    [FIELD_MINUTES] = "minutes",
    [FIELD_DIRECT_MINUTES] = "direct_minutes",
    [FIELD_SITE] = "site",
    [FIELD_BENEFICIARIES] = "beneficiaries",
    [FIELD_HEAD_COUNT] = "head_count",
    [FIELD_DEFINED_GROUP] = "defined_group",
    [FIELD_SECOND_PROVIDER] = "second_provider",
    [FIELD_SECOND_LEADER] = "second_leader",
    [FIELD_PROGRAMME] = "programme",
    [FIELD_OTHER_FUNDING] = "other_funding",
    [FIELD_EATING_DISORDER] = "eating_disorder",
    [FIELD_ENTOURAGE] = "entourage",
    [FIELD_ASSESSMENT_DATE] = "assessment_date",
    [FIELD_REPLACES] = "replaces",
};

const char *const beneficiary_field_names[BENEFICIARY_FIELD_COUNT] = {"niss", "birth_date", "ct1", "ct2"};

/* Clears the field and says in one sentence what it has to be. */
static void bad(struct line *line, struct findings *findings, enum line_field field, const char *form) {
    if (line->good & FIELD_BIT(field)) {
        line->good &= ~FIELD_BIT(field);
        findings_explain(findings, REFUSAL_MALFORMED, line_field_names[field], "%s %s.", line_field_names[field], form);
    }
}

static void read_code(struct line *line, struct findings *findings, enum line_field field, const char *text,
                      bool needed, struct code *ret) {
    ret->text[0] = '\0';
    if (text[0] == '\0' && !needed) {
        return;
    }
    if (!code_parse(text, ret)) {
        ret->text[0] = '\0';
        bad(line, findings, field, "must be a code of 1 to 32 letters, digits, dots, dashes or underscores");
    }
}

static void read_date(struct line *line, struct findings *findings, enum line_field field, const char *text,
                      bool needed, struct date *ret) {
    *ret = DATE_NONE;
    if ((text[0] != '\0' || needed) && !date_parse(text, ret)) {
        *ret = DATE_NONE;
        bad(line, findings, field, "must be a day that exists, written YYYY-MM-DD");
    }
}

static void read_parties(const Elp__V1__AttestationLine *wire, struct line *line, struct findings *findings) {
    read_code(line, findings, FIELD_NETWORK, wire->network, true, &line->network);
    if (!inami_parse(wire->provider, &line->provider)) {
        bad(line, findings, FIELD_PROVIDER, "must be an INAMI number of 11 digits whose check digits fit");
    }
    line->has_second_provider = wire->second_provider[0] != '\0';
    if (line->has_second_provider && !inami_parse(wire->second_provider, &line->second_provider)) {
        bad(line, findings, FIELD_SECOND_PROVIDER, "must be an INAMI number of 11 digits whose check digits fit");
    }
    read_code(line, findings, FIELD_SECOND_LEADER, wire->second_leader, false, &line->second_leader);
    read_code(line, findings, FIELD_SITE, wire->site, false, &line->site);
    read_code(line, findings, FIELD_PROGRAMME, wire->programme, false, &line->programme);
}

static void read_kind(const Elp__V1__AttestationLine *wire, struct line *line, struct findings *findings) {
    line->service = SERVICE_NONE;
    line->function = FUNCTION_NONE;
    if (wire_enum_known(&elp__v1__service__descriptor, (int)wire->service)) {
        line->service = (enum book_service)wire->service;
    } else {
        bad(line, findings, FIELD_SERVICE, "must be individual, assessment or group");
    }
    /* Whether a function may be left out is the book's word; judge.c asks it. */
    if (wire_enum_known(&elp__v1__function__descriptor, (int)wire->function)) {
        line->function = (enum book_function)wire->function;
    } else if (wire->function != ELP__V1__FUNCTION__FUNCTION_UNSPECIFIED) {
        bad(line, findings, FIELD_FUNCTION, "must be F1, F2 or F3");
    }
}

static void read_times(const Elp__V1__AttestationLine *wire, struct line *line, struct findings *findings) {
    read_date(line, findings, FIELD_DATE, wire->date, true, &line->date);
    read_date(line, findings, FIELD_ASSESSMENT_DATE, wire->assessment_date, false, &line->assessment_date);
    if (!date_is_none(line->date) && !date_is_none(line->assessment_date) &&
        date_compare(line->assessment_date, line->date) > 0) {
        bad(line, findings, FIELD_ASSESSMENT_DATE, "must not lie after the session");
    }
    if (!minute_of_day_parse(wire->start, &line->start_minute)) {
        bad(line, findings, FIELD_START, "must be a time of the day, written HH:MM");
    }
    if (wire->minutes < 1 || wire->minutes > ATTESTATION_MINUTES_MAX) {
        bad(line, findings, FIELD_MINUTES, "must be the whole duration, from 1 to 1440 minutes");
    } else {
        line->minutes = (int)wire->minutes;
    }
    if (wire->direct_minutes > ATTESTATION_MINUTES_MAX ||
        (line_has(line, FIELD_BIT(FIELD_MINUTES)) && wire->direct_minutes > wire->minutes)) {
        bad(line, findings, FIELD_DIRECT_MINUTES,
            "must be the part of the duration in direct contact, at most the whole of it");
    } else {
        line->direct_minutes = (int)wire->direct_minutes;
    }
}

static void bad_beneficiary(struct line *line, struct findings *findings, size_t index, enum beneficiary_field field,
                            const char *form) {
    char place[FINDING_FIELD_BYTES];
    line->beneficiaries[index].good &= ~(1u << field);
    line->good &= ~FIELD_BIT(FIELD_BENEFICIARIES);
    findings_explain(findings, REFUSAL_MALFORMED, finding_place(index, beneficiary_field_names[field], place), "%s %s.",
                     beneficiary_field_names[field], form);
}

static bool is_insurability_code(const char *text, char out[4]) {
    size_t digits = strspn(text, "0123456789");
    if (text[digits] != '\0' || (digits != 0 && digits != 3)) {
        return false;
    }
    memcpy(out, text, digits + 1);
    return true;
}

static void read_beneficiary(struct line *line, struct findings *findings, size_t index,
                             const Elp__V1__Beneficiary *wire) {
    struct line_beneficiary *beneficiary = &line->beneficiaries[index];
    *beneficiary = (struct line_beneficiary){.good = (1u << BENEFICIARY_FIELD_COUNT) - 1, .salt = {0}};
    if (!niss_parse(wire->niss, &beneficiary->niss)) {
        bad_beneficiary(line, findings, index, BENEFICIARY_NISS,
                        "must be a national number of 11 digits whose check digits fit");
    }
    if (!date_parse(wire->birth_date, &beneficiary->birth)) {
        bad_beneficiary(line, findings, index, BENEFICIARY_BIRTH_DATE, "must be a day that exists, written YYYY-MM-DD");
    } else if (line_has(line, FIELD_BIT(FIELD_DATE)) && date_compare(beneficiary->birth, line->date) > 0) {
        bad_beneficiary(line, findings, index, BENEFICIARY_BIRTH_DATE, "must not lie after the session");
    }
    if (!is_insurability_code(wire->ct1, beneficiary->ct1)) {
        bad_beneficiary(line, findings, index, BENEFICIARY_CT1,
                        "must be empty or three digits, as the insurer gave it");
    }
    if (!is_insurability_code(wire->ct2, beneficiary->ct2)) {
        bad_beneficiary(line, findings, index, BENEFICIARY_CT2,
                        "must be empty or three digits, as the insurer gave it");
    }
}

static void read_beneficiaries(const Elp__V1__AttestationLine *wire, struct line *line, struct findings *findings) {
    line->beneficiary_count = wire->n_beneficiaries;
    if (wire->n_beneficiaries > ATTESTATION_BENEFICIARIES_MAX) {
        line->beneficiary_count = ATTESTATION_BENEFICIARIES_MAX;
        bad(line, findings, FIELD_BENEFICIARIES, "must have at most 100 entries");
    }
    for (size_t i = 0; i < line->beneficiary_count; i++) {
        read_beneficiary(line, findings, i, wire->beneficiaries[i]);
    }
}

/* An individual session has one beneficiary and none of what belongs to groups. */
static void check_individual(struct line *line, struct findings *findings) {
    if (line->wire->n_beneficiaries != 1) {
        bad(line, findings, FIELD_BENEFICIARIES, "must name exactly one person for an individual session");
    }
    if (line->function == FUNCTION_F1) {
        bad(line, findings, FIELD_FUNCTION, "must be F2 or F3 for an individual session: F1 is for groups only");
    }
    if (line->defined_group) {
        bad(line, findings, FIELD_DEFINED_GROUP,
            "must be false for an individual session: only a group is a defined one");
    }
    if (line->wire->second_provider[0] != '\0') {
        bad(line, findings, FIELD_SECOND_PROVIDER,
            "must be empty for an individual session: only a group has a second leader");
    }
    if (line->wire->second_leader[0] != '\0') {
        bad(line, findings, FIELD_SECOND_LEADER,
            "must be empty for an individual session: only a group has a second leader");
    }
    if (line->wire->programme[0] != '\0') {
        bad(line, findings, FIELD_PROGRAMME, "must be empty for an individual session: only a group has a programme");
    }
}

/* A head count is what F1 has instead of names; elsewhere it may repeat their number. */
static void read_head_count(const Elp__V1__AttestationLine *wire, struct line *line, struct findings *findings) {
    line->head_count = 0;
    if (wire->head_count > ATTESTATION_HEAD_COUNT_MAX) {
        bad(line, findings, FIELD_HEAD_COUNT, "must be at most 1000");
        return;
    }
    line->head_count = (int)wire->head_count;
    if (line->function == FUNCTION_F1 && line->defined_group && wire->head_count == 0) {
        bad(line, findings, FIELD_HEAD_COUNT, "must say how many people took part in an intervention of F1");
    }
    if (line->function != FUNCTION_F1 && line_has(line, FIELD_BIT(FIELD_FUNCTION)) && wire->head_count != 0 &&
        wire->head_count != wire->n_beneficiaries) {
        bad(line, findings, FIELD_HEAD_COUNT, "is for F1; elsewhere it must be 0 or the number of beneficiaries");
    }
}

void line_validate(const Elp__V1__AttestationLine *wire, struct line *line, struct findings *findings) {
    line->wire = wire;
    line->key = span_of(wire->key.data, wire->key.len);
    line->good = LINE_FIELDS_ALL;
    line->minutes = 0;
    line->direct_minutes = 0;
    line->start_minute = 0;
    line->defined_group = wire->defined_group;
    line->other_funding = wire->other_funding;
    line->eating_disorder = wire->eating_disorder;
    line->entourage = wire->entourage;
    read_parties(wire, line, findings);
    read_kind(wire, line, findings);
    read_times(wire, line, findings);
    read_beneficiaries(wire, line, findings);
    read_head_count(wire, line, findings);
    if (service_is_individual(line->service)) {
        check_individual(line, findings);
    }
    line->has_replaces = wire->replaces[0] != '\0';
    line->replaces_number = 0;
    if (line->has_replaces && !attestation_id_parse(wire->replaces, line->replaces_epoch, &line->replaces_number)) {
        bad(line, findings, FIELD_REPLACES, "must be the id of an accepted attestation, as its verdict gave it");
    }
}
