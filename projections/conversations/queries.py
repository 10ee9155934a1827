"""What the conversation pages ask: the selection panel, and one conversation."""

from collections.abc import Sequence
from datetime import datetime
from heapq import merge
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.errors import NotFound
from ledger.store.engine import reading
from projections.conversations.messages import (
    inbound_id,
    sent,
    sent_message,
    written,
    written_message,
)
from projections.conversations.rows import (
    ConversationPage,
    ConversationRow,
    Correspondent,
    MessageRow,
    Thread,
)
from projections.conversations.tables import correspondents, inbound_texts
from projections.tables.campaigns import campaigns_at
from projections.tables.people import name_of, phone_of
from projections.tables.schema import contacts, enrolments, events, standings


class ConversationQueries:
    """Reads who was texted and what was said."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def conversations(
        self,
        *,
        campaign_id: str | None = None,
        before: tuple[int, str] | None = None,
        size: int,
    ) -> ConversationPage:
        """The latest conversations: of all campaigns, or those of one with its own message."""
        listed = (_listed_of(campaign_id) if campaign_id else _listed()).subquery("listed")
        moved, contact_id = listed.c.last_seq, listed.c.contact_id
        query = sa.select(listed, *_person(contact_id))
        if before:
            mark = sa.tuple_(sa.literal(before[0]), sa.literal(before[1]))
            query = query.where(sa.tuple_(moved, contact_id) < mark)
        query = query.order_by(moved.desc(), contact_id.desc()).limit(size + 1)
        with reading(self._engine) as connection:
            found = connection.execute(query).mappings().all()
            messages = _messages_of(connection, found[:size])
        last = found[size - 1] if len(found) > size else None
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
                for row in found[:size]
            ],
            next_before=(last["last_seq"], last["contact_id"]) if last else None,
        )

    def conversation(self, contact_id: str) -> list[MessageRow]:
        """Everything said with this contact, the oldest first."""
        return list(self.thread(contact_id, size=None).rows)

    def thread(self, contact_id: str, *, before: int | None = None, size: int | None) -> Thread:
        """The latest messages with this contact, or the latest before that seq."""
        ours, theirs = enrolments.c, inbound_texts.c
        queries = [
            sent(ours.contact_id == contact_id, *_before(ours.seq, before)),
            written(theirs.contact_id == contact_id, *_before(theirs.seq, before)),
        ]
        limit = None if size is None else size + 1
        with reading(self._engine) as connection:
            parts = [_messages(connection, query.limit(limit)) for query in queries]
        found = list(merge(*parts, key=lambda row: row.seq, reverse=True))
        rows = found[:size][::-1]
        return Thread(rows=rows, earlier_before=rows[0].seq if len(found) > len(rows) else None)

    def message(self, message_id: str) -> MessageRow:
        """The text of a delivery; raises `NotFound`."""
        with reading(self._engine) as connection:
            found = _messages(connection, sent(enrolments.c.delivery_id == message_id))
        if not found:
            raise NotFound(f"There is no message {message_id}.")
        return found[0]

    def correspondent(self, contact_id: str) -> Correspondent | None:
        """A contact we have texted or heard from."""
        query = sa.select(correspondents, *_person(correspondents.c.contact_id)).where(
            correspondents.c.contact_id == contact_id
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        return Correspondent(phone=row["phone"], name=row["name"], forgotten_at=_forgotten_at(row))


def _messages_of(connection: sa.Connection, listed: Sequence[Any]) -> dict[str, MessageRow]:
    """Message id → the message that a line of the panel shows."""
    deliveries = [row["delivery_id"] for row in listed if row["delivery_id"]]
    seqs = [row["last_seq"] for row in listed if not row["delivery_id"]]
    messages = [
        *_messages(connection, sent(enrolments.c.delivery_id.in_(deliveries))),
        *_messages(connection, written(inbound_texts.c.seq.in_(seqs))),
    ]
    return {message.message_id: message for message in messages}


def _messages(connection: sa.Connection, query: sa.Select[Any]) -> list[MessageRow]:
    return [
        sent_message(row) if "delivery_id" in row else written_message(row)
        for row in connection.execute(query).mappings()
    ]


def _message_id(row: Any) -> str:
    found: str = row["delivery_id"] or inbound_id(row["last_seq"])
    return found


def _person(contact_id: sa.ColumnElement[str]) -> list[sa.Label[Any]]:
    """Number and name as they are known, and when they were last forgotten."""
    forgotten = sa.select(contacts.c.forgotten_at).where(contacts.c.contact_id == contact_id)
    return [
        phone_of(contact_id).label("phone"),
        name_of(contact_id).label("name"),
        forgotten.scalar_subquery().label("forgotten_at"),
    ]


def _forgotten_at(row: Any) -> datetime | None:
    at = row["forgotten_at"]
    return from_microseconds(at) if at is not None and not row["phone"] else None


def _before(seq: sa.ColumnElement[int], before: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if before is None else [seq < before]


def _listed() -> sa.Select[Any]:
    """Every correspondent, with the delivery that moved last, or none where a text came in."""
    event, of_launch = events.alias("event"), enrolments.alias("of_launch")
    delivery_id = (
        sa.select(of_launch.c.delivery_id)
        .where(
            of_launch.c.campaign_id == event.c.campaign_id,
            of_launch.c.contact_id == correspondents.c.contact_id,
        )
        .order_by(of_launch.c.seq.desc())  # else SQLite walks the campaign, not the contact
        .limit(1)
        .scalar_subquery()
    )
    return sa.select(
        correspondents,
        event.c.recorded_at.label("last_at"),
        sa.func.coalesce(event.c.delivery_id, delivery_id).label("delivery_id"),
    ).join(event, event.c.seq == correspondents.c.last_seq)


def _listed_of(campaign_id: str) -> sa.Select[Any]:
    """The contacts of one launched campaign."""
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
