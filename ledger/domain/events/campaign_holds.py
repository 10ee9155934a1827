"""The events of legal holds on campaigns, in a stream of their own: they are no acts on them."""

from dataclasses import dataclass

from ledger.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class CampaignHoldWords:
    """Why staff placed a legal hold, in their own words."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class CampaignLegalHoldEvent(Event):
    """An event of a legal hold on a campaign; its reason is sealed under the stream's key."""

    campaign_id: str
    number: int
    """Counts the legal holds of the campaign, from 1."""
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


@dataclass(frozen=True, kw_only=True)
class CampaignLegalHoldPlaced(CampaignLegalHoldEvent):
    """No contact of the campaign may be forgotten until this legal hold is released."""

    private: CampaignHoldWords | None


@dataclass(frozen=True, kw_only=True)
class CampaignLegalHoldReleased(CampaignLegalHoldEvent):
    """The legal hold with this number has ended."""
