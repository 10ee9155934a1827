"""Counts in memory that are written to the senders' small database at intervals.

So a flood of requests costs no writing of its own. The database may be lost: what is counted there
is for people to see, and decides nothing.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, Self, TypeVar

import sqlalchemy as sa

from ledger.errors import StoreUnavailable
from ledger.store.engine import writing_alone


class Count(Protocol):
    """How often something happened, with what is kept of the last time."""

    def __add__(self, other: Self, /) -> Self:
        """Return the count of both."""


K = TypeVar("K")
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
