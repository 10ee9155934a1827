"""What staff should do about contacts that failed for a reason, in a few words (R18)."""

from collections.abc import Mapping
from types import MappingProxyType

from ledger.domain.vocabulary import Reason

FAILURE_ADVICE: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.ACCOUNT: "Correct the account's settings at Twilio, then resend.",
        Reason.BLOCKED_BY_RECIPIENT: "Do not resend: the phone refuses these texts.",
        Reason.CANCELED: "Nothing was sent. Resend if the text is still wanted.",
        Reason.CARRIER_OR_SERVICE: "The cause may pass. Resend later.",
        Reason.CONTENT_OR_SETTING: "Correct the text or the sender's settings, then resend.",
        Reason.FORGOTTEN: "The number was destroyed. Nothing can be sent.",
        Reason.INVALID_NUMBER: "Do not resend. Correct the number first.",
        Reason.LANDLINE: "Do not resend. Ask the family for a mobile number.",
        Reason.MAY_HAVE_BEEN_SENT: "Staff decided about these texts.",
        Reason.NO_CONSENT: "Record the consent, then resend.",
        Reason.NO_ROUTE: "Ask Twilio to allow this country or network, then resend.",
        Reason.OPTED_OUT: "Respect it. The person can text START.",
        Reason.TOO_LATE: "The time for these texts is over.",
        Reason.UNKNOWN: "Twilio gave no reason. Resend once; then ask Twilio.",
        Reason.UNREACHABLE_NUMBER: "Do not resend. Ask the family for another number.",
    }
)
_RESEND = "Resend once the cause is removed."


def failure_advice(reason: Reason, strange_code: str | None = None) -> str:
    """Return what to do; `strange_code` is a code that is not in our table."""
    if strange_code:
        return "This program does not know the code. Twilio's page says what it means."
    return FAILURE_ADVICE.get(reason, _RESEND)


def twilio_page(code: str) -> str:
    """Return the address of Twilio's page about an error code."""
    return f"https://www.twilio.com/docs/api/errors/{code}"
