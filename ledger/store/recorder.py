"""The events table behind eventsourcing's recorder interface, and the one door for writing.

Contract: `eventsourcing.persistence.ApplicationRecorder`, whose own test cases this passes.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    StoredEvent,
    Subscription,
)

from ledger.errors import AlreadyRecorded, LedgerDamaged, LedgerError, StreamMoved
from ledger.store.engine import reading, store_errors, writing
from ledger.store.leaf import leaf_of
from ledger.store.lock import WriterLock
from ledger.store.rows import TYPED_COLUMNS, Batch, Row, TypedEvent
from ledger.store.schema import contact_keys, events

_NO_COLUMNS = dict.fromkeys(TYPED_COLUMNS)


class LedgerRecorder(ApplicationRecorder):
    """Appends batches of events and reads them back; `now` gives microseconds since 1970 UTC."""

    def __init__(self, engine: sa.Engine, lock: WriterLock, now: Callable[[], int]) -> None:
        self._engine = engine
        self._lock = lock
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
        with store_errors(), self._lock.held(), writing(self._engine) as connection:
            return _Append(connection, batches, self._now()).results()

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

    def select_streams(self, stream_ids: Collection[str]) -> Iterator[StoredEvent]:
        """Several streams without their typed columns, each in the order of its versions."""
        query = sa.select(events.c.stream_id, events.c.version, events.c.topic, events.c.state)
        for part in _parts(list(stream_ids)):
            ordered = query.where(events.c.stream_id.in_(part)).order_by(
                events.c.stream_id, events.c.version
            )
            with reading(self._engine) as connection:
                found = connection.execute(ordered).all()
            yield from (StoredEvent(*row) for row in found)

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
            head: int | None = connection.scalar(sa.select(sa.func.max(events.c.seq)))
        return head

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        """Not offered: SQLite cannot tell another process that something was written."""
        raise NotImplementedError("read on with select_notifications instead")

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
            return [_row(found) for found in connection.execute(query)]


class _Append:
    """One commit in the making: what the batches lean on, looked up once for all of them."""

    def __init__(self, connection: sa.Connection, batches: Sequence[Batch], now: int) -> None:
        self._connection = connection
        self._batches = batches
        head = connection.execute(
            sa.select(events.c.seq, events.c.recorded_at).order_by(events.c.seq.desc()).limit(1)
        ).one_or_none()
        self._seq = head.seq if head else 0
        self._recorded_at = max(now, head.recorded_at) if head else now
        self._check_nothing_is_missing()
        self._rows: list[dict[str, Any]] = []
        self._keys: dict[str, bytes] = {}

    def _check_nothing_is_missing(self) -> None:
        """SQLite remembers the greatest number ever given; a seq is never used again."""
        given = self._connection.scalar(
            sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'events'")
        )
        if (given or 0) > self._seq:
            raise LedgerDamaged(
                f"The ledger ends at #{self._seq}, but had #{given}: its newest events were "
                "deleted. Nothing is written any more; restore it from a backup."
            )

    def results(self) -> list[list[int] | LedgerError]:
        self._look_up()
        results = [self._take(batch) for batch in self._batches]
        if self._keys:
            self._connection.execute(
                sa.insert(contact_keys),
                [{"subject_id": s, "wrapped_key": key} for s, key in self._keys.items()],
            )
        if self._rows:
            self._connection.execute(sa.insert(events), self._rows)
        return results

    def _look_up(self) -> None:
        streams = {s for batch in self._batches for s in batch.leaned_on}
        streams |= {str(e.originator_id) for b in self._batches for e in b.stored_events}
        latest = sa.select(
            events.c.stream_id, sa.func.max(events.c.version).label("version")
        ).group_by(events.c.stream_id)
        self._versions: dict[str, int] = {
            row.stream_id: row.version
            for part in _parts(sorted(streams))
            for row in self._connection.execute(latest.where(events.c.stream_id.in_(part)))
        }
        self._dedupes = self._present(
            events.c.dedupe, [key for batch in self._batches for key in batch.dedupes]
        )
        self._subjects = self._present(
            contact_keys.c.subject_id, [s for batch in self._batches for s in batch.new_keys]
        )

    def _present(self, column: sa.Column[str], values: list[str]) -> set[str]:
        return {
            value
            for part in _parts(values)
            for value in self._connection.scalars(sa.select(column).where(column.in_(part)))
        }

    def _take(self, batch: Batch) -> list[int] | LedgerError:
        if self._dedupes.intersection(batch.dedupes):
            return AlreadyRecorded("This is in the ledger already; nothing was written.")
        moved = self._moved(batch)
        if moved:
            return StreamMoved(f"The stream {moved} has moved since it was read; decide anew.")
        first = len(self._rows)
        for event in batch.stored_events:
            self._add(event)
        self._keys |= batch.new_keys
        self._subjects.update(batch.new_keys)
        self._dedupes.update(batch.dedupes)
        return [row["seq"] for row in self._rows[first:]]

    def _moved(self, batch: Batch) -> str | None:
        for subject in batch.new_keys:
            if subject in self._subjects:
                return subject
        for stream, version in batch.leaned_on.items():
            if self._versions.get(stream, 0) != version:
                return stream
        ahead: dict[str, int] = {}
        for event in batch.stored_events:
            stream = str(event.originator_id)
            last = ahead.get(stream, self._versions.get(stream))
            if last is not None and event.originator_version != last + 1:
                return stream
            ahead[stream] = event.originator_version
        return None

    def _add(self, event: StoredEvent) -> None:
        self._seq += 1
        row = {
            "seq": self._seq,
            "stream_id": str(event.originator_id),
            "version": event.originator_version,
            "topic": event.topic,
            "state": event.state,
            "recorded_at": self._recorded_at,
            **(event.columns if isinstance(event, TypedEvent) else _NO_COLUMNS),
        }
        row["leaf"] = leaf_of(row)
        self._rows.append(row)
        self._versions[row["stream_id"]] = event.originator_version


def _parts(values: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _row(found: sa.Row[Any]) -> Row:
    columns = found._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return Row(
        originator_id=columns["stream_id"],
        originator_version=columns["version"],
        topic=columns["topic"],
        state=columns["state"],
        id=columns["seq"],
        recorded_at=columns["recorded_at"],
        columns={name: columns[name] for name in TYPED_COLUMNS},
        leaf=columns["leaf"],
    )
