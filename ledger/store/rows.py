"""The shapes that go into the events table and come out of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from eventsourcing.persistence import Notification, StoredEvent

TYPED_COLUMNS = (
    "actor",
    "campaign_id",
    "delivery_id",
    "contact_id",
    "turn",
    "rank",
    "code",
    "reason",
    "next_at",
    "sid",
    "dedupe",
)
"""Open facts of an event, held beside its state so that no reader need decode it."""


@dataclass(frozen=True)
class TypedEvent(StoredEvent):
    """A stored event with the values of its typed columns; those it lacks are NULL."""

    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Row(Notification):
    """A row read back: `id` is its seq; times are microseconds since 1970 UTC."""

    recorded_at: int
    columns: Mapping[str, Any]
    leaf: bytes


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one decision wants written: all of it or nothing."""

    stored_events: Sequence[StoredEvent]
    leaned_on: Mapping[str, int] = field(default_factory=dict)
    """Stream → the version it had when the decision was taken; 0 is a stream without events."""
    new_keys: Mapping[str, bytes] = field(default_factory=dict)
    """Subject → wrapped key, for subjects that had none when the decision was taken."""
    dropped_keys: Collection[str] = ()
    """Subjects whose key is destroyed."""
    key_epoch: int | None = None
    """The key epoch in which the decision was taken (see `keys.py`); None leans on no key."""

    @cached_property
    def dedupes(self) -> list[str]:
        """The dedupe keys of its events."""
        return [
            key
            for event in self.stored_events
            if isinstance(event, TypedEvent) and (key := event.columns.get("dedupe"))
        ]
