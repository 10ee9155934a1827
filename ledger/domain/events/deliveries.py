"""The events of a delivery's stream: enrolment, attempts and their outcomes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event, Form
from ledger.domain.vocabulary import Outcome, Reason, Settlement

FileRow = tuple[int, tuple[str, ...]]
"""A row of the contact file: the line on which it starts, and its cells as they were."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """One contact of the contact file: an E.164 number, a name, and the merge fields' values."""

    phone: str
    name: str
    fields: Mapping[str, str]
    rows: tuple[FileRow, ...] = ()
    """Every row with this number, the texted one first; none for answers of staff, and in events
    of earlier versions of the program.
    """


@dataclass(frozen=True, kw_only=True)
class ProviderMessage:
    """The provider's error message; it may contain the number."""

    message: str


@dataclass(frozen=True, kw_only=True)
class DeliveryEvent(Event):
    """An event of a delivery's stream; each is a fact of one turn."""

    campaign_id: str
    contact_id: str
    turn: int
    rank: int | None
    """The rank of the fact (see `standing.py`); None where it changes no status."""

    @property
    def delivery_id(self) -> str:
        """The delivery whose stream this is."""
        return self.originator_id

    @property
    def subject_id(self) -> str:
        """The contact."""
        return self.contact_id


@dataclass(frozen=True, kw_only=True)
class ContactEnrolled(DeliveryEvent):
    """A contact was added to the campaign; `position` is its number in the file, from 1."""

    position: int
    private: Person | None
    zone: str = ""
    """The time zone in which the campaign's hours apply to the contact; blank is UTC.

    Several, with spaces between them, where the contact can be in any: the hours apply in each.
    """
    confirm_before: datetime | None = None
    """For the confirmation of an opt-out: until when it may be sent. None for every other text."""


@dataclass(frozen=True, kw_only=True)
class AttemptStarted(DeliveryEvent):
    """The text is about to be sent; this is durable before the request."""

    attempt: int
    """The number of this attempt, from 1; those put back count too."""
    tries: int
    """Attempts since enrolment or the last resend, with this one and without those not counted."""
    validity_seconds: int = 4 * 3600
    """How long the provider may hold the text; then it gives up sending it."""


@dataclass(frozen=True, kw_only=True)
class AttemptAccepted(DeliveryEvent):
    """The provider took the text."""

    sid: str
    status: str


@dataclass(frozen=True, kw_only=True)
class AttemptRefused(DeliveryEvent):
    """The provider did not take the text: it is put back (to be sent again), or fails."""

    outcome: Outcome
    reason: Reason
    code: str | None
    next_at: datetime | None
    http_status: int | None
    private: ProviderMessage | None


@dataclass(frozen=True, kw_only=True)
class AttemptOutcomeUnknown(DeliveryEvent):
    """The provider may or may not have taken the text; never resent blindly."""

    cause: str
    candidates: tuple[str, ...] = ()
    """SIDs of the provider that could be this text, where only staff can decide."""
    reason: Reason | None = None
    """`MAY_HAVE_BEEN_SENT` where staff are to decide, `NOT_FROM_TWILIO` after a success that has no
    record of the text; None otherwise."""


@dataclass(frozen=True, kw_only=True)
class AttemptLapsed(DeliveryEvent):
    """An unknown outcome left no trace until the validity period ended: a soft bounce."""

    outcome: Outcome
    reason: Reason
    next_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class AttemptSettled(DeliveryEvent):
    """Staff decided about an unknown outcome: to send the text again, or to let it be."""

    decision: Settlement
    outcome: Outcome
    reason: Reason
    next_at: datetime | None
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class DeliveryAccountedFor(DeliveryEvent):
    """Staff expect no report on a text that Twilio sent: its campaign may be complete without one.

    Its rank is that of the accepted text, so it changes no status, and every later report does.
    """


@dataclass(frozen=True, kw_only=True)
class _Report(DeliveryEvent):
    """What the provider reported on one attempt, and how it was classified then."""

    sid: str
    status: str
    code: str | None
    outcome: Outcome
    reason: Reason | None
    next_at: datetime | None
    is_other_sid: bool
    """Whether its SID is another than that of the attempt."""
    is_counted: bool = True
    """Whether the attempt counts towards a limit; one that met a cap of the school does not."""


@dataclass(frozen=True, kw_only=True)
class CallbackReceived(_Report):
    """The provider posted a callback for this attempt."""

    dedupe: str
    private: Form | None


@dataclass(frozen=True, kw_only=True)
class StatusFetched(_Report):
    """The provider's own records of an attempt, as it returned them when asked.

    The price is in no callback, and None until the provider knows it.
    """

    segments: int | None = None
    price: str | None = None
    """A decimal number as the provider wrote it, negative for a cost."""
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryWithdrawn(DeliveryEvent):
    """No attempt starts any more: the contact opted out while the delivery waited (R16)."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class ResendRequested(DeliveryEvent):
    """Staff asked to send a failed delivery again; opens the next turn (R18)."""

    request: str = ""
    """The id of staff's request; the same request again does nothing."""
