"""Keeps inbound texts, the latest seq of each conversation, and which ones need a reply."""

from collections.abc import Mapping, Sequence
from functools import cache

import sqlalchemy as sa

from ledger.domain.events import ContactForgotten, ConversationAssigned, InboundReceived
from ledger.recorded_event import RecordedEvent
from ledger.store.upsert import Insert, insert_into
from projections.conversations.tables import correspondents, inbound_texts, metadata
from projections.conversations.waiting import ANSWERING_TOPICS, apply_waiting, derive_waiting
from projections.engine.ledger_events import events
from projections.engine.parking import has_invalid_columns
from projections.engine.projection import EventRange, Projection, is_in_range
from projections.tables.campaigns import campaigns_at
from projections.tables.schema import enrolments, standings


class ConversationsProjection(Projection):
    """Inbound texts, correspondents with the seq of their latest message, and who waits."""

    metadata = metadata
    topics = ANSWERING_TOPICS | {InboundReceived.topic, ConversationAssigned.topic}

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add inbound texts, mark those that need no reply, and empty those of the forgotten."""
        apply_waiting(connection, recorded_events)
        for recorded in recorded_events:
            if recorded.topic == ContactForgotten.topic:
                is_forgotten = (inbound_texts.c.contact_id == recorded.contact_id) & (
                    inbound_texts.c.seq < recorded.seq
                )
                connection.execute(sa.update(inbound_texts).where(is_forgotten).values(body=""))

    def derive(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Advance the conversations that have messages in the range."""
        dialect = connection.dialect.name
        if event_range.is_whole:
            connection.execute(_advancing(dialect, _latest_of_launched()))
        else:
            for campaign_id in connection.scalars(_LAUNCHED_IN, event_range.bounds).all():
                latest = _latest_of_launched().where(standings.c.campaign_id == campaign_id)
                connection.execute(_advancing(dialect, latest))
            _advance(connection, _latest_in(connection, event_range))
        connection.execute(_advancing_inbound(dialect), event_range.bounds)
        derive_waiting(connection, event_range)


def _advance(connection: sa.Connection, latest: Mapping[str, int]) -> None:
    if latest:
        rows = [{"contact_id": contact_id, "last_seq": seq} for contact_id, seq in latest.items()]
        connection.execute(_advancing_to(connection.dialect.name), rows)


@cache
def _advancing_to(dialect: str) -> Insert:
    return _or_later(insert_into(dialect, correspondents))


@cache
def _advancing_inbound(dialect: str) -> Insert:
    text = inbound_texts.c
    inbound = sa.select(text.contact_id, sa.func.max(text.seq)).where(is_in_range(text.seq))
    return _advancing(dialect, inbound.group_by(text.contact_id))


def _advancing(dialect: str, latest: sa.Select[str, int]) -> Insert:
    new = insert_into(dialect, correspondents)
    return _or_later(new.from_select(correspondents.columns.keys(), latest))


def _or_later(new: Insert) -> Insert:
    """Complete the INSERT: existing rows change only to a later seq."""
    return new.on_conflict_do_update(
        index_elements=[correspondents.c.contact_id],
        set_={"last_seq": new.excluded.last_seq},
        where=new.excluded.last_seq > correspondents.c.last_seq,
    )


def _latest_of_launched() -> sa.Select[str, int]:
    """The latest seq of each contact of launched campaigns: at least that of the launch."""
    campaign, last_seq = campaigns_at(), standings.c.last_seq
    is_after_launch = last_seq > campaign.c.launched_seq
    return (
        sa.select(
            enrolments.c.contact_id,
            sa.func.max(sa.case((is_after_launch, last_seq), else_=campaign.c.launched_seq)),
        )
        .join_from(standings, enrolments, enrolments.c.delivery_id == standings.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == standings.c.campaign_id)
        .where(sa.true())  # else SQLite parses ON CONFLICT as the condition of a join
        .group_by(enrolments.c.contact_id)
    )


_launched = campaigns_at().c
_LAUNCHED = sa.select(_launched.campaign_id, _launched.launched_seq)
_LAUNCHED_IN = sa.select(_launched.campaign_id).where(is_in_range(_launched.launched_seq))
_LATEST_IN_RANGE = (
    sa.select(events.c.contact_id, events.c.campaign_id, sa.func.max(events.c.seq).label("seq"))
    .where(
        is_in_range(events.c.seq), events.c.rank.is_not(None), ~has_invalid_columns(events.c.seq)
    )
    .group_by(events.c.contact_id, events.c.campaign_id)
)


def _latest_in(connection: sa.Connection, event_range: EventRange) -> Mapping[str, int]:
    """Contact → the latest seq in the range about messages of launched campaigns."""
    launches = {row.campaign_id: row.launched_seq for row in connection.execute(_LAUNCHED)}
    latest: dict[str, int] = {}
    for row in connection.execute(_LATEST_IN_RANGE, event_range.bounds):
        launched_seq = launches.get(row.campaign_id)
        if launched_seq is not None:
            latest[row.contact_id] = max(row.seq, launched_seq, latest.get(row.contact_id, 0))
    return latest
