"""Applies a range of the ledger's events to the projections' tables.

It works in the same way for the one event that was just recorded and for the millions of a rebuild.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from ledger.domain.events import EVENT_TYPES
from ledger.errors import LedgerDamaged, LedgerError, StoreUnavailable
from ledger.lazy_property import lazy_property
from ledger.recorded_event import RecordedEvent
from ledger.store.rows import ID_COLUMNS, TYPED_COLUMNS
from projections.engine.column_types import is_of_type
from projections.engine.ledger_events import events
from projections.engine.parking import ParkedEvent, is_time, park
from projections.engine.projection import EventRange, Projection, is_in_range

KNOWN_TOPICS = frozenset(event_type.topic for event_type in EVENT_TYPES)

_BATCH_EVENTS = 2000
_TIMES = ("recorded_at", "next_at")
"""Columns that hold a time."""
_TYPED = ("stream_id", "version", "topic", "recorded_at", *TYPED_COLUMNS)
"""Columns that are read without decoding the event."""

Progress = Callable[[int, int], None]
"""Receives the seq that was reached and the last one."""


class EventSource(Protocol):
    """The part of the ledger that the views read."""

    @property
    def ledger_id(self) -> str:
        """The id of the ledger."""

    def head(self) -> int:
        """Return the greatest seq."""

    def key_epoch(self) -> int:
        """Return a number that grows with every key that is destroyed: that of the keys in use."""

    def events(
        self,
        after: int = 0,
        limit: int = 1000,
        until: int | None = None,
        topics: Sequence[str] = (),
    ) -> list[RecordedEvent]:
        """Return the events after a seq, in order; where topics are given, only theirs."""


class RangeApplier(Protocol):
    """Applies a range of events; see `EventApplier` and `IsolatingApplier`."""

    def apply(
        self, connection: sa.Connection, event_range: EventRange, progress: Progress | None = None
    ) -> None:
        """Change the tables by the events of the range; raises `LedgerDamaged` where strict."""


@dataclass(frozen=True)
class EventApplier:
    """Applies events to all projections.

    Attributes:
        is_strict: Whether an event that cannot be read raises `LedgerDamaged`; else it is parked.
    """

    source: EventSource
    projections: Sequence[Projection]
    is_strict: bool

    def apply(
        self, connection: sa.Connection, event_range: EventRange, progress: Progress | None = None
    ) -> None:
        """Change the tables by the events of the range; raises `LedgerDamaged` where strict."""
        skipped = self._park_invalid(connection, event_range)
        for batch in self._batches(event_range, progress):
            readable = [
                recorded
                for recorded in batch
                if recorded.seq not in skipped and self._is_decodable(connection, recorded)
            ]
            for projection in self.projections:
                of_topics = [r for r in readable if r.topic in projection.topics]
                if of_topics:
                    projection.apply(connection, of_topics)
        for projection in self.projections:
            projection.derive(connection, event_range)

    def _batches(
        self, event_range: EventRange, progress: Progress | None
    ) -> Iterator[list[RecordedEvent]]:
        topics = sorted({topic for p in self.projections for topic in p.topics})
        after = event_range.after
        while True:
            if progress:
                progress(after, event_range.until)
            batch = self.source.events(after, _BATCH_EVENTS, event_range.until, topics)
            yield batch
            if len(batch) < _BATCH_EVENTS:
                return
            after = batch[-1].seq

    # Events that cannot be read.

    @lazy_property
    def _invalid_events(self) -> sa.Select[Any]:
        """The events of a range that their topic or their typed columns show to be unreadable."""
        is_unknown = events.c.topic.not_in(sorted(KNOWN_TOPICS))
        is_impossible = sa.or_(
            *(~is_of_type(events.c[name]) for name in _TYPED),
            *(~is_time(events.c[name]) for name in _TIMES),
            *(p.has_impossible_columns(events) for p in self.projections),
        )
        columns = [events.c[name] for name in ("seq", "topic", *ID_COLUMNS)]
        query = sa.select(*columns, is_unknown.label("is_unknown"))
        return query.where(is_in_range(events.c.seq), is_unknown | is_impossible)

    def _park_invalid(self, connection: sa.Connection, event_range: EventRange) -> set[int]:
        rows = connection.execute(self._invalid_events, event_range.bounds).mappings().all()
        for row in rows:
            why = "this program does not know its topic"
            why = why if row["is_unknown"] else "its typed columns hold impossible values"
            self._park(
                connection,
                ParkedEvent(
                    seq=row["seq"],
                    topic=str(row["topic"]),
                    **{name: _text_or_none(row[name]) for name in ID_COLUMNS},
                    why=why,
                    has_valid_columns=False,
                ),
            )
        return {row["seq"] for row in rows}

    def _is_decodable(self, connection: sa.Connection, recorded: RecordedEvent) -> bool:
        try:
            _ = recorded.event
        except StoreUnavailable:
            raise
        except LedgerError:
            why = "its content cannot be decoded"
            self._park(connection, _parked(recorded, why, has_valid_columns=True))
            for projection in self.projections:
                if recorded.topic in projection.topics:
                    projection.apply_undecodable(connection, recorded)
            return False
        return True

    def park_inapplicable(self, connection: sa.Connection, seq: int) -> None:
        """Park the event with this seq, which makes `apply` fail; there may be none.

        Raises `LedgerDamaged` where strict.
        """
        for recorded in self.source.events(seq - 1, 1, seq):
            why = "it cannot be applied to the views"
            self._park(connection, _parked(recorded, why, has_valid_columns=False))

    def _park(self, connection: sa.Connection, event: ParkedEvent) -> None:
        if self.is_strict:
            raise LedgerDamaged(
                f"Event #{event.seq} ({event.topic}) cannot be read: {event.why}. Install the "
                "version of this program that wrote it, or find out what changed the event."
            )
        park(connection, event)


def _text_or_none(value: object) -> str | None:
    """Return an id, or None for a value of another type, which only an altered event has."""
    return value if isinstance(value, str) else None


def _parked(recorded: RecordedEvent, why: str, *, has_valid_columns: bool) -> ParkedEvent:
    return ParkedEvent(
        seq=recorded.seq,
        topic=str(recorded.topic),
        campaign_id=recorded.campaign_id,
        delivery_id=recorded.delivery_id,
        contact_id=recorded.contact_id,
        why=why,
        has_valid_columns=has_valid_columns,
    )
