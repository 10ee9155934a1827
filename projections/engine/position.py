"""How far the views have read: one row, set in the transaction of the rows it speaks of."""

from dataclasses import dataclass

import sqlalchemy as sa

from ledger.errors import StoreUnavailable
from projections.tables.schema import events

GENERATION = 11
"""Raised whenever a projection's tables or what fills them change: older views are rebuilt."""

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
_HELD = _POSITION.with_for_update()
_LEAF = sa.select(events.c.leaf).where(events.c.seq == sa.bindparam("to"))
_MOVE = (
    sa.update(position_table)
    .where(position_table.c.seq == sa.bindparam("was"))
    .values(seq=sa.bindparam("to"), leaf=_LEAF.scalar_subquery())
)


@dataclass(frozen=True)
class Position:
    """The last event that the views have read, of which ledger, and by which program's tables."""

    ledger_id: str
    seq: int
    leaf: bytes
    generation: int


def begin(connection: sa.Connection, ledger_id: str) -> None:
    """Put the position of empty tables: nothing is read yet."""
    connection.execute(sa.delete(position_table))
    start = Position(ledger_id, 0, b"", GENERATION)
    connection.execute(sa.insert(position_table).values(**vars(start)))


def position_of(connection: sa.Connection) -> Position:
    """The position at this moment."""
    return Position(*connection.execute(_POSITION).one())


def held_position_of(connection: sa.Connection) -> Position:
    """The position, which nobody else moves until this transaction ends."""
    return Position(*connection.execute(_HELD).one())


def move(connection: sa.Connection, position: Position, seq: int) -> None:
    """Set it on to that seq; raises `StoreUnavailable` where it is no longer where it was."""
    moved = connection.execute(_MOVE, {"was": position.seq, "to": seq})
    if moved.rowcount != 1:
        raise StoreUnavailable("Another process moved the views meanwhile; try again.")


def is_sound(connection: sa.Connection, ledger_id: str) -> bool:
    """Whether these are views of this ledger, by this program, of events that are still there."""
    found = connection.execute(_POSITION).all()
    if len(found) != 1:
        return False
    position = Position(*found[0])
    if (position.ledger_id, position.generation) != (ledger_id, GENERATION):
        return False
    return position.seq == 0 or connection.scalar(_LEAF, {"to": position.seq}) == position.leaf
