"""Conversations as staff work through them: those that need a reply first, then all others."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from ledger.store.engine import reading
from projections.conversations.inbox_query import counts, other_page, waiting_count, waiting_page
from projections.conversations.messages import inbound_id
from projections.conversations.queries import ConversationQueries, forgotten_at_in
from projections.conversations.rows import (
    InboxCounts,
    InboxFilter,
    InboxPage,
    InboxRow,
    InboxScope,
    MessageRow,
)

Place = tuple[int, str]
"""Where a page begins: after a seq and a contact, which is empty among those that need a reply."""

_waiting_page, _other_page = map(lru_cache(maxsize=100), (waiting_page, other_page))


class Inbox(ConversationQueries):
    """The queries of conversations, and the list that staff work through."""

    def page(self, scope: InboxScope, *, before: Place | None = None, size: int) -> InboxPage:
        """Return a page of conversations."""
        with reading(self._engine) as connection:
            waiting = self._waiting(connection, scope, before, size + 1)
            others: Sequence[Any] = []
            if len(waiting) <= size and scope.chosen is not InboxFilter.NEEDS_REPLY:
                after = before if before and before[1] else None
                others = self._others(connection, scope, after, size + 1 - len(waiting))
            shown = [*((row, True) for row in waiting), *((row, False) for row in others)]
            messages = self._messages(connection, shown[:size])
        rows = [_row(row, messages, needs_reply=is_waiting) for row, is_waiting in shown[:size]]
        return InboxPage(rows=rows, next_before=_place(rows[-1]) if len(shown) > size else None)

    def counts(self, user_id: str, campaign_id: str | None = None) -> InboxCounts:
        """Return how many conversations need a reply, and how many are this user's."""
        query = counts(
            self._scope, is_of_campaign=campaign_id is not None, is_past=self._until is not None
        )
        parameters = {"user": user_id, "campaign": campaign_id, "until": self._until}
        with reading(self._engine) as connection:
            row = connection.execute(query, parameters).one()
        return InboxCounts(
            needs_reply=row.needs_reply, waiting_since_seq=row.waiting_since_seq, mine=row.mine
        )

    def count_waiting(self) -> int:
        """Return how many conversations need a reply now, at most `MOST_COUNTED`."""
        with reading(self._engine) as connection:
            return connection.scalar(waiting_count(self._scope)) or 0

    def _waiting(
        self, connection: sa.Connection, scope: InboxScope, before: Place | None, count: int
    ) -> Sequence[Any]:
        if before and before[1]:
            return []
        build = waiting_page if scope.search else _waiting_page
        query = build(
            _without_ids(scope),
            self._scope,
            is_past=self._until is not None,
            is_continued=before is not None,
        )
        return connection.execute(query, self._parameters(scope, before, count)).mappings().all()

    def _others(
        self, connection: sa.Connection, scope: InboxScope, after: Place | None, count: int
    ) -> Sequence[Any]:
        build = other_page if scope.search else _other_page
        query = build(
            _without_ids(scope),
            self._scope,
            is_past=self._until is not None,
            is_continued=after is not None,
        )
        return connection.execute(query, self._parameters(scope, after, count)).mappings().all()

    def _parameters(self, scope: InboxScope, before: Place | None, count: int) -> dict[str, Any]:
        seq, contact_id = before or (None, None)
        return {
            "campaign": scope.campaign_id,
            "user": scope.user_id,
            "until": self._until,
            "before_seq": seq,
            "before_contact": contact_id,
            "count": count,
        }

    def _messages(
        self, connection: sa.Connection, shown: Sequence[tuple[Any, bool]]
    ) -> dict[str, MessageRow]:
        """Message id → the messages that the rows show."""
        deliveries = {row["sent_id"] for row, _ in shown if row["sent_id"]}
        deliveries |= {_delivery_id(row) for row, is_waiting in shown if not is_waiting} - {None}
        seqs = [row["last_seq"] for row, is_waiting in shown if is_waiting or not _delivery_id(row)]
        messages = self._messages_with(connection, sorted(deliveries), seqs)
        return {message.message_id: message for message in messages}


def _without_ids(scope: InboxScope) -> InboxScope:
    """The scope as its statement knows it: which campaign and user are parameters."""
    return InboxScope(
        chosen=scope.chosen,
        campaign_id="the parameter" if scope.campaign_id else None,
        search=scope.search,
    )


def _delivery_id(row: Any) -> str | None:
    delivery_id = row.get("delivery_id")
    return delivery_id if isinstance(delivery_id, str) else None  # an altered event has others


def _row(row: Any, messages: dict[str, MessageRow], *, needs_reply: bool) -> InboxRow:
    delivery_id = None if needs_reply else _delivery_id(row)
    return InboxRow(
        contact_id=row["contact_id"],
        phone=row["phone"],
        name=row["name"],
        forgotten_at=forgotten_at_in(row),
        last_seq=row["last_seq"],
        message=messages.get(delivery_id or inbound_id(row["last_seq"])),
        needs_reply=needs_reply,
        sent=messages.get(row["sent_id"]),
        assignee=row["assignee"],
    )


def _place(row: InboxRow) -> Place:
    return row.last_seq, "" if row.needs_reply else row.contact_id
