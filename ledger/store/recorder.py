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
    IntegrityError,
    StoredEvent,
    Subscription,
)

from ledger.errors import LedgerError, StreamMoved
from ledger.store.commit import Commit
from ledger.store.engine import reading
from ledger.store.in_list import among
from ledger.store.rows import TYPED_COLUMNS, Batch, Row
from ledger.store.schema import events
from ledger.store.store import Store
from ledger.store.subscription import Following

_STREAMS = sa.select(events).where(among(events.c.stream_id, "streams")).order_by(events.c.seq)
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
        if not stored_events:
            return None
        try:
            return self.append(Batch(stored_events=stored_events))
        except StreamMoved as error:
            raise IntegrityError(str(error)) from error

    def append(self, batch: Batch) -> list[int]:
        """Append one batch and give its seqs; raises what `append_all` returns for it."""
        (result,) = self.append_all([batch])
        if isinstance(result, LedgerError):
            raise result
        return result

    def append_all(self, batches: Sequence[Batch]) -> list[list[int] | LedgerError]:
        """Append several batches in one commit, each whole or not at all, in their order.

        Gives per batch its seqs, or the refusal: `StreamMoved` where a stream it leaned on has
        moved, `AlreadyRecorded` where a dedupe key is there. A later batch sees the earlier ones.
        Raises `StoreUnavailable`, with nothing written, where the store cannot take it.
        """
        with self.commit() as commit:
            return commit.append(batches)

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

    def select_streams(self, stream_ids: Collection[str]) -> list[Row]:
        """Whole rows of several streams, in the order of seq."""
        with reading(self._engine) as connection:
            found = connection.execute(_STREAMS, {"streams": stream_ids}).all()
        return [_row(row) for row in found]

    def select_first(self, stream_ids: Collection[str]) -> list[Row]:
        """Whole rows that begin streams, in the order of seq."""
        with reading(self._engine) as connection:
            found = connection.execute(_FIRST, {"streams": stream_ids}).all()
        return [_row(row) for row in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Row]:
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
        return Following(self, self._store.waker(), gt, topics)

    def select_rows(
        self,
        *where: sa.ColumnElement[bool],
        limit: int | None = None,
        newest_first: bool = False,
    ) -> list[Row]:
        """Whole rows that meet every condition, in the order of seq."""
        order = events.c.seq.desc() if newest_first else events.c.seq
        query = sa.select(events).where(*where).order_by(order).limit(limit)
        with reading(self._engine) as connection:
            return [_row(found) for found in connection.execute(query).all()]


def _row(found: sa.Row[Any]) -> Row:
    """The columns in the order of the table, which is much faster than by their names."""
    values: list[Any] = list(found)
    seq, stream_id, version, topic, recorded_at, *typed, state, leaf = values
    return Row(
        originator_id=stream_id,
        originator_version=version,
        topic=topic,
        state=state,
        id=seq,
        recorded_at=recorded_at,
        columns=dict(zip(TYPED_COLUMNS, typed, strict=True)),
        leaf=leaf,
    )
