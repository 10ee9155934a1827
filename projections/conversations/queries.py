"""Queries for the conversation pages: the selection panel, and one conversation."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from heapq import merge
from typing import Any, Self

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.events import AttemptStarted
from ledger.domain.offices import EVERYTHING, Scope
from ledger.errors import NotFound
from ledger.store.engine import reading
from projections.conversations.messages import (
    inbound,
    inbound_id,
    inbound_message,
    sent_message,
)
from projections.conversations.rows import (
    ConversationPage,
    ConversationRow,
    Correspondent,
    MessageRow,
    Thread,
)
from projections.conversations.statements import (
    campaigns_of_deliveries_at,
    correspondent,
    panel,
    sent_at,
    sent_now,
)
from projections.conversations.tables import inbound_texts
from projections.engine.ledger_events import events
from projections.tables.campaigns import campaigns_at
from projections.tables.facts import UNTIL, Until, scopes_of_deliveries
from projections.tables.offices import in_scope, is_seen_text, office_of_text
from projections.tables.schema import campaigns, enrolments


class ConversationQueries:
    """Finds correspondents and their messages; with `until` as of right after that seq.

    With a scope it knows the people in campaigns of its offices. Their messages of other offices
    are in their place, without anything else.
    """

    def __init__(
        self, engine: sa.Engine, until: int | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self._engine = engine
        self._scope = scope
        self._until = until
        self._moment: Until = None if until is None else UNTIL

    def as_of(self, seq: int) -> Self:
        """Return the same queries as of right after a seq."""
        return type(self)(self._engine, until=seq, scope=self._scope)

    def conversations(
        self,
        *,
        campaign_id: str | None = None,
        before: tuple[int, str] | None = None,
        size: int,
    ) -> ConversationPage:
        """Return the latest conversations: of all campaigns, or of one with its own message."""
        query = panel(
            is_of_campaign=campaign_id is not None,
            is_past=self._until is not None,
            is_continued=before is not None,
            scope=self._scope,
        )
        parameters = {"campaign": campaign_id, "until": self._until, "count": size + 1}
        if before:
            parameters |= {"before_seq": before[0], "before_contact": before[1]}
        with reading(self._engine) as connection:
            rows = connection.execute(query, parameters).mappings().all()
            messages = self._messages_of(connection, rows[:size])
        last = rows[size - 1] if len(rows) > size else None
        return ConversationPage(
            rows=[
                ConversationRow(
                    contact_id=row["contact_id"],
                    phone=row["phone"],
                    name=row["name"],
                    forgotten_at=forgotten_at_in(row),
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
            enrolled = self._enrolled(connection, *of_contact, limit=limit)
            texts = self._inbound(connection, *from_contact, limit=limit)
            sent = self._sent_of(connection, [row.delivery_id for row in enrolled])
        # An enrolment that was altered counts, though its text is not shown at a past seq.
        seqs = sorted([*(row.seq for row in enrolled), *(text.seq for text in texts)], reverse=True)
        earliest = seqs[:size][-1] if seqs else 0
        merged = merge(sent, texts, key=lambda row: row.seq, reverse=True)
        rows = [row for row in merged if row.seq >= earliest][::-1]
        is_more = size is not None and len(seqs) > size
        return Thread(rows=rows, earlier_before=earliest if is_more else None)

    def message(self, message_id: str) -> MessageRow:
        """Return the message of a delivery; raises `NotFound`."""
        with reading(self._engine) as connection:
            enrolled = self._enrolled(connection, enrolments.c.delivery_id == message_id)
            messages = self._sent_of(connection, [row.delivery_id for row in enrolled])
        if not messages or messages[0].is_of_other_office:
            raise NotFound(f"There is no message {message_id}.")
        return messages[0]

    def correspondent(self, contact_id: str) -> Correspondent | None:
        """Return a contact with messages; None where there are none."""
        query = correspondent(is_past=self._until is not None, scope=self._scope)
        parameters = {"contact": contact_id, "until": self._until}
        with reading(self._engine) as connection:
            row = connection.execute(query, parameters).mappings().one_or_none()
        if row is None:
            return None
        return Correspondent(
            phone=row["phone"],
            name=row["name"],
            forgotten_at=forgotten_at_in(row),
            is_opted_out=row["is_opted_out"],
            needs_reply=bool(row["needs_reply"]),
            assignee=row["assignee"],
        )

    def answered_office(self, contact_id: str) -> str | None:
        """Return the office to which a reply belongs, of those that are seen.

        It is that of the latest text that needs a reply, else of the last text to the person.
        """
        attempt = events.c
        query = (
            sa.select(campaigns.c.office_id)
            .join_from(enrolments, campaigns, campaigns.c.campaign_id == enrolments.c.campaign_id)
            .join(
                events,
                (attempt.stream_id == enrolments.c.delivery_id)
                & (attempt.topic == AttemptStarted.topic),
                isouter=True,
            )
            .where(
                enrolments.c.contact_id == contact_id,
                in_scope(self._scope, campaigns.c.office_id),
            )
            .order_by(sa.func.coalesce(attempt.seq, 0).desc())
            .limit(1)
        )
        text = inbound_texts.c
        office_id = office_of_text(text.contact_id, text.seq)
        waiting = (
            sa.select(office_id.label("office_id"))
            .where(
                text.contact_id == contact_id,
                text.answered_seq.is_(None),
                in_scope(self._scope, office_id),
            )
            .order_by(text.seq.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(waiting).one_or_none()
            office: str | None = row.office_id if row else connection.scalar(query)
        return office

    def seen_texts(self, seqs: Collection[int]) -> set[int]:
        """Return the seqs of those of the texts from people that answer a text in the scope."""
        if not seqs:
            return set()
        text = inbound_texts.c
        is_seen = is_seen_text(self._scope, text.contact_id, text.seq)
        query = sa.select(text.seq).where(text.seq.in_(seqs), is_seen)
        with reading(self._engine) as connection:
            return set(connection.scalars(query))

    # Reading messages.

    def _messages_of(
        self, connection: sa.Connection, panel_rows: Sequence[Any]
    ) -> dict[str, MessageRow]:
        """Message id → the message in the row of the panel."""
        ids = (row["delivery_id"] for row in panel_rows)
        deliveries = [each for each in ids if isinstance(each, str)]  # an altered event has others
        seqs = [row["last_seq"] for row in panel_rows if not row["delivery_id"]]
        messages = self._messages_with(connection, deliveries, seqs)
        return {message.message_id: message for message in messages}

    def _messages_with(
        self, connection: sa.Connection, deliveries: Sequence[str], seqs: Sequence[int]
    ) -> list[MessageRow]:
        """The texts of these deliveries, and the inbound texts with these seqs."""
        return [
            *self._sent_of(connection, deliveries),
            *self._inbound(connection, inbound_texts.c.seq.in_(seqs)),
        ]

    def _enrolled(
        self,
        connection: sa.Connection,
        *where: sa.ColumnElement[bool],
        limit: int | None = None,
    ) -> Sequence[Any]:
        """The ids and seqs of the enrolments that meet the conditions, the latest first."""
        campaign = campaigns_at(self._moment)
        selected = (
            sa.select(enrolments.c.delivery_id, enrolments.c.seq)
            .join(campaign, campaign.c.campaign_id == enrolments.c.campaign_id)
            .where(*where)
            .order_by(enrolments.c.seq.desc())
            .limit(limit)
        )
        return connection.execute(selected, {"until": self._until}).all()

    def _sent_of(self, connection: sa.Connection, delivery_ids: Sequence[str]) -> list[MessageRow]:
        """The texts of these deliveries, the latest first."""
        parameters = {"deliveries": delivery_ids, "until": self._until}
        if self._until is None:
            return self._sent_messages(connection, sent_now(), parameters)
        rows = connection.execute(campaigns_of_deliveries_at(), parameters).mappings().all()
        messages = [
            message
            for is_archived, of_campaign in scopes_of_deliveries(rows, self._until)
            for message in self._sent_messages(
                connection, sent_at(is_archived=is_archived), of_campaign
            )
        ]
        return sorted(messages, key=lambda message: message.seq, reverse=True)

    def _sent_messages(
        self, connection: sa.Connection, query: sa.Select[Any], parameters: Mapping[str, Any]
    ) -> list[MessageRow]:
        rows = connection.execute(query, parameters).mappings()
        return [sent_message(row, self._scope) for row in rows]

    def _inbound(
        self,
        connection: sa.Connection,
        *where: sa.ColumnElement[bool],
        limit: int | None = None,
    ) -> list[MessageRow]:
        until = _until(inbound_texts.c.seq, self._until)
        query = inbound(*where, *until, scope=self._scope).limit(limit)
        return [inbound_message(row) for row in connection.execute(query).mappings()]


def _message_id(row: Any) -> str:
    message_id: str = row["delivery_id"] or inbound_id(row["last_seq"])
    return message_id


def forgotten_at_in(row: Any) -> datetime | None:
    """When number and name of a row were destroyed; None while the number is known."""
    at = row["forgotten_at"]
    return from_microseconds(at) if at is not None and not row["phone"] else None


def _before(seq: sa.ColumnElement[int], before: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if before is None else [seq < before]


def _until(seq: sa.ColumnElement[int], until: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if until is None else [seq <= until]
