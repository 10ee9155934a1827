"""Applies the events after the position: all in one range, or in batches."""

import sqlalchemy as sa

from projections.engine import position
from projections.engine.applier import Progress, RangeApplier
from projections.engine.ledger_events import events
from projections.engine.position import locked_position_of
from projections.engine.projection import EventRange

BATCH_EVENTS = 2000
_next = (
    sa.select(events.c.seq)
    .where(events.c.seq > sa.bindparam("after", type_=sa.BigInteger))
    .order_by(events.c.seq)
    .limit(BATCH_EVENTS)
    .subquery("next_events")
)
_BATCH_END = sa.select(sa.func.max(_next.c.seq))
"""The last of the next events: no walk over a gap that somebody made."""


def apply_next(
    connection: sa.Connection,
    applier: RangeApplier,
    until: int,
    *,
    is_batch: bool = False,
    progress: Progress | None = None,
) -> None:
    """Apply the events after the position, all or one batch, and move it."""
    start = locked_position_of(connection)
    end = until
    if is_batch and until - start.seq > BATCH_EVENTS:
        end = min(until, connection.scalar(_BATCH_END, {"after": start.seq}) or until)
    if end > start.seq:
        applier.apply(connection, EventRange(start.seq, end), progress)
        position.move(connection, start, end)


def apply_batches(connection: sa.Connection, applier: RangeApplier, until: int) -> None:
    """Apply the events after the position in batches, as there may be many."""
    while locked_position_of(connection).seq < until:
        apply_next(connection, applier, until, is_batch=True)
