"""Entries of the ledger made from events alone, for what is worded or reckoned from them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from kit.clock import MONDAY
from ledger.domain.events import CampaignEvent, ContactEvent, Event
from ledger.recorded_event import RecordedEvent
from ledger.store.event_mapper import columns_of
from ledger.store.merkle_leaf import leaf_of
from ledger.store.rows import EventRow

Streams = tuple[Sequence[RecordedEvent], Sequence[RecordedEvent], Sequence[RecordedEvent]]
"""The entries of a delivery, of its campaign and of its contact."""


def entry_of(event: Event, seq: int) -> RecordedEvent:
    """The event at that seq, recorded that number of minutes after nine."""
    at = int((MONDAY + timedelta(minutes=seq)).timestamp() * 1_000_000)
    columns = columns_of(event)
    place = (seq, event.originator_id, 1, event.topic, at)
    row = EventRow(
        originator_id=event.originator_id,
        originator_version=1,
        topic=event.topic,
        state=b"",
        id=seq,
        recorded_at=at,
        columns=columns,
        leaf=leaf_of((*place, *columns.values()), b""),
    )
    return RecordedEvent(row, lambda _row: event)


def streams_of(events: Iterable[Event]) -> Streams:
    """The events in their order, each as an entry of its stream."""
    delivery: list[RecordedEvent] = []
    campaign: list[RecordedEvent] = []
    contact: list[RecordedEvent] = []
    for seq, event in enumerate(events, start=1):
        is_campaign, is_contact = isinstance(event, CampaignEvent), isinstance(event, ContactEvent)
        stream = campaign if is_campaign else contact if is_contact else delivery
        stream.append(entry_of(event, seq))
    return delivery, campaign, contact
