"""Counts in memory that are written to the senders' small database at intervals.

So a flood of requests costs no writing of its own. The database may be lost: what is counted there
is for people to see, and decides nothing.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import sqlalchemy as sa

from ledger.clock import Clock
from ledger.errors import StoreUnavailable
from ledger.store.engine import reading, writing, writing_alone
from ledger.store.upsert import insert_into


class Count(Protocol):
    """How often something happened, with what is kept of the last time."""

    def __add__(self, other: Self, /) -> Self:
        """Return the count of both."""


K = TypeVar("K", bound="str | tuple[str, ...]")
C = TypeVar("C", bound=Count)


class TablesAtFirstUse:
    """Creates tables before they are used, also where their database can be used only later."""

    def __init__(self, engine: sa.Engine, metadata: sa.MetaData) -> None:
        self._engine, self._metadata = engine, metadata
        self._are_there = False

    def ensure(self) -> None:
        """Create those that are missing; raises `StoreUnavailable`."""
        if not self._are_there:
            with writing_alone(self._engine) as connection:
                self._metadata.create_all(connection)
            self._are_there = True


class UnwrittenCounts(Generic[K, C]):
    """What one process has counted since it last wrote; several threads may use it."""

    def __init__(self, write: Callable[[Mapping[K, C]], None], most: int | None = None) -> None:
        """`write` adds counts to those in the database; it may raise `StoreUnavailable`.

        No more than `most` keys are kept: others are not counted until the counts are written.
        """
        self._write, self._most = write, most
        self._lock = threading.Lock()
        self._counts: dict[K, C] = {}

    def add(self, key: K, count: C) -> None:
        """Add to the count of this key; waits for nothing."""
        with self._lock:
            self._keep({key: count})

    def counts(self) -> dict[K, C]:
        """Return key → count."""
        with self._lock:
            return self._counts.copy()

    def flush(self) -> None:
        """Write the counts; keep them for the next time while the database is unavailable."""
        with self._lock:
            counts, self._counts = self._counts, {}
        try:
            if counts:
                self._write(counts)
        except StoreUnavailable:
            with self._lock:
                self._keep(counts)

    def _keep(self, counts: Mapping[K, C]) -> None:
        for key, count in counts.items():
            if key in self._counts:
                self._counts[key] += count
            elif self._most is None or len(self._counts) < self._most:
                self._counts[key] = count


class StoredCounts(ABC, Generic[K, C]):
    """Counts in memory, until `flush` writes; reads what all processes have counted.

    Attributes:
        table: Where they are written, one row for each key.
        summed: The column to which a count is added; of the others the newest value stays.
        most_unwritten: How many keys are kept in memory; None for all.
    """

    table: ClassVar[sa.Table]
    summed: ClassVar[str]
    most_unwritten: ClassVar[int | None] = None

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._unwritten = UnwrittenCounts[K, C](self._write, most=self.most_unwritten)
        self._tables = TablesAtFirstUse(engine, self.table.metadata)
        with suppress(StoreUnavailable):  # tried again when they are used
            self._tables.ensure()

    def flush(self) -> None:
        """Write what was counted; keep it for the next time while the database is unavailable."""
        self._unwritten.flush()

    @abstractmethod
    def _row(self, key: K, count: C) -> dict[str, object]:
        """Return a count as a row of the table."""

    @abstractmethod
    def _outdated(self) -> sa.ColumnElement[bool]:
        """Return the condition on rows that are not kept any more."""

    def _written(self, query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        self._tables.ensure()
        with reading(self._engine) as connection:
            return connection.execute(query).all()

    def _write(self, counts: Mapping[K, C]) -> None:
        new, old = insert_into(self._engine.dialect.name, self.table), self.table.c
        newest = {each.name: new.excluded[each.name] for each in old if not each.primary_key}
        upsert = new.on_conflict_do_update(
            index_elements=self.table.primary_key.columns,
            set_=newest | {self.summed: old[self.summed] + new.excluded[self.summed]},
        )
        rows = [self._row(key, counts[key]) for key in sorted(counts)]
        self._tables.ensure()
        with writing(self._engine) as connection:
            connection.execute(upsert, rows)
            connection.execute(sa.delete(self.table).where(self._outdated()))
