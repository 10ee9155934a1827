"""Reads what is held about a number: from the events, and the texts as conversations show them.

A fact of an event that was altered is not in the file; the event is, and says so.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.commands.same_phone import phone_in
from ledger.domain.contact import Contact
from ledger.domain.events import ContactEnrolled, ContactEvent, InboundReceived
from ledger.errors import NotFound
from ledger.reader import LedgerReader
from ledger.recorded_event import RecordedEvent
from ledger.store.search import Search
from projections.conversations.rows import MessageRow
from webapp.as_of import Past
from webapp.audit.names import AuditNames
from webapp.audit.rows import AuditRows, Row
from webapp.bootstrap import Application
from webapp.explain.event_fields import Pairs, fields_of
from webapp.explain.event_problems import shown_time, sound
from webapp.legal_holds import LegalHold, legal_holds_in


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What a contact file, or a conversation, said of the person for one campaign."""

    seq: int
    at: datetime
    campaign_id: str
    delivery_id: str
    campaign: str
    """Its name; its id where it was never launched."""
    phone: str
    name: str
    fields: Pairs
    """The merge fields: heading and value."""


@dataclass(frozen=True, kw_only=True)
class HeldEvent:
    """One event about the person, and the personal data in it."""

    recorded: RecordedEvent
    row: Row
    data: Pairs
    """Name and value of each sealed field; empty where there are none or the key is gone."""
    is_unreadable: bool
    """Whether it has sealed fields whose key is gone."""


@dataclass(frozen=True, kw_only=True)
class PersonFile:
    """All that is held about a number."""

    made_at: datetime
    until: int
    """The seq up to which the ledger was read."""
    contact_ids: Sequence[str]
    phones: Sequence[str]
    """The numbers as they were written; empty for a person who was forgotten."""
    names: Sequence[str]
    forgotten_at: datetime | None
    """When the person was last forgotten, if nothing was stored since."""
    is_opted_out: bool
    has_consent: bool
    legal_holds: Sequence[LegalHold]
    texts: Sequence[MessageRow]
    """To and from the person, the oldest first."""
    times: Mapping[int, datetime | None]
    """Seq of an event → when it was recorded; None for one that was altered."""
    enrolments: Sequence[Enrolment]
    decisions: Sequence[HeldEvent]
    """Opt-outs, consents, legal holds and what else concerns the person in every campaign."""
    events: Sequence[HeldEvent]
    """All events, those of `decisions` as well."""


def person_file(
    app: Application, contact_ids: Sequence[str], moment: Past | None = None
) -> PersonFile:
    """Return the file of the person with these ids; raises `NotFound` if nothing is held.

    With a moment of the past it has what was held then, without what was destroyed since. The views
    must have been read on to the head.
    """
    reader, seq = app.ledger.reader, None if moment is None else moment.seq
    until = app.views.position().seq if seq is None else seq
    known = app.names if seq is None else app.names.as_of(seq)
    conversations = app.conversations if seq is None else app.conversations.as_of(seq)
    search = Search(contact_ids=tuple(contact_ids), before=until + 1)
    events = reader.search(search)
    if not events:
        raise NotFound("Nothing is held about this number; check it.")
    names = AuditNames(app, seq)
    facts, held = sound(events), _held(events, names)
    contacts = _contacts_at(reader, contact_ids, until)
    people = known.people(contact_ids).values()
    first_id, *other_ids = contact_ids
    enrolments = list(_enrolments(facts, names))
    return PersonFile(
        made_at=(moment and moment.at) or app.clock.now(),
        until=until,
        contact_ids=contact_ids,
        phones=_distinct(map(_phone_in, facts)),
        names=_distinct(enrolment.name for enrolment in enrolments),
        forgotten_at=max((p.forgotten_at for p in people if p.forgotten_at), default=None),
        is_opted_out=any(contact.is_opted_out for contact in contacts),
        has_consent=any(contact.has_consent for contact in contacts),
        legal_holds=legal_holds_in(facts, app.accounts.names()),
        texts=conversations.thread(first_id, same_phone=other_ids, size=None).rows,
        times={event.seq: shown_time(event) for event in events},
        enrolments=enrolments,
        decisions=[each for each in held if _is_decision(each)],
        events=held,
    )


def _contacts_at(reader: LedgerReader, contact_ids: Sequence[str], until: int) -> list[Contact]:
    """Return the contacts as of an event, also where an event was altered: its row says so."""
    return [
        Contact.from_events(contact_id, (each.event for each in events if each.seq <= until))
        for contact_id, events in reader.streams(contact_ids).items()
    ]


def _held(events: Sequence[RecordedEvent], names: AuditNames) -> list[HeldEvent]:
    return [
        _held_event(recorded, row)
        for recorded, row in zip(events, AuditRows(names).of(events), strict=True)
    ]


def _held_event(recorded: RecordedEvent, row: Row) -> HeldEvent:
    if row.problem:
        return HeldEvent(recorded=recorded, row=row, data=[], is_unreadable=False)
    fields = fields_of(recorded)
    return HeldEvent(
        recorded=recorded, row=row, data=fields.sealed, is_unreadable=fields.is_unreadable
    )


def _is_decision(held: HeldEvent) -> bool:
    if held.row.problem:
        return False
    event = held.recorded.event
    return isinstance(event, ContactEvent) and not isinstance(event, InboundReceived)


def _enrolments(facts: Sequence[RecordedEvent], names: AuditNames) -> Iterator[Enrolment]:
    for recorded in facts:
        event = recorded.event
        if isinstance(event, ContactEnrolled) and event.private:
            yield Enrolment(
                seq=recorded.seq,
                at=recorded.recorded_at,
                campaign_id=event.campaign_id,
                delivery_id=event.delivery_id,
                campaign=names.campaign_words(event.campaign_id),
                phone=event.private.phone,
                name=event.private.name,
                fields=list(event.private.fields.items()),
            )


def _phone_in(recorded: RecordedEvent) -> str:
    """Return the person's number in an event; a report of Twilio's is from the school's number."""
    event = recorded.event
    is_of_person = isinstance(event, ContactEvent | ContactEnrolled)
    return (is_of_person and phone_in(event)) or ""


def _distinct(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, words)))
