"""The base of every aggregate: the state that the events of one stream add up to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ledger.domain.events import Event, Header
from ledger.errors import NotFound


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
        """Return the aggregate after these events of its stream, which come in order."""
        return cls(stream_id=stream_id).with_events(events)

    def with_events(self, events: Iterable[Event]) -> Self:
        """Return the aggregate after the next events of its stream, which come in order.

        Raises `NotFound` for an event of another kind of stream: the id names something else.
        """
        aggregate = object.__new__(type(self))
        state = vars(aggregate)  # one copy for all events: nobody else has it yet
        state.update(vars(self))
        new = tuple(events)
        for event in new:
            state.update(aggregate._changes(event))
            state["version"] = event.originator_version
        state.update(self._changes_together(new))
        return aggregate

    def _changes_together(self, events: Sequence[Event]) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the fields that need not be known between these events, with their new values."""
        return {}

    def _changes(self, event: Event) -> Mapping[str, Any]:
        """Return the fields that the event changes, with their new values."""
        raise NotImplementedError

    def not_found(self, kind: str) -> NotFound:
        """Return the error for an id that names something else than `kind`, such as "a draft"."""
        return NotFound(f"{self.stream_id} is not the id of {kind}. Check the id.")

    @property
    def exists(self) -> bool:
        """Whether the stream has any event."""
        return self.version > 0

    def header(self, actor: str) -> Header:
        """Return the first fields of the stream's next event."""
        return {
            "originator_id": self.stream_id,
            "originator_version": self.version + 1,
            "actor": actor,
        }


def with_request(requests: frozenset[str], request: str | None) -> frozenset[str]:
    """Return the requests that were carried out, with the one that an event names, if any."""
    return requests if request is None else requests | {request}
