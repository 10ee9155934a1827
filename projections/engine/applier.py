"""How a stretch of the ledger gets into the tables; what cannot be read is parked, or stops it.

The same for one event that has just come and for a million that are read anew.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from ledger.domain.events import EVENT_TYPES, ContactEnrolled
from ledger.errors import LedgerDamaged, LedgerError, StoreUnavailable
from ledger.recorded_event import RecordedEvent
from projections.engine.projection import EventRange, Projection, is_in_range
from projections.tables.people import enrol_unread
from projections.tables.schema import events, parked
from projections.tables.standings import is_impossible

_PART = 2000
_PLACE = [events.c[name] for name in ("seq", "topic", "campaign_id", "delivery_id", "contact_id")]


def _unreadable(known: Sequence[str]) -> sa.Select[Any]:
    """Events of a stretch whose open columns alone show that they cannot be read."""
    is_unknown = events.c.topic.not_in(known)
    return sa.select(*_PLACE, is_unknown.label("is_unknown")).where(
        is_in_range(events.c.seq), is_unknown | is_impossible(events)
    )


_UNREADABLE = _unreadable([event_type.topic for event_type in EVENT_TYPES])

Progress = Callable[[int, int], None]


class EventSource(Protocol):
    """The part of the ledger that the views read."""

    @property
    def ledger_id(self) -> str:
        """Which ledger this is."""

    def head(self) -> int:
        """The greatest seq."""

    def events(
        self,
        after: int = 0,
        limit: int = 1000,
        until: int | None = None,
        topics: Sequence[str] = (),
    ) -> list[RecordedEvent]:
        """The events behind that seq, in order; only those of some topics, where they are named."""


@dataclass(frozen=True)
class EventApplier:
    """Fills the tables of all projections; strictly, it stops at what it cannot read."""

    source: EventSource
    projections: Sequence[Projection]
    is_strict: bool

    def apply(
        self, connection: sa.Connection, stretch: EventRange, progress: Progress | None = None
    ) -> None:
        """Let the stretch change the tables; raises `LedgerDamaged` where that must stop it."""
        unreadable = self._check(connection, stretch)
        for entries in self._parts(stretch, progress):
            readable = [
                entry
                for entry in entries
                if entry.seq not in unreadable and self._is_readable(connection, entry)
            ]
            for projection in self.projections:
                wanted = [entry for entry in readable if entry.topic in projection.topics]
                if wanted:
                    projection.take(connection, wanted)
        for projection in self.projections:
            projection.derive(connection, stretch)

    def _parts(
        self, stretch: EventRange, progress: Progress | None
    ) -> Iterator[list[RecordedEvent]]:
        topics = sorted({topic for p in self.projections for topic in p.topics})
        after = stretch.after
        while True:
            if progress:
                progress(after, stretch.until)
            entries = self.source.events(after, _PART, stretch.until, topics)
            yield entries
            if len(entries) < _PART:
                return
            after = entries[-1].seq

    # What cannot be read.

    def _check(self, connection: sa.Connection, stretch: EventRange) -> set[int]:
        """Park what the open columns alone show to be unreadable."""
        rows = connection.execute(_UNREADABLE, stretch.bounds).mappings().all()
        for row in rows:
            why = "this program knows no such event"
            why = why if row["is_unknown"] else "no fact has such a rank or reason"
            values = {column.name: row[column.name] for column in _PLACE}
            self._park(connection, values, why, is_fact=False)
        return {row["seq"] for row in rows}

    def _is_readable(self, connection: sa.Connection, entry: RecordedEvent) -> bool:
        try:
            _ = entry.event
        except StoreUnavailable:
            raise
        except LedgerError:
            columns = entry.row.columns
            named = {name: columns[name] for name in ("campaign_id", "delivery_id", "contact_id")}
            values = {"seq": entry.seq, "topic": entry.topic, **named}
            self._park(connection, values, "what it holds cannot be decoded", is_fact=True)
            if entry.topic == ContactEnrolled.topic:
                enrol_unread(connection, entry)
            return False
        return True

    def _park(
        self, connection: sa.Connection, values: dict[str, object], why: str, *, is_fact: bool
    ) -> None:
        if self.is_strict:
            raise LedgerDamaged(
                f"Event #{values['seq']} ({values['topic']}) cannot be read: {why}. Install the "
                "program that wrote it, or look for what changed it."
            )
        connection.execute(sa.insert(parked).values(**values, why=why, is_fact=is_fact))
