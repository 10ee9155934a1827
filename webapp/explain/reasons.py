"""Why a delivery failed, why a campaign stopped by itself, why a resend leaves somebody out."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.domain.error_codes import CodeTable, ErrorCode
from ledger.domain.events import Failures
from ledger.domain.standing import Standing
from ledger.domain.vocabulary import LeftOutReason, MessageStatus, Reason, Scope
from projections.campaigns.rows import StateCause
from webapp.explain.numbers import counted, number
from webapp.explain.waits import outlook

REASON_LABELS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.ACCOUNT: "Twilio account",
        Reason.BLOCKED_BY_RECIPIENT: "Blocked by recipient",
        Reason.CANCELED: "Canceled",
        Reason.CARRIER_OR_SERVICE: "Carrier trouble",
        Reason.CONTENT_OR_SETTING: "Content or setting",
        Reason.FIRST_ATTEMPTS_REFUSED: "First attempts refused",
        Reason.FIRST_TEXTS_FAILED: "First texts failed",
        Reason.FORGOTTEN: "Forgotten",
        Reason.INVALID_NUMBER: "Invalid number",
        Reason.LANDLINE: "Landline",
        Reason.LAUNCH_STOPPED: "Launch stopped",
        Reason.MAY_HAVE_BEEN_SENT: "May have been sent",
        Reason.NO_CONSENT: "No consent",
        Reason.NO_ROUTE: "No route",
        Reason.NOT_FROM_TWILIO: "Not Twilio's answer",
        Reason.OPTED_OUT: "Opted out",
        Reason.TOO_LATE: "Too late",
        Reason.TOO_MANY_FAILURES: "Too many failures",
        Reason.UNKNOWN: "Unknown reason",
        Reason.UNREACHABLE_NUMBER: "Unreachable number",
    }
)
"""The words that head the Failed Reason column (R17)."""

REASON_SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.ACCOUNT: (
            "Twilio refused because of the school's account or settings, not because of this phone."
        ),
        Reason.BLOCKED_BY_RECIPIENT: "The phone or its owner blocks texts from this sender.",
        Reason.CANCELED: "The text was canceled before it left Twilio.",
        Reason.CARRIER_OR_SERVICE: "The phone network could not carry the text.",
        Reason.CONTENT_OR_SETTING: "The text or a setting of its sender was not accepted.",
        Reason.FIRST_ATTEMPTS_REFUSED: (
            "Since the campaign was launched or last resumed, Twilio refused five contacts in the "
            "same way and took no text, so the school's settings may be at fault. Check them, then "
            "resume the campaign."
        ),
        Reason.FIRST_TEXTS_FAILED: (
            "Since the campaign was launched or last resumed, five texts failed in this way and "
            "none arrived, so the school's settings are at fault. Correct them and resume the "
            "campaign, then resend to the contacts that failed."
        ),
        Reason.FORGOTTEN: (
            "This person's data was destroyed on request. Nothing more can be sent."
        ),
        Reason.INVALID_NUMBER: "This number cannot get texts. Correct it before you try again.",
        Reason.LANDLINE: "This number is a landline, which gets no texts.",
        Reason.LAUNCH_STOPPED: "The launch was stopped before its first text. Nobody was texted.",
        Reason.MAY_HAVE_BEEN_SENT: (
            "Nobody can tell whether this text was sent. Staff chose what to do about it."
        ),
        Reason.NO_CONSENT: (
            "No consent of this person is recorded, and your school requires it. Record the "
            "consent, then resend."
        ),
        Reason.NO_ROUTE: "Texts cannot be sent to this number from the school's sender.",
        Reason.NOT_FROM_TWILIO: (
            "Something between this program and Twilio answered in Twilio's place. Check the "
            "address in LEDGER_TWILIO_API_URL, the proxy, and whether this network asks for a "
            "sign-in before it lets anything out; then resume the campaign."
        ),
        Reason.OPTED_OUT: (
            "This person asked not to be texted. Nothing more is sent to the number."
        ),
        Reason.TOO_LATE: "The time before which these texts had to go out has passed.",
        Reason.TOO_MANY_FAILURES: "Too many of the last texts failed; look for what they share.",
        Reason.UNKNOWN: "Twilio reported a failure without a reason that this program knows.",
        Reason.UNREACHABLE_NUMBER: (
            "This number could not be reached; another attempt hardly ever helps."
        ),
    }
)
"""What each reason means, unless an error code says it more exactly."""

LEFT_OUT_LABELS: Mapping[LeftOutReason, str] = MappingProxyType(
    {
        LeftOutReason.DELIVERED: "Delivered",
        LeftOutReason.WAITING: "Waiting",
        LeftOutReason.IN_FLIGHT: "In flight",
        LeftOutReason.OUTCOME_UNKNOWN: "Outcome unknown",
        LeftOutReason.ASKED_ALREADY: "Asked already",
        LeftOutReason.CONFIRMATION: "Confirmation",
        LeftOutReason.OPTED_OUT: REASON_LABELS[Reason.OPTED_OUT],
        LeftOutReason.FORGOTTEN: REASON_LABELS[Reason.FORGOTTEN],
        LeftOutReason.NO_CONSENT: REASON_LABELS[Reason.NO_CONSENT],
        LeftOutReason.UNREACHABLE_NUMBER: REASON_LABELS[Reason.UNREACHABLE_NUMBER],
        LeftOutReason.INVALID_NUMBER: REASON_LABELS[Reason.INVALID_NUMBER],
        LeftOutReason.BLOCKED_BY_RECIPIENT: REASON_LABELS[Reason.BLOCKED_BY_RECIPIENT],
        LeftOutReason.LANDLINE: REASON_LABELS[Reason.LANDLINE],
    }
)

_SUCH_A_NUMBER = "better not resend, such a number cannot get texts"

LEFT_OUT_CLAUSES: Mapping[LeftOutReason, str] = MappingProxyType(
    {
        LeftOutReason.DELIVERED: "the text arrived",
        LeftOutReason.WAITING: "another attempt comes by itself",
        LeftOutReason.IN_FLIGHT: "a text is at Twilio, or on its way to it",
        LeftOutReason.OUTCOME_UNKNOWN: "nobody knows yet whether the last text was sent",
        LeftOutReason.ASKED_ALREADY: "this very resend was done already",
        LeftOutReason.CONFIRMATION: "the confirmation of an opt-out is sent once",
        LeftOutReason.OPTED_OUT: "nobody who opted out is texted",
        LeftOutReason.FORGOTTEN: "the number was destroyed",
        LeftOutReason.NO_CONSENT: "consent is required, and none is recorded",
        LeftOutReason.UNREACHABLE_NUMBER: _SUCH_A_NUMBER,
        LeftOutReason.INVALID_NUMBER: _SUCH_A_NUMBER,
        LeftOutReason.BLOCKED_BY_RECIPIENT: "better not resend, the phone refuses these texts",
        LeftOutReason.LANDLINE: _SUCH_A_NUMBER,
    }
)
"""Why a resend leaves these out (R18), for use after a colon."""


def reason_words(reason: Reason) -> str:
    """Return the label of a reason within a sentence: "unreachable number", "Twilio account"."""
    label = REASON_LABELS[reason]
    return label if label.startswith("Twilio") else f"{label[0].lower()}{label[1:]}"


def code_words(code: str, codes: CodeTable) -> str:
    """Return a code of Twilio with its title: "30006 (Landline or …)"."""
    known_code = codes.find(code)
    return f"{code} ({known_code.title if known_code else 'a code that is not in our table'})"


def failure_sentence(reason: Reason, code: str | None, attempts: int, codes: CodeTable) -> str:
    """Return what a failure means, and after how many attempts it was final (R11, R17)."""
    known_code = codes.find(code)
    sentence = known_code.sentence if known_code else REASON_SENTENCES[reason]
    if known_code and known_code.is_soft_bounce:
        return f"Given up after {counted(attempts, 'attempt')}. The last time: {sentence}"
    if code and not known_code:
        return f"{sentence} Twilio's code {code} is not in our table."
    return sentence


def undelivered_sentence(standing: Standing, codes: CodeTable) -> str | None:
    """Return why a message is undelivered, for hover and focus (R5); None for others."""
    if standing.message_status is not MessageStatus.UNDELIVERED:
        return None
    if standing.awaits_attempt and standing.reason is None:
        return "The last attempt did not arrive. Staff asked to try again."
    known_code = codes.find(standing.code)
    if known_code:
        return f"{known_code.title} ({known_code.code}). {known_code.sentence}"
    reason = standing.reason or Reason.UNKNOWN
    return f"{REASON_LABELS[reason]}. {REASON_SENTENCES[reason]}"


def state_reason(cause: StateCause | None, codes: CodeTable) -> str | None:
    """Return why a campaign paused or closed by itself; None if staff did it."""
    if cause is None:
        return None
    if cause.failures:
        return _failures_sentence(cause.failures, codes)
    known_code = codes.find(cause.code)
    sentence = known_code.sentence if known_code else REASON_SENTENCES[cause.reason]
    if known_code and cause.reason in {
        Reason.FIRST_ATTEMPTS_REFUSED,
        Reason.FIRST_TEXTS_FAILED,
    }:
        sentence = f"{sentence} {REASON_SENTENCES[cause.reason]}"
    code = f" (code {cause.code})" if cause.code else ""
    return f"{REASON_LABELS[cause.reason]}{code}: {sentence}"


def _failures_sentence(failures: Failures, codes: CodeTable) -> str:
    by_count = sorted(failures.codes.items(), key=lambda code_and_count: -code_and_count[1])
    parts = [f"{number(count)} with {code_words(code, codes)}" for code, count in by_count]
    listed = f": {', '.join(parts)}" if parts else ""
    return (
        f"{REASON_LABELS[Reason.TOO_MANY_FAILURES]}: {number(failures.count)} of the last "
        f"{counted(failures.of_last, 'text')} failed or bounced{listed}."
    )


def resend_advice(reason: Reason) -> str:
    """Return whether staff should resend to a contact that failed for this reason (R18)."""
    if reason is Reason.OPTED_OUT:
        return "Refused while the number is opted out."
    if reason is Reason.NO_CONSENT:
        return "Yes, once the consent is recorded."
    if reason.is_resend_advised_against:
        return "Better not: left out unless you insist."
    return "Yes, once the cause is removed."


def consequence(code: ErrorCode) -> str:
    """Return what the program does when Twilio reports this code."""
    if code.is_account_fault:
        return (
            "Pauses the campaign. Where it is reported later, the contact fails, and the first "
            "five such failures pause the campaign"
        )
    if code.is_soft_bounce:
        return outlook(code)
    if code.scope is Scope.EITHER:
        return "Fails at once; pauses the campaign when its first five attempts all bring it"
    return "Twilio is asked" if code.is_outcome_unknown else "Fails at once"
