"""Aggregates for readers: none is folded from an event that was altered or cannot be read.

Decisions are made under the writer's lock, where leaves are not recomputed; what staff are shown
comes from here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from ledger.domain.aggregate import Aggregate
from ledger.errors import EventProblemFound
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from webapp.explain.event_problems import problem_in_streams

A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True)
class SoundAggregates:
    """A source of aggregates, now or right after the seq `until` (see `repository.Source`)."""

    reader: LedgerReader
    until: int | None = None

    def load(self, kind: type[A], stream_id: str) -> A:
        """Return the aggregate of a stream. Raises `EventProblemFound`, which names the events."""
        return self.load_all(kind, [stream_id])[stream_id]

    def load_all(self, kind: type[A], stream_ids: Collection[str]) -> dict[str, A]:
        """Return stream id → aggregate; raises as `load` does."""
        streams = self.reader.streams(stream_ids)
        return {each: self._folded(kind, each, events) for each, events in streams.items()}

    def _folded(self, kind: type[A], stream_id: str, events: Collection[RecordedEvent]) -> A:
        shown = [event for event in events if self.until is None or event.seq <= self.until]
        if problem := problem_in_streams(shown):
            raise EventProblemFound(f"{problem} See what `delivery-ledger verify` says.")
        return kind.from_events(stream_id, (recorded.event for recorded in shown))
