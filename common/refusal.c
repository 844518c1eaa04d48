#include "common/refusal.h"

#include <stddef.h>
#include <string.h>

#include "common/require.h"

static const struct refusal_code refusal_codes[REFUSAL_COUNT] = {
    [REFUSAL_DEADLINE_PASSED] =
        {
            "deadline-passed",
            "A session is attested by the book's day of a following month, or within the book's months of the"
            " day on which an insurability problem was resolved.",
            "The line arrived after the last day on which this session could be attested.",
            "If an insurability problem caused the delay, ask the insurer to state the day on which it was"
            " resolved and send the line again under a new key; otherwise the session can no longer be"
            " attested.",
            false,
        },
    [REFUSAL_SESSION_IN_FUTURE] =
        {
            "session-in-future",
            "A session is attested after it was held.",
            "The date of the session lies after the moment at which the line arrived.",
            "Correct the date, or send the line after the session under a new key.",
            false,
        },
    [REFUSAL_OUTSIDE_CONVENTION] =
        {
            "outside-convention",
            "A session is judged under the book of a convention that covers its date.",
            "No loaded convention book covers the date of the session.",
            "Check the date; if it is right, the authority has to load the book of that period.",
            false,
        },
    [REFUSAL_NO_ACTIVE_CONTRACT] =
        {
            "no-active-contract",
            "The provider has a contract with the network on the day of the session.",
            "No contract between this provider and this network covers the date of the session.",
            "Check network, INAMI number and date; if the contract is missing, the collecting institution has"
            " to register it, then send the line again under a new key.",
            false,
        },
    [REFUSAL_FUNCTION_NOT_CONTRACTED] =
        {
            "function-not-contracted",
            "The provider's contract names the function of the session.",
            "The provider's contract with this network does not contain the function of the line.",
            "Correct the function, or have the collecting institution extend the contract.",
            false,
        },
    [REFUSAL_SITE_NOT_CONTRACTED] =
        {
            "site-not-contracted",
            "The provider's contract names the site on which the session was held.",
            "The provider's contract with this network does not contain the site of the line.",
            "Correct the site, leave it empty for the practice, or have the collecting institution extend the"
            " contract.",
            false,
        },
    [REFUSAL_VOLUME_EXCEEDED] =
        {
            "volume-exceeded",
            "Sessions stay within the contracted volume of the provider and the contingent of the network.",
            "The contracted volume of the provider or the contingent of the network is used up.",
            "Agree on a larger volume with the network; where the convention allows it, bill the session to"
            " the patient.",
            true,
        },
    [REFUSAL_AGE_OUTSIDE_NETWORK] =
        {
            "age-outside-network",
            "The beneficiary's age on the day of the session is one that the network cares for.",
            "The beneficiary is too young or too old for this network on the day of the session.",
            "Check the birth date; if it is right, refer the beneficiary to the network for that age.",
            true,
        },
    [REFUSAL_NOT_INSURED] =
        {
            "not-insured",
            "The beneficiary is insured on the day of the session; a statement of the insurer for that day"
            " wins over the codes CT1/CT2 of the line.",
            "The beneficiary is not insured on the day of the session.",
            "Give CT1/CT2 as the insurer states them, or have the problem resolved and send the line again"
            " under a new key before the deadline that starts on that day.",
            true,
        },
    [REFUSAL_REFERRAL_MISSING] =
        {
            "referral-missing",
            "A referral by a general practitioner or psychiatrist, dated on or before the session, opens a"
            " series.",
            "No referral for this beneficiary is dated on or before the session.",
            "Give the date of the referral and send the line again under a new key.",
            true,
        },
    [REFUSAL_SERIES_EXHAUSTED] =
        {
            "series-exhausted",
            "A referral opens a series of sessions per patient, network and calendar year; the book says how"
            " many series.",
            "The series that the beneficiary's referrals opened in this calendar year is used up.",
            "Ask for a further referral if the year still allows a series; otherwise the session may be"
            " billed to the patient.",
            true,
        },
    [REFUSAL_QUOTA_EXCEEDED] =
        {
            "quota-exceeded",
            "No window of the book's months holds more sessions of one beneficiary and function than the"
            " convention allows.",
            "With this session, a window would hold more sessions of the beneficiary than the convention"
            " allows.",
            "Ask for the quota position: it names the next free date. From the convention of 2024 on a group session "
            "is not"
            " counted.",
            true,
        },
    [REFUSAL_SAME_DAY] =
        {
            "same-day",
            "One individual session or group intervention per beneficiary and day, whoever gives it; a"
            " session with the entourage is excepted.",
            "Another session of the beneficiary stands on this day.",
            "Correct the date, or mark the line as a session with the entourage if it was one.",
            false,
        },
    [REFUSAL_ASSESSMENT_MISSING] =
        {
            "assessment-missing",
            "Treatment needs a functional assessment dated on or before the session.",
            "No functional assessment dated on or before the session is given.",
            "Give the date of the functional assessment and send the line again under a new key.",
            false,
        },
    [REFUSAL_GROUP_TOO_SMALL] =
        {
            "group-too-small",
            "A group has at least the participants that the book asks for in its function; in F1 a clearly"
            " defined group such as a class may have any size.",
            "The group has fewer participants than its function asks for.",
            "Correct the list or the head count; a class or the like in F1 is declared as a defined group.",
            false,
        },
    [REFUSAL_DURATION_TOO_SHORT] =
        {
            "duration-too-short",
            "A session lasts at least as long as the book asks for; of a group session a part is direct"
            " contact with the participants.",
            "The session, or its direct contact, was shorter than the tariff asks for.",
            "Correct the minutes if they were mistyped; a shorter session is not payable.",
            false,
        },
    [REFUSAL_LEADERS_INVALID] =
        {
            "leaders-invalid",
            "A group is led by two providers, or by a provider and a second leader with a contract with this"
            " network on that day, never by one alone.",
            "The second leader is missing, is the attesting provider, or has no contract with this network on"
            " that day.",
            "Name exactly one second leader: a provider's INAMI number, or the code of a second leader's"
            " contract that covers the day.",
            false,
        },
    [REFUSAL_SITE_REQUIRED] =
        {
            "site-required",
            "A community intervention (F1) is held on a site.",
            "The line of F1 names no site.",
            "Name the site on which the intervention was held.",
            false,
        },
    [REFUSAL_NAMED_IN_COMMUNITY] =
        {
            "named-in-community",
            "F1 carries a head count and no beneficiary; F2 and F3 list each beneficiary once.",
            "The line names beneficiaries in F1, or a beneficiary twice or none in F2 or F3.",
            "For F1 give the head count only; for F2 and F3 list each beneficiary once.",
            false,
        },
    [REFUSAL_PROGRAMME_UNKNOWN] =
        {
            "programme-unknown",
            "A group session belongs to a programme card that this network decided and that was published"
            " before the session.",
            "The programme is missing, belongs to another network, or was not decided and published before"
            " the session.",
            "Name the programme; if its card is not registered or not published, the network has to do so.",
            false,
        },
    [REFUSAL_OTHER_FUNDING] =
        {
            "other-funding",
            "Nothing is paid for what another authority or scheme already pays.",
            "The line says that another authority or scheme can already pay this session.",
            "Bill the other scheme; if the mark was an error, send the line again without it under a new key.",
            false,
        },
    [REFUSAL_ALREADY_ATTESTED] =
        {
            "already-attested",
            "A session of one of its leaders with the same service, date and start is attested once, whoever"
            " attests it.",
            "A session of one of the leaders with the same service, date and start stands already.",
            "Do not send it again; if the earlier attestation is wrong, replace or cancel it.",
            false,
        },
    [REFUSAL_KEY_CONFLICT] =
        {
            "key-conflict",
            "An idempotency key belongs to one content for ever.",
            "The key was used before for another content.",
            "Send the line under a new key, or resend the first content unchanged to get its verdict again.",
            false,
        },
    [REFUSAL_MALFORMED] =
        {
            "malformed",
            "Identifiers, dates and numbers are well formed and in range.",
            "A field of the line cannot be read or is out of range.",
            "Correct the named field and send the line again under a new key.",
            false,
        },
    [REFUSAL_CONCERTATION_REPEATED] =
        {
            "concertation-repeated",
            "In a window of the book's months no more concertations are paid about a beneficiary than the"
            " book allows.",
            "A concertation about this beneficiary stands in the same window already.",
            "Wait until the window that began with the earlier concertation has passed.",
            false,
        },
    [REFUSAL_CONCERTATION_INVALID] =
        {
            "concertation-invalid",
            "A concertation brings together the professionals and care providers that the book asks for, with"
            " the beneficiary's consent and a report.",
            "Too few professionals or care providers took part, or the consent or the report is missing.",
            "Complete the participants, the consent and the report, and send the line again under a new key.",
            false,
        },
    [REFUSAL_NOT_REPRESENTED] =
        {
            "not-represented",
            "An integrator attests for the providers that it represents.",
            "The sender does not represent this provider.",
            "Check the INAMI number; if it is right, the operator has to register the representation. The line may be "
            "sent"
            " again under the same key.",
            false,
        },
    [REFUSAL_NOT_FOUND] =
        {
            "not-found",
            "A correction quotes an accepted attestation that the sender may see.",
            "No accepted attestation that the sender may see has this id.",
            "Quote the id of the verdict that accepted the attestation.",
            false,
        },
    [REFUSAL_ALREADY_CANCELLED] =
        {
            "already-cancelled",
            "An attestation is cancelled or replaced once.",
            "The attestation was cancelled or replaced before.",
            "Ask for the attestation: it names the record that ended it.",
            false,
        },
};

const struct refusal_code *refusal_entry(enum refusal refusal) {
    require(refusal > REFUSAL_NONE && refusal < REFUSAL_COUNT);
    return &refusal_codes[refusal];
}

const char *refusal_word(enum refusal refusal) {
    return refusal == REFUSAL_NONE ? "" : refusal_entry(refusal)->code;
}

enum refusal refusal_of_word(const char *word) {
    for (int i = REFUSAL_NONE + 1; i < REFUSAL_COUNT; i++) {
        if (strcmp(refusal_codes[i].code, word) == 0) {
            return (enum refusal)i;
        }
    }
    return REFUSAL_NONE;
}
