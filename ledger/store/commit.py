"""One commit in the making: what its decisions lean on is read once for all, under the lock."""

from collections.abc import Collection, Sequence
from operator import itemgetter

import sqlalchemy as sa
from eventsourcing.persistence import StoredEvent

from ledger.errors import AlreadyRecorded, LedgerDamaged, LedgerError, StreamMoved
from ledger.store.contact_keys import EPOCH, KeyChanges
from ledger.store.in_list import among
from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import leaf_of
from ledger.store.rows import TYPED_COLUMNS, Batch, TypedEvent
from ledger.store.schema import events, ledger_head
from ledger.store.store import Store, Values

_typed_values = itemgetter(*TYPED_COLUMNS)
_NO_VALUES = (None,) * len(TYPED_COLUMNS)

_HEAD = sa.select(ledger_head).with_for_update()
_LAST = sa.select(sa.select(sa.func.max(events.c.seq)).scalar_subquery(), EPOCH)
_STREAMS = (
    sa.select(events.c.stream_id, events.c.version, events.c.topic, events.c.state)
    .where(among(events.c.stream_id, "streams"))
    .order_by(events.c.stream_id, events.c.version)
)
_VERSIONS = (
    sa.select(events.c.stream_id, sa.func.max(events.c.version).label("version"))
    .where(among(events.c.stream_id, "streams"))
    .group_by(events.c.stream_id)
)
_DEDUPES = sa.select(events.c.dedupe).where(among(events.c.dedupe, "dedupes"))
_MOVE_HEAD = sa.update(ledger_head).values(
    seq=sa.bindparam("seq"), recorded_at=sa.bindparam("now"), frontier=sa.bindparam("frontier")
)


class Commit:
    """Reads streams, judges batches in their order and writes those that stand.

    Made inside the store's door: from then on, until the door is closed, nobody else writes, and
    what was read cannot move.

    Attributes:
        connection: The transaction, for reading.
        key_epoch: See `keys.py`.
    """

    def __init__(self, store: Store, connection: sa.Connection, now: int) -> None:
        """Take the writer's lock; `now` is in microseconds since 1970 UTC."""
        self._store = store
        self.connection = connection
        head = connection.execute(_HEAD).one()
        last, epoch = connection.execute(_LAST).one()
        _check_nothing_is_missing(head.seq, last or 0)
        self.key_epoch = int(epoch or 0)
        self._frontier = Frontier.from_bytes(head.seq, head.frontier)
        self._seq: int = head.seq
        self._recorded_at = max(now, head.recorded_at)
        self._versions: dict[str, int] = {}
        self._keys = KeyChanges(store, connection, self.key_epoch)

    def streams(self, stream_ids: Collection[str]) -> list[StoredEvent]:
        """Several streams without their typed columns, each in the order of its versions."""
        rows = self.connection.execute(_STREAMS, {"streams": stream_ids}).all()
        self._versions |= dict.fromkeys(stream_ids, 0)
        self._versions |= {stream_id: version for stream_id, version, _, _ in rows}
        return [StoredEvent(*row) for row in rows]

    def append(self, batches: Sequence[Batch]) -> list[list[int] | LedgerError]:
        """Write what stands, and give per batch its seqs or its refusal; once in a commit."""
        self._look_up(batches)
        self._rows: list[Values] = []
        results = [self._take(batch) for batch in batches]
        self._keys.write()
        if self._rows:
            self._store.insert(self.connection, events, self._rows)
            self._move_head()
            self._store.announce(self.connection)
        return results

    def _look_up(self, batches: Sequence[Batch]) -> None:
        streams = {s for batch in batches for s in batch.leaned_on}
        streams |= {str(e.originator_id) for b in batches for e in b.stored_events}
        if unknown := streams - self._versions.keys():
            found = self.connection.execute(_VERSIONS, {"streams": unknown})
            self._versions |= {row.stream_id: row.version for row in found}
        dedupes = [key for batch in batches for key in batch.dedupes]
        query = {"dedupes": dedupes}
        self._dedupes = set(self.connection.scalars(_DEDUPES, query) if dedupes else ())
        self._keys.look_up(batches)

    def _move_head(self) -> None:
        frontier = self._frontier.extended(row[-1] for row in self._rows)
        head = {"seq": frontier.size, "now": self._recorded_at, "frontier": frontier.to_bytes()}
        self.connection.execute(_MOVE_HEAD, head)

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
            last = ahead.get(stream) or self._versions.get(stream)
            if last and event.originator_version != last + 1:
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


def _check_nothing_is_missing(head: int, last: int) -> None:
    if last != head:
        raise LedgerDamaged(
            f"The ledger's head is at #{head}, but its last event is #{last}: the database was "
            "changed by other means. Nothing is written any more; see `delivery-ledger verify`, "
            "and restore it from a backup."
        )
