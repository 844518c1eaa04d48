#include "services/reporting/events.h"

#include <string.h>

/*
 * attestation.accepted, .refused, .cancelled, warning.* and rated. A replacement is a cancellation and an acceptance
 * in one record. Amounts of a reversal are negative, so that the sum of all `rated` events is what stands.
 */

void events_of_accepted(struct event_list *list, const struct answer *answer) {
    const Elp__V1__AttestationAccepted *accepted = answer->intake->accepted;
    if (accepted->replaces != 0) {
        /* What falls may have been another network's; rating repeats what it rated then. */
        const Elp__V1__RatedReversal *reversal = answer->rating->reversal;
        bool known = reversal != NULL && reversal->original != NULL;
        const char *network = known ? reversal->original->network : accepted->network;
        Elp__V1__Event *cancelled = event_add(list, EVENT_ATTESTATION_CANCELLED, network);
        cancelled->attestation_number = accepted->replaces;
        cancelled->detail = (char *)"replaced";
    }
    event_add(list, EVENT_ATTESTATION_ACCEPTED, accepted->network)->attestation_number = answer->number;
    for (size_t i = 0; i < accepted->n_warnings; i++) {
        event_add_warning(list, accepted->network, accepted->warnings[i])->attestation_number = answer->number;
    }
}

void events_of_refused(struct event_list *list, const struct answer *answer) {
    const Elp__V1__AttestationRefused *refused = answer->intake->refused;
    Elp__V1__Event *event = event_add(list, EVENT_ATTESTATION_REFUSED, refused->network);
    char **codes = event_list_take(list, (refused->n_reasons + 1) * sizeof(*codes));
    if (codes == NULL) {
        return;
    }
    /* Each code once, in the order of the verdict: two beneficiaries at fault are no count of people. */
    size_t count = 0;
    for (size_t i = 0; i < refused->n_reasons; i++) {
        size_t seen = 0;
        while (seen < count && strcmp(codes[seen], refused->reasons[i]->code) != 0) {
            seen++;
        }
        if (seen == count) {
            codes[count++] = refused->reasons[i]->code;
        }
    }
    event->codes = codes;
    event->n_codes = count;
}

void events_of_cancelled(struct event_list *list, const struct answer *answer) {
    const Elp__V1__AttestationCancelled *cancelled = answer->intake->cancelled;
    event_add(list, EVENT_ATTESTATION_CANCELLED, cancelled->network)->attestation_number = cancelled->attestation;
}

static void event_add_rated(struct event_list *list, const Elp__V1__Rated *rated, uint64_t attestation, int sign) {
    Elp__V1__Event *event = event_add(list, EVENT_RATED, rated->network);
    event->attestation_number = attestation;
    event->cents = sign * rated->insurer_cents;
    event->fee_cents = sign * rated->fee_cents;
    event->share_cents = sign * rated->share_cents;
    event->provisional = rated->provisional;
}

void events_of_rating(struct event_list *list, const struct answer *answer) {
    const Elp__V1__RatedReversal *reversal = answer->rating->reversal;
    if (reversal != NULL && reversal->original != NULL) {
        event_add_rated(list, reversal->original, reversal->attestation, -1);
    }
    if (answer->rating->rated != NULL) {
        event_add_rated(list, answer->rating->rated, answer->number, 1);
    }
}
