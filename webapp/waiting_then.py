"""What waited at a past moment, read from the events: launches, resends and drafts.

The views know what waits now alone.
"""

from collections.abc import Iterator, Sequence

from ledger.domain.events import (
    CampaignDrafted,
    DraftClosed,
    Event,
    LaunchApproved,
    LaunchRefused,
    LaunchRequested,
    LaunchVoided,
    ResendApprovalRequested,
    ResendApproved,
    ResendFinished,
    ResendRefused,
)
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from projections.drafts import DraftRow
from projections.launch_requests import RequestRow
from projections.resend_requests import ResendRequestRow
from webapp.bootstrap import Application
from webapp.explain.event_problems import sound

_LAUNCHES = (LaunchRequested, LaunchApproved, LaunchRefused, LaunchVoided)
_RESENDS = (ResendApprovalRequested, ResendApproved, ResendRefused, ResendFinished)
_DRAFTS = (CampaignDrafted, DraftClosed)


def launches_that_waited(app: Application, until: int) -> list[RequestRow]:
    """Return the launches that waited for approval right after a seq, the oldest first."""
    return [
        RequestRow(
            campaign_id=recorded.stream_id,
            name=event.private.name if event.private else "",
            requested_at=recorded.recorded_at,
            requested_by=event.actor,
            contact_count=event.contact_count,
            office_id=event.office_id,
        )
        for recorded in _last_of_each(app, _LAUNCHES, until)
        if isinstance(event := recorded.event, LaunchRequested) and app.scope.sees(event.office_id)
    ]


def resends_that_waited(app: Application, until: int) -> list[ResendRequestRow]:
    """Return the resends that waited for approval right after a seq, the oldest first."""
    names = app.names.as_of(until).campaigns()
    return [
        ResendRequestRow(
            resend_id=recorded.stream_id,
            campaign_id=event.campaign_id,
            name=names[event.campaign_id],
            requested_at=recorded.recorded_at,
            requested_by=event.actor,
            contact_count=event.contact_count,
        )
        for recorded in _last_of_each(app, _RESENDS, until)
        if isinstance(event := recorded.event, ResendApprovalRequested)
        and event.campaign_id in names
    ]


def drafts_then(app: Application, until: int) -> list[DraftRow]:
    """Return the drafts that were open right after a seq, the newest first."""
    return [
        DraftRow(
            recorded.stream_id,
            event.private.name if event.private else "",
            recorded.recorded_at,
            event.actor,
            event.office_id,
        )
        for recorded in reversed(list(_last_of_each(app, _DRAFTS, until)))
        if isinstance(event := recorded.event, CampaignDrafted) and app.scope.sees(event.office_id)
    ]


def _last_of_each(
    app: Application, kinds: Sequence[type[Event]], until: int
) -> Iterator[RecordedEvent]:
    """Yield the last event of these kinds in each stream, in the order of seq."""
    topics = tuple(kind.topic for kind in kinds)
    events = sound(app.ledger.reader.search(Search(topics=topics, before=until + 1)))
    last = {recorded.stream_id: recorded for recorded in events}
    yield from sorted(last.values(), key=lambda recorded: recorded.seq)
