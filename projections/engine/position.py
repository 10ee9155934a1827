"""The position of the views: the last event applied, stored in the transaction of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledger.errors import StoreUnavailable
from projections.engine.ledger_events import events

GENERATION = 37
"""Raised whenever a table of a projection, or what fills it, changes: older views are rebuilt."""

metadata = sa.MetaData()

position_table = sa.Table(
    "position",
    metadata,
    sa.Column("ledger_id", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("leaf", sa.LargeBinary, nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
)


_POSITION = sa.select(position_table)
_LOCKED_POSITION = _POSITION.with_for_update()
_leaf = sa.func.coalesce(sa.cast(events.c.leaf, sa.LargeBinary), sa.literal(b"", sa.LargeBinary))
_LEAF = sa.select(_leaf).where(events.c.seq == sa.bindparam("new_seq"))
"""The leaf of an event as bytes, whatever somebody wrote in its place."""
_MOVE = (
    sa.update(position_table)
    .where(position_table.c.seq == sa.bindparam("old_seq"))
    .values(seq=sa.bindparam("new_seq"), leaf=_LEAF.scalar_subquery())
)


@dataclass(frozen=True)
class Position:
    """The last event applied, its leaf, its ledger, and the generation of the tables."""

    ledger_id: str
    seq: int
    leaf: bytes
    generation: int


def begin(connection: sa.Connection, ledger_id: str) -> None:
    """Store the position of empty tables, before the first event."""
    connection.execute(sa.delete(position_table))
    start = Position(ledger_id, 0, b"", GENERATION)
    connection.execute(sa.insert(position_table).values(**vars(start)))


def position_of(connection: sa.Connection) -> Position:
    """Return the position. Raises `StoreUnavailable` where somebody left none that is possible."""
    return _only(connection.execute(_POSITION).all())


def locked_position_of(connection: sa.Connection) -> Position:
    """Return the position, locked against other writers until the transaction ends.

    Raises `StoreUnavailable` as `position_of` does.
    """
    return _only(connection.execute(_LOCKED_POSITION).all())


def _only(rows: Sequence[Any]) -> Position:
    position = Position(*rows[0]) if len(rows) == 1 else None
    if position is None or not isinstance(position.seq, int):
        raise StoreUnavailable(
            "The views do not say up to which event they are. They are emptied and filled again "
            "when a page or a command next reads them."
        )
    return position


def move(connection: sa.Connection, old: Position, seq: int) -> None:
    """Advance the position to a seq; raises `StoreUnavailable` where another process moved it."""
    moved = connection.execute(_MOVE, {"old_seq": old.seq, "new_seq": seq})
    if moved.rowcount != 1:
        raise StoreUnavailable("Another process moved the views meanwhile; try again.")


def is_valid(connection: sa.Connection, ledger_id: str) -> bool:
    """Whether the views belong to this ledger and program, and their last event still exists."""
    rows = connection.execute(_POSITION).all()
    if len(rows) != 1:
        return False
    position = Position(*rows[0])
    if (position.ledger_id, position.generation) != (ledger_id, GENERATION):
        return False
    return position.seq == 0 or connection.scalar(_LEAF, {"new_seq": position.seq}) == position.leaf
