"""The closed sets of words, and how staff read them; what they follow from is in `standing.py`."""

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """What the Contacts tab shows of a delivery (R6–R9, R17)."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class MessageStatus(StrEnum):
    """What the conversation view shows of a delivery (R3–R5)."""

    PENDING = "pending"
    SENT = "sent"
    UNDELIVERED = "undelivered"


class CampaignState(StrEnum):
    """What staff have done with a launched campaign (R12–R14); completion stands beside it."""

    SENDING = "sending"
    PAUSED = "paused"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Outcome(StrEnum):
    """What one fact says of its attempt."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    PUT_BACK = "put_back"
    SOFT_BOUNCE = "soft_bounce"
    HARD_FAILURE = "hard_failure"
    DELIVERED = "delivered"
    NONE = "none"
    """The fact changes no status: a word of Twilio's that we do not know."""


class Settlement(StrEnum):
    """What staff decide about a text of which nobody can tell whether it was sent."""

    RESEND = "resend"
    LET_BE = "let_be"


class LeftOut(StrEnum):
    """Why a resend by staff leaves a contact out (R18)."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    OUTCOME_UNKNOWN = "outcome_unknown"
    ASKED_ALREADY = "asked_already"
    OPTED_OUT = "opted_out"
    FORGOTTEN = "forgotten"
    UNREACHABLE_NUMBER = "unreachable_number"
    INVALID_NUMBER = "invalid_number"

    @property
    def label(self) -> str:
        """The word for it."""
        return self.value.replace("_", " ").capitalize()

    @property
    def sentence(self) -> str:
        """What it means for a resend."""
        return _LEFT_OUT[self]


class StopCause(StrEnum):
    """Why nothing at all is sent."""

    STAFF = "staff"
    LEDGER_CUT = "ledger_cut"
    """The ledger is shorter than a sender knew it: it was restored, or its end is lost."""


class Scope(StrEnum):
    """Whom an error code concerns: our own account, or the one contact (R19)."""

    ACCOUNT = "account"
    CONTACT = "contact"


class Reason(StrEnum):
    """Why a delivery failed, or why it waits."""

    ACCOUNT = "account"
    BLOCKED_BY_RECIPIENT = "blocked_by_recipient"
    CANCELED = "canceled"
    CARRIER_OR_SERVICE = "carrier_or_service"
    CONTENT_OR_SETTING = "content_or_setting"
    FORGOTTEN = "forgotten"
    INVALID_NUMBER = "invalid_number"
    MAY_HAVE_BEEN_SENT = "may_have_been_sent"
    NO_ROUTE = "no_route"
    OPTED_OUT = "opted_out"
    TOO_LATE = "too_late"
    TOO_MANY_FAILURES = "too_many_failures"
    UNKNOWN = "unknown"
    UNREACHABLE_NUMBER = "unreachable_number"

    @property
    def label(self) -> str:
        """The words that head the Failed Reason column (R17)."""
        return _LABELS[self]

    @property
    def sentence(self) -> str:
        """What the reason means, where no error code says it more exactly."""
        return _SENTENCES[self]

    @property
    def is_resend_advised_against(self) -> bool:
        """Whether a resend leaves such contacts out unless staff insist (R18)."""
        return self in {Reason.UNREACHABLE_NUMBER, Reason.INVALID_NUMBER}


_LABELS = {
    Reason.ACCOUNT: "Twilio account",
    Reason.BLOCKED_BY_RECIPIENT: "Blocked by recipient",
    Reason.CANCELED: "Canceled",
    Reason.CARRIER_OR_SERVICE: "Carrier trouble",
    Reason.CONTENT_OR_SETTING: "Content or setting",
    Reason.FORGOTTEN: "Forgotten",
    Reason.INVALID_NUMBER: "Invalid number",
    Reason.MAY_HAVE_BEEN_SENT: "May have been sent",
    Reason.NO_ROUTE: "No route",
    Reason.OPTED_OUT: "Opted out",
    Reason.TOO_LATE: "Too late",
    Reason.TOO_MANY_FAILURES: "Too many failures",
    Reason.UNKNOWN: "Unknown reason",
    Reason.UNREACHABLE_NUMBER: "Unreachable number",
}

_SENTENCES = {
    Reason.ACCOUNT: "Twilio refused because of the school's account, not because of this phone.",
    Reason.BLOCKED_BY_RECIPIENT: "The phone or its owner blocks texts from this sender.",
    Reason.CANCELED: "The text was canceled before it left Twilio.",
    Reason.CARRIER_OR_SERVICE: "The phone network could not carry the text.",
    Reason.CONTENT_OR_SETTING: "The text or a setting of its sender was not accepted.",
    Reason.FORGOTTEN: "This person's data was destroyed on request. Nothing more can be sent.",
    Reason.INVALID_NUMBER: "This number cannot get texts. Correct it before trying again.",
    Reason.MAY_HAVE_BEEN_SENT: (
        "Nobody can tell whether this text was sent. Staff chose what to do about it."
    ),
    Reason.NO_ROUTE: "Texts cannot be sent to this number from the school's sender.",
    Reason.OPTED_OUT: "This person asked not to be texted. Nothing more is sent to the number.",
    Reason.TOO_LATE: "The time before which these texts were to go out has passed.",
    Reason.TOO_MANY_FAILURES: "Too many of the last texts failed; look for what they share.",
    Reason.UNKNOWN: "The network reported a failure and gave no reason.",
    Reason.UNREACHABLE_NUMBER: "This number could not be reached; trying again hardly helps.",
}

_LEFT_OUT = {
    LeftOut.DELIVERED: "the text arrived",
    LeftOut.WAITING: "an attempt is to come anyway",
    LeftOut.IN_FLIGHT: "a text is at Twilio, or on its way to it",
    LeftOut.OUTCOME_UNKNOWN: "nobody knows yet whether the last text was sent",
    LeftOut.ASKED_ALREADY: "this very resend was done already",
    LeftOut.OPTED_OUT: "whoever opted out is not texted",
    LeftOut.FORGOTTEN: "the number was destroyed",
    LeftOut.UNREACHABLE_NUMBER: "better not resend, such a number cannot get texts",
    LeftOut.INVALID_NUMBER: "better not resend, such a number cannot get texts",
}
