"""The fields of an event, for its page and for the JSON of the audit trail."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from ledger.domain.events import (
    CallbackReceived,
    CampaignHoldWords,
    ConsentWords,
    Event,
    Form,
    InboundReceived,
    LeftOutRows,
    LegalHoldWords,
    OptingWords,
    Person,
    StrayCallbackReceived,
)
from ledger.recorded_event import RecordedEvent

Pairs = list[tuple[str, str]]

SIGNED_TOPICS = {CallbackReceived.topic, InboundReceived.topic, StrayCallbackReceived.topic}
"""What Twilio posts: nothing of it is recorded without a right signature."""


NOTHING = "–"
"""The text of a field without a value."""


@dataclass(frozen=True)
class EventFields:
    """All fields of an event, as pairs of name and text."""

    open: Pairs
    """Fields that are stored in clear."""
    sealed: Pairs
    """Sealed fields: numbers, names, texts, the provider's parameters."""
    is_unreadable: bool
    """Whether the event has a sealed part whose key is gone."""


def data_of(event: Event) -> dict[str, Any]:
    """Return the fields of an event without its header; `private` is None without the key."""
    header = {field.name for field in fields(Event)}
    values = {f.name: getattr(event, f.name) for f in fields(event) if f.name not in header}
    data: dict[str, Any] = msgspec.to_builtins(values)
    return data


def fields_of(recorded: RecordedEvent, *, hides_words_of_staff: bool = False) -> EventFields:
    """Return the fields of an event without its header, as text.

    With `hides_words_of_staff` without what staff wrote about a person in their own words.
    """
    data = data_of(recorded.event)
    data.pop("private", None)
    private = getattr(recorded.event, "private", None)
    return EventFields(
        open=[(name, _text(value)) for name, value in data.items()],
        sealed=_sealed(private, hides_words_of_staff=hides_words_of_staff),
        is_unreadable=private is None and "private" in msgspec.json.decode(recorded.row.state),
    )


def shows_words(recorded: RecordedEvent, fields: EventFields) -> bool:
    """Whether these fields show words of a person, so that who sees them is recorded."""
    is_about_somebody = bool(recorded.contact_id) or recorded.topic in SIGNED_TOPICS
    return bool(fields.sealed) and is_about_somebody


def stored_columns(recorded: RecordedEvent) -> Pairs:
    """Return what stands in the row of an event, whatever it is, as text."""
    row = recorded.row
    values: dict[str, object] = {
        "seq": row.id,
        "stream_id": row.originator_id,
        "version": row.originator_version,
        "topic": row.topic,
        "recorded_at": row.recorded_at,
        **row.columns,
        "state": row.state,
        "leaf": row.leaf.hex() if isinstance(row.leaf, bytes) else row.leaf,
    }
    return [(name, _stored_text(value)) for name, value in values.items()]


def _stored_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return NOTHING if value is None else str(value)


def _sealed(private: object, *, hides_words_of_staff: bool) -> Pairs:
    if private is None:
        return []
    if isinstance(private, Form):
        return list(private.parameters)
    values: dict[str, object] = msgspec.to_builtins(private)
    hidden = _WORDS_OF_STAFF.get(type(private), ()) if hides_words_of_staff else ()
    return [(n, _NOT_SHOWN if n in hidden else _text(value)) for n, value in values.items()]


_WORDS_OF_STAFF: Mapping[type, tuple[str, ...]] = {
    ConsentWords: ("source",),
    LegalHoldWords: ("reason",),
    CampaignHoldWords: ("reason",),
    OptingWords: ("reason",),
    Person: ("fields", "rows"),
    LeftOutRows: ("rows",),
}
"""Sealed part → its fields with words of staff about a person: typed, or from a contact file."""


_NOT_SHOWN = "not shown to readers"


def _text(value: object) -> str:
    if value is None:
        return NOTHING
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
