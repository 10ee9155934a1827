"""Texts that may ask for an opt-out and wait for a decision of staff (R16)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.events import (
    ContactForgotten,
    ContactOptedOut,
    InboundReceived,
    PossibleOptOutDismissed,
)
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.opt_out_deadline import due_by, due_on
from ledger.recorded_event import RecordedEvent
from ledger.store.engine import reading
from ledger.store.partial_index import partial_index
from projections.engine.projection import Projection
from projections.tables.contacts import forgotten_at_of, name_of, opted_out_at, phone_of
from projections.tables.offices import is_seen_text

metadata = sa.MetaData()

possible_opt_outs = sa.Table(
    "possible_opt_outs",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("sid", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False, comment="empty: the contact was forgotten"),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("decided_seq", sa.BigInteger, comment="the event that decided it; NULL: it waits"),
    sa.Index("possible_opt_outs_contact", "contact_id"),
)
"""Every such text, also those that were decided, so that the past can be shown."""

_waits = possible_opt_outs.c.decided_seq.is_(None)
partial_index("possible_opt_outs_waiting", possible_opt_outs.c.seq, where=_waits)
"""Few texts wait, and every page counts them."""


@dataclass(frozen=True, kw_only=True)
class PossibleOptOut:
    """A text that may ask for an opt-out."""

    seq: int
    contact_id: str
    phone: str
    """Empty if the contact was forgotten, as text and name are."""
    name: str
    text: str
    received_at: datetime
    due_on: date
    """The last day, in the school's time zone, on which the request can be honoured."""
    due_by: datetime
    """The end of that day."""
    message_sid: str
    forgotten_at: datetime | None
    """When number and name were destroyed; None while the number is known."""


class PossibleOptOutsProjection(Projection):
    """Keeps the texts, which wait until an opt-out, a dismissal or a forgetting of the contact."""

    metadata = metadata
    topics = frozenset(
        {
            InboundReceived.topic,
            ContactOptedOut.topic,
            PossibleOptOutDismissed.topic,
            ContactForgotten.topic,
        }
    )

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add texts that wait, mark those that no longer do, and empty those of the forgotten."""
        column = possible_opt_outs.c
        for recorded in recorded_events:
            match recorded.event:
                case InboundReceived() as event:
                    _receive(connection, recorded, event)
                case PossibleOptOutDismissed(contact_id=contact_id, sid=sid):
                    of_text = (column.contact_id == contact_id) & (column.sid == sid)
                    _decide(connection, recorded, of_text)
                case event:
                    of_contact = column.contact_id == event.originator_id
                    _decide(connection, recorded, of_contact)
                    if isinstance(event, ContactForgotten):
                        emptying = sa.update(possible_opt_outs).where(of_contact)
                        connection.execute(emptying.values(body=""))


def _receive(connection: sa.Connection, recorded: RecordedEvent, event: InboundReceived) -> None:
    if not event.is_possible_opt_out:
        return
    is_opted_out = opted_out_at(sa.literal(event.contact_id), recorded.seq)
    if connection.scalar(sa.select(is_opted_out)):
        return
    form = dict(event.private.parameters) if event.private else {}
    row = {
        "seq": recorded.seq,
        "contact_id": event.contact_id,
        "sid": event.sid,
        "body": form.get("Body", ""),
        "received_at": recorded.row.recorded_at,
        "decided_seq": None,
    }
    connection.execute(sa.insert(possible_opt_outs).values(row))


def _decide(
    connection: sa.Connection, recorded: RecordedEvent, is_selected: sa.ColumnElement[bool]
) -> None:
    deciding = sa.update(possible_opt_outs).where(is_selected, _waits)
    connection.execute(deciding.values(decided_seq=recorded.seq))


class PossibleOptOutQueries:
    """Queries of the texts that wait; `zone` is the school's time zone.

    With `until` they answer as of right after that seq; with a scope, about texts that answer those
    of its offices.
    """

    def __init__(
        self,
        engine: sa.Engine,
        zone: str,
        until: int | None = None,
        scope: Scope = EVERYTHING,
    ) -> None:
        self._engine = engine
        self._zone = zone
        self._until = until
        self._scope = scope

    def as_of(self, seq: int) -> "PossibleOptOutQueries":
        """Return the same queries as of right after a seq."""
        return PossibleOptOutQueries(self._engine, self._zone, until=seq, scope=self._scope)

    def count(self) -> int:
        """Return how many texts wait."""
        query = sa.select(sa.func.count()).select_from(possible_opt_outs)
        query = query.where(_is_waiting(self._until), _is_seen(self._scope))
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def waiting(self, limit: int | None = None, *, after: int = 0) -> list[PossibleOptOut]:
        """Return the texts after a seq that wait, the oldest first."""
        is_after = possible_opt_outs.c.seq > after
        return self._rows(_waiting(self._until, self._scope).where(is_after).limit(limit))

    def of_contacts(self, contact_ids: Collection[str]) -> list[PossibleOptOut]:
        """Return the texts of these contacts that wait, the oldest first."""
        of_contacts = possible_opt_outs.c.contact_id.in_(contact_ids)
        return self._rows(_waiting(self._until, self._scope).where(of_contacts))

    def _rows(self, query: sa.Select[Any]) -> list[PossibleOptOut]:
        with reading(self._engine) as connection:
            return [self._row(row) for row in connection.execute(query)]

    def _row(self, row: Any) -> PossibleOptOut:
        received_at = from_microseconds(row.received_at)
        return PossibleOptOut(
            seq=row.seq,
            contact_id=row.contact_id,
            phone=row.phone,
            name=row.name,
            text=row.body,
            received_at=received_at,
            due_on=due_on(received_at, self._zone),
            due_by=due_by(received_at, self._zone),
            message_sid=row.sid,
            forgotten_at=None if row.phone else _moment(row.forgotten_at),
        )


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else from_microseconds(microseconds)


def _is_waiting(until: int | None) -> sa.ColumnElement[bool]:
    """Whether a text waited right after a seq; without a seq, whether it waits now."""
    if until is None:
        return _waits
    return (possible_opt_outs.c.seq <= until) & (_waits | (possible_opt_outs.c.decided_seq > until))


def _is_seen(scope: Scope) -> sa.ColumnElement[bool]:
    return is_seen_text(scope, possible_opt_outs.c.contact_id, possible_opt_outs.c.seq)


@lru_cache(maxsize=100)
def _waiting(until: int | None, scope: Scope) -> sa.Select[Any]:
    contact_id = possible_opt_outs.c.contact_id
    query = sa.select(
        possible_opt_outs,
        phone_of(contact_id, until).label("phone"),
        name_of(contact_id, until, scope).label("name"),
        forgotten_at_of(contact_id).label("forgotten_at"),
    )
    return query.where(_is_waiting(until), _is_seen(scope)).order_by(possible_opt_outs.c.seq)
