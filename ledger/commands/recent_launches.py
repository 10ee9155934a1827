"""Notices that the same campaign was launched a short while ago: most likely by mistake."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.domain.campaign import Campaign
from ledger.domain.events import CampaignCreated
from ledger.errors import Refused
from ledger.ledger import Ledger
from ledger.reader import LedgerReader
from ledger.store.search import Search
from ledger.unit_of_work import UnitOfWork

_LATELY = timedelta(hours=1)


@dataclass(frozen=True)
class RecentLaunch:
    """A launch of the same name, message, numbers and texts."""

    campaign_id: str
    begun_at: datetime
    is_launched: bool
    """False while it is under way, or where it was cut off."""


class LaunchedLately(Refused):
    """The same order was launched within the last hour; launch it with `again` if that is meant."""

    def __init__(self, recent: RecentLaunch) -> None:
        super().__init__(
            f"The same text was launched to the same contacts within the last hour, as "
            f"{recent.campaign_id}."
        )
        self.recent = recent


def recent_launch(reader: LedgerReader, order_digest: str, now: datetime) -> RecentLaunch | None:
    """Return the newest launch of this order within the last hour; those given up do not count."""
    begun = reader.search(
        Search(
            topics=(CampaignCreated.topic,), after=reader.seq_at(now - _LATELY), newest_first=True
        )
    )
    for recorded in begun:
        event = recorded.event
        if isinstance(event, CampaignCreated) and event.order_digest == order_digest:
            campaign = reader.load(Campaign, event.campaign_id)
            if not campaign.is_swept:
                return RecentLaunch(
                    event.campaign_id, recorded.recorded_at, campaign.state is not None
                )
    return None


def check_not_launched_lately(ledger: Ledger, order_digest: str) -> int:
    """Return the last seq that was looked at. Raises `LaunchedLately`."""
    head = ledger.reader.head()
    recent = recent_launch(ledger.reader, order_digest, ledger.clock.now())
    if recent:
        raise LaunchedLately(recent)
    return head


def refuse_launched_lately(work: UnitOfWork, order_digest: str, looked_until: int) -> None:
    """Raise `LaunchedLately` where another process began the same launch after that seq."""
    for event in work.recorded_after(looked_until, CampaignCreated):
        if event.order_digest == order_digest:
            raise LaunchedLately(RecentLaunch(event.campaign_id, work.now, is_launched=False))
