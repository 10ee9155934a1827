"""One commit in the making: what its batches lean on is looked up once for all of them."""

from collections.abc import Collection, Sequence
from operator import itemgetter

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from ledger.errors import AlreadyRecorded, LedgerDamaged, LedgerError, StreamMoved
from ledger.merkle import Frontier
from ledger.store.among import among
from ledger.store.keys import KeyChanges
from ledger.store.leaf import leaf_of
from ledger.store.rows import TYPED_COLUMNS, Batch, TypedEvent
from ledger.store.schema import events, ledger_head
from ledger.store.store import Store, Values

_typed_values = itemgetter(*TYPED_COLUMNS)
_NO_VALUES = (None,) * len(TYPED_COLUMNS)


class Append:
    """Judges batches in their order, and writes those that stand; inside the store's door."""

    def __init__(
        self, store: Store, connection: sa.Connection, batches: Sequence[Batch], now: int
    ) -> None:
        """Take the writer's lock and look up; `now` is in microseconds since 1970 UTC."""
        self._store = store
        self._connection = connection
        self._batches = batches
        head = connection.execute(sa.select(ledger_head).with_for_update()).one()
        self._frontier = Frontier.from_bytes(head.seq, head.frontier)
        self._seq: int = head.seq
        self._recorded_at = max(now, head.recorded_at)
        self._check_nothing_is_missing()
        self._look_up()
        self._rows: list[Values] = []
        self._keys = KeyChanges(store, connection, batches)

    def _check_nothing_is_missing(self) -> None:
        last = self._connection.scalar(sa.select(sa.func.max(events.c.seq))) or 0
        if last != self._seq:
            raise LedgerDamaged(
                f"The ledger's head is at #{self._seq}, but its last event is #{last}: the "
                "database was changed by other means. Nothing is written any more; see "
                "`delivery-ledger verify`, and restore it from a backup."
            )

    def _look_up(self) -> None:
        streams = {s for batch in self._batches for s in batch.leaned_on}
        streams |= {str(e.originator_id) for b in self._batches for e in b.stored_events}
        latest = sa.select(
            events.c.stream_id, sa.func.max(events.c.version).label("version")
        ).group_by(events.c.stream_id)
        self._versions: dict[str, int] = {
            row.stream_id: row.version
            for row in self._connection.execute(latest.where(among(events.c.stream_id, streams)))
        }
        self._dedupes = self._recorded([key for batch in self._batches for key in batch.dedupes])

    def _recorded(self, dedupes: Collection[str]) -> set[str]:
        if not dedupes:
            return set()
        query = sa.select(events.c.dedupe).where(among(events.c.dedupe, dedupes))
        return set(self._connection.scalars(query))

    def results(self) -> list[list[int] | LedgerError]:
        """Write what stands, and give per batch its seqs or its refusal."""
        results = [self._take(batch) for batch in self._batches]
        self._keys.write()
        if self._rows:
            self._store.insert(self._connection, events, self._rows)
            self._move_head()
            self._store.announce(self._connection)
        return results

    def _move_head(self) -> None:
        frontier = self._frontier.extended(row[-1] for row in self._rows)
        self._connection.execute(
            sa.update(ledger_head).values(
                seq=frontier.size, recorded_at=self._recorded_at, frontier=frontier.to_bytes()
            )
        )

    def _take(self, batch: Batch) -> list[int] | LedgerError:
        if self._dedupes.intersection(batch.dedupes):
            return AlreadyRecorded("This is in the ledger already; nothing was written.")
        moved = self._moved(batch)
        if moved:
            return StreamMoved(f"The stream {moved} has moved since it was read; decide anew.")
        first = self._seq + 1
        for event in batch.stored_events:
            self._add(event)
        self._keys.take(batch)
        self._dedupes.update(batch.dedupes)
        return list(range(first, self._seq + 1))

    def _moved(self, batch: Batch) -> str | None:
        if moved := self._keys.moved(batch):
            return moved
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
        stream = str(event.originator_id)
        typed = _typed_values(event.columns) if isinstance(event, TypedEvent) else _NO_VALUES
        values = (
            self._seq,
            stream,
            event.originator_version,
            event.topic,
            self._recorded_at,
            *typed,
        )
        self._rows.append((*values, event.state, leaf_of(values, event.state)))
        self._versions[stream] = event.originator_version
