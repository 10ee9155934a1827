"""The ledger as somebody of certain offices may read it: without the events of other offices."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import Event
from ledger.errors import NotFound
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from ledger.store.rows import EventRow
from ledger.store.search import Search
from webapp.offices.visibility import Visibility

A = TypeVar("A", bound=Aggregate)


class ScopedReader(LedgerReader):
    """Reads what is seen. Times and the head are those of the whole ledger.

    The stream of a person is whole, as every office obeys it, but texts that answer other offices
    have no words.
    """

    def __init__(self, whole: LedgerReader, visibility: Visibility) -> None:
        vars(self).update(vars(whole))
        self._whole, self._visibility = whole, visibility

    def event(self, seq: int) -> RecordedEvent:
        """Return the event with that seq; raises `NotFound` for one that is not seen, too."""
        recorded = self._whole.event(seq)
        if self._visibility.hidden([recorded]):
            raise NotFound(f"There is no event #{seq} here.")
        return recorded

    def search(self, query: Search, limit: int | None = None) -> list[RecordedEvent]:
        """Return the events that match and are seen, at most `limit`."""
        query = replace(query, campaign_ids=frozenset(self._visibility.campaign_ids()))
        seen: list[RecordedEvent] = []
        while True:
            events = self._whole.search(query, limit)
            seen += self._seen(events)
            if limit is None or len(events) < limit or len(seen) >= limit:
                return seen[:limit]
            last = events[-1].seq
            is_back = query.newest_first
            query = query.ending_before(last) if is_back else query.beginning_after(last)

    def streams(self, stream_ids: Collection[str]) -> dict[str, list[RecordedEvent]]:
        """Return stream id → its events in order; without any for what is not seen."""
        streams = self._whole.streams(list(filter(self._visibility.sees, stream_ids)))
        return {each: self._without_words(streams.get(each, [])) for each in stream_ids}

    def load_all(self, kind: type[A], stream_ids: Collection[str]) -> dict[str, A]:
        """Return stream id → aggregate; one without events for what is not seen."""
        seen = self._whole.load_all(kind, list(filter(self._visibility.sees, stream_ids)))
        return {each: seen.get(each) or kind.from_events(each, ()) for each in stream_ids}

    def first_events(self, stream_ids: Collection[str]) -> list[RecordedEvent]:
        """Return the first event of each stream that is seen and has any."""
        return self._whole.first_events(list(filter(self._visibility.sees, stream_ids)))

    def _last_unaltered(self, after: int, until: int) -> RecordedEvent | None:
        return self._whole._last_unaltered(after, until)  # noqa: SLF001 - of its own class

    def _recorded(self, rows: Sequence[EventRow]) -> list[RecordedEvent]:
        return self._seen(super()._recorded(rows))

    def _seen(self, events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
        hidden = self._visibility.hidden(events)
        return [each for each in events if each.seq not in hidden]

    def _without_words(self, events: Sequence[RecordedEvent]) -> list[RecordedEvent]:
        hidden = self._visibility.hidden(events)
        return [_wordless(each) if each.seq in hidden else each for each in events]


def _wordless(recorded: RecordedEvent) -> RecordedEvent:
    def opened(_row: EventRow) -> Event:
        return replace(recorded.event, private=None)  # type: ignore[call-arg]

    return RecordedEvent(recorded.row, opened)
