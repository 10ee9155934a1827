"""The events of a delivery's stream: enrolment, attempts, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event, Form
from ledger.domain.vocabulary import Outcome, Reason, Settlement


@dataclass(frozen=True, kw_only=True)
class Person:
    """One row of the contact file: an E.164 number, a name, and the merge fields."""

    phone: str
    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ProviderMessage:
    """What the provider said in its own words; they may repeat the number."""

    message: str


@dataclass(frozen=True, kw_only=True)
class DeliveryEvent(Event):
    """An event of a delivery's stream; each is a fact of one turn."""

    campaign_id: str
    contact_id: str
    turn: int
    rank: int | None
    """The weight of the fact (see `standing.py`); None changes no status."""

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
    """A contact is in the campaign; `position` is its place in the file, from 1."""

    position: int
    private: Person | None
    zone: str = ""
    """The time zone of the hours in which the person may be texted; blank is UTC."""


@dataclass(frozen=True, kw_only=True)
class AttemptStarted(DeliveryEvent):
    """The provider is about to be asked; durable before it is."""

    attempt: int
    """The number of this attempt, from 1, those put back counted as well."""
    tries: int
    """Attempts since enrolment or the last resend, this one included, put backs left out."""
    validity_seconds: int = 4 * 3600
    """How long the provider may hold the text; unsent by then, it is given up."""


@dataclass(frozen=True, kw_only=True)
class AttemptAccepted(DeliveryEvent):
    """The provider has taken the text."""

    sid: str
    status: str


@dataclass(frozen=True, kw_only=True)
class AttemptRefused(DeliveryEvent):
    """The provider did not take the text: put back (to be tried again) or a hard failure."""

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
    """SIDs of the provider's that could be this text, where its records leave that to staff."""
    reason: Reason | None = None
    """`MAY_HAVE_BEEN_SENT` where staff are asked; none otherwise."""


@dataclass(frozen=True, kw_only=True)
class AttemptLapsed(DeliveryEvent):
    """An unknown outcome left no trace for longer than the text could live: a soft bounce."""

    outcome: Outcome
    reason: Reason
    next_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class AttemptSettled(DeliveryEvent):
    """Staff decided what nobody could find out: to send it again, or to let it be."""

    decision: Settlement
    outcome: Outcome
    reason: Reason
    next_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class _Report(DeliveryEvent):
    """A word of the provider's on one attempt, and what we took it to mean when it came."""

    sid: str
    status: str
    code: str | None
    outcome: Outcome
    reason: Reason | None
    next_at: datetime | None
    is_other_sid: bool
    """Whether it speaks of another SID than the one the attempt was accepted with."""


@dataclass(frozen=True, kw_only=True)
class CallbackReceived(_Report):
    """The provider posted a callback for this attempt."""

    dedupe: str
    private: Form | None


@dataclass(frozen=True, kw_only=True)
class StatusFetched(_Report):
    """We asked the provider about an attempt, and this is what it said.

    What the text cost comes by no callback, and is None until the provider knows it.
    """

    segments: int | None = None
    price: str | None = None
    """A decimal number as the provider wrote it, below 0 for what we pay."""
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryWithdrawn(DeliveryEvent):
    """Nothing more is tried: the contact opted out while the delivery waited (R16)."""

    reason: Reason


@dataclass(frozen=True, kw_only=True)
class ResendRequested(DeliveryEvent):
    """Staff asked to try a failed delivery again; opens the next turn (R18)."""

    request: str = ""
    """The request it came with; the same request again does nothing."""
