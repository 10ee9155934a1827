"""The log of tries, kept for some days, and the messages about no event that wait."""

import json
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import NotFound
from ledger.store.engine import reading, writing
from ledger.store.upsert import insert_into
from webapp.unwritten_counts import TablesAtFirstUse
from webapp.webhooks.message import Message, MessageType
from webapp.webhooks.posting import Answer
from webapp.webhooks.tables import metadata, webhook_notices, webhook_tries

KEPT_FOR = timedelta(days=14)
MOST_TRIES = 2000
"""How many tries of each endpoint are kept."""
MOST_NOTICES = 500
"""How many messages about no event wait for one endpoint; further ones are dropped."""

_tries, _notices = webhook_tries.c, webhook_notices.c


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try to send a message."""

    try_id: str
    endpoint_id: str
    at: datetime
    message_id: str
    type: str
    seq: int | None
    answer: Answer


class TryLog:
    """Reads and writes the log. Every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._tables = TablesAtFirstUse(engine, metadata)

    def newest(self, endpoint_id: str, limit: int) -> list[Try]:
        """Return the newest tries of an endpoint, the newest first."""
        query = sa.select(webhook_tries).where(_tries.endpoint_id == endpoint_id)
        query = query.order_by(_tries.at.desc(), _tries.try_id).limit(limit)
        return self._read(query)

    def one(self, endpoint_id: str, try_id: str) -> Try:
        """Return one try; raises `NotFound`."""
        is_it = (_tries.endpoint_id == endpoint_id) & (_tries.try_id == try_id)
        tries = self._read(sa.select(webhook_tries).where(is_it))
        if not tries:
            raise NotFound("This try is no longer in the log.")
        return tries[0]

    def add(self, tries: Sequence[Try]) -> None:
        """Add tries."""
        self._tables.ensure()
        with writing(self._engine) as connection:
            add_tries(connection, tries)

    def tidy(self, endpoint_id: str) -> None:
        """Delete the tries of an endpoint that are too old or too many."""
        of_endpoint = _tries.endpoint_id == endpoint_id
        newest = sa.select(_tries.at).where(of_endpoint).order_by(_tries.at.desc())
        with writing(self._engine) as connection:
            last = connection.scalar(newest.offset(MOST_TRIES).limit(1)) or 0
            oldest = to_microseconds(self._clock.now() - KEPT_FOR)
            outdated = of_endpoint & (_tries.at <= max(last, oldest))
            connection.execute(sa.delete(webhook_tries).where(outdated))

    def tidy_all(self) -> None:
        """Delete the tries of all endpoints that are too old, also where nothing is sent now."""
        self._tables.ensure()
        oldest = to_microseconds(self._clock.now() - KEPT_FOR)
        with writing(self._engine) as connection:
            connection.execute(sa.delete(webhook_tries).where(_tries.at <= oldest))

    # Messages about no event.

    def notices(self, endpoint_id: str) -> list[Message]:
        """Return the messages about no event that wait for an endpoint, the oldest first."""
        query = sa.select(webhook_notices).where(_notices.endpoint_id == endpoint_id)
        self._tables.ensure()
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(_notices.at, _notices.key)).all()
        return [_notice(row) for row in rows]

    def with_notices(self) -> set[str]:
        """Return the endpoints for which messages about no event wait."""
        self._tables.ensure()
        with reading(self._engine) as connection:
            return set(connection.scalars(sa.select(_notices.endpoint_id).distinct()))

    def _read(self, query: sa.Select[Any]) -> list[Try]:
        self._tables.ensure()
        with reading(self._engine) as connection:
            return [_try(row) for row in connection.execute(query)]


def add_tries(connection: sa.Connection, tries: Sequence[Try]) -> None:
    """Add tries in a transaction."""
    if tries:
        connection.execute(sa.insert(webhook_tries), [_row(each) for each in tries])


def remove_notices(connection: sa.Connection, endpoint_id: str, keys: Collection[str]) -> None:
    """Remove messages about no event, which an endpoint took."""
    if keys:
        taken = (_notices.endpoint_id == endpoint_id) & _notices.key.in_(keys)
        connection.execute(sa.delete(webhook_notices).where(taken))


def add_notice(connection: sa.Connection, endpoint_ids: Collection[str], message: Message) -> None:
    """Let a message about no event wait for these endpoints; one of that key waits once."""
    new = insert_into(connection.dialect.name, webhook_notices)
    for endpoint_id in endpoint_ids:
        count = sa.select(sa.func.count()).where(_notices.endpoint_id == endpoint_id)
        if (connection.scalar(count) or 0) < MOST_NOTICES:
            row = {
                "endpoint_id": endpoint_id,
                "key": message.key,
                "type": message.type.value,
                "at": to_microseconds(message.at),
                "data": json.dumps(message.data),
            }
            connection.execute(new.values(row).on_conflict_do_nothing())


def new_try(
    endpoint_id: str, message: Message, message_id: str, at: datetime, answer: Answer
) -> Try:
    """Return the try of a message that was answered so."""
    return Try(
        try_id=uuid.uuid4().hex,
        endpoint_id=endpoint_id,
        at=at,
        message_id=message_id,
        type=message.type.value,
        seq=message.seq,
        answer=answer,
    )


def _row(each: Try) -> dict[str, object]:
    return {
        "try_id": each.try_id,
        "endpoint_id": each.endpoint_id,
        "at": to_microseconds(each.at),
        "message_id": each.message_id,
        "type": each.type,
        "seq": each.seq,
        "status_code": each.answer.status_code,
        "error": each.answer.error,
        "seconds": each.answer.seconds,
        "answer": each.answer.text,
    }


def _try(row: Any) -> Try:
    return Try(
        try_id=row.try_id,
        endpoint_id=row.endpoint_id,
        at=from_microseconds(row.at),
        message_id=row.message_id,
        type=row.type,
        seq=row.seq,
        answer=Answer(
            status_code=row.status_code,
            error=row.error,
            seconds=row.seconds,
            text=row.answer,
        ),
    )


def _notice(row: Any) -> Message:
    return Message(
        type=MessageType(row.type),
        at=from_microseconds(row.at),
        data=json.loads(row.data),
        key=row.key,
    )
