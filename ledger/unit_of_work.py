"""What a group of decisions sees: each stream read once, and all that was decided before them.

Sealed parts are not opened here.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from ledger.domain.events import DeliveryEvent, Event

Streams = dict[str, list[Event]]


class Reader(Protocol):
    """What verbs read from: the ledger itself, or a sight."""

    def events_of(self, stream_ids: Collection[str]) -> Streams:
        """Stream → its events in order, an empty list for one without any."""

    def deliveries_of(self, contact_id: str) -> list[str]:
        """The ids of every delivery to this contact, in any campaign."""


class Sight:
    """One reading, which many decisions share."""

    def __init__(
        self,
        read: Callable[[Collection[str]], Streams],
        deliveries_of: Callable[[str], list[str]],
    ) -> None:
        self._read = read
        self._deliveries_of = deliveries_of
        self._streams: Streams = {}

    def look_ahead(self, stream_ids: Collection[str]) -> None:
        """Read these streams, and the campaigns and contacts of those that are deliveries."""
        around = {
            stream_id
            for events in self.events_of(stream_ids).values()
            if events and isinstance(event := events[0], DeliveryEvent)
            for stream_id in (event.campaign_id, event.contact_id)
        }
        self.events_of(around)

    def events_of(self, stream_ids: Collection[str]) -> Streams:
        """Stream → its events in order, decided ones among them."""
        missing = [s for s in stream_ids if s not in self._streams]
        if missing:
            self._streams |= self._read(missing)
        return {s: self._streams[s] for s in stream_ids}

    def deliveries_of(self, contact_id: str) -> list[str]:
        """The ids of every delivery to this contact that is in the ledger."""
        return self._deliveries_of(contact_id)

    def add(self, events: Sequence[Event]) -> None:
        """Events that were decided, for the decisions that come after."""
        for event in events:
            if event.originator_id in self._streams:
                self._streams[event.originator_id].append(event)
