"""How many texts people sent and how many opt-outs there were, in each quarter of an hour.

The table follows behind the others, so that no text from a person waits for it. Its size depends on
how long people write, not on how many they are. Quarters of an hour serve every time zone.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.domain.events import ContactOptedOut, InboundReceived
from ledger.domain.offices import EVERYTHING, Scope
from ledger.store.engine import reading
from ledger.store.schema import IS_RARE
from ledger.store.upsert import Insert, insert_into
from projections.engine.following import FollowingProjection, seq_of
from projections.engine.ledger_events import events
from projections.engine.position import position_of
from projections.engine.projection import EventRange, is_in_range
from projections.tables.offices import office_of_text

_QUARTER = 15 * 60 * 1_000_000
"""In microseconds."""

metadata = sa.MetaData()

responses = sa.Table(
    "responses",
    metadata,
    sa.Column("quarter", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("office_id", sa.Text, primary_key=True, comment="empty: of none"),
    sa.Column("texts", sa.Integer, nullable=False),
    sa.Column("opt_outs", sa.Integer, nullable=False),
)
"""Quarters of an hour since 1970 UTC. The office is that of the last text to the person."""

_event = events.c
_office = sa.func.coalesce(office_of_text(_event.contact_id, _event.seq), "").label("office_id")
_quarter = (_event.recorded_at // _QUARTER).label("quarter")
_RANGE = (
    sa.select(
        _quarter,
        _office,
        sa.func.sum(sa.case((_event.topic == InboundReceived.topic, 1), else_=0)).label("texts"),
        sa.func.sum(sa.case((_event.topic == ContactOptedOut.topic, 1), else_=0)).label("opt_outs"),
    )
    .where(
        sa.literal_column(IS_RARE),
        _event.topic.in_([InboundReceived.topic, ContactOptedOut.topic]),
        is_in_range(_event.seq),
    )
    .group_by(_quarter, _office)
)


class Responses(NamedTuple):
    """What people sent in some time."""

    texts: int
    opt_outs: int


class ResponsesProjection(FollowingProjection):
    """Counts texts from people, and opt-outs."""

    name = "responses"
    metadata = metadata

    def follow(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Add what the range has."""
        rows = connection.execute(_RANGE, event_range.bounds).mappings().all()
        if rows:
            connection.execute(_adding(connection.dialect.name), [dict(row) for row in rows])


@cache
def _adding(dialect: str) -> Insert:
    query = insert_into(dialect, responses)
    old, more = responses.c, query.excluded
    return query.on_conflict_do_update(
        index_elements=[old.quarter, old.office_id],
        set_={"texts": old.texts + more.texts, "opt_outs": old.opt_outs + more.opt_outs},
    )


_FOLLOWER = ResponsesProjection()


@dataclass(frozen=True)
class ResponsesQueries:
    """Reads the table and adds the newest events; the past is read from the events."""

    engine: sa.Engine
    until: int | None = None
    scope: Scope = EVERYTHING

    def as_of(self, seq: int) -> "ResponsesQueries":
        """Return the same queries as of a past seq."""
        return ResponsesQueries(self.engine, seq, self.scope)

    def between(self, bounds: Sequence[datetime], office_id: str | None = None) -> list[Responses]:
        """Return what people sent between each two of these moments, which are ascending.

        To all offices that are seen, or to one. The bounds are at quarters of an hour.
        """
        quarters = [to_microseconds(bound) // _QUARTER for bound in bounds]
        counts: list[Counter[str]] = [Counter() for _ in quarters[1:]]
        with reading(self.engine, is_consistent=True) as connection:
            if self.until is None:
                self._add_stored(connection, quarters, counts, office_id)
            for row in self._events(connection):
                place = bisect_right(quarters, row.quarter) - 1
                if 0 <= place < len(counts) and self._is_seen(row.office_id, office_id):
                    counts[place].update(texts=row.texts, opt_outs=row.opt_outs)
        return [Responses(each["texts"], each["opt_outs"]) for each in counts]

    def _add_stored(
        self,
        connection: sa.Connection,
        quarters: Sequence[int],
        counts: Sequence[Counter[str]],
        office_id: str | None,
    ) -> None:
        for (since, before), of_range in zip(pairwise(quarters), counts, strict=True):
            for row in connection.execute(_STORED, {"since": since, "before": before}):
                if self._is_seen(row.office_id, office_id):
                    of_range.update(texts=row.texts, opt_outs=row.opt_outs)

    def _events(self, connection: sa.Connection) -> Sequence[Any]:
        """What the events say: the newest ones now, all of them in the past."""
        if self.until is not None:
            read = EventRange(0, self.until)
        else:
            read = EventRange(seq_of(connection, _FOLLOWER), position_of(connection).seq)
        if read.until <= read.after:
            return []
        return connection.execute(_RANGE, read.bounds).all()

    def _is_seen(self, of_row: str, chosen: str | None) -> bool:
        if chosen is not None:
            return of_row == chosen and self.scope.sees(chosen)
        return self.scope.is_everything or (bool(of_row) and self.scope.sees(of_row))


_STORED = (
    sa.select(
        responses.c.office_id,
        sa.func.sum(responses.c.texts).label("texts"),
        sa.func.sum(responses.c.opt_outs).label("opt_outs"),
    )
    .where(
        responses.c.quarter >= sa.bindparam("since", type_=sa.BigInteger),
        responses.c.quarter < sa.bindparam("before", type_=sa.BigInteger),
    )
    .group_by(responses.c.office_id)
)
