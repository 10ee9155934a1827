"""Keeps the texts that came in, and when each conversation moved last."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ledger.entry import Entry
from ledger.events import ContactForgotten, InboundReceived
from projections.conversations.tables import correspondents, inbound_texts, metadata
from projections.projection import Stretch, insert_into
from projections.shared.campaigns import campaigns_at
from projections.shared.standings import is_unread
from projections.shared.tables import enrolments, events, standings


class ConversationsProjection:
    """Inbound texts, and correspondents in the order of their latest message."""

    metadata = metadata
    topics = frozenset({InboundReceived.topic, ContactForgotten.topic})

    def take(self, connection: sa.Connection, entries: Sequence[Entry]) -> None:
        """Add what came in, and blank what is forgotten."""
        for entry in entries:
            if isinstance(entry.event, InboundReceived):
                _receive(connection, entry, entry.event)
            else:
                of_contact = inbound_texts.c.contact_id == entry.contact_id
                connection.execute(sa.update(inbound_texts).where(of_contact).values(body=""))

    def derive(self, connection: sa.Connection, stretch: Stretch) -> None:
        """Move the conversations that the stretch says something of."""
        if stretch.is_whole:
            _move(connection, _all_told())
        else:
            for launched in _launched(connection, stretch):
                _move(connection, _all_told().where(standings.c.campaign_id == launched))
            _move_to(connection, _told(connection, stretch))
        _move(connection, _written(stretch))


def _move(connection: sa.Connection, moved: sa.Select[str, int]) -> None:
    new = insert_into(connection, correspondents)
    connection.execute(_or_later(new.from_select(correspondents.columns.keys(), moved)))


def _move_to(connection: sa.Connection, moved: Mapping[str, int]) -> None:
    if moved:
        rows = [{"contact_id": contact_id, "last_seq": seq} for contact_id, seq in moved.items()]
        connection.execute(_or_later(insert_into(connection, correspondents)), rows)


def _or_later(new: sqlite.Insert | postgresql.Insert) -> sqlite.Insert | postgresql.Insert:
    """The same, where those that are there move if their conversation moved before that."""
    return new.on_conflict_do_update(
        index_elements=[correspondents.c.contact_id],
        set_={"last_seq": new.excluded.last_seq},
        where=new.excluded.last_seq > correspondents.c.last_seq,
    )


def _receive(connection: sa.Connection, entry: Entry, event: InboundReceived) -> None:
    form = dict(event.private.parameters) if event.private else {}
    connection.execute(
        sa.insert(inbound_texts).values(
            seq=entry.seq, contact_id=event.contact_id, body=form.get("Body", "")
        )
    )


def _written(stretch: Stretch) -> sa.Select[str, int]:
    text = inbound_texts.c
    moved = sa.select(text.contact_id, sa.func.max(text.seq)).where(stretch.holds(text.seq))
    return moved.group_by(text.contact_id)


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


def _launched(connection: sa.Connection, stretch: Stretch) -> Sequence[str]:
    campaign = campaigns_at()
    query = sa.select(campaign.c.campaign_id).where(stretch.holds(campaign.c.launched_seq))
    return connection.scalars(query).all()


def _told(connection: sa.Connection, stretch: Stretch) -> Mapping[str, int]:
    """Contact → the last of what the stretch says of messages of launched campaigns."""
    event = events.c
    told = sa.select(event.contact_id, event.campaign_id, sa.func.max(event.seq).label("seq"))
    told = told.where(stretch.holds(event.seq), event.rank.is_not(None), ~is_unread(event.seq))
    campaign = campaigns_at()
    launches = {
        row.campaign_id: row.launched_seq
        for row in connection.execute(sa.select(campaign.c.campaign_id, campaign.c.launched_seq))
    }
    last: dict[str, int] = {}
    for row in connection.execute(told.group_by(event.contact_id, event.campaign_id)):
        launched_seq = launches.get(row.campaign_id)
        if launched_seq is not None:
            last[row.contact_id] = max(row.seq, launched_seq, last.get(row.contact_id, 0))
    return last
