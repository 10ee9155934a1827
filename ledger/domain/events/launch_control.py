"""The events that control launches: the rules of admins, and requests that wait for approval."""

from dataclasses import dataclass, field
from decimal import Decimal

from ledger.domain.events.base import Event
from ledger.domain.events.campaigns import CampaignEvent, CampaignText
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import ApprovalCause, VoidCause


@dataclass(frozen=True, kw_only=True)
class ApprovalLimitSet(Event):
    """A launch to more contacts than this needs somebody else's approval; None: no launch does."""

    contacts: int | None
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class SpendingLimitSet(Event):
    """A launch that would cost more than what is left of the limit needs an admin's approval.

    None is no limit. Price and time zone are those of the settings when the limit was set, so that
    every process counts alike.
    """

    day: Decimal | None
    month: Decimal | None
    price: Decimal
    """Of one segment."""
    currency: str
    zone: str
    """The time zone of the days and months."""
    office_id: str | None = None
    """The office whose launches are limited; None: those of the whole district together."""
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class ResendCounted(Event):
    """A resend began while a spending limit was in force, and counts towards it."""

    campaign_id: str
    segments: int
    """Of all texts that it names, with one attempt for each."""
    dedupe: str
    office_id: str | None = None
    """The office of the campaign."""


@dataclass(frozen=True, kw_only=True)
class FileNotes:
    """What the person who asked read about the contacts, for the person who approves.

    Without names and numbers: they would outlive the key of a person who is forgotten.
    """

    notes: tuple[str, ...] = ()
    """What to check in the contact file, in sentences."""
    left_out: tuple[str, ...] = ()
    """Rows that are not texted: "Line 7: the number is too short"."""


@dataclass(frozen=True, kw_only=True)
class RequestedText(CampaignText):
    """The campaign's name and message, and what was known about the contact file."""

    file: FileNotes = field(default_factory=FileNotes)


@dataclass(frozen=True, kw_only=True)
class LaunchRequested(CampaignEvent):
    """Every contact is enrolled, and the launch waits for approval; has all settings of it."""

    contact_count: int
    segments: int
    causes: tuple[ApprovalCause, ...]
    policy: ResendPolicy
    private: RequestedText | None
    timing: Schedule = field(default_factory=Schedule)
    is_urgent: bool = False
    zone: str = ""
    """The school's time zone, in which its times were written."""
    draft_id: str | None = None
    office_id: str | None = None
    """That of `CampaignCreated`."""


@dataclass(frozen=True, kw_only=True)
class LaunchApproved(CampaignEvent):
    """Somebody other than the person who asked approved it; `CampaignLaunched` follows at once."""


@dataclass(frozen=True, kw_only=True)
class RefusalWords:
    """Why a launch was refused, in the words of the person who refused it."""

    explanation: str


@dataclass(frozen=True, kw_only=True)
class LaunchRefused(CampaignEvent):
    """An approver refused the launch, or the person who asked withdrew the request."""

    private: RefusalWords | None
    is_withdrawn: bool = False
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class LaunchVoided(CampaignEvent):
    """The request no longer counts, because its draft changed; `actor` changed it."""

    cause: VoidCause


@dataclass(frozen=True, kw_only=True)
class DraftSubmitted(Event):
    """The launch of a draft waits for approval; any change of the draft voids the request."""

    requested_as: str
    """The campaign's id."""
