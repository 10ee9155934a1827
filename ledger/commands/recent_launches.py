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

_RECENT = timedelta(hours=1)
"""How long ago a launch may be to count as recent."""


@dataclass(frozen=True)
class RecentLaunch:
    """A launch of the same name, message, numbers and texts."""

    campaign_id: str
    begun_at: datetime
    is_launched: bool
    """False while it is under way, or where it was cut off."""


class LaunchedRecently(Refused):
    """The same order was launched within the last hour; launch it with `again` if that is meant."""

    def __init__(self, recent: RecentLaunch) -> None:
        super().__init__(
            f"The same text was launched to the same contacts within the last hour, as "
            f"{recent.campaign_id}."
        )
        self.recent = recent


def recent_launch(reader: LedgerReader, order_digest: str, now: datetime) -> RecentLaunch | None:
    """Return the newest launch of this order within the last hour; abandoned ones do not count."""
    begun = reader.search(
        Search(
            topics=(CampaignCreated.topic,), after=reader.seq_at(now - _RECENT), newest_first=True
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


def check_not_launched_recently(ledger: Ledger, order_digest: str) -> int:
    """Return the last seq that was searched. Raises `LaunchedRecently`."""
    head = ledger.reader.head()
    recent = recent_launch(ledger.reader, order_digest, ledger.clock.now())
    if recent:
        raise LaunchedRecently(recent)
    return head


def refuse_launched_recently(work: UnitOfWork, order_digest: str, searched_until: int) -> None:
    """Raise `LaunchedRecently` where another process began the same launch after that seq."""
    for event in work.recorded_after(searched_until, CampaignCreated):
        if event.order_digest == order_digest:
            raise LaunchedRecently(RecentLaunch(event.campaign_id, work.now, is_launched=False))
