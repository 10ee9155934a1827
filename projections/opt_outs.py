"""The opt-outs that are in force, with source and time (R16).

A number has several where more than one changes anything: one by a text, then one by staff.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.domain.events import ContactOptedIn, ContactOptedOut
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
    sa.Index("opt_outs_contact", "contact_id"),
)


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
    """Keeps the opt-outs of each contact since it could last be texted."""

    metadata = metadata
    topics = frozenset({ContactOptedOut.topic, ContactOptedIn.topic})

    def apply(self, connection: sa.Connection, recorded_events: Sequence[RecordedEvent]) -> None:
        """Add opt-outs, and delete those that an opt-in lifts."""
        for recorded in recorded_events:
            match recorded.event:
                case ContactOptedOut() as event:
                    connection.execute(sa.insert(opt_outs).values(_row(recorded, event)))
                case event:
                    is_lifted = opt_outs.c.contact_id == event.originator_id
                    connection.execute(sa.delete(opt_outs).where(is_lifted))


def _row(recorded: RecordedEvent, event: ContactOptedOut) -> dict[str, Any]:
    recorded_at = recorded.row.recorded_at
    return {
        "seq": recorded.seq,
        "contact_id": event.contact_id,
        "source": event.source,
        "means": event.means,
        "opted_out_at": to_microseconds(event.received_at) if event.received_at else recorded_at,
        "recorded_at": recorded_at,
    }


class OptOutQueries:
    """Queries of the opt-outs in force, the newest first."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def count(self) -> int:
        """Return how many opt-outs are in force."""
        with reading(self._engine) as connection:
            return connection.scalar(_COUNT) or 0

    def all(self, batch_size: int) -> Iterator[OptOutEntry]:
        """Yield every opt-out, with one batch of them in memory."""
        before = None
        while rows := self._entries(_page_of(before=before).limit(batch_size)):
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
        query = _page_of(before=before, after=after).where(*_search(search))
        entries = self._entries(query.limit(size + 1))
        is_more = len(entries) > size
        rows = entries[:size] if after is None else entries[:size][::-1]
        has_previous, has_next = (before is not None, is_more) if after is None else (is_more, True)
        return OptOutPage(
            rows=rows,
            previous_after=rows[0].seq if rows and has_previous else None,
            next_before=rows[-1].seq if rows and has_next else None,
        )

    def _entries(self, query: sa.Select[Any]) -> list[OptOutEntry]:
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(query)]


def _page_of(*, before: int | None = None, after: int | None = None) -> sa.Select[Any]:
    seq = opt_outs.c.seq
    if after is not None:
        return _ENTRIES.where(seq > after).order_by(seq)
    query = _ENTRIES if before is None else _ENTRIES.where(seq < before)
    return query.order_by(seq.desc())


def _search(text: str) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a search: a part of a number, or words that are all in the name.

    A number may be written as it is dialled in its country, with zeros before it.
    """
    folded = fold(text)
    if not folded:
        return [sa.false()] if text.strip() else []
    digits = "".join(filter(str.isdigit, folded))
    if _NUMERIC.fullmatch(folded) and len(digits) >= _FEWEST_DIGITS:
        return [_PHONE.contains(digits.lstrip("0") or digits)]
    return [_in_name(word) for word in text.split() if fold(word)]


def _in_name(word: str) -> sa.ColumnElement[bool]:
    spellings = spellings_of(word)
    return sa.or_(*(_FOLDED_NAME.contains(each, autoescape=True) for each in spellings))


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


_COUNT = sa.select(sa.func.count()).select_from(opt_outs)
_PHONE = phone_of(opt_outs.c.contact_id)
_NAME = name_of(opt_outs.c.contact_id)
_FOLDED_NAME = folded_name_of(opt_outs.c.contact_id)
_ENTRIES = sa.select(
    opt_outs,
    _PHONE.label("phone"),
    _NAME.label("name"),
    forgotten_at_of(opt_outs.c.contact_id).label("forgotten_at"),
)
