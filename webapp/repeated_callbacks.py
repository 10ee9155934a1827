"""Counts how often Twilio posted again what is in the ledger already, for people to see.

A repeat appends no event, so these counts are no part of the ledger, the views or any proof. They
are in the senders' small database, which may be lost. A server writes them at intervals.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import StoreUnavailable
from ledger.store.engine import reading, writing
from ledger.store.upsert import insert_into
from webapp.unwritten_counts import TablesAtFirstUse, UnwrittenCounts

_KEPT = 10_000
"""The most events that have a count: those that were repeated last."""
_MOST_UNWRITTEN = 1_000
"""In memory; further events are not counted until the next time that the counts are written."""

metadata = sa.MetaData()

repeats = sa.Table(
    "repeated_callbacks",
    metadata,
    sa.Column("dedupe", sa.Text, primary_key=True, comment="of the event in the ledger"),
    sa.Column("times", sa.BigInteger, nullable=False),
    sa.Column("last_at", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Index("repeated_callbacks_last", "last_at"),
)


@dataclass(frozen=True)
class Repeats:
    """How often an event was posted again, and when last."""

    times: int
    last_at: datetime

    def __add__(self, other: "Repeats") -> "Repeats":
        return Repeats(self.times + other.times, max(self.last_at, other.last_at))


class RepeatedCallbacks:
    """Counts in memory, until `flush` writes; reads what all processes have counted."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._unwritten = UnwrittenCounts(self._write, most=_MOST_UNWRITTEN)
        self._tables = TablesAtFirstUse(engine, metadata)
        with suppress(StoreUnavailable):  # tried again when they are used
            self._tables.ensure()

    def add(self, dedupe: str) -> None:
        """Count one repeat of the event with this dedupe key; waits for nothing."""
        self._unwritten.add(dedupe, Repeats(1, self._clock.now()))

    def flush(self) -> None:
        """Write what was counted; keep it for the next time while the database is unavailable."""
        self._unwritten.flush()

    def of(self, dedupes: Collection[str]) -> dict[str, Repeats]:
        """Return dedupe key → its repeats, for those of the events that have any."""
        query = sa.select(repeats).where(repeats.c.dedupe.in_(dedupes))
        self._tables.ensure()
        with reading(self._engine) as connection:
            found = {row.dedupe: _repeats_of(row) for row in connection.execute(query)}
        unwritten = self._unwritten.counts()
        for key in unwritten.keys() & set(dedupes):
            found[key] = found[key] + unwritten[key] if key in found else unwritten[key]
        return found

    def _write(self, counts: Mapping[str, Repeats]) -> None:
        new, old = insert_into(self._engine.dialect.name, repeats), repeats.c
        upsert = new.on_conflict_do_update(
            index_elements=[old.dedupe],
            set_={"times": old.times + new.excluded.times, "last_at": new.excluded.last_at},
        )
        kept = sa.select(old.dedupe).order_by(old.last_at.desc(), old.dedupe).limit(_KEPT)
        rows = [
            {"dedupe": key, "times": each.times, "last_at": to_microseconds(each.last_at)}
            for key, each in sorted(counts.items())
        ]
        self._tables.ensure()
        with writing(self._engine) as connection:
            connection.execute(upsert, rows)
            connection.execute(sa.delete(repeats).where(old.dedupe.not_in(kept)))


def _repeats_of(row: sa.Row[tuple[str, int, int]]) -> Repeats:
    return Repeats(row.times, from_microseconds(row.last_at))
