"""Keeps the texts that came in, and when each conversation moved last."""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from ledger.entry import Entry
from ledger.events import ContactForgotten, InboundReceived
from projections.conversations.tables import correspondents, inbound_texts, metadata
from projections.projection import Stretch, insert_into
from projections.shared.campaigns import campaigns_at
from projections.shared.tables import enrolments, standings


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
        for moved in (_written(stretch), *_told(stretch)):
            new = insert_into(connection, correspondents)
            new = new.from_select(correspondents.columns.keys(), moved)
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=[correspondents.c.contact_id],
                    set_={"last_seq": new.excluded.last_seq},
                    where=new.excluded.last_seq > correspondents.c.last_seq,
                )
            )


def _receive(connection: sa.Connection, entry: Entry, event: InboundReceived) -> None:
    form = dict(event.private.parameters) if event.private else {}
    connection.execute(
        sa.insert(inbound_texts).values(
            seq=entry.seq, contact_id=event.contact_id, body=form.get("Body", "")
        )
    )


def _written(stretch: Stretch) -> sa.Select[tuple[str, int]]:
    text = inbound_texts.c
    moved = sa.select(text.contact_id, sa.func.max(text.seq)).where(stretch.holds(text.seq))
    return moved.group_by(text.contact_id)


def _told(stretch: Stretch) -> Iterator[sa.Select[tuple[str, int]]]:
    """What happened to messages; from its launch on, a campaign's are the latest everywhere."""
    campaign, last_seq = campaigns_at(), standings.c.last_seq
    is_told = last_seq > campaign.c.launched_seq
    moved = (
        sa.select(
            enrolments.c.contact_id,
            sa.func.max(sa.case((is_told, last_seq), else_=campaign.c.launched_seq)),
        )
        .join_from(standings, enrolments, enrolments.c.delivery_id == standings.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == standings.c.campaign_id)
        .group_by(enrolments.c.contact_id)
    )
    if stretch.is_whole:
        yield moved.where(sa.true())
    else:
        yield moved.where(stretch.holds(last_seq))
        yield moved.where(stretch.holds(campaign.c.launched_seq))
