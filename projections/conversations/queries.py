"""Queries for the conversation pages: the selection panel, and one conversation."""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.errors import NotFound
from ledger.store.engine import reading
from projections.conversations.messages import (
    inbound,
    inbound_id,
    inbound_message,
    sent,
    sent_message,
)
from projections.conversations.rows import (
    ConversationPage,
    ConversationRow,
    Correspondent,
    MessageRow,
    Thread,
)
from projections.conversations.tables import correspondents, inbound_texts
from projections.engine.ledger_events import events
from projections.tables.campaigns import campaigns_at
from projections.tables.contacts import forgotten_at_of, name_of, opted_out_at, phone_of
from projections.tables.schema import enrolments, standings


class ConversationQueries:
    """Finds correspondents and their messages."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def conversations(
        self,
        *,
        campaign_id: str | None = None,
        before: tuple[int, str] | None = None,
        size: int,
    ) -> ConversationPage:
        """Return the latest conversations: of all campaigns, or of one with its own message."""
        listed = (_listed_of(campaign_id) if campaign_id else _listed()).subquery("listed")
        last_seq, contact_id = listed.c.last_seq, listed.c.contact_id
        query = sa.select(listed, *_person(contact_id))
        if before:
            position = sa.tuple_(sa.literal(before[0]), sa.literal(before[1]))
            query = query.where(sa.tuple_(last_seq, contact_id) < position)
        query = query.order_by(last_seq.desc(), contact_id.desc()).limit(size + 1)
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
            messages = _messages_of(connection, rows[:size])
        last = rows[size - 1] if len(rows) > size else None
        return ConversationPage(
            rows=[
                ConversationRow(
                    contact_id=row["contact_id"],
                    phone=row["phone"],
                    name=row["name"],
                    forgotten_at=_forgotten_at(row),
                    last_at=from_microseconds(row["last_at"]),
                    message=messages[_message_id(row)],
                )
                for row in rows[:size]
            ],
            next_before=(last["last_seq"], last["contact_id"]) if last else None,
        )

    def conversation(self, contact_id: str) -> list[MessageRow]:
        """Return all messages with the contact, the oldest first."""
        return list(self.thread(contact_id, size=None).rows)

    def thread(
        self,
        contact_id: str,
        *,
        same_phone: Sequence[str] = (),
        before: int | None = None,
        size: int | None,
    ) -> Thread:
        """Return the latest messages with the contact, or the latest before a seq.

        `same_phone` has the ids of other contacts with the same phone, whose messages are included.
        """
        enrolment, text = enrolments.c, inbound_texts.c
        contact_ids = [contact_id, *same_phone]
        queries = [
            sent(enrolment.contact_id.in_(contact_ids), *_before(enrolment.seq, before)),
            inbound(text.contact_id.in_(contact_ids), *_before(text.seq, before)),
        ]
        limit = None if size is None else size + 1
        with reading(self._engine) as connection:
            parts = [_messages(connection, query.limit(limit)) for query in queries]
        merged = list(merge(*parts, key=lambda row: row.seq, reverse=True))
        rows = merged[:size][::-1]
        return Thread(rows=rows, earlier_before=rows[0].seq if len(merged) > len(rows) else None)

    def message(self, message_id: str) -> MessageRow:
        """Return the message of a delivery; raises `NotFound`."""
        with reading(self._engine) as connection:
            messages = _messages(connection, sent(enrolments.c.delivery_id == message_id))
        if not messages:
            raise NotFound(f"There is no message {message_id}.")
        return messages[0]

    def correspondent(self, contact_id: str) -> Correspondent | None:
        """Return a contact with messages; None where there are none."""
        column = correspondents.c.contact_id
        is_opted_out = opted_out_at(column, until=None).label("is_opted_out")
        query = sa.select(correspondents, *_person(column), is_opted_out).where(
            column == contact_id
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        return Correspondent(
            phone=row["phone"],
            name=row["name"],
            forgotten_at=_forgotten_at(row),
            is_opted_out=row["is_opted_out"],
        )


def _messages_of(connection: sa.Connection, listed: Sequence[Any]) -> dict[str, MessageRow]:
    """Message id → the message in the row of the panel."""
    deliveries = [row["delivery_id"] for row in listed if row["delivery_id"]]
    seqs = [row["last_seq"] for row in listed if not row["delivery_id"]]
    messages = [
        *_messages(connection, sent(enrolments.c.delivery_id.in_(deliveries))),
        *_messages(connection, inbound(inbound_texts.c.seq.in_(seqs))),
    ]
    return {message.message_id: message for message in messages}


def _messages(connection: sa.Connection, query: sa.Select[Any]) -> list[MessageRow]:
    return [
        sent_message(row) if "delivery_id" in row else inbound_message(row)
        for row in connection.execute(query).mappings()
    ]


def _message_id(row: Any) -> str:
    message_id: str = row["delivery_id"] or inbound_id(row["last_seq"])
    return message_id


def _person(contact_id: sa.ColumnElement[str]) -> list[sa.Label[Any]]:
    """Number and name, and when the contact was last forgotten."""
    return [
        phone_of(contact_id).label("phone"),
        name_of(contact_id).label("name"),
        forgotten_at_of(contact_id).label("forgotten_at"),
    ]


def _forgotten_at(row: Any) -> datetime | None:
    at = row["forgotten_at"]
    return from_microseconds(at) if at is not None and not row["phone"] else None


def _before(seq: sa.ColumnElement[int], before: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if before is None else [seq < before]


def _listed() -> sa.Select[Any]:
    """Every correspondent with its latest delivery; NULL where the latest message is inbound."""
    event, of_launch = events.alias("event"), enrolments.alias("of_launch")
    delivery_id = (
        sa.select(of_launch.c.delivery_id)
        .where(
            of_launch.c.campaign_id == event.c.campaign_id,
            of_launch.c.contact_id == correspondents.c.contact_id,
        )
        .order_by(of_launch.c.seq.desc())  # else SQLite scans the campaign instead of the contact
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(
        correspondents,
        event.c.recorded_at.label("last_at"),
        sa.func.coalesce(event.c.delivery_id, delivery_id).label("delivery_id"),
    ).join(event, event.c.seq == correspondents.c.last_seq)


def _listed_of(campaign_id: str) -> sa.Select[Any]:
    """Every contact of a launched campaign with its delivery there."""
    campaign, event = campaigns_at(), events.alias("event")
    return (
        sa.select(
            enrolments.c.contact_id,
            standings.c.last_seq,
            event.c.recorded_at.label("last_at"),
            standings.c.delivery_id,
        )
        .join_from(standings, enrolments, enrolments.c.delivery_id == standings.c.delivery_id)
        .join(campaign, campaign.c.campaign_id == standings.c.campaign_id)
        .join(event, event.c.seq == standings.c.last_seq)
        .where(standings.c.campaign_id == campaign_id)
    )
