"""Keeps the index of people: the words of their names, and the digits of their numbers.

It follows behind the other projections, because it writes ten rows for each new person. A person is
found by every name that a contact file ever had for the number, until the contact is forgotten.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.domain.events import ContactEnrolled, ContactForgotten
from ledger.recorded_event import RecordedEvent
from ledger.store.in_list import in_list
from ledger.store.upsert import insert_into
from projections.engine.column_types import is_of_type
from projections.engine.following import FollowingProjection
from projections.engine.ledger_events import events
from projections.engine.projection import EventRange, insert_tuples, is_in_range
from projections.people.file_words import FileWords
from projections.people.tables import (
    decode_ids,
    entry_of,
    indexed_digits,
    indexed_people,
    indexed_school_ids,
    indexed_words,
    metadata,
    runs_of,
)
from projections.tables.campaigns import GIVEN_UP_TOPICS
from projections.tables.contacts import CONTACT_TOPICS
from projections.tables.schema import campaigns, contacts, enrolments


@dataclass
class _IndexedPerson:
    """What the index has, or is to have, of one contact."""

    person: int | None = None
    files: FileWords = field(default_factory=FileWords)
    numbers: set[str] = field(default_factory=set)

    @property
    def words(self) -> set[str]:
        return self.files.words

    @property
    def school_ids(self) -> set[tuple[str, str]]:
        return self.files.school_ids

    @property
    def runs(self) -> set[str]:
        """The runs of digits of all numbers."""
        return set().union(*map(runs_of, self.numbers))

    def row(self, contact_id: str, person: int) -> dict[str, Any]:
        return {
            "person": person,
            "contact_id": contact_id,
            "words": "".join(f" {word}" for word in sorted(self.words)),
            "digits": "".join(f" {number}" for number in sorted(self.numbers)),
            "school_ids": msgspec.json.encode(sorted(self.school_ids)).decode(),
        }


class PeopleIndex(FollowingProjection):
    """The words of names and the digits of numbers, each with the people who have them."""

    name = "people"
    metadata = metadata
    topics = frozenset({ContactForgotten.topic})

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Remove forgotten people at once."""
        _remove(connection, {str(recorded.event.originator_id) for recorded in recorded_events})

    def follow(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Add the people whom the events of the range name, and new names of known ones.

        Those of a launch that was given up are removed, and added as other campaigns know them.
        """
        touched = set(connection.scalars(_TOUCHED, event_range.bounds))
        for campaign_id in connection.scalars(_GIVEN_UP, event_range.bounds).all():
            given_up = set(connection.scalars(_CONTACTS_OF, {"campaign": campaign_id}))
            _remove(connection, given_up)
            touched |= given_up
        if not touched:
            return
        parameters = {"ids": sorted(touched), "until": event_range.until}
        before = _stored(connection, parameters)
        now = _named(connection, parameters)
        _insert(connection, before, now)


def _remove(connection: sa.Connection, contact_ids: Collection[str]) -> None:
    ids = {"ids": sorted(contact_ids)}
    removed = [(each.person or 0, each) for each in _stored(connection, ids).values()]
    words = [{"of": person, "word": word} for person, each in removed for word in each.words]
    entries = [{"gone": entry_of(run, person)} for person, each in removed for run in each.runs]
    ids_of_school = [
        {"of": person, "of_kind": kind, "gone": school_id}
        for person, each in removed
        for kind, school_id in each.school_ids
    ]
    for statement, rows in (
        (_DELETE_WORD, words),
        (_DELETE_ENTRY, entries),
        (_DELETE_SCHOOL_ID, ids_of_school),
    ):
        if rows:
            connection.execute(statement, rows)
    connection.execute(_DELETE_PEOPLE, ids)


def _stored(connection: sa.Connection, parameters: Mapping[str, Any]) -> dict[str, _IndexedPerson]:
    return {
        row.contact_id: _IndexedPerson(
            row.person,
            FileWords(set(row.words.split()), set(decode_ids(row.school_ids))),
            set(row.digits.split()),
        )
        for row in connection.execute(_STORED, parameters)
    }


def _named(connection: sa.Connection, parameters: Mapping[str, Any]) -> dict[str, _IndexedPerson]:
    """Return contact id → all that contact files and own texts say about the contact."""
    people: dict[str, _IndexedPerson] = defaultdict(_IndexedPerson)
    for own in connection.execute(_OWN, parameters):
        people[own.contact_id] = _IndexedPerson(own.first_seq, numbers={_digits(own.phone)} - {""})
    for row in connection.execute(_ENROLLED, parameters):
        person = people[row.contact_id]
        person.person = min(person.person or row.seq, row.seq)
        person.files.add(row.folded_name, row.school_ids)
        person.numbers.update({_digits(row.phone)} - {""})
    return people


def _digits(phone: str) -> str:
    """Return the digits of a number; none of a sender that is no number."""
    digits = phone.removeprefix("+")
    return digits if digits.isascii() and digits.isdigit() else ""


def _insert(
    connection: sa.Connection,
    before: Mapping[str, _IndexedPerson],
    now: Mapping[str, _IndexedPerson],
) -> None:
    """Insert what is new; what was indexed before stays."""
    words, entries, ids_of_school, rows = [], [], [], []
    for contact_id, person in now.items():
        old = before.get(contact_id, _NOBODY)
        number = old.person or person.person
        new_words, new_runs = person.words - old.words, person.runs - old.runs
        new_ids = person.school_ids - old.school_ids
        is_new = new_words or new_runs or new_ids or person.numbers - old.numbers
        if number is None or not is_new:
            continue
        words += [(word, number) for word in new_words]
        entries += [entry_of(run, number) for run in new_runs]
        ids_of_school += [(*each, number) for each in new_ids]
        rows.append(person.row(contact_id, number))
    # In the order of the tables, which is faster.
    insert_tuples(connection, indexed_words, sorted(words))
    insert_tuples(connection, indexed_digits, [(entry,) for entry in sorted(entries)])
    insert_tuples(connection, indexed_school_ids, sorted(ids_of_school))
    if rows:
        upsert = insert_into(connection.dialect.name, indexed_people)
        changed = {name: upsert.excluded[name] for name in ("words", "digits", "school_ids")}
        connection.execute(
            upsert.on_conflict_do_update(index_elements=["person"], set_=changed), rows
        )


_NOBODY = _IndexedPerson()
_contact_id = sa.func.coalesce(events.c.contact_id, events.c.stream_id)
_names_its_contact = sa.and_(is_of_type(events.c.contact_id), is_of_type(events.c.stream_id))
"""False for an event that somebody altered: SQLite stores any value in any column."""
_TOUCHED = (
    sa.select(_contact_id)
    .where(is_in_range(events.c.seq), events.c.topic.in_(sorted(CONTACT_TOPICS)))
    .where(_names_its_contact)
    .distinct()
)
_STORED = sa.select(indexed_people).where(in_list(indexed_people.c.contact_id, "ids"))
_GIVEN_UP = (
    sa.select(events.c.campaign_id)
    .where(is_in_range(events.c.seq), events.c.topic.in_(sorted(GIVEN_UP_TOPICS)))
    .where(is_of_type(events.c.campaign_id))
    .where(events.c.campaign_id.not_in(sa.select(campaigns.c.campaign_id)))
    .distinct()
)
_CONTACTS_OF = sa.select(events.c.contact_id).where(
    events.c.campaign_id == sa.bindparam("campaign"),
    events.c.topic == ContactEnrolled.topic,
    events.c.contact_id.is_not(None),
    is_of_type(events.c.contact_id),
)
_DELETE_WORD = sa.delete(indexed_words).where(
    indexed_words.c.word == sa.bindparam("word"), indexed_words.c.person == sa.bindparam("of")
)
_DELETE_SCHOOL_ID = sa.delete(indexed_school_ids).where(
    indexed_school_ids.c.kind == sa.bindparam("of_kind"),
    indexed_school_ids.c.school_id == sa.bindparam("gone"),
    indexed_school_ids.c.person == sa.bindparam("of"),
)
_DELETE_ENTRY = sa.delete(indexed_digits).where(indexed_digits.c.entry == sa.bindparam("gone"))
_DELETE_PEOPLE = sa.delete(indexed_people).where(in_list(indexed_people.c.contact_id, "ids"))
_until = sa.bindparam("until", type_=sa.BigInteger)
_ENROLLED = sa.select(
    enrolments.c.contact_id,
    enrolments.c.seq,
    enrolments.c.folded_name,
    enrolments.c.phone,
    enrolments.c.school_ids,
).where(
    in_list(enrolments.c.contact_id, "ids"),
    enrolments.c.seq <= _until,
    enrolments.c.phone != "",
)
_own_seq = (
    sa.select(sa.func.min(events.c.seq))
    .where(
        events.c.stream_id == contacts.c.contact_id,
        events.c.seq > sa.func.coalesce(contacts.c.forgotten_seq, 0),
        events.c.seq <= _until,
    )
    .scalar_subquery()
)
_OWN = sa.select(contacts.c.contact_id, contacts.c.phone, _own_seq.label("first_seq")).where(
    in_list(contacts.c.contact_id, "ids"), contacts.c.phone != "", _own_seq.is_not(None)
)
