"""The views' database: catches up with the ledger, rebuilds itself, and checks itself.

It may be thrown away at any time. What a projection makes of an entry is the projection's affair.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from ledger.entry import Entry
from ledger.errors import StoreUnavailable
from ledger.store.engine import open_database, reading, writing
from projections.comparing import Difference, compare
from projections.projection import Projection

GENERATION = 2
"""Raised whenever a projection's tables or its fold change: older views are rebuilt."""

_BATCH = 1000
_NO_LIMIT = 24 * 3600.0

metadata = sa.MetaData()

position_table = sa.Table(
    "position",
    metadata,
    sa.Column("ledger_id", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
)

Progress = Callable[[int, int], None]


class Reader(Protocol):
    """The part of the ledger that the views read."""

    @property
    def ledger_id(self) -> str:
        """Which ledger this is."""

    def head(self) -> int:
        """The greatest seq."""

    def entries(self, after: int = 0, limit: int = 1000, until: int | None = None) -> list[Entry]:
        """The entries behind that seq, in order."""


@dataclass(frozen=True)
class Position:
    """How far the views have read."""

    ledger_id: str
    seq: int
    leaf: bytes
    generation: int


class Views:
    """All projections over one ledger, in one database."""

    def __init__(
        self, engine: sa.Engine, reader: Reader, projections: Sequence[Projection]
    ) -> None:
        """Open the views; unknown, foreign, damaged or too new ones are emptied, to be rebuilt."""
        self.engine = engine
        self._reader = reader
        self._projections = projections
        self._turn = threading.Lock()  # a thread with a budget never waits behind another's batches
        if not self._is_sound():
            try:
                self._reset()
            except StoreUnavailable:
                self._discard_file()
                self._reset()

    # Catching up.

    def catch_up(
        self, budget_seconds: float | None = None, progress: Progress | None = None
    ) -> int:
        """Read on to the head, or until the budget is spent; gives how many events are left.

        Whoever comes first does the work. Raises `StoreUnavailable`.
        """
        deadline = time.monotonic() + (_NO_LIMIT if budget_seconds is None else budget_seconds)
        head = self._reader.head()
        while (seq := self.position().seq) < head:
            if progress:
                progress(seq, head)
            if not self._step(head, deadline):
                break
        return max(head - seq, 0)

    def _step(self, until: int, deadline: float) -> bool:
        """Apply one batch, unless the deadline passes before it is our turn."""
        seconds_left = deadline - time.monotonic()
        if seconds_left <= 0 or not self._turn.acquire(timeout=seconds_left):
            return False
        try:
            with writing(self.engine) as connection:
                self._apply(connection, self._position(connection), until)
        finally:
            self._turn.release()
        return True

    def _apply(self, connection: sa.Connection, position: Position, until: int) -> Position:
        entries = self._reader.entries(position.seq, _BATCH, until)
        if not entries:
            return position
        for projection in self._projections:
            projection.apply(connection, entries)
        last = entries[-1]
        moved = connection.execute(
            sa.update(position_table)
            .where(position_table.c.seq == position.seq)
            .values(seq=last.seq, leaf=last.row.leaf)
        )
        if moved.rowcount != 1:
            raise StoreUnavailable("Another process moved the views meanwhile; try again.")
        return self._position(connection)

    def position(self) -> Position:
        """How far the views have read."""
        with reading(self.engine) as connection:
            return self._position(connection)

    @staticmethod
    def _position(connection: sa.Connection) -> Position:
        return Position(*connection.execute(sa.select(position_table)).one())

    # Rebuilding.

    def rebuild(self, progress: Progress | None = None) -> None:
        """Derive everything again from the first event, in one transaction.

        Readers see the old rows until the new ones are whole.
        """
        head = self._reader.head()
        with writing(self.engine) as connection:
            self._empty(connection)
            position = self._position(connection)
            while position.seq < head:
                if progress:
                    progress(position.seq, head)
                position = self._apply(connection, position, head)

    def differences(self, progress: Progress | None = None) -> Iterator[Difference]:
        """Every row in which a fresh rebuild up to the same seq differs from the live views."""
        with scratch_engine() as engine, reading(self.engine) as live:
            until = self._position(live).seq
            fresh = Views(engine, _UpTo(self._reader, until), self._projections)
            fresh.catch_up(progress=progress)
            with reading(engine) as rebuilt:
                for table in self._tables():
                    yield from compare(table, live, rebuilt)

    # Soundness.

    def _is_sound(self) -> bool:
        try:
            with self.engine.connect() as connection:
                if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                    return False
                return self._is_ours(self._position(connection))
        except (sa.exc.DatabaseError, sa.exc.NoResultFound, sa.exc.MultipleResultsFound):
            return False

    def _is_ours(self, position: Position) -> bool:
        if (position.ledger_id, position.generation) != (self._reader.ledger_id, GENERATION):
            return False
        if position.seq == 0:
            return True
        there = self._reader.entries(position.seq - 1, 1)
        return bool(there) and (there[0].seq, there[0].row.leaf) == (position.seq, position.leaf)

    def _discard_file(self) -> None:
        """A file too damaged even to be emptied is thrown away."""
        self.engine.dispose()
        file = Path(str(self.engine.url.database))
        for ending in ("", "-wal", "-shm"):
            file.with_name(file.name + ending).unlink(missing_ok=True)

    def _reset(self) -> None:
        with writing(self.engine) as connection:
            found = sa.MetaData()
            found.reflect(connection)
            found.drop_all(connection)
            for part in (metadata, *(p.metadata for p in self._projections)):
                part.create_all(connection)
            self._empty(connection)

    def _empty(self, connection: sa.Connection) -> None:
        for table in (position_table, *self._tables()):
            connection.execute(sa.delete(table))
        start = Position(self._reader.ledger_id, 0, b"", GENERATION)
        connection.execute(sa.insert(position_table).values(**vars(start)))

    def _tables(self) -> list[sa.Table]:
        return [table for p in self._projections for table in p.metadata.sorted_tables]


@contextmanager
def scratch_engine() -> Iterator[sa.Engine]:
    """An empty database for views that are thrown away at the end of the block."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'views.sqlite3'}"
        engine = open_database(url, "views", setting="the scratch database", is_durable=False)
        try:
            yield engine
        finally:
            engine.dispose()


@dataclass(frozen=True)
class _UpTo:
    """A reader that ends at a seq."""

    reader: Reader
    until: int

    @property
    def ledger_id(self) -> str:
        return self.reader.ledger_id

    def head(self) -> int:
        return self.until

    def entries(self, after: int = 0, limit: int = 1000, until: int | None = None) -> list[Entry]:
        return self.reader.entries(after, limit, min(until or self.until, self.until))
