"""Maps events to stored rows and back: encodes with msgspec, seals private parts, fills columns.

Contract: `eventsourcing.persistence.Mapper`. A private part is stored as base64 of its key's
fingerprint and its sealed bytes; it reads as None once its key is destroyed, even where the contact
has a new one. Which subjects get a key is decided here.

    {"source":"staff","actor":"usr_1","private":"q83vEg…"}
"""

import base64
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, cast, get_args, get_type_hints

import msgspec
from eventsourcing.persistence import JSONTranscoder, Mapper, StoredEvent
from eventsourcing.utils import register_topic

from ledger.clock import to_microseconds
from ledger.domain.events import (
    EVENT_TYPES,
    ContactEnrolled,
    ContactListed,
    Event,
    RowsLeftOut,
    StrayCallbackReceived,
)
from ledger.errors import EventProblemFound, WrongKey
from ledger.store.commit import Commit
from ledger.store.encryption import FINGERPRINT_BYTES, Keyring, NewKey, fingerprint, seal, unseal
from ledger.store.rows import TYPED_COLUMNS, EventBatch, EventRow, TypedEvent

_TYPES: dict[str, type[Event]] = {event_type.topic: event_type for event_type in EVENT_TYPES}
_HEADER_FIELDS = {"originator_id", "originator_version", "actor", "request_id", "private"}
_OPEN_FIELDS = {
    topic: tuple(f.name for f in fields(event_type) if f.name not in _HEADER_FIELDS)
    for topic, event_type in _TYPES.items()
}
_PRIVATE_TYPES = {
    topic: get_args(hint)[0]
    for topic, event_type in _TYPES.items()
    if (hint := get_type_hints(event_type).get("private"))
}

_COLUMN_FIELDS = {
    topic: tuple(name for name in TYPED_COLUMNS if name in dir(event_type) or name in open_fields)
    for topic, event_type in _TYPES.items()
    if (open_fields := {"actor", *_OPEN_FIELDS[topic]})
}
"""Those of the typed columns that an event of the topic has."""
_NO_COLUMNS: Mapping[str, Any] = dict.fromkeys(TYPED_COLUMNS)
_STORED_AS_THEY_ARE = frozenset({str, int, type(None)})

_encode = msgspec.json.Encoder().encode

_BEGINNING = (ContactEnrolled, ContactListed, RowsLeftOut, StrayCallbackReceived)
"""The types that begin a relation with their subject at any version of their stream."""

_UNREADABLE = (KeyError, TypeError, ValueError, RecursionError, msgspec.MsgspecError)
"""What decoding raises for a topic, a state or a sealed part that it does not know."""

for _topic, _event_type in _TYPES.items():
    register_topic(_topic, _event_type)


@dataclass(frozen=True)
class SealedEvents:
    """Events that were sealed before the writer's lock was taken."""

    key_epoch: int
    stored: Mapping[int, TypedEvent]
    """Python's `id` of the event → what is stored of it."""
    new_keys: Mapping[str, NewKey]


class LedgerMapper(Mapper[str]):
    """Encodes and seals events that are written, decodes and unseals those that are read."""

    def __init__(self, keyring: Keyring) -> None:
        super().__init__(JSONTranscoder())
        self._keyring = keyring

    @property
    def key_epoch(self) -> int:
        """The key epoch of the unwrapped keys."""
        return self._keyring.epoch

    def invalidate_keys_before(self, key_epoch: int) -> None:
        """Discard the unwrapped keys where they are of another epoch than this one."""
        if key_epoch != self._keyring.epoch:
            self._keyring.invalidate()

    def subjects_with_key(
        self, subject_ids: Collection[str], commit: Commit | None = None
    ) -> set[str]:
        """Return those of the subjects that have a key; as of the commit, where one is given."""
        keys = self._keys_of(subject_ids, commit) if commit else self._keyring.keys_of(subject_ids)
        return set(keys)

    def seal(self, events: Sequence[Event]) -> "SealedEvents":
        """Seal events before the writer's lock is taken, as sealing takes most of the time."""
        epoch = self._keyring.epoch
        sealing = [event for event in events if event.private_part is not None]
        keys = self._keyring.keys_of([event.subject_id for event in sealing])
        new_keys = self._new_keys(sealing, keys)
        keys |= {subject: key.plain for subject, key in new_keys.items()}
        return SealedEvents(epoch, {id(e): _stored(e, keys) for e in events}, new_keys)

    def to_batch(
        self,
        commit: Commit,
        events: Sequence[Event],
        sealed: Sequence["SealedEvents"] = (),
        forgotten: Collection[str] = (),
    ) -> EventBatch:
        """Return the events as one batch of this commit, with the keys that it adds and destroys.

        Events sealed before are used as they are, unless their keys have changed since. A subject
        without a key gets one with an event that begins a relation. Any other event about it, such
        as a callback after a forgetting, is stored without its private part.
        """
        stored, new_keys = self._still_valid(commit, sealed)
        rest = [event for event in events if id(event) not in stored]
        sealing = [event for event in rest if event.private_part is not None]
        keys = self._keys_of([event.subject_id for event in sealing], commit)
        keys |= {subject: key.plain for subject, key in new_keys.items()}
        new_keys |= self._new_keys(sealing, keys)
        keys |= {subject: key.plain for subject, key in new_keys.items()}
        stored |= {id(event): _stored(event, keys) for event in rest}
        return EventBatch(
            stored_events=[stored[id(event)] for event in events],
            new_keys={subject: key.wrapped for subject, key in new_keys.items()},
            dropped_keys=forgotten,
        )

    def _still_valid(
        self, commit: Commit, sealed: Sequence["SealedEvents"]
    ) -> tuple[dict[int, TypedEvent], dict[str, NewKey]]:
        """Return what was sealed in this epoch, for subjects that got no other key since."""
        new = [subject for events in sealed for subject in events.new_keys]
        present = commit.wrapped_keys(new).keys()
        stored: dict[int, TypedEvent] = {}
        new_keys: dict[str, NewKey] = {}
        for events in sealed:
            has_other_keys = not events.new_keys.keys().isdisjoint({*present, *new_keys})
            if events.key_epoch == commit.key_epoch and not has_other_keys:
                stored |= events.stored
                new_keys |= events.new_keys
        return stored, new_keys

    def _keys_of(self, subject_ids: Collection[str], commit: Commit) -> dict[str, bytes]:
        return self._keyring.keys_of(subject_ids, commit.wrapped_keys)

    def _new_keys(self, sealing: Sequence[Event], keys: Mapping[str, bytes]) -> dict[str, NewKey]:
        """Return a new key for each subject without one with which an event begins a relation."""
        beginning = [event.subject_id for event in sealing if _begins_a_relation(event)]
        return self._keyring.new_keys(s for s in dict.fromkeys(beginning) if s not in keys)

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """Encode one event, sealed where its subject has a key (see `Mapper`)."""
        event = cast("Event", domain_event)
        return _stored(event, self._keyring.keys_of([event.subject_id]))

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """Return the event; `private` is None where its key is destroyed.

        Raises `EventProblemFound` for a topic or a state that this program does not know.
        """
        try:
            event, sealed = _decoded(stored_event)
            if sealed is not None:
                self._unseal(event, base64.b64decode(sealed))
        except _UNREADABLE as error:
            raise _unreadable(stored_event, error) from error
        return event

    def to_sealed_event(self, stored_event: StoredEvent) -> Event:
        """Return the event with `private` as None, without any key; raises as `to_domain_event`."""
        try:
            return _decoded(stored_event)[0]
        except _UNREADABLE as error:
            raise _unreadable(stored_event, error) from error

    def first_event(self, stream_id: str, commit: Commit) -> Event | None:
        """Return a stream's first event with its private part, read under the writer's lock."""
        stored = commit.first(stream_id)
        return None if stored is None else self.opened([stored], commit)[0]

    def opened(self, stored_events: Sequence[StoredEvent], commit: Commit) -> list[Event]:
        """Return events with their private parts, read under the writer's lock."""
        self._keys_of([self.to_sealed_event(each).subject_id for each in stored_events], commit)
        return [self.to_domain_event(each) for each in stored_events]

    def opener(self, rows: Sequence[EventRow]) -> Callable[[EventRow], Event]:
        """Return a function that decodes the events of these rows; it first reads all their keys.

        Where one of the keys cannot be unwrapped, only its own events cannot be decoded.
        """

        @lru_cache(maxsize=1)
        def read_keys() -> None:
            subjects = [
                str(row.columns["contact_id"] or row.originator_id)
                for row in rows
                if row.topic in _PRIVATE_TYPES
            ]
            with suppress(WrongKey):
                self._keyring.keys_of(subjects)

        def open_event(row: EventRow) -> Event:
            read_keys()
            event: Event = self.to_domain_event(row)
            return event

        return open_event

    def _unseal(self, event: Event, sealed: bytes) -> None:
        key = self._keyring.key_of(event.subject_id)
        if key is not None and fingerprint(key) == sealed[:FINGERPRINT_BYTES]:
            try:
                plain = unseal(key, sealed[FINGERPRINT_BYTES:], _binding(event))
            except WrongKey as error:
                raise EventProblemFound(str(error)) from error
            private = msgspec.json.decode(plain, type=_PRIVATE_TYPES[event.topic])
            object.__setattr__(event, "private", private)


def _begins_a_relation(event: Event) -> bool:
    """Whether this is an enrolment, a row of a file or list, a stray, or its own stream's first.

    A forgetting is in that stream, so that an event after it is never the first.
    """
    is_first = event.subject_id == event.originator_id and event.originator_version == 1
    return is_first or isinstance(event, _BEGINNING)


def _decoded(stored_event: StoredEvent) -> tuple[Event, str | None]:
    """Return the event with `private` as None, and its sealed part as stored."""
    topic = stored_event.topic
    event_type = _TYPES[topic]
    state: dict[str, Any] = msgspec.json.decode(stored_event.state)
    state["originator_id"] = stored_event.originator_id
    state["originator_version"] = stored_event.originator_version
    sealed = state.pop("private", None)
    if topic in _PRIVATE_TYPES:
        state["private"] = None
    return msgspec.convert(state, event_type), sealed


def _unreadable(stored_event: StoredEvent, error: Exception) -> EventProblemFound:
    return EventProblemFound(
        f"Version {stored_event.originator_version} of {stored_event.originator_id} "
        f"({stored_event.topic}) cannot be read by this program: {type(error).__name__}."
    )


def _stored(event: Event, keys: Mapping[str, bytes]) -> TypedEvent:
    state: dict[str, Any] = {name: getattr(event, name) for name in _OPEN_FIELDS[event.topic]}
    state["actor"] = event.actor
    if event.request_id is not None:
        state["request_id"] = event.request_id
    private = event.private_part
    key = keys.get(event.subject_id)
    if private is not None and key is not None:
        plain = _encode(private)
        state["private"] = fingerprint(key) + seal(key, plain, _binding(event))
    return TypedEvent(
        originator_id=event.originator_id,
        originator_version=event.originator_version,
        topic=event.topic,
        state=_encode(state),
        columns=columns_of(event),
    )


def columns_of(event: Event) -> dict[str, Any]:
    """Return the values of all typed columns; those that the event lacks are None."""
    columns = {**_NO_COLUMNS}
    for name in _COLUMN_FIELDS[event.topic]:
        value = getattr(event, name)
        columns[name] = value if type(value) in _STORED_AS_THEY_ARE else _in_column(value)
    return columns


def _in_column(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_microseconds(value)
    return value.value if isinstance(value, Enum) else value


def _binding(event: Event) -> str:
    """Return what a sealed part is bound to, such as `con_abc|1|ContactOptedOut`."""
    return f"{event.originator_id}|{event.originator_version}|{event.topic}"
