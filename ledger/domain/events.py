"""Every event of the ledger: past tense, frozen, with a topic of its own that never changes.

A field named like a typed column of the store (`campaign_id`, `turn`, `rank`, `sid` …) fills that
column. `private` is the sealed part: whatever tells a number, a name or a text lives there and
nowhere else, and is None once the contact's key is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, TypedDict

from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Timing
from ledger.domain.vocabulary import Outcome, Reason, Settlement, StopCause

Parameters = tuple[tuple[str, str], ...]
"""Form parameters in the order in which they came, blank and repeated ones too."""


# The sealed parts.


@dataclass(frozen=True, kw_only=True)
class CampaignText:
    """What staff called the campaign, and the message with its merge fields."""

    name: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Person:
    """One row of the contact file: an E.164 number, a name, and the merge fields."""

    phone: str
    name: str
    fields: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Number:
    """An E.164 number alone."""

    phone: str


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the provider said in its own words; they may repeat the number."""

    message: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """A request of the provider's, whole."""

    parameters: Parameters


# What every event has.


class Place(TypedDict):
    """Where an event stands, and who put it there."""

    originator_id: str
    originator_version: int
    actor: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """A place in a stream, and who acted: a user's id, `sender` or `twilio`."""

    topic: ClassVar[str]
    originator_id: str
    originator_version: int
    actor: str

    def __init_subclass__(cls) -> None:
        cls.topic = cls.__name__

    @property
    def subject_id(self) -> str:
        """Under whose key the private part is sealed."""
        return self.originator_id


@dataclass(frozen=True, kw_only=True)
class CampaignEvent(Event):
    """An event of a campaign's stream."""

    @property
    def campaign_id(self) -> str:
        """The campaign whose stream this is."""
        return self.originator_id


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
class ContactEvent(Event):
    """An event of a contact's stream, whichever campaigns the number is in."""

    @property
    def contact_id(self) -> str:
        """The contact whose stream this is."""
        return self.originator_id


# Campaigns.


@dataclass(frozen=True, kw_only=True)
class CampaignDrafted(Event):
    """Staff saved a campaign that is being written; it has a stream of its own."""

    policy: ResendPolicy
    timing: Timing
    private: CampaignText | None


@dataclass(frozen=True, kw_only=True)
class DraftClosed(Event):
    """A draft was launched as that campaign, or discarded."""

    launched_as: str | None


@dataclass(frozen=True, kw_only=True)
class CampaignCreated(CampaignEvent):
    """A launch has begun; until `CampaignLaunched` it is not listed, sent or counted."""

    private: CampaignText | None
    is_listed: bool = True
    """False for the answers of staff, which are no campaign to anybody."""


@dataclass(frozen=True, kw_only=True)
class CampaignLaunched(CampaignEvent):
    """Every contact is enrolled and sending may begin; holds what was decided at launch."""

    contact_count: int
    policy: ResendPolicy
    private: CampaignText | None
    timing: Timing = field(default_factory=Timing)


@dataclass(frozen=True, kw_only=True)
class Failures:
    """So many of the last texts failed or bounced, and how often with which code."""

    count: int
    of_last: int
    codes: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class CampaignPaused(CampaignEvent):
    """No attempt starts until it is resumed: by staff, an account fault (R19), or failures."""

    reason: Reason | None = None
    code: str | None = None
    failures: Failures | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignResumed(CampaignEvent):
    """Attempts may start again."""


@dataclass(frozen=True, kw_only=True)
class CampaignClosed(CampaignEvent):
    """No further attempts, for good; callbacks still count (R12). Sweeps an abandoned launch.

    It has a reason where nobody asked for it: the time for sending has passed.
    """

    reason: Reason | None = None


@dataclass(frozen=True, kw_only=True)
class CampaignArchived(CampaignEvent):
    """Every status stays as it is here (R14, R15)."""


# Deliveries.


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
    private: Words | None


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


# Contacts.


@dataclass(frozen=True, kw_only=True)
class ContactOptedOut(ContactEvent):
    """Nothing more is sent to the number (R16)."""

    source: str
    """`staff`, `inbound` (a STOP came) or `provider` (a 21610 came)."""
    private: Number | None


@dataclass(frozen=True, kw_only=True)
class ContactOptedIn(ContactEvent):
    """The number may be texted again."""

    source: str
    private: Number | None


@dataclass(frozen=True, kw_only=True)
class ContactForgotten(ContactEvent):
    """The contact's key was destroyed in the same commit: nothing sealed under it can be read."""


@dataclass(frozen=True, kw_only=True)
class InboundReceived(ContactEvent):
    """A text came from the number."""

    sid: str
    dedupe: str
    private: Form | None


# Sending as a whole: one stream.


@dataclass(frozen=True, kw_only=True)
class SendingStopped(Event):
    """No attempt of any campaign starts: staff said so, or the ledger was cut short."""

    cause: StopCause
    lost_since: datetime | None
    """From then on the ledger may lack what was sent."""


@dataclass(frozen=True, kw_only=True)
class TextsReconciled(Event):
    """The provider's records since the loss were gone through, text by text."""

    texts: int
    attached: int
    """So many were found to be texts that waited here to be sent."""
    unplaced: int
    """So many belong to nothing in this ledger."""


@dataclass(frozen=True, kw_only=True)
class SendingAllowed(Event):
    """Attempts may start again; staff said so."""


# Strays.


@dataclass(frozen=True, kw_only=True)
class StrayCallbackReceived(Event):
    """A genuine callback that belongs to no delivery of ours, or bears a wrong token."""

    cause: str
    sid: str
    status: str
    dedupe: str
    contact_id: str | None
    private: Form | None

    @property
    def subject_id(self) -> str:
        """The contact texted, where the callback names one; else the stray itself."""
        return self.contact_id or self.originator_id


EVENT_TYPES: tuple[type[Event], ...] = (
    CampaignDrafted,
    DraftClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignPaused,
    CampaignResumed,
    CampaignClosed,
    CampaignArchived,
    ContactEnrolled,
    AttemptStarted,
    AttemptAccepted,
    AttemptRefused,
    AttemptOutcomeUnknown,
    AttemptLapsed,
    AttemptSettled,
    CallbackReceived,
    StatusFetched,
    DeliveryWithdrawn,
    ResendRequested,
    ContactOptedOut,
    ContactOptedIn,
    ContactForgotten,
    InboundReceived,
    SendingStopped,
    TextsReconciled,
    SendingAllowed,
    StrayCallbackReceived,
)
