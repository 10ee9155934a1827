"""Keeps the texts that came in, and when each conversation moved last."""

from collections.abc import Mapping, Sequence
from functools import cache

import sqlalchemy as sa

from ledger.domain.events import ContactForgotten, InboundReceived
from ledger.recorded_event import RecordedEvent
from projections.conversations.tables import correspondents, inbound_texts, metadata
from projections.engine.ledger_events import events
from projections.engine.parking import has_invalid_columns
from projections.engine.projection import EventRange, Insert, Projection, insert_into, is_in_range
from projections.tables.campaigns import campaigns_at
from projections.tables.schema import enrolments, standings


class ConversationsProjection(Projection):
    """Inbound texts, and correspondents in the order of their latest message."""

    metadata = metadata
    topics = frozenset({InboundReceived.topic, ContactForgotten.topic})

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add what came in, and blank what is forgotten."""
        for recorded in recorded_events:
            if isinstance(recorded.event, InboundReceived):
                _receive(connection, recorded, recorded.event)
            else:
                of_contact = inbound_texts.c.contact_id == recorded.contact_id
                connection.execute(sa.update(inbound_texts).where(of_contact).values(body=""))

    def derive(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Move the conversations that the stretch says something of."""
        dialect = connection.dialect.name
        if event_range.is_whole:
            connection.execute(_moving(dialect, _all_told()))
        else:
            for launched in connection.scalars(_LAUNCHED_IN, event_range.bounds).all():
                of_it = _all_told().where(standings.c.campaign_id == launched)
                connection.execute(_moving(dialect, of_it))
            _move_to(connection, _told(connection, event_range))
        connection.execute(_moving_written(dialect), event_range.bounds)


def _move_to(connection: sa.Connection, moved: Mapping[str, int]) -> None:
    if moved:
        rows = [{"contact_id": contact_id, "last_seq": seq} for contact_id, seq in moved.items()]
        connection.execute(_moving_to(connection.dialect.name), rows)


@cache
def _moving_to(dialect: str) -> Insert:
    return _or_later(insert_into(dialect, correspondents))


@cache
def _moving_written(dialect: str) -> Insert:
    text = inbound_texts.c
    written = sa.select(text.contact_id, sa.func.max(text.seq)).where(is_in_range(text.seq))
    return _moving(dialect, written.group_by(text.contact_id))


def _moving(dialect: str, moved: sa.Select[str, int]) -> Insert:
    new = insert_into(dialect, correspondents)
    return _or_later(new.from_select(correspondents.columns.keys(), moved))


def _or_later(new: Insert) -> Insert:
    """The same, where those that are there move if their conversation moved before that."""
    return new.on_conflict_do_update(
        index_elements=[correspondents.c.contact_id],
        set_={"last_seq": new.excluded.last_seq},
        where=new.excluded.last_seq > correspondents.c.last_seq,
    )


def _receive(connection: sa.Connection, recorded: RecordedEvent, event: InboundReceived) -> None:
    form = dict(event.private.parameters) if event.private else {}
    connection.execute(
        sa.insert(inbound_texts).values(
            seq=recorded.seq, contact_id=event.contact_id, body=form.get("Body", "")
        )
    )


def _all_told() -> sa.Select[str, int]:
    """What happened to messages; from its launch on, a campaign's are the latest everywhere."""
    campaign, last_seq = campaigns_at(), standings.c.last_seq
    is_told = last_seq > campaign.c.launched_seq
    return (
        sa.select(
            enrolments.c.contact_id,
            sa.func.max(sa.case((is_told, last_seq), else_=campaign.c.launched_seq)),
        )
        .join_from(standings, enrolments, enrolments.c.delivery_id == standings.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == standings.c.campaign_id)
        .where(sa.true())  # SQLite would else take ON CONFLICT for the condition of a join
        .group_by(enrolments.c.contact_id)
    )


_launched = campaigns_at().c
_LAUNCHED = sa.select(_launched.campaign_id, _launched.launched_seq)
_LAUNCHED_IN = sa.select(_launched.campaign_id).where(is_in_range(_launched.launched_seq))
_TOLD = (
    sa.select(events.c.contact_id, events.c.campaign_id, sa.func.max(events.c.seq).label("seq"))
    .where(
        is_in_range(events.c.seq), events.c.rank.is_not(None), ~has_invalid_columns(events.c.seq)
    )
    .group_by(events.c.contact_id, events.c.campaign_id)
)


def _told(connection: sa.Connection, event_range: EventRange) -> Mapping[str, int]:
    """Contact → the last of what the stretch says of messages of launched campaigns."""
    launches = {row.campaign_id: row.launched_seq for row in connection.execute(_LAUNCHED)}
    last: dict[str, int] = {}
    for row in connection.execute(_TOLD, event_range.bounds):
        launched_seq = launches.get(row.campaign_id)
        if launched_seq is not None:
            last[row.contact_id] = max(row.seq, launched_seq, last.get(row.contact_id, 0))
    return last
