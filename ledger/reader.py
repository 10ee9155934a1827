"""Reads the ledger: recorded events by seq, stream or search, and aggregates."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from ledger.clock import EPOCH
from ledger.domain.aggregate import Aggregate
from ledger.domain.vocabulary import DeliveryStatus
from ledger.errors import NotFound
from ledger.recorded_event import RecordedEvent
from ledger.store.event_mapper import LedgerMapper
from ledger.store.recorder import LedgerRecorder
from ledger.store.rows import EventRow
from ledger.store.search import Search
from ledger.store.store import ChangeListener, Store

A = TypeVar("A", bound=Aggregate)

_FEW_EVENTS = 20
"""How many events are read at once to find one that was not altered: nearly always the first."""


class LedgerReader:
    """Reads what is durable, without waiting for writers.

    Events have their sealed parts as long as the contact's key exists. Every method raises
    `StoreUnavailable`, and `LedgerError` for an event that this program cannot read.
    """

    def __init__(
        self, ledger_id: str, store: Store, recorder: LedgerRecorder, mapper: LedgerMapper
    ) -> None:
        self.ledger_id = ledger_id
        self._store = store
        self._recorder = recorder
        self._mapper = mapper

    def head(self) -> int:
        """The greatest seq; 0 while nothing is recorded."""
        return self._recorder.max_notification_id() or 0

    def change_listener(self) -> ChangeListener:
        """A listener that wakes one reading thread after every append by any process."""
        return self._store.change_listener()

    # Recorded events.

    def events(
        self,
        after: int = 0,
        limit: int = 1000,
        until: int | None = None,
        topics: Sequence[str] = (),
    ) -> list[RecordedEvent]:
        """Return the events after a seq, in order; of the named topics only, if there are any."""
        return self._recorded(
            self._recorder.select_notifications(
                after, limit, until, topics, inclusive_of_start=False
            )
        )

    def event(self, seq: int) -> RecordedEvent:
        """Return the event with that seq; raises `NotFound`."""
        events = self.events(seq - 1, 1)
        if not events or events[0].seq != seq:
            head = self.head()
            if 0 < seq < head:
                raise NotFound(
                    f"Event #{seq} is missing: the ledger has events up to #{head}. See what "
                    "`delivery-ledger verify` says."
                )
            raise NotFound(f"There is no event #{seq}; the ledger ends at #{head}.")
        return events[0]

    def last(self, *topics: str) -> RecordedEvent | None:
        """Return the last event, or the last of these topics; None if there is none."""
        events = self.search(Search(topics=topics, newest_first=True), limit=1)
        return events[0] if events else None

    def count(self, topic: str, *, after: int, until: int) -> int:
        """Return how many events of that topic have a seq greater than `after`, up to `until`."""
        return self._recorder.count(topic, after, until)

    def events_by_seq(self, seqs: Collection[int]) -> dict[int, RecordedEvent]:
        """Return seq → event, for those of the seqs that are in the ledger."""
        return {each.seq: each for each in self._recorded(self._recorder.select_seqs(seqs))}

    # Times. Those of altered events count for nothing.

    def time_at(self, seq: int) -> datetime:
        """Return when the last event up to that seq was recorded; 1970 where there is none."""
        last = self._last_unaltered(0, seq)
        return last.recorded_at if last else EPOCH

    def seq_at(self, moment: datetime) -> int:
        """Return the last seq recorded at or before that time; 0 if there is none."""
        return self._last_seq(lambda recorded_at: recorded_at <= moment)

    def seq_before(self, moment: datetime) -> int:
        """Return the last seq recorded before that time; 0 if there is none."""
        return self._last_seq(lambda recorded_at: recorded_at < moment)

    def _last_seq(self, is_early: Callable[[datetime], bool]) -> int:
        """The time of recording never decreases, so a binary search needs no index.

        An altered event belongs to the event before it.
        """
        low, high = 0, self.head()
        while low < high:
            middle = (low + high + 1) // 2
            event = self._last_unaltered(low, middle)
            if event is None or is_early(event.recorded_at):
                low = middle
            else:
                high = event.seq - 1
        return low

    def _last_unaltered(self, after: int, until: int) -> RecordedEvent | None:
        """The last event of a range that is as it was recorded."""
        newest_first = Search(after=after, before=until + 1, newest_first=True)
        while events := self.search(newest_first, limit=_FEW_EVENTS):
            if event := next((each for each in events if not each.is_altered), None):
                return event
            newest_first = replace(newest_first, before=events[-1].seq)
        return None

    def search(self, query: Search, limit: int | None = None) -> list[RecordedEvent]:
        """Return the events that match the search, in the order that it names."""
        return self._recorded(self._recorder.search(query, limit))

    def stream(self, stream_id: str) -> list[RecordedEvent]:
        """Return all events of one stream, in order."""
        return self.streams([stream_id])[stream_id]

    def streams(self, stream_ids: Collection[str]) -> dict[str, list[RecordedEvent]]:
        """Return stream id → its events in order; an empty list for a stream without events."""
        streams: dict[str, list[RecordedEvent]] = {stream_id: [] for stream_id in stream_ids}
        for event in self._recorded(self._recorder.select_streams(streams)):
            streams[event.stream_id].append(event)
        return streams

    def first_events(self, stream_ids: Collection[str]) -> list[RecordedEvent]:
        """Return the first event of each stream that has any."""
        return self._recorded(self._recorder.select_first(stream_ids))

    # Aggregates.

    def load(self, kind: type[A], stream_id: str) -> A:
        """Return the aggregate of a stream; without events its `exists` is False."""
        return self.load_all(kind, [stream_id])[stream_id]

    def load_all(self, kind: type[A], stream_ids: Collection[str]) -> dict[str, A]:
        """Return stream id → aggregate."""
        return {
            stream_id: kind.from_events(stream_id, (recorded.event for recorded in events))
            for stream_id, events in self.streams(stream_ids).items()
        }

    def deliveries_of(self, contact_id: str) -> list[str]:
        """The ids of all deliveries to this contact, in any campaign."""
        return self.deliveries_of_all([contact_id])[contact_id]

    def deliveries_of_all(self, contact_ids: Collection[str]) -> dict[str, list[str]]:
        """Return contact → the ids of all deliveries to it, in any campaign."""
        return self._recorder.deliveries_of(contact_ids)

    def is_sid_recorded(self, sid: str) -> bool:
        """Whether an event of a delivery has this SID; strays do not count."""
        return self._recorder.is_sid_recorded(sid)

    def deliveries_by_sid(self, sids: Collection[str]) -> dict[str, str]:
        """Return SID → delivery, for those of the SIDs that an event of a delivery has."""
        return self._recorder.deliveries_by_sid(sids)

    # Statuses.

    def greatest_ranks(
        self, campaign_id: str, delivery_ids: Collection[str], until: int
    ) -> dict[str, int]:
        """Return delivery → its greatest rank up to that seq, for those with a fact by then."""
        return self._recorder.greatest_ranks(campaign_id, delivery_ids, until)

    def status_counts(self, campaign_id: str, until: int) -> Counter[DeliveryStatus]:
        """Return how many deliveries of a campaign had each status right after that seq."""
        return self._recorder.status_counts(campaign_id, until)

    # Keys.

    def key_epoch(self) -> int:
        """A number that increases with every key that any process destroys."""
        return self._mapper.key_epoch

    def subjects_with_key(self, contact_ids: Collection[str]) -> set[str]:
        """Return those of the contacts that have a key, so that their sealed data can be read."""
        return self._mapper.subjects_with_key(contact_ids)

    def _recorded(self, rows: Sequence[EventRow]) -> list[RecordedEvent]:
        open_event = self._mapper.opener(rows)
        return [RecordedEvent(row, open_event) for row in rows]
