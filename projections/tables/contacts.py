"""Contacts and their enrolments: the only place where phone numbers and names are unsealed.

Forgetting a contact empties number, name and merge fields of every row recorded before.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.domain.events import (
    ConsentRecorded,
    ContactEnrolled,
    ContactEvent,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    InboundReceived,
    filled,
)
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.provider_numbers import number_in
from ledger.recorded_event import RecordedEvent
from ledger.store.upsert import insert_into
from projections.engine.projection import insert_many
from projections.tables.facts import Until
from projections.tables.folding import spellings_of
from projections.tables.offices import is_of_seen_campaign
from projections.tables.schema import (
    campaign_zones,
    consent_changes,
    contacts,
    enrolments,
    opt_out_changes,
)
from projections.tables.school_ids import IdColumns, id_columns_of, school_ids_in

CONTACT_TOPICS = frozenset(
    event_type.topic
    for event_type in (
        ContactEnrolled,
        ContactOptedOut,
        ContactOptedIn,
        ContactForgotten,
        InboundReceived,
        ConsentRecorded,
    )
)

_UNKNOWN_PERSON = {
    "phone": "",
    "name": "",
    "folded_name": "",
    "fields": None,
    "school_ids": None,
}


def opted_out_at(contact_id: sa.ColumnElement[str], until: Until) -> sa.ColumnElement[bool]:
    """Whether the contact was opted out right after a seq; without a seq, whether it is now."""
    change = opt_out_changes.alias("opt_out_change")
    query = sa.select(change.c.is_opted_out).where(change.c.contact_id == contact_id)
    query = query if until is None else query.where(change.c.seq <= until)
    last = query.order_by(change.c.seq.desc()).limit(1).scalar_subquery()
    return sa.func.coalesce(last, sa.false())


def last_consent_change(until: Until) -> sa.ColumnElement[int]:
    """The seq in `consent_changes` that says whether the contact had given consent then.

    The query joins `contacts`. Most contacts have no row there, and nothing is looked up for them.
    """
    change = consent_changes.alias("consent_change")
    query = sa.select(change.c.seq).where(change.c.contact_id == contacts.c.contact_id)
    query = query if until is None else query.where(change.c.seq <= until)
    last = query.order_by(change.c.seq.desc()).limit(1).scalar_subquery()
    return sa.case((contacts.c.contact_id.is_not(None), last))


def forgotten_at(seq: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """When what was recorded at a seq was forgotten; NULL if never. The query joins `contacts`."""
    return sa.case((seq < contacts.c.forgotten_seq, contacts.c.forgotten_at))


def phone_of(contact_id: sa.ColumnElement[str], until: Until = None) -> sa.ColumnElement[str]:
    """The contact's number, from a contact file or from its own texts; empty once forgotten."""
    own = sa.select(contacts.c.phone).where(contacts.c.contact_id == contact_id)
    return sa.func.coalesce(
        sa.func.nullif(_latest(enrolments.c.phone, contact_id, until), ""),
        own.scalar_subquery(),
        "",
    )


def name_of(
    contact_id: sa.ColumnElement[str], until: Until = None, scope: Scope = EVERYTHING
) -> sa.ColumnElement[str]:
    """The contact's name in the latest contact file that has one; empty once forgotten.

    A file of an office that is not seen counts for nothing.
    """
    return sa.func.coalesce(_latest(enrolments.c.name, contact_id, until, scope), "")


def folded_name_of(
    contact_id: sa.ColumnElement[str], until: Until = None, scope: Scope = EVERYTHING
) -> sa.ColumnElement[str]:
    """That name as it is compared in a search, in all its spellings."""
    return sa.func.coalesce(_latest(enrolments.c.folded_name, contact_id, until, scope), "")


def school_ids_of(
    contact_id: sa.ColumnElement[str], until: Until = None, scope: Scope = EVERYTHING
) -> sa.ColumnElement[str]:
    """The ids of the school in the latest contact file with any, as JSON; NULL where none has."""
    return _latest(enrolments.c.school_ids, contact_id, until, scope)


def forgotten_at_of(contact_id: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """When the contact was last forgotten; NULL if never."""
    at = sa.select(contacts.c.forgotten_at).where(contacts.c.contact_id == contact_id)
    return at.scalar_subquery()


def _latest(
    column: sa.ColumnElement[str],
    contact_id: sa.ColumnElement[str],
    until: Until,
    scope: Scope = EVERYTHING,
) -> sa.ScalarSelect[str]:
    """The latest value that is not empty; with `until`, of the enrolments up to that seq."""
    query = sa.select(column).where(enrolments.c.contact_id == contact_id, column != "")
    query = query if until is None else query.where(enrolments.c.seq <= until)
    if not scope.is_everything:
        query = query.where(is_of_seen_campaign(scope, enrolments.c.campaign_id))
    return query.order_by(enrolments.c.seq.desc()).limit(1).scalar_subquery()


def apply_enrolments(connection: sa.Connection, recorded_events: Iterable[RecordedEvent]) -> None:
    """Add the contacts of a campaign's contact file."""
    recorded_events = list(recorded_events)
    campaign_ids = {recorded.campaign_id or "" for recorded in recorded_events}
    id_columns = id_columns_of(connection, campaign_ids)
    rows = [_enrolment(recorded, id_columns) for recorded in recorded_events]
    if rows:
        insert_many(connection, enrolments, rows)
        _add_zones(connection, rows)


def enrol_undecodable(connection: sa.Connection, recorded: RecordedEvent) -> None:
    """Add a contact whose enrolment cannot be decoded: without number and name, at the end."""
    row = _ids_of(recorded, position=recorded.seq) | _UNKNOWN_PERSON
    connection.execute(sa.insert(enrolments), [row])
    _add_zones(connection, [row])


def _add_zones(connection: sa.Connection, rows: Iterable[dict[str, Any]]) -> None:
    zones = {(row["campaign_id"], row["zone"]) for row in rows}
    query = insert_into(connection.dialect.name, campaign_zones).on_conflict_do_nothing()
    connection.execute(query, [{"campaign_id": c, "zone": zone} for c, zone in sorted(zones)])


def _enrolment(recorded: RecordedEvent, id_columns: Mapping[str, IdColumns]) -> dict[str, Any]:
    event = recorded.event
    if not isinstance(event, ContactEnrolled):
        return _ids_of(recorded, position=recorded.seq) | _UNKNOWN_PERSON
    ids = _ids_of(recorded, position=event.position, zone=event.zone)
    if event.confirm_before:
        ids["confirm_before"] = to_microseconds(event.confirm_before)
    if event.private is None:
        return ids | _UNKNOWN_PERSON
    return ids | {
        "phone": event.private.phone,
        "name": event.private.name,
        "folded_name": " ".join(spellings_of(event.private.name)),
        "fields": msgspec.json.encode(event.private.fields).decode(),
        "school_ids": school_ids_in(event.private.rows, id_columns.get(recorded.campaign_id or "")),
    }


def _ids_of(recorded: RecordedEvent, *, position: int, zone: str = "") -> dict[str, Any]:
    return {
        "delivery_id": recorded.delivery_id,
        "campaign_id": recorded.campaign_id,
        "contact_id": recorded.contact_id,
        "position": position,
        "seq": recorded.seq,
        "zone": zone,
        "confirm_before": None,
    }


def apply_contact_event(connection: sa.Connection, recorded: RecordedEvent) -> None:
    """Apply an event of a contact's stream."""
    match recorded.event:
        case ContactOptedOut() | ContactOptedIn() as event:
            _upsert(connection, event, event.private.phone if event.private else "")
            connection.execute(
                sa.insert(opt_out_changes).values(
                    seq=recorded.seq,
                    contact_id=event.contact_id,
                    is_opted_out=isinstance(event, ContactOptedOut),
                )
            )
            if isinstance(event, ContactOptedOut):
                _change_consent(connection, recorded, event)
        case ConsentRecorded() as event:
            _upsert(connection, event, event.private.phone if event.private else "")
            _change_consent(connection, recorded, event)
        case InboundReceived() as event:
            form = filled(event.private.parameters) if event.private else {}
            _upsert(connection, event, number_in(form.get("From", "")))
        case ContactForgotten() as event:
            _forget(connection, recorded, event)


def _change_consent(
    connection: sa.Connection, recorded: RecordedEvent, event: ContactEvent
) -> None:
    """Add the consent, or its withdrawal by any other event."""
    consent = event if isinstance(event, ConsentRecorded) else None
    given_at = consent.given_at if consent else None
    row = {
        "seq": recorded.seq,
        "contact_id": event.contact_id,
        "is_given": consent is not None,
        "source": consent.private.source if consent and consent.private else "",
        "given_at": to_microseconds(given_at) if given_at else None,
    }
    connection.execute(sa.insert(consent_changes).values(row))


def _upsert(connection: sa.Connection, event: ContactEvent, phone: str, **columns: int) -> None:
    query = insert_into(connection.dialect.name, contacts).values(
        contact_id=event.contact_id, phone=phone, **columns
    )
    changed = columns | ({"phone": phone} if phone else {})
    connection.execute(
        query.on_conflict_do_update(index_elements=[contacts.c.contact_id], set_=changed)
        if changed
        else query.on_conflict_do_nothing()
    )


def _forget(connection: sa.Connection, recorded: RecordedEvent, event: ContactForgotten) -> None:
    _upsert(
        connection, event, "", forgotten_seq=recorded.seq, forgotten_at=recorded.row.recorded_at
    )
    of_contact = contacts.c.contact_id == event.contact_id
    connection.execute(sa.update(contacts).where(of_contact).values(phone=""))
    is_consent = consent_changes.c.contact_id == event.contact_id
    connection.execute(sa.update(consent_changes).where(is_consent).values(source=""))
    _change_consent(connection, recorded, event)
    connection.execute(
        sa.update(enrolments)
        .where(enrolments.c.contact_id == event.contact_id, enrolments.c.seq < recorded.seq)
        .values(_UNKNOWN_PERSON)
    )


def runs(recorded_events: Sequence[RecordedEvent]) -> Iterator[tuple[bool, list[RecordedEvent]]]:
    """Group consecutive events, in their order: whether they are enrolments, and the events."""
    for is_enrolment, run in groupby(recorded_events, lambda e: e.topic == ContactEnrolled.topic):
        yield is_enrolment, list(run)
