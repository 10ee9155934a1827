"""The parts of a campaign's contacts at a moment, such as who failed and who replied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events import FollowUp
from ledger.domain.unconfirmed import unconfirmed_before
from ledger.domain.vocabulary import DeliveryStatus, FollowUpPart
from ledger.lazy_property import lazy_property
from projections.campaigns.rows import CampaignRow, ContactRow
from webapp.bootstrap import Application


@dataclass
class CampaignParts:
    """The parts of one campaign, right after a seq. Raises `NotFound` for another campaign."""

    app: Application
    campaign_id: str
    seq: int
    at: datetime
    """The time of the moment: it decides whether a text waited long enough for its report."""

    @classmethod
    def of(cls, app: Application, follow_up: FollowUp) -> "CampaignParts":
        """Return the parts that a follow-up is about."""
        return cls(app, follow_up.campaign_id, follow_up.seq, follow_up.at)

    @lazy_property
    def campaign(self) -> CampaignRow:
        """The campaign as it was then."""
        return self.app.status.as_of(self.seq).campaign(self.campaign_id)

    def counts(self) -> Mapping[FollowUpPart, int]:
        """Return the number of contacts in each part."""
        delivered = self.campaign.counts.delivered
        return {
            FollowUpPart.DELIVERED: delivered,
            FollowUpPart.FAILED: self.campaign.counts.failed,
            FollowUpPart.UNCONFIRMED: len(self.unconfirmed),
            FollowUpPart.REPLIED: len(self._replied),
            FollowUpPart.NO_REPLY: delivered - sum(self._replied.values()),
        }

    def includes(self, part: FollowUpPart) -> Callable[[ContactRow], bool]:
        """Return whether a contact, as it was then, is in a part."""
        return {
            FollowUpPart.DELIVERED: _is_delivered,
            FollowUpPart.FAILED: lambda row: row.status is DeliveryStatus.FAILED,
            FollowUpPart.UNCONFIRMED: lambda row: row.delivery_id in self.unconfirmed,
            FollowUpPart.REPLIED: lambda row: row.delivery_id in self._replied,
            FollowUpPart.NO_REPLY: lambda row: (
                _is_delivered(row) and row.delivery_id not in self._replied
            ),
        }[part]

    @lazy_property
    def unconfirmed(self) -> frozenset[str]:
        """The deliveries whose text was sent three days before, and that no carrier confirmed."""
        before, total = unconfirmed_before(self.at), self.campaign.counts.total
        queries = self.app.unconfirmed.as_of(self.seq)
        return frozenset(
            text.delivery_id for text in queries.texts(self.campaign_id, before, total)
        )

    @lazy_property
    def _replied(self) -> Mapping[str, bool]:
        return self.app.replies.replied(self.campaign_id, self.seq)


def _is_delivered(row: ContactRow) -> bool:
    return row.status is DeliveryStatus.DELIVERED
