"""A campaign's state at any seq: what the last act of staff, or of the sender, left it in."""

from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.events import (
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignPaused,
    CampaignResumed,
    Event,
    Failures,
)
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from ledger.recorded_event import RecordedEvent
from projections.tables.schema import (
    campaign_acts,
    campaign_zones,
    campaigns,
    enrolments,
    standings,
)

_STATES = {
    CampaignLaunched.topic: CampaignState.SENDING,
    CampaignPaused.topic: CampaignState.PAUSED,
    CampaignResumed.topic: CampaignState.SENDING,
    CampaignClosed.topic: CampaignState.CLOSED,
    CampaignArchived.topic: CampaignState.ARCHIVED,
}
"""The state in which each act leaves a campaign; the verbs refuse those out of place."""

CAMPAIGN_TOPICS = frozenset({CampaignCreated.topic, *_STATES})


@lru_cache(maxsize=100)
def campaigns_at(until: int | None = None) -> sa.Subquery:
    """The launched campaigns as they stood after that seq; without one, as they stand."""
    last, first = campaign_acts.alias("last_act"), campaign_acts.alias("first_act")
    act = campaign_acts.alias("act").c
    acts = sa.select(act.seq).where(act.campaign_id == campaigns.c.campaign_id)
    acts = acts if until is None else acts.where(act.seq <= until)
    earliest = acts.with_only_columns(sa.func.min(act.seq)).scalar_subquery()
    latest = acts.with_only_columns(sa.func.max(act.seq)).scalar_subquery()
    is_archived = last.c.state == CampaignState.ARCHIVED
    query = (
        sa.select(
            campaigns,
            last.c.state,
            first.c.at.label("launched_at"),
            first.c.actor.label("launched_by"),
            first.c.seq.label("launched_seq"),
            last.c.seq.label("act_seq"),
            last.c.reason.label("act_reason"),
            last.c.code.label("act_code"),
            last.c.failures.label("act_failures"),
            sa.case((is_archived, last.c.seq)).label("archived_seq"),
        )
        .join_from(campaigns, last, last.c.seq == latest)
        .join(first, first.c.seq == earliest)
    )
    return query.subquery("campaign")


def apply_campaign_event(connection: sa.Connection, entry: RecordedEvent) -> None:
    """Let an event of a campaign's stream change the tables."""
    if entry.topic == CampaignCreated.topic:
        _create(connection, entry)
    elif entry.topic == CampaignClosed.topic and not _is_launched(connection, entry.campaign_id):
        _sweep(connection, entry.campaign_id)
    else:
        if isinstance(entry.event, CampaignLaunched):
            _time(connection, entry.event)
        connection.execute(
            sa.insert(campaign_acts).values(
                seq=entry.seq,
                campaign_id=entry.campaign_id,
                state=_STATES[entry.topic].value,
                at=entry.row.recorded_at,
                actor=entry.event.actor,
                reason=entry.row.columns["reason"],
                code=entry.row.columns["code"],
                failures=_failures(entry.event),
            )
        )


def _create(connection: sa.Connection, entry: RecordedEvent) -> None:
    event = entry.event
    text = event.private if isinstance(event, CampaignCreated) else None
    connection.execute(
        sa.insert(campaigns).values(
            campaign_id=entry.campaign_id,
            name=text.name if text else "",
            message=text.message if text else "",
            is_listed=isinstance(event, CampaignCreated) and event.is_listed,
            **dict.fromkeys(DeliveryStatus, 0),
            in_flight=0,
        )
    )


def _time(connection: sa.Connection, event: CampaignLaunched) -> None:
    timing = event.timing
    of_it = sa.update(campaigns).where(campaigns.c.campaign_id == event.campaign_id)
    connection.execute(
        of_it.values(
            starts_at=to_microseconds(timing.starts_at) if timing.starts_at else None,
            send_before=to_microseconds(timing.send_before) if timing.send_before else None,
            send_window=str(timing.window) if timing.window else None,
        )
    )


def timing_of(row: Any) -> Schedule:
    """When the campaign of a row of `campaigns_at` may text."""
    return Schedule(
        starts_at=from_microseconds(row["starts_at"]) if row["starts_at"] else None,
        send_before=from_microseconds(row["send_before"]) if row["send_before"] else None,
        window=_window(row["send_window"]) if row["send_window"] else None,
    )


_window = lru_cache(maxsize=100)(SendWindow.parse)


def _failures(event: Event) -> str | None:
    failures = event.failures if isinstance(event, CampaignPaused) else None
    return msgspec.json.encode(failures).decode() if failures else None


def failures_of(text: str) -> Failures:
    """The failures that a row of `campaigns_at` tells of."""
    return msgspec.json.decode(text, type=Failures)


def _is_launched(connection: sa.Connection, campaign_id: str | None) -> bool:
    acts = sa.select(campaign_acts.c.seq).where(campaign_acts.c.campaign_id == campaign_id)
    return connection.execute(acts.limit(1)).one_or_none() is not None


def _sweep(connection: sa.Connection, campaign_id: str | None) -> None:
    """An abandoned launch leaves no trace; nobody was ever texted by it."""
    for table in (standings, enrolments, campaign_zones, campaigns):
        connection.execute(sa.delete(table).where(table.c.campaign_id == campaign_id))
