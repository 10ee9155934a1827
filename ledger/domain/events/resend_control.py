"""The events of resends that wait for approval; each request has a stream of its own.

In the campaign's stream they would count as acts on it.
"""

from dataclasses import dataclass

from ledger.domain.events.base import Event
from ledger.domain.events.launch_control import RefusalWords
from ledger.domain.vocabulary import DeliveryStatus, Reason


@dataclass(frozen=True, kw_only=True)
class ResendSelection:
    """Which contacts a resend names: those that met all conditions right after the event `seq`."""

    seq: int
    status: DeliveryStatus | None = DeliveryStatus.FAILED
    """None: contacts of any status; only failed ones are ever tried again."""
    reason: Reason | None = None
    code: str | None = None
    delivery_id: str | None = None
    """A single contact."""
    delivery_ids: tuple[str, ...] = ()
    """Contacts that somebody selected by hand; none: those that meet the other conditions."""
    include_unreachable: bool = False


@dataclass(frozen=True, kw_only=True)
class ResendRequestEvent(Event):
    """An event of a request to resend."""

    campaign_id: str

    @property
    def subject_id(self) -> str:
        """The campaign, under whose key the words of a refusal are sealed."""
        return self.campaign_id


@dataclass(frozen=True, kw_only=True)
class ResendApprovalRequested(ResendRequestEvent):
    """A resend to more contacts than one person may text alone waits for approval."""

    selection: ResendSelection
    contact_count: int
    """How many contacts the selection names."""
    deliveries_digest: str
    """SHA-256, in hex, of the sorted ids of their deliveries: nobody else is ever texted."""
    request: str
    """The id under which each of them is resent once."""
    office_id: str | None = None
    """The office of the campaign."""
    token_maker: str | None = None
    """Who made the API token with which a program asked; None without a token."""


@dataclass(frozen=True, kw_only=True)
class ResendApproved(ResendRequestEvent):
    """Somebody other than the person who asked approved it; the contacts follow in parts."""


@dataclass(frozen=True, kw_only=True)
class ResendRefused(ResendRequestEvent):
    """An approver refused the resend, or the person who asked withdrew the request."""

    private: RefusalWords | None
    is_withdrawn: bool = False
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class ResendFinished(ResendRequestEvent):
    """Every contact of an approved resend was resent to, or left out."""

    resent: int
    left_out: int
