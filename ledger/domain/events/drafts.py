"""The events of a draft's stream: a campaign that is being written."""

from dataclasses import dataclass

from ledger.domain.events.base import Event
from ledger.domain.events.campaigns import CampaignText, FollowUp
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule


@dataclass(frozen=True, kw_only=True)
class CampaignDrafted(Event):
    """Staff saved a campaign that is being written; each draft has its own stream."""

    policy: ResendPolicy
    timing: Schedule
    private: CampaignText | None
    is_urgent: bool = False
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""
    office_id: str | None = None
    """The office of the campaign; None: it belongs to the whole district."""
    follow_up: FollowUp | None = None
    """Whose contacts the campaign goes to; None: they come with the launch."""
    list_id: str | None = None
    """The contact list to whose newest version it goes; None: the contacts come otherwise."""


@dataclass(frozen=True, kw_only=True)
class DraftClosed(Event):
    """A draft was launched or discarded."""

    launched_as: str | None
    """The campaign's id; None for a draft that was discarded."""
