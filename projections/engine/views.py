"""The views' database: catches up with the ledger, rebuilds itself, and checks itself.

It may be thrown away at any time. What a projection makes of an event is the projection's affair.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import StoreRejected, StoreUnavailable
from ledger.store.engine import reading, writing, writing_alone
from projections.engine import position
from projections.engine.applier import EventApplier, EventSource, Progress
from projections.engine.compare import Difference, compare
from projections.engine.position import Position, held_position_of, position_of
from projections.engine.projection import EventRange, Projection
from projections.engine.view_store import ViewStore, make_tables
from projections.tables.schema import parked

_BATCH = 2000
_NO_LIMIT = 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Parked:
    """An event that could not be read, and was left aside."""

    seq: int
    topic: str
    campaign_id: str | None
    delivery_id: str | None
    why: str


class Views:
    """All projections over one ledger, in one place."""

    def __init__(
        self, place: ViewStore, source: EventSource, projections: Sequence[Projection]
    ) -> None:
        """Open the views; unknown, foreign, damaged or too new ones are emptied, to be rebuilt."""
        self.engine = place.engine
        self._place = place
        self._source = source
        self._projections = projections
        self._turn = threading.Lock()  # a thread with a budget never waits behind another's batches
        if not self._is_sound():
            self._reset()

    # Catching up.

    def catch_up(
        self, budget_seconds: float | None = None, progress: Progress | None = None
    ) -> int:
        """Read on to the head, or until the budget is spent; gives how many events are left.

        Whoever comes first does the work. What cannot be read is parked. Damaged views are
        emptied and read anew. Raises `StoreUnavailable`.
        """
        try:
            return self._catch_up(budget_seconds, progress)
        except (StoreUnavailable, StoreRejected) as error:
            is_damaged = isinstance(error, StoreRejected) or self._place.is_damaged(error.__cause__)
            if not is_damaged and self._is_sound():
                raise
            self._reset()
            return self._catch_up(budget_seconds, progress)

    def _catch_up(self, budget_seconds: float | None, progress: Progress | None) -> int:
        deadline = time.monotonic() + (_NO_LIMIT if budget_seconds is None else budget_seconds)
        head = self._source.head()
        if budget_seconds is None and self.position().seq == 0 and head > _BATCH:
            self._rebuild(self._filling(is_strict=False), progress)
        while (seq := self.position().seq) < head:
            if progress:
                progress(seq, head)
            if not self._step(head, deadline):
                break
        return max(head - seq, 0)

    def _step(self, until: int, deadline: float) -> bool:
        """Apply one stretch, unless the deadline passes before it is our turn."""
        seconds_left = deadline - time.monotonic()
        if seconds_left <= 0 or not self._turn.acquire(timeout=seconds_left):
            return False
        try:
            with writing(self.engine) as connection:
                self._read_on(connection, self._filling(is_strict=False), until, _BATCH)
        finally:
            self._turn.release()
        return True

    @staticmethod
    def _read_on(
        connection: sa.Connection, filling: EventApplier, until: int, at_most: int
    ) -> None:
        found = held_position_of(connection)
        stretch = EventRange(found.seq, min(found.seq + at_most, until))
        if stretch.until > stretch.after:
            filling.apply(connection, stretch)
            position.move(connection, found, stretch.until)

    def _filling(self, *, is_strict: bool) -> EventApplier:
        return EventApplier(self._source, self._projections, is_strict)

    def position(self) -> Position:
        """How far the views have read."""
        with reading(self.engine) as connection:
            return position_of(connection)

    def parked(self) -> list[Parked]:
        """The events that could not be read, in order."""
        query = sa.select(
            *(parked.c[name] for name in ("seq", "topic", "campaign_id", "delivery_id", "why"))
        )
        with reading(self.engine) as connection:
            return [
                Parked(**row) for row in connection.execute(query.order_by(parked.c.seq)).mappings()
            ]

    # Rebuilding.

    def rebuild(self, progress: Progress | None = None) -> None:
        """Derive everything again from the first event, beside the live views, and then swap.

        Readers see the old rows, kept up to date, until the new ones are whole. Raises
        `LedgerDamaged`, with nothing changed, where an event cannot be read.
        """
        self._rebuild(self._filling(is_strict=True), progress)

    def _rebuild(self, filling: EventApplier, progress: Progress | None) -> None:
        with self._place.beside() as fresh:
            self._fill(fresh, filling, self._source.head(), progress)
            with writing(fresh) as connection:
                self._read_on(connection, filling, head := self._source.head(), head)
            self._place.replace(self._tables(), lambda live: self._finish(live, filling))

    def _finish(self, live: sa.Connection, filling: EventApplier) -> None:
        """What was appended while the swap was made ready: pages never step back."""
        head = self._source.head()
        self._read_on(live, filling, head, head)

    def _fill(
        self, fresh: sa.Engine, filling: EventApplier, until: int, progress: Progress | None
    ) -> None:
        """One stretch from the first event, its indexes made once the rows are there."""
        with writing(fresh) as connection:
            tables = [table for part in self._tables() for table in part.sorted_tables]
            for table in tables:
                connection.execute(CreateTable(table))
            position.begin(connection, self._source.ledger_id)
            if until:
                filling.apply(connection, EventRange(0, until), progress)
                position.move(connection, position_of(connection), until)
            for index in (index for table in tables for index in table.indexes):
                connection.execute(CreateIndex(index))

    def differences(self, progress: Progress | None = None) -> Iterator[Difference]:
        """Every row in which a fresh rebuild up to the same seq differs from the live views.

        Raises `LedgerDamaged` where an event cannot be read.
        """
        with self._place.beside() as fresh, reading(self.engine) as live:
            until = position_of(live).seq
            self._fill(fresh, self._filling(is_strict=True), until, progress)
            with reading(fresh) as rebuilt:
                for projection in self._projections:
                    for table in projection.metadata.sorted_tables:
                        yield from compare(table, live, rebuilt)

    # Soundness.

    def _is_sound(self) -> bool:
        try:
            with self.engine.connect() as connection:
                return self._place.check(connection) and position.is_sound(
                    connection, self._source.ledger_id
                )
        except sa.exc.DBAPIError as error:
            if self._place.is_damaged(error):
                return False
            raise StoreUnavailable(
                "The views cannot be read now: their database is locked, full or gone. "
                "Try again, and look at its disk and its permissions if this lasts."
            ) from error

    def _reset(self) -> None:
        try:
            self._empty()
        except StoreUnavailable as error:
            if not self._place.is_damaged(error.__cause__):
                raise
            self._place.discard()
            self._empty()

    def _empty(self) -> None:
        with writing_alone(self.engine) as connection:
            make_tables(connection, self._tables())
            position.begin(connection, self._source.ledger_id)

    def _tables(self) -> list[sa.MetaData]:
        return [position.metadata, *(p.metadata for p in self._projections)]
