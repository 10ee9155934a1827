"""The legal holds on campaigns, which keep all of their contacts from being forgotten.

Standard library only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import (
    CampaignHoldWords,
    CampaignLegalHoldEvent,
    CampaignLegalHoldPlaced,
    CampaignLegalHoldReleased,
    Event,
)
from ledger.domain.legal_holds import NO_LEGAL_HOLDS, LegalHolds
from ledger.errors import Refused

STREAM = "legal-holds"

_HELD_ELSEWHERE = (
    "A legal hold on a campaign of another office keeps this contact from being forgotten. Ask "
    "somebody who sees all offices to release it, when its reason has ended."
)


@dataclass(frozen=True, kw_only=True)
class CampaignLegalHolds(Aggregate):
    """The legal holds of all campaigns at one version of their stream."""

    of_campaigns: Mapping[str, LegalHolds] = field(default_factory=dict)
    """Campaign → its legal holds; campaigns that never had one are left out."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, CampaignLegalHoldEvent):
            raise self.not_found("the legal holds on campaigns")
        changed = self.of(event.campaign_id).apply(event)
        return {"of_campaigns": {**self.of_campaigns, event.campaign_id: changed}}

    def of(self, campaign_id: str) -> LegalHolds:
        """Return the legal holds of a campaign."""
        return self.of_campaigns.get(campaign_id, NO_LEGAL_HOLDS)

    @property
    def held(self) -> list[str]:
        """The campaigns with a legal hold in force."""
        return [campaign for campaign, holds in self.of_campaigns.items() if holds.in_force]

    def place(
        self, actor: str, campaign_id: str, reason: str, *, request: str | None = None
    ) -> CampaignLegalHoldPlaced:
        """Record that no contact of the campaign may be forgotten for now, and why."""
        return CampaignLegalHoldPlaced(
            **self.header(actor),
            campaign_id=campaign_id,
            number=self.of(campaign_id).last + 1,
            private=CampaignHoldWords(reason=reason),
            request=request,
        )

    def release(
        self, actor: str, campaign_id: str, number: int, *, request: str | None = None
    ) -> CampaignLegalHoldReleased:
        """Record that a legal hold, which is in force, has ended."""
        return CampaignLegalHoldReleased(
            **self.header(actor), campaign_id=campaign_id, number=number, request=request
        )


def check_no_campaign_is_held(campaign_ids: Collection[str], *, of_others: bool = False) -> None:
    """Raise `Refused` for the campaigns with a legal hold in which a contact is.

    `of_others` says that there are also some of offices that the person does not see.
    """
    if not campaign_ids:
        if of_others:
            raise Refused(_HELD_ELSEWHERE)
        return
    names = " and ".join(campaign_ids)
    campaigns = f"campaign {names}" if len(campaign_ids) == 1 else f"campaigns {names}"
    raise Refused(
        f"A legal hold on the {campaigns} keeps this contact from being forgotten. Release every "
        "legal hold first, when its reason has ended."
    )
