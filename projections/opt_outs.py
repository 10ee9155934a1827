"""The opt-outs that are in force, with source and time (R16).

A number has several where more than one changes anything: one by a text, then one by staff.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.events import ContactOptedIn, ContactOptedOut
from ledger.domain.offices import EVERYTHING, Scope
from ledger.domain.vocabulary import OptOutMeans
from ledger.recorded_event import RecordedEvent
from ledger.store.engine import reading
from projections.engine.projection import Projection
from projections.tables.contacts import folded_name_of, forgotten_at_of, name_of, phone_of
from projections.tables.folding import fold, spellings_of

_NUMERIC = re.compile(r"[\d\s+()./-]+")
_FEWEST_DIGITS = 3
"""Fewer may be a part of many numbers, and say little."""

metadata = sa.MetaData()

opt_outs = sa.Table(
    "opt_outs",
    metadata,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("contact_id", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("means", sa.Text),
    sa.Column("opted_out_at", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("lifted_seq", sa.BigInteger, comment="the opt-in that lifted it; NULL: in force"),
    sa.Index("opt_outs_contact", "contact_id"),
)
"""Every opt-out, also those that were lifted, so that the past can be shown."""


@dataclass(frozen=True, kw_only=True)
class OptOutEntry:
    """An opt-out that is in force."""

    seq: int
    contact_id: str
    phone: str
    """Empty if the contact was forgotten, as the name is."""
    name: str
    source: str
    """An `OptOutSource`."""
    means: OptOutMeans | None
    """How the person asked, where staff recorded that."""
    opted_out_at: datetime
    """When the person asked, where that was recorded; otherwise the time of the recording."""
    recorded_at: datetime
    forgotten_at: datetime | None
    """When number and name were destroyed; None while the number is known."""


@dataclass(frozen=True, kw_only=True)
class OptOutPage:
    """A page of opt-outs, with the seqs from which to continue."""

    rows: Sequence[OptOutEntry]
    previous_after: int | None
    """The value of `after` for the previous page, of newer ones; None on the first page."""
    next_before: int | None
    """The value of `before` for the next page, of older ones; None on the last page."""


class OptOutsProjection(Projection):
    """Keeps all opt-outs, and by which opt-in each was lifted."""

    metadata = metadata
    topics = frozenset({ContactOptedOut.topic, ContactOptedIn.topic})

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add opt-outs, and mark those that an opt-in lifts."""
        for recorded in recorded_events:
            match recorded.event:
                case ContactOptedOut() as event:
                    connection.execute(sa.insert(opt_outs).values(_row(recorded, event)))
                case event:
                    is_lifted = (opt_outs.c.contact_id == event.originator_id) & _is_in_force(None)
                    lifting = sa.update(opt_outs).where(is_lifted)
                    connection.execute(lifting.values(lifted_seq=recorded.seq))


def _row(recorded: RecordedEvent, event: ContactOptedOut) -> dict[str, Any]:
    recorded_at = recorded.row.recorded_at
    return {
        "seq": recorded.seq,
        "contact_id": event.contact_id,
        "source": event.source,
        "means": event.means,
        "opted_out_at": to_microseconds(event.received_at) if event.received_at else recorded_at,
        "recorded_at": recorded_at,
        "lifted_seq": None,
    }


class OptOutQueries:
    """Queries of the opt-outs in force, the newest first; with `until` as of after that seq.

    Opt-outs of all offices are seen. Names and links are those of the offices in `scope` alone.
    """

    def __init__(
        self, engine: sa.Engine, until: int | None = None, scope: Scope = EVERYTHING
    ) -> None:
        self._engine = engine
        self._until = until
        self._scope = scope

    def as_of(self, seq: int) -> "OptOutQueries":
        """Return the same queries as of right after a seq."""
        return OptOutQueries(self._engine, until=seq, scope=self._scope)

    def count(self) -> int:
        """Return how many opt-outs are in force."""
        query = sa.select(sa.func.count()).select_from(opt_outs).where(_is_in_force(self._until))
        with reading(self._engine) as connection:
            return connection.scalar(query) or 0

    def of_contacts(self, contact_ids: Collection[str]) -> list[OptOutEntry]:
        """Return the opt-outs of these contacts in force, the newest first."""
        of_contacts = opt_outs.c.contact_id.in_(contact_ids)
        return self._read(self._page_of().where(of_contacts))

    def all(self, batch_size: int) -> Iterator[OptOutEntry]:
        """Yield every opt-out, with one batch of them in memory."""
        before = None
        while rows := self._read(self._page_of(before=before).limit(batch_size)):
            yield from rows
            before = rows[-1].seq

    def page(
        self,
        *,
        search: str = "",
        before: int | None = None,
        after: int | None = None,
        size: int,
    ) -> OptOutPage:
        """Return the opt-outs right before a seq or right after one; without either, the newest.

        `search` is part of a number or name.
        """
        query = self._page_of(before=before, after=after)
        query = query.where(*_search(search, self._until, self._scope))
        entries = self._read(query.limit(size + 1))
        is_more = len(entries) > size
        rows = entries[:size] if after is None else entries[:size][::-1]
        has_previous, has_next = (before is not None, is_more) if after is None else (is_more, True)
        return OptOutPage(
            rows=rows,
            previous_after=rows[0].seq if rows and has_previous else None,
            next_before=rows[-1].seq if rows and has_next else None,
        )

    def _page_of(self, *, before: int | None = None, after: int | None = None) -> sa.Select[Any]:
        seq, entries = opt_outs.c.seq, _entries(self._until, self._scope)
        if after is not None:
            return entries.where(seq > after).order_by(seq)
        query = entries if before is None else entries.where(seq < before)
        return query.order_by(seq.desc())

    def _read(self, query: sa.Select[Any]) -> list[OptOutEntry]:
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query)]


def _is_in_force(until: int | None) -> sa.ColumnElement[bool]:
    """Whether an opt-out was in force right after a seq; without a seq, whether it is now."""
    lifted_seq = opt_outs.c.lifted_seq
    if until is None:
        return lifted_seq.is_(None)
    return (opt_outs.c.seq <= until) & (lifted_seq.is_(None) | (lifted_seq > until))


def _search(text: str, until: int | None, scope: Scope) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a search: a part of a number, or words that are all in the name.

    A number may be written as it is dialled in its country, with zeros before it.
    """
    folded = fold(text)
    if not folded:
        return [sa.false()] if text.strip() else []
    digits = "".join(filter(str.isdigit, folded))
    if _NUMERIC.fullmatch(folded) and len(digits) >= _FEWEST_DIGITS:
        return [phone_of(opt_outs.c.contact_id, until).contains(digits.lstrip("0") or digits)]
    return [_in_name(word, until, scope) for word in text.split() if fold(word)]


def _in_name(word: str, until: int | None, scope: Scope) -> sa.ColumnElement[bool]:
    name = folded_name_of(opt_outs.c.contact_id, until, scope)
    return sa.or_(*(name.contains(each, autoescape=True) for each in spellings_of(word)))


def _entry(row: Any) -> OptOutEntry:
    is_forgotten = row.forgotten_at is not None and not row.phone
    return OptOutEntry(
        seq=row.seq,
        contact_id=row.contact_id,
        phone=row.phone,
        name=row.name,
        source=row.source,
        means=OptOutMeans(row.means) if row.means else None,
        opted_out_at=from_microseconds(row.opted_out_at),
        recorded_at=from_microseconds(row.recorded_at),
        forgotten_at=from_microseconds(row.forgotten_at) if is_forgotten else None,
    )


def _entries(until: int | None, scope: Scope) -> sa.Select[Any]:
    contact_id = opt_outs.c.contact_id
    return sa.select(
        opt_outs,
        phone_of(contact_id, until).label("phone"),
        name_of(contact_id, until, scope).label("name"),
        forgotten_at_of(contact_id).label("forgotten_at"),
    ).where(_is_in_force(until))
