"""Queries for the conversation pages: the selection panel, and one conversation."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from heapq import merge
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.errors import NotFound
from ledger.store.engine import reading
from projections.conversations.listed import listed, listed_of, was_correspondent
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
from projections.tables.schema import enrolments
from projections.tables.standings import FactScope, standings_at


class ConversationQueries:
    """Finds correspondents and their messages; with `until` as of right after that seq."""

    def __init__(self, engine: sa.Engine, until: int | None = None) -> None:
        self._engine = engine
        self._until = until

    def as_of(self, seq: int) -> "ConversationQueries":
        """Return the same queries as of right after a seq."""
        return ConversationQueries(self._engine, until=seq)

    def conversations(
        self,
        *,
        campaign_id: str | None = None,
        before: tuple[int, str] | None = None,
        size: int,
    ) -> ConversationPage:
        """Return the latest conversations: of all campaigns, or of one with its own message."""
        until = self._until
        panel = listed_of(campaign_id, until) if campaign_id else listed(until)
        rows_of_panel = panel.subquery("listed")
        last_seq, contact_id = rows_of_panel.c.last_seq, rows_of_panel.c.contact_id
        query = sa.select(rows_of_panel, *_person(contact_id, until))
        if before:
            position = sa.tuple_(sa.literal(before[0]), sa.literal(before[1]))
            query = query.where(sa.tuple_(last_seq, contact_id) < position)
        query = query.order_by(last_seq.desc(), contact_id.desc()).limit(size + 1)
        with reading(self._engine) as connection:
            rows = connection.execute(query).mappings().all()
            messages = self._messages_of(connection, rows[:size])
        last = rows[size - 1] if len(rows) > size else None
        return ConversationPage(
            rows=[
                ConversationRow(
                    contact_id=row["contact_id"],
                    phone=row["phone"],
                    name=row["name"],
                    forgotten_at=_forgotten_at(row),
                    last_seq=row["last_seq"],
                    message=messages.get(_message_id(row)),
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
        of_contact = [enrolment.contact_id.in_(contact_ids), *_before(enrolment.seq, before)]
        from_contact = [text.contact_id.in_(contact_ids), *_before(text.seq, before)]
        limit = None if size is None else size + 1
        with reading(self._engine) as connection:
            parts = [
                self._sent(connection, *of_contact, limit=limit),
                self._inbound(connection, *from_contact, limit=limit),
            ]
        merged = list(merge(*parts, key=lambda row: row.seq, reverse=True))
        rows = merged[:size][::-1]
        return Thread(rows=rows, earlier_before=rows[0].seq if len(merged) > len(rows) else None)

    def message(self, message_id: str) -> MessageRow:
        """Return the message of a delivery; raises `NotFound`."""
        with reading(self._engine) as connection:
            messages = self._sent(connection, enrolments.c.delivery_id == message_id)
        if not messages:
            raise NotFound(f"There is no message {message_id}.")
        return messages[0]

    def correspondent(self, contact_id: str) -> Correspondent | None:
        """Return a contact with messages; None where there are none."""
        until, column = self._until, sa.literal(contact_id)
        is_opted_out = opted_out_at(column, until).label("is_opted_out")
        query = sa.select(*_person(column, until), is_opted_out).where(
            sa.exists().where(correspondents.c.contact_id == contact_id)
            if until is None
            else was_correspondent(contact_id, until)
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

    # Reading messages.

    def _messages_of(
        self, connection: sa.Connection, panel_rows: Sequence[Any]
    ) -> dict[str, MessageRow]:
        """Message id → the message in the row of the panel."""
        ids = [row["delivery_id"] for row in panel_rows]
        deliveries = [each for each in ids if isinstance(each, str)]  # a forger may write bytes
        seqs = [row["last_seq"] for row in panel_rows if not row["delivery_id"]]
        messages = [
            *self._sent(connection, enrolments.c.delivery_id.in_(deliveries)),
            *self._inbound(connection, inbound_texts.c.seq.in_(seqs)),
        ]
        return {message.message_id: message for message in messages}

    def _sent(
        self,
        connection: sa.Connection,
        *where: sa.ColumnElement[bool],
        limit: int | None = None,
    ) -> list[MessageRow]:
        """The texts to contacts that meet the conditions on `enrolments`, the latest first."""
        if self._until is None:
            return _sent_messages(connection, sent(*where).limit(limit))
        messages = [
            message
            for query in _sent_at(connection, self._until, where, limit)
            for message in _sent_messages(connection, query)
        ]
        return sorted(messages, key=lambda message: message.seq, reverse=True)

    def _inbound(
        self,
        connection: sa.Connection,
        *where: sa.ColumnElement[bool],
        limit: int | None = None,
    ) -> list[MessageRow]:
        query = inbound(*where, *_until(inbound_texts.c.seq, self._until)).limit(limit)
        return [inbound_message(row) for row in connection.execute(query).mappings()]


def _sent_messages(connection: sa.Connection, query: sa.Select[Any]) -> list[MessageRow]:
    return [sent_message(row) for row in connection.execute(query).mappings()]


def _sent_at(
    connection: sa.Connection,
    until: int,
    where: Sequence[sa.ColumnElement[bool]],
    limit: int | None,
) -> Iterator[sa.Select[Any]]:
    """Yield for each campaign the query of its selected texts as they were right after a seq."""
    campaign = campaigns_at(until)
    selected = (
        sa.select(enrolments.c.delivery_id, campaign.c.campaign_id, campaign.c.archived_seq)
        .join_from(enrolments, campaign, campaign.c.campaign_id == enrolments.c.campaign_id)
        .where(*where)
        .order_by(enrolments.c.seq.desc())
        .limit(limit)
    )
    deliveries: dict[tuple[str, int | None], list[str]] = {}
    for row in connection.execute(selected):
        deliveries.setdefault((row.campaign_id, row.archived_seq), []).append(row.delivery_id)
    for (campaign_id, archived_seq), ids in deliveries.items():
        scope = FactScope(campaign_id=campaign_id, until=until, archived_seq=archived_seq)
        standing = standings_at(scope, events.c.delivery_id.in_(ids)).subquery("standing")
        yield sent(enrolments.c.delivery_id.in_(ids), standing=standing, until=until)


def _message_id(row: Any) -> str:
    message_id: str = row["delivery_id"] or inbound_id(row["last_seq"])
    return message_id


def _person(contact_id: sa.ColumnElement[str], until: int | None) -> list[sa.Label[Any]]:
    """Number and name, and when the contact was last forgotten."""
    return [
        phone_of(contact_id, until).label("phone"),
        name_of(contact_id, until).label("name"),
        forgotten_at_of(contact_id).label("forgotten_at"),
    ]


def _forgotten_at(row: Any) -> datetime | None:
    at = row["forgotten_at"]
    return from_microseconds(at) if at is not None and not row["phone"] else None


def _before(seq: sa.ColumnElement[int], before: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if before is None else [seq < before]


def _until(seq: sa.ColumnElement[int], until: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if until is None else [seq <= until]
