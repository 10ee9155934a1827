"""The shapes of what is written to the events table and read from it."""

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
"""Fields of an event that are stored in columns too, so that readers need not decode it."""

ID_COLUMNS = ("campaign_id", "delivery_id", "contact_id")
"""Those that say what the event belongs to."""

NUMBER_COLUMNS = frozenset({"turn", "rank", "next_at"})
"""Those that hold numbers; the others hold texts."""


@dataclass(frozen=True)
class TypedEvent(StoredEvent):
    """A stored event with the values of its typed columns; those it lacks are NULL."""

    columns: Mapping[str, Any]


@dataclass(frozen=True)
class EventRow(Notification):
    """A row that was read: `id` is its seq; times are microseconds since 1970 UTC."""

    recorded_at: int
    columns: Mapping[str, Any]
    leaf: bytes


@dataclass(frozen=True, kw_only=True)
class EventBatch:
    """What one commit writes, all or nothing."""

    stored_events: Sequence[StoredEvent]
    new_keys: Mapping[str, bytes] = field(default_factory=dict)
    """Subject → wrapped key, for subjects that have none."""
    dropped_keys: Collection[str] = ()
    """Subjects whose key is destroyed."""
