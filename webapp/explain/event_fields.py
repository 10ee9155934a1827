"""The fields of one event as it is recorded: for the page of the event, and for the audit trail."""

from dataclasses import dataclass, fields
from typing import Any

import msgspec

from ledger.domain.events import Event, Form
from ledger.recorded_event import RecordedEvent

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class EventFields:
    """Everything the event holds, as name and value."""

    open: Pairs
    """What is recorded openly."""
    sealed: Pairs
    """What is sealed in the ledger: numbers, names, texts, the provider's parameters."""
    is_unreadable: bool
    """Whether there is a sealed part that no key at hand opens."""


def data_of(event: Event) -> dict[str, Any]:
    """Every field of the event but its place; `private` is unsealed, or None without the key."""
    place = {field.name for field in fields(Event)}
    values = {f.name: getattr(event, f.name) for f in fields(event) if f.name not in place}
    data: dict[str, Any] = msgspec.to_builtins(values)
    return data


def fields_of(entry: RecordedEvent) -> EventFields:
    """Every field of the event but its place, as text."""
    data = data_of(entry.event)
    data.pop("private", None)
    private = getattr(entry.event, "private", None)
    return EventFields(
        open=[(name, _text(value)) for name, value in data.items()],
        sealed=_sealed(private),
        is_unreadable=private is None and "private" in msgspec.json.decode(entry.row.state),
    )


def _sealed(private: object) -> Pairs:
    if private is None:
        return []
    if isinstance(private, Form):
        return list(private.parameters)
    values: dict[str, object] = msgspec.to_builtins(private)
    return [(name, _text(value)) for name, value in values.items()]


def _text(value: object) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
