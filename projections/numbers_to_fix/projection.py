"""Finds out which numbers cannot be reached, from the typed columns of the events.

It follows behind the other projections, so that no callback waits for it. A failure opens a span
of its number, or is one more proof of it; a later delivery, a text from the person, a member of
staff or a forgetting ends it. A late bounce of a text that had arrived says nothing.
"""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from ledger.domain.events import ContactForgotten, InboundReceived, NumberMarkedFixed
from ledger.domain.standing import TOP, Stage
from ledger.domain.vocabulary import Reason
from ledger.store.in_list import in_list
from projections.engine.following import FollowingProjection
from projections.engine.ledger_events import events
from projections.engine.parking import has_invalid_columns
from projections.engine.projection import EventRange, is_in_range
from projections.numbers_to_fix.tables import (
    SpanEnd,
    metadata,
    unreachable_proofs,
    unreachable_spans,
)
from projections.tables.facts import is_one_of, is_rank, stage_of_rank

_FINAL = {Stage.FAILED_WITHOUT_CODE, Stage.HARD_FAILURE, Stage.WITHDRAWN}
_REASONS = (Reason.UNREACHABLE_NUMBER, Reason.INVALID_NUMBER, Reason.LANDLINE)
"""The reasons that are about the number; the registrar can do something about them."""
_ENDS = {
    InboundReceived.topic: SpanEnd.REPLY,
    NumberMarkedFixed.topic: SpanEnd.FIXED,
    ContactForgotten.topic: SpanEnd.FORGOTTEN,
}


class NumbersToFix(FollowingProjection):
    """Which numbers cannot be reached, and by what each of them was proven."""

    name = "numbers to fix"
    metadata = metadata

    def follow(self, connection: sa.Connection, event_range: EventRange) -> None:
        """Open spans, add proofs to them and end them, in the order of the events."""
        facts = connection.execute(_FACTS, event_range.bounds).mappings().all()
        if not facts:
            return
        ids = {"ids": sorted({fact["contact_id"] for fact in facts})}
        since = {row.contact_id: row.since_seq for row in connection.execute(_OPEN_OF, ids)}
        changes = _Changes(since)
        for fact in facts:
            changes.add(fact)
        changes.write(connection)


@dataclass
class _Changes:
    """What the facts of a range change; `since` is contact → the first seq of its open span."""

    since: dict[str, int]
    spans: list[dict[str, Any]] = field(default_factory=list)
    proofs: list[dict[str, Any]] = field(default_factory=list)
    ends: list[dict[str, Any]] = field(default_factory=list)

    def add(self, fact: sa.RowMapping) -> None:
        """Add the next fact."""
        if fact["ended_by"]:
            self._end(fact)
        else:
            self._prove(fact)

    def write(self, connection: sa.Connection) -> None:
        """Insert the spans that were opened and their proofs, and end those that ended."""
        for statement, rows in (
            (sa.insert(unreachable_spans), self.spans),
            (sa.insert(unreachable_proofs), self.proofs),
            (_END, self.ends),
        ):
            if rows:
                connection.execute(statement, rows)

    def _end(self, fact: sa.RowMapping) -> None:
        since_seq = self.since.pop(fact["contact_id"], None)
        if since_seq is not None:
            ended = {name: fact[name] for name in ("ended_by", "seq", "recorded_at")}
            self.ends.append({"since": since_seq, **ended})

    def _prove(self, fact: sa.RowMapping) -> None:
        contact_id, seq = fact["contact_id"], fact["seq"]
        if contact_id not in self.since:
            self.since[contact_id] = seq
            span = {"since_seq": seq, "contact_id": contact_id, "since_at": fact["recorded_at"]}
            self.spans.append(span)
        copied = ("seq", "campaign_id", "delivery_id", "reason", "code")
        proof = {name: fact[name] for name in copied}
        proof |= {"since_seq": self.since[contact_id], "at": fact["recorded_at"]}
        self.proofs.append(proof)


def _contact_of(event: Any) -> sa.ColumnElement[str]:
    return sa.func.coalesce(event.c.contact_id, event.c.stream_id)


def _is_failure(event: Any) -> sa.ColumnElement[bool]:
    return sa.and_(
        event.c.reason.in_(_REASONS),
        is_rank(event.c.rank),
        is_one_of(stage_of_rank(event.c.rank), _FINAL),
        event.c.contact_id.is_not(None),
        event.c.campaign_id.is_not(None),
        event.c.delivery_id.is_not(None),
    )


def _facts() -> sa.Select[Any]:
    """Return the query of what opens and ends spans in a range, in the order of the events.

    What could end a span is read only where its contact has one, or gets one in the range.
    """
    earlier, failed = events.alias("earlier"), events.alias("failed")
    has_arrived = sa.exists().where(
        earlier.c.campaign_id == events.c.campaign_id,
        earlier.c.delivery_id == events.c.delivery_id,
        earlier.c.rank >= TOP,
        earlier.c.seq < events.c.seq,
    )
    fails_now = sa.select(failed.c.contact_id).where(is_in_range(failed.c.seq), _is_failure(failed))
    open_span = sa.select(unreachable_spans.c.contact_id).where(
        unreachable_spans.c.contact_id == _contact_of(events),
        unreachable_spans.c.ended_seq.is_(None),
    )
    ended_by = sa.case(
        (events.c.rank >= TOP, SpanEnd.DELIVERED),
        *((events.c.topic == topic, end) for topic, end in _ENDS.items()),
    )
    ends = (events.c.rank >= TOP) | events.c.topic.in_(list(_ENDS))
    has_span = _contact_of(events).in_(fails_now) | open_span.exists()
    columns = ("seq", "campaign_id", "delivery_id", "recorded_at", "reason", "code")
    return (
        sa.select(
            *(events.c[name] for name in columns),
            _contact_of(events).label("contact_id"),
            sa.type_coerce(ended_by, sa.Text).label("ended_by"),
        )
        .where(
            is_in_range(events.c.seq),
            ~has_invalid_columns(events.c.seq),
            (_is_failure(events) & ~has_arrived) | (ends & has_span),
        )
        .order_by(events.c.seq)
    )


_FACTS = _facts()
_OPEN_OF = sa.select(unreachable_spans.c.contact_id, unreachable_spans.c.since_seq).where(
    in_list(unreachable_spans.c.contact_id, "ids"), unreachable_spans.c.ended_seq.is_(None)
)
_END = (
    sa.update(unreachable_spans)
    .where(unreachable_spans.c.since_seq == sa.bindparam("since"))
    .values(
        ended_seq=sa.bindparam("seq", type_=sa.BigInteger),
        ended_at=sa.bindparam("recorded_at", type_=sa.BigInteger),
        ended_by=sa.bindparam("ended_by", type_=sa.Text),
    )
)
