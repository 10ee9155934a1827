"""The base of every aggregate: one stream folded into a state, and the next event's header."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ledger.domain.events import Event, Header


@dataclass(frozen=True, kw_only=True)
class Aggregate:
    """What the events of one stream add up to.

    Attributes:
        stream_id: The stream.
        version: The number of its last event; 0 for a stream without any.
    """

    stream_id: str
    version: int = 0

    @classmethod
    def from_events(cls, stream_id: str, events: Iterable[Event]) -> Self:
        """The aggregate after these events of its stream, in their order."""
        aggregate = cls(stream_id=stream_id)
        for event in events:
            aggregate = aggregate.apply(event)
        return aggregate

    def apply(self, event: Event) -> Self:
        """The aggregate after the next event of its stream."""
        return replace(self, version=event.originator_version, **self._changes(event))

    def _changes(self, event: Event) -> Mapping[str, Any]:
        """The fields that the event changes, and their new values."""
        raise NotImplementedError

    @property
    def exists(self) -> bool:
        """Whether the stream has any event."""
        return self.version > 0

    def header(self, actor: str) -> Header:
        """The first fields of the stream's next event."""
        return {
            "originator_id": self.stream_id,
            "originator_version": self.version + 1,
            "actor": actor,
        }
