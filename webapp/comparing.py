"""What changed between two moments: of all campaigns, of one, or of one contact."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ledger.domain.events import ContactEnrolled
from ledger.errors import BadInput, NotFound
from ledger.messages.contact_rows import in_batches
from ledger.recorded_event import RecordedEvent
from projections.campaigns.campaign_queries import CampaignQueries
from projections.campaigns.rows import CampaignRow, ContactRow, Counts
from webapp.as_of import Past
from webapp.bootstrap import Application
from webapp.explain.numbers import number

_BATCH = 1000


@dataclass(frozen=True)
class Moments:
    """Two moments, the earlier one first."""

    first: Past
    last: Past
    is_now: bool
    """Whether the later moment is the present."""

    def check_order(self) -> None:
        """Raise `BadInput` if the first one is the later one."""
        if self.first.seq > self.last.seq:
            raise BadInput(
                f"#{number(self.first.seq)} comes after #{number(self.last.seq)}. "
                "Give the earlier moment first."
            )

    def includes(self, recorded: RecordedEvent) -> bool:
        """Whether the event was recorded after the first moment, up to the last."""
        return self.first.seq < recorded.seq <= self.last.seq


@dataclass(frozen=True)
class CampaignChange:
    """A campaign at both moments; `before` is None if it was not launched by the first one."""

    before: CampaignRow | None
    after: CampaignRow


@dataclass(frozen=True)
class ContactChange:
    """A contact of a campaign at both moments, and what happened between them."""

    before: ContactRow | None
    after: ContactRow
    events: Sequence[RecordedEvent]


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What changed in the whole ledger."""

    before: Counts
    after: Counts
    campaigns: Sequence[CampaignChange]
    """Those with another state or other counts, the newest first."""
    event_count: int


@dataclass(frozen=True, kw_only=True)
class CampaignComparison:
    """What changed in one campaign."""

    campaign: CampaignChange
    event_count: int
    acts: Sequence[RecordedEvent]
    """What was done to the campaign as a whole between the moments."""
    changed_ids: Sequence[str]
    """The deliveries of all contacts that changed."""


def compare_totals(app: Application, moments: Moments) -> Totals:
    """Compare the counts of all campaigns."""
    then, now = _views(app, moments)
    before = {row.campaign_id: row for row in then.campaigns()}
    after = now.campaigns()
    changes = [CampaignChange(before.get(row.campaign_id), row) for row in after]
    return Totals(
        before=_sum(list(before.values())),
        after=_sum(after),
        campaigns=[change for change in changes if _differs(change)],
        event_count=moments.last.seq - moments.first.seq,
    )


def compare_campaign(app: Application, moments: Moments, campaign_id: str) -> CampaignComparison:
    """Compare one campaign; raises `NotFound` if it was not launched by the later moment."""
    then, now = _views(app, moments)
    between = moments.first.seq, moments.last.seq
    return CampaignComparison(
        campaign=CampaignChange(_campaign(then, campaign_id), now.campaign(campaign_id)),
        event_count=now.event_count(campaign_id, *between),
        acts=list(filter(moments.includes, app.ledger.reader.stream(campaign_id))),
        changed_ids=now.changed_contacts(campaign_id, *between),
    )


def compare_contacts(
    app: Application, moments: Moments, delivery_ids: Sequence[str]
) -> list[ContactChange]:
    """Compare these contacts; raises `NotFound` for one that is unknown at the later moment."""
    then, now = _views(app, moments)
    pairs = [(_contact(then, each), now.contact(each)) for each in delivery_ids]
    return _contact_changes(app, moments, pairs)


def compare_contacts_of(
    app: Application, moments: Moments, comparison: CampaignComparison
) -> Iterator[ContactChange]:
    """Compare all contacts of the campaign that changed, however many they are."""
    campaign_id = comparison.campaign.after.campaign_id
    before, after = (
        {row.delivery_id: row for row in views.contacts(campaign_id)}
        for views in _views(app, moments)
    )
    for ids in in_batches(comparison.changed_ids, _BATCH):
        pairs = [(before.get(each), after[each]) for each in ids if each in after]
        yield from _contact_changes(app, moments, pairs)


def _contact_changes(
    app: Application, moments: Moments, pairs: Sequence[tuple[ContactRow | None, ContactRow]]
) -> list[ContactChange]:
    rows = [after for _, after in pairs]
    streams = app.ledger.reader.streams(
        {stream_id for row in rows for stream_id in (row.delivery_id, row.contact_id)}
    )
    changes = []
    for before, after in pairs:
        events = filter(moments.includes, (*streams[after.delivery_id], *streams[after.contact_id]))
        shown = [recorded for recorded in events if recorded.topic != ContactEnrolled.topic]
        changes.append(ContactChange(before, after, sorted(shown, key=lambda each: each.seq)))
    return changes


def _views(app: Application, moments: Moments) -> tuple[CampaignQueries, CampaignQueries]:
    status = app.status
    now = status if moments.is_now else status.as_of(moments.last.seq)
    return status.as_of(moments.first.seq), now


def _campaign(views: CampaignQueries, campaign_id: str) -> CampaignRow | None:
    try:
        return views.campaign(campaign_id)
    except NotFound:
        return None


def _contact(views: CampaignQueries, delivery_id: str) -> ContactRow | None:
    try:
        return views.contact(delivery_id)
    except NotFound:
        return None


def _differs(change: CampaignChange) -> bool:
    before, after = change.before, change.after
    return before is None or (before.state, before.counts) != (after.state, after.counts)


def _sum(campaigns: Sequence[CampaignRow]) -> Counts:
    counts = [row.counts for row in campaigns]
    return Counts(
        total=sum(each.total for each in counts),
        delivered=sum(each.delivered for each in counts),
        pending=sum(each.pending for each in counts),
        failed=sum(each.failed for each in counts),
    )
