"""The shapes that go into the events table and come out of it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
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
class EventRow(Notification):
    """A row read back: `id` is its seq; times are microseconds since 1970 UTC."""

    recorded_at: int
    columns: Mapping[str, Any]
    leaf: bytes


@dataclass(frozen=True, kw_only=True)
class EventBatch:
    """What one commit writes: all of it or nothing."""

    stored_events: Sequence[StoredEvent]
    new_keys: Mapping[str, bytes] = field(default_factory=dict)
    """Subject → wrapped key, for subjects that have none."""
    dropped_keys: Collection[str] = ()
    """Subjects whose key is destroyed."""
