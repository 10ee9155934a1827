"""Notices that the same campaign was launched a short while ago: most likely by mistake."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from ledger.commands.launch_order import LaunchOrder
from ledger.commands.merged_texts import texts_of
from ledger.domain.campaign import Campaign
from ledger.domain.events import CampaignCreated, CampaignText
from ledger.errors import Refused
from ledger.ledger import Ledger
from ledger.messages.contact_rows import Rows
from ledger.messages.message_variants import MessageTemplate
from ledger.store.search import Search
from ledger.unit_of_work import UnitOfWork

_RECENT = timedelta(hours=1)
"""How long ago a launch may be to count as recent."""

_MOST_COMPARED = 1000
"""How many contacts of a launch are looked for in another one; of more, every second, third, …"""


@dataclass(frozen=True)
class LaunchContents:
    """What is compared with the launches of the last hour."""

    order_digest: str
    message: str
    template: MessageTemplate
    rows: Rows

    @classmethod
    def of(cls, order: LaunchOrder, order_digest: str) -> "LaunchContents":
        """Return those of an order with this digest."""
        return cls(order_digest, order.message, order.template, order.rows)


@dataclass(frozen=True, kw_only=True)
class RecentLaunch:
    """A launch of the last hour with the same text."""

    campaign_id: str
    name: str
    begun_at: datetime
    is_launched: bool
    """False while it is under way, or where it was cut off."""
    is_requested: bool = False
    """Whether it waits for approval."""
    is_same: bool = True
    """Whether name, numbers and texts are the same. If not, more than half of the contacts get the
    same text but for spaces and capitals.
    """
    office_id: str | None = None


class LaunchedRecently(Refused):
    """The same was launched within the last hour; launch it with `again` if that is meant."""

    def __init__(self, recent: RecentLaunch) -> None:
        super().__init__(
            f"The same text was launched to these contacts, or most of them, within the last hour, "
            f"as {recent.campaign_id}."
        )
        self.recent = recent


def recent_launch(ledger: Ledger, contents: LaunchContents) -> RecentLaunch | None:
    """Return the newest launch of this text to these contacts, or most of them, in the last hour.

    Abandoned ones do not count.
    """
    reader = ledger.reader
    since = reader.seq_at(ledger.clock.now() - _RECENT)
    search = Search(topics=(CampaignCreated.topic,), after=since, newest_first=True)
    for recorded in reader.search(search):
        event = recorded.event
        if not isinstance(event, CampaignCreated) or event.private is None:
            continue
        is_same = event.order_digest == contents.order_digest
        if not is_same and not _is_similar(ledger, event.campaign_id, event.private, contents):
            continue
        campaign = reader.load(Campaign, event.campaign_id)
        if not campaign.is_swept:
            return RecentLaunch(
                campaign_id=event.campaign_id,
                name=event.private.name,
                begun_at=recorded.recorded_at,
                is_launched=campaign.state is not None,
                is_requested=campaign.launch_request is not None,
                is_same=is_same,
                office_id=event.office_id,
            )
    return None


def _is_similar(
    ledger: Ledger, campaign_id: str, text: CampaignText, contents: LaunchContents
) -> bool:
    """Whether a campaign has the same message, and most of the contacts get the same text by it.

    The texts of one message differ where a merged field does, such as a time or a place.
    """
    if _plain(text.message) != _plain(contents.message):
        return False
    step = -(-len(contents.rows) // _MOST_COMPARED)
    identity, template = ledger.identity, contents.template
    merged = {
        identity.delivery_id(campaign_id, identity.contact_id(row.phone)): template.merge(
            row.fields
        )
        for row in islice(contents.rows, 0, None, step)
    }
    enrolled = texts_of(ledger.reader, merged)
    same = [
        delivery_id
        for delivery_id, earlier in enrolled.items()
        if earlier and _plain(earlier.body) == _plain(merged[delivery_id])
    ]
    return 2 * len(same) > len(merged)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def check_not_launched_recently(ledger: Ledger, contents: LaunchContents) -> int:
    """Return the last seq that was searched. Raises `LaunchedRecently`."""
    head = ledger.reader.head()
    recent = recent_launch(ledger, contents)
    if recent:
        raise LaunchedRecently(recent)
    return head


def refuse_launched_recently(work: UnitOfWork, order_digest: str, searched_until: int) -> None:
    """Raise `LaunchedRecently` where another process began the very same launch after that seq."""
    for event in work.recorded_after(searched_until, CampaignCreated):
        if event.order_digest == order_digest:
            raise LaunchedRecently(
                RecentLaunch(
                    campaign_id=event.campaign_id,
                    name=event.private.name if event.private else "",
                    begun_at=work.now,
                    is_launched=False,
                    office_id=event.office_id,
                )
            )
