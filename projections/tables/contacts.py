"""Whom a campaign texts, and what became of a number: what must be unsealed is unsealed here once.

A contact who was forgotten loses number, name and merge fields in every row recorded before.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa

from ledger.domain.events import (
    ContactEnrolled,
    ContactEvent,
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    InboundReceived,
)
from ledger.recorded_event import RecordedEvent
from projections.engine.projection import insert_into, insert_many
from projections.tables.schema import campaign_zones, contacts, enrolments, wishes

CONTACT_TOPICS = frozenset(
    event_type.topic
    for event_type in (
        ContactEnrolled,
        ContactOptedOut,
        ContactOptedIn,
        ContactForgotten,
        InboundReceived,
    )
)

_NOBODY = {"phone": "", "name": "", "fields": None}


def opted_out_at(contact_id: sa.ColumnElement[str], until: int | None) -> sa.ColumnElement[bool]:
    """Whether the contact's last wish, up to that seq where one is given, was to be left alone."""
    wish = wishes.alias("wish")
    query = sa.select(wish.c.is_opted_out).where(wish.c.contact_id == contact_id)
    query = query if until is None else query.where(wish.c.seq <= until)
    last = query.order_by(wish.c.seq.desc()).limit(1).scalar_subquery()
    return sa.func.coalesce(last, sa.false())


def forgotten_at(seq: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """When what was recorded at that seq was forgotten; for a query that has `contacts` joined."""
    return sa.case((seq < contacts.c.forgotten_seq, contacts.c.forgotten_at))


def phone_of(contact_id: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The contact's number, from a file or from its own texts; empty where it is forgotten."""
    told = sa.select(contacts.c.phone).where(contacts.c.contact_id == contact_id)
    return sa.func.coalesce(
        sa.func.nullif(_latest(enrolments.c.phone, contact_id), ""), told.scalar_subquery(), ""
    )


def name_of(contact_id: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """What the latest file that named the contact called it."""
    return sa.func.coalesce(_latest(enrolments.c.name, contact_id), "")


def _latest(
    column: sa.ColumnElement[str], contact_id: sa.ColumnElement[str]
) -> sa.ScalarSelect[str]:
    query = sa.select(column).where(enrolments.c.contact_id == contact_id, column != "")
    return query.order_by(enrolments.c.seq.desc()).limit(1).scalar_subquery()


def apply_enrolments(connection: sa.Connection, entries: Iterable[RecordedEvent]) -> None:
    """Add the contacts of a campaign's file."""
    rows = [_enrolment(entry) for entry in entries]
    if rows:
        insert_many(connection, enrolments, rows)
        _know_zones(connection, rows)


def enrol_undecodable(connection: sa.Connection, entry: RecordedEvent) -> None:
    """Add a contact whose enrolment cannot be read: without a name, behind all others."""
    row = _place(entry, position=entry.seq) | _NOBODY
    connection.execute(sa.insert(enrolments), [row])
    _know_zones(connection, [row])


def _know_zones(connection: sa.Connection, rows: Iterable[dict[str, Any]]) -> None:
    known = {(row["campaign_id"], row["zone"]) for row in rows}
    query = insert_into(connection.dialect.name, campaign_zones).on_conflict_do_nothing()
    connection.execute(query, [{"campaign_id": c, "zone": zone} for c, zone in sorted(known)])


def _enrolment(entry: RecordedEvent) -> dict[str, Any]:
    event = entry.event
    if not isinstance(event, ContactEnrolled):
        return _place(entry, position=entry.seq) | _NOBODY
    place = _place(entry, position=event.position, zone=event.zone)
    if event.private is None:
        return place | _NOBODY
    return place | {
        "phone": event.private.phone,
        "name": event.private.name,
        "fields": msgspec.json.encode(event.private.fields).decode(),
    }


def _place(entry: RecordedEvent, *, position: int, zone: str = "") -> dict[str, Any]:
    return {
        "delivery_id": entry.delivery_id,
        "campaign_id": entry.campaign_id,
        "contact_id": entry.contact_id,
        "position": position,
        "seq": entry.seq,
        "zone": zone,
    }


def apply_contact_event(connection: sa.Connection, entry: RecordedEvent) -> None:
    """Let an event of a contact's stream change the tables."""
    match entry.event:
        case ContactOptedOut() | ContactOptedIn() as event:
            _know(connection, event, event.private.phone if event.private else "")
            connection.execute(
                sa.insert(wishes).values(
                    seq=entry.seq,
                    contact_id=event.contact_id,
                    is_opted_out=isinstance(event, ContactOptedOut),
                )
            )
        case InboundReceived() as event:
            form = dict(event.private.parameters) if event.private else {}
            _know(connection, event, form.get("From", ""))
        case ContactForgotten() as event:
            _forget(connection, entry, event)


def _know(connection: sa.Connection, event: ContactEvent, phone: str, **more: int) -> None:
    query = insert_into(connection.dialect.name, contacts).values(
        contact_id=event.contact_id, phone=phone, **more
    )
    changed = more | ({"phone": phone} if phone else {})
    connection.execute(
        query.on_conflict_do_update(index_elements=[contacts.c.contact_id], set_=changed)
        if changed
        else query.on_conflict_do_nothing()
    )


def _forget(connection: sa.Connection, entry: RecordedEvent, event: ContactForgotten) -> None:
    _know(connection, event, "", forgotten_seq=entry.seq, forgotten_at=entry.row.recorded_at)
    of_contact = contacts.c.contact_id == event.contact_id
    connection.execute(sa.update(contacts).where(of_contact).values(phone=""))
    connection.execute(
        sa.update(enrolments)
        .where(enrolments.c.contact_id == event.contact_id, enrolments.c.seq < entry.seq)
        .values(_NOBODY)
    )


def runs(entries: Sequence[RecordedEvent]) -> Iterator[tuple[bool, list[RecordedEvent]]]:
    """The entries in their order, enrolments that follow one another together."""
    for is_enrolment, found in groupby(entries, lambda e: e.topic == ContactEnrolled.topic):
        yield is_enrolment, list(found)
