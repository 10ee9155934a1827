"""Adds numbers, names and texts to messages, for an endpoint that an administrator allowed them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ledger.domain.events import ContactEnrolled, Form, InboundReceived, PhoneNumber
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from webapp.webhooks.message import Message
from webapp.webhooks.readable import readable_event

_PERSON = "person"


def with_personal_data(reader: LedgerReader, messages: Sequence[Message]) -> list[Message]:
    """Return the messages with `person`, which is null for somebody who was forgotten.

    Messages about campaigns have nothing to add.
    """
    delivery_ids = {m.data["delivery_id"] for m in messages if "delivery_id" in m.data}
    people = {each.stream_id: _person(each) for each in reader.first_events(delivery_ids)}
    seqs = {m.seq for m in messages if m.seq and "contact_id" in m.data}
    contacts = reader.events_by_seq(seqs)
    return [_with_person(message, people, contacts) for message in messages]


def _with_person(
    message: Message,
    people: Mapping[str, Any],
    events: Mapping[int, RecordedEvent],
) -> Message:
    if "delivery_id" in message.data:
        person = people.get(message.data["delivery_id"])
    elif "contact_id" in message.data:
        recorded = events.get(message.seq or 0)
        person = _person(recorded) if recorded else None
    else:
        return message
    return replace(message, data={**message.data, _PERSON: person})


def _person(recorded: RecordedEvent) -> dict[str, Any] | None:
    event = None if recorded.is_altered else readable_event(recorded)
    match event:
        case ContactEnrolled(private=person) if person is not None:
            return {"number": person.phone, "name": person.name, "fields": dict(person.fields)}
        case InboundReceived(private=Form() as form):
            return _sender_of(form.parameters)
        case _ if isinstance(private := getattr(event, "private", None), PhoneNumber):
            return {"number": private.phone or None}
        case _:
            return None


def _sender_of(parameters: Iterable[tuple[str, str]]) -> dict[str, Any]:
    values = dict(parameters)
    return {"number": values.get("From"), "text": values.get("Body")}
