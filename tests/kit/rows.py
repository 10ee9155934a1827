"""Batches for tests of the store, which cares for no event's meaning."""

from eventsourcing.persistence import StoredEvent

from ledger.store.rows import TYPED_COLUMNS, EventBatch, TypedEvent


def stored(stream: str, version: int = 1, **columns: object) -> StoredEvent:
    """One event of that stream, with the typed columns named."""
    return TypedEvent(
        originator_id=stream,
        originator_version=version,
        topic="ContactOptedOut",
        state=b"{}",
        columns=dict.fromkeys(TYPED_COLUMNS) | columns,
    )


def batch(*events: StoredEvent, **more: object) -> EventBatch:
    """The events as one batch; `more` is what it leaned on and its new keys."""
    return EventBatch(stored_events=events, **more)
