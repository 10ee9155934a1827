"""The events table behind eventsourcing's recorder interface, and the one door for writing.

Contract: `eventsourcing.persistence.ApplicationRecorder`, whose own test cases this passes.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import (
    ApplicationRecorder,
    StoredEvent,
    Subscription,
)

from ledger.store.commit import Commit
from ledger.store.engine import reading
from ledger.store.in_list import in_list
from ledger.store.queries import deliveries_of, is_sid_recorded
from ledger.store.rows import TYPED_COLUMNS, EventBatch, EventRow
from ledger.store.schema import events
from ledger.store.store import Store
from ledger.store.subscription import LedgerSubscription

_STREAMS = sa.select(events).where(in_list(events.c.stream_id, "streams")).order_by(events.c.seq)
_FIRST = _STREAMS.where(events.c.version == 1)
_HEAD = sa.select(sa.func.max(events.c.seq))
_RECORDED_AT = sa.select(events.c.recorded_at).where(events.c.seq == sa.bindparam("seq"))


class LedgerRecorder(ApplicationRecorder):
    """Appends batches of events and reads them back; `now` gives microseconds since 1970 UTC."""

    def __init__(self, store: Store, now: Callable[[], int]) -> None:
        self._store = store
        self._engine = store.engine
        self._now = now

    # Writing.

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **_kwargs: Any
    ) -> Sequence[int] | None:
        """Append one batch; raises the library's IntegrityError where a version is taken."""
        return self.append(EventBatch(stored_events=stored_events)) if stored_events else None

    def append(self, batch: EventBatch) -> list[int]:
        """Append one batch in a commit of its own and return its seqs.

        Raises the library's IntegrityError where an event does not follow its stream's last, and
        `StoreUnavailable`, with nothing written, where the store cannot take it.
        """
        with self.commit() as commit:
            return commit.append(batch)

    @contextmanager
    def commit(self) -> Iterator[Commit]:
        """The next commit, durable once the block is left; nothing is written where it raises.

        Raises `StoreUnavailable` and `LedgerDamaged`.
        """
        with self._store.writing() as connection:
            yield Commit(self._store, connection, self._now())

    # Reading.

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """One stream, in the order of its versions."""
        query = sa.select(
            events.c.stream_id, events.c.version, events.c.topic, events.c.state
        ).where(events.c.stream_id == str(originator_id))
        if gt is not None:
            query = query.where(events.c.version > gt)
        if lte is not None:
            query = query.where(events.c.version <= lte)
        order = events.c.version.desc() if desc else events.c.version
        with reading(self._engine) as connection:
            found = connection.execute(query.order_by(order).limit(limit)).all()
        return [StoredEvent(*row) for row in found]

    def select_streams(self, stream_ids: Collection[str]) -> list[EventRow]:
        """Whole rows of several streams, in the order of seq."""
        with reading(self._engine) as connection:
            found = connection.execute(_STREAMS, {"streams": stream_ids}).all()
        return [_row(row) for row in found]

    def select_first(self, stream_ids: Collection[str]) -> list[EventRow]:
        """Whole rows that begin streams, in the order of seq."""
        with reading(self._engine) as connection:
            found = connection.execute(_FIRST, {"streams": stream_ids}).all()
        return [_row(row) for row in found]

    def deliveries_of(self, contact_id: str) -> list[str]:
        """The ids of all deliveries to this contact, in any campaign."""
        with reading(self._engine) as connection:
            return deliveries_of(connection, contact_id)

    def is_sid_recorded(self, sid: str) -> bool:
        """Whether an event of a delivery bears this SID."""
        with reading(self._engine) as connection:
            return is_sid_recorded(connection, sid)

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[EventRow]:
        """A stretch of the ledger, in the order of seq."""
        where = []
        if start is not None:
            where.append(events.c.seq >= start if inclusive_of_start else events.c.seq > start)
        if stop is not None:
            where.append(events.c.seq <= stop)
        if topics:
            where.append(events.c.topic.in_(topics))
        return self.select_rows(*where, limit=limit)

    def max_notification_id(self) -> int | None:
        """The head of the ledger; None while it is empty."""
        with reading(self._engine) as connection:
            head: int | None = connection.scalar(_HEAD)
        return head

    def recorded_at(self, seq: int) -> int:
        """When the event of that seq was recorded, in microseconds since 1970 UTC."""
        with reading(self._engine) as connection:
            found: int = connection.execute(_RECORDED_AT, {"seq": seq}).scalar_one()
        return found

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """The ledger's notifications behind that seq, as they come; they are waited for."""
        return LedgerSubscription(self, self._store.change_listener(), gt, topics)

    def select_rows(
        self,
        *where: sa.ColumnElement[bool],
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[EventRow]:
        """Whole rows that meet every condition, in the order of seq."""
        order = events.c.seq.desc() if newest_first else events.c.seq
        query = sa.select(events).where(*where).order_by(order).limit(limit)
        with reading(self._engine) as connection:
            return [_row(found) for found in connection.execute(query).all()]


def _row(found: sa.Row[Any]) -> EventRow:
    """The columns in the order of the table, which is much faster than by their names."""
    values: list[Any] = list(found)
    seq, stream_id, version, topic, recorded_at, *typed, state, leaf = values
    return EventRow(
        originator_id=stream_id,
        originator_version=version,
        topic=topic,
        state=state,
        id=seq,
        recorded_at=recorded_at,
        columns=dict(zip(TYPED_COLUMNS, typed, strict=True)),
        leaf=leaf,
    )
