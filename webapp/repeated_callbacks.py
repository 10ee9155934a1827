"""Counts how often Twilio posted again what is in the ledger already, for people to see.

A repeat appends no event, so these counts are no part of the ledger, the views or any proof. They
are in the senders' small database, which may be lost. A server writes them at intervals.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from webapp.unwritten_counts import StoredCounts

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


class RepeatedCallbacks(StoredCounts[str, Repeats]):
    """The repeats of each event, by its dedupe key."""

    table, summed = repeats, "times"
    most_unwritten = _MOST_UNWRITTEN

    def add(self, dedupe: str) -> None:
        """Count one repeat of the event with this dedupe key; waits for nothing."""
        self._unwritten.add(dedupe, Repeats(1, self._clock.now()))

    def of(self, dedupes: Collection[str]) -> dict[str, Repeats]:
        """Return dedupe key → its repeats, for those of the events that have any."""
        query = sa.select(repeats).where(repeats.c.dedupe.in_(dedupes))
        found = {row.dedupe: _repeats_of(row) for row in self._written(query)}
        unwritten = self._unwritten.counts()
        for key in unwritten.keys() & set(dedupes):
            found[key] = found[key] + unwritten[key] if key in found else unwritten[key]
        return found

    def _row(self, key: str, count: Repeats) -> dict[str, object]:
        return {"dedupe": key, "times": count.times, "last_at": to_microseconds(count.last_at)}

    def _outdated(self) -> sa.ColumnElement[bool]:
        column = repeats.c
        kept = sa.select(column.dedupe).order_by(column.last_at.desc(), column.dedupe)
        return column.dedupe.not_in(kept.limit(_KEPT))


def _repeats_of(row: sa.Row[tuple[str, int, int]]) -> Repeats:
    return Repeats(row.times, from_microseconds(row.last_at))
