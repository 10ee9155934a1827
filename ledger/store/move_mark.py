"""The mark of a move in `ledger_info`: which database of a moved ledger takes events.

Every commit reads it under the writer's lock, in the statement that it makes anyway:

    {"state": "closed", "place": "postgresql+psycopg://db2/north", "at": 1795…, "id": "…"}

A ledger without a mark is in use. Both databases of a move have a mark with the same id. First the
old one is `MOVED`, for good, and only then the new one loses its mark: never do both take events.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import msgspec
import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.errors import BadInput, LedgerDamaged, LedgerMoved
from ledger.store.engine import reading
from ledger.store.schema import INFO_VALUE, ledger_head, ledger_info, metadata
from ledger.store.store import Store
from ledger.store.table_guards import guard, unguard

NAME = "move"
"""The name of its row in `ledger_info`."""
STORED = sa.select(INFO_VALUE).where(ledger_info.c.name == NAME).scalar_subquery()
"""The stored mark; NULL where there is none."""

_STORED = sa.select(STORED)
_DELETE = sa.delete(ledger_info).where(ledger_info.c.name == NAME)
_TABLES = tuple(metadata.tables)


class MoveState(StrEnum):
    """What a database of a moved ledger is."""

    ARRIVING = "arriving"
    """The new place, which is not complete."""
    CLOSED = "closed"
    """The old place, while the rest is copied; it can be opened again."""
    MOVED = "moved"
    """The old place, for good."""


@dataclass(frozen=True, kw_only=True)
class MoveMark:
    """A mark. `place` is the address of the other database, without its password."""

    state: MoveState
    place: str
    at: int
    """Since when, in microseconds since 1970 UTC."""
    id: str
    """The same in both databases of a move."""

    @classmethod
    def arriving(cls, place: str, at: int) -> "MoveMark":
        """The mark of a new place, with an id of its own."""
        return cls(state=MoveState.ARRIVING, place=place, at=at, id=uuid.uuid4().hex)

    @property
    def refusal(self) -> LedgerMoved:
        """The error of everybody who wants to use this database."""
        words = _WORDS[self.state].format(
            place=self.place, at=f"{from_microseconds(self.at):%Y-%m-%d %H:%M} UTC"
        )
        return LedgerMoved(words)


_WORDS = {
    MoveState.ARRIVING: (
        "A ledger is being moved into this database from {place}, and is not complete here. Wait "
        "for the end of `delivery-ledger ledger move`; where it was interrupted, run it again."
    ),
    MoveState.CLOSED: (
        "This ledger is being moved to {place} since {at}. Nothing was recorded. Wait for the end "
        "of `delivery-ledger ledger move`; where it was interrupted, run it again."
    ),
    MoveState.MOVED: (
        "This ledger was moved to {place} on {at}. Nothing is recorded or sent here any more. "
        "Restart the program with the settings of the new place."
    ),
}


def check_in_use(stored: bytes | None) -> None:
    """Raise `LedgerMoved`, which says where the ledger is, where a mark is stored."""
    if stored is not None:
        raise parsed(stored).refusal


def check_readable(stored: bytes | None) -> None:
    """Raise the same where the ledger was moved elsewhere; what arrives may be read."""
    if stored is not None and (mark := parsed(stored)).state is not MoveState.ARRIVING:
        raise mark.refusal


def parsed(stored: bytes) -> MoveMark:
    """Return the mark that is stored so; raises `LedgerDamaged`."""
    try:
        return msgspec.json.decode(stored, type=MoveMark)
    except msgspec.MsgspecError as error:
        raise LedgerDamaged(
            "The table ledger_info holds a mark of a move that is none: the database was changed "
            "by other means. Restore that row from a backup."
        ) from error


def mark_of(store: Store) -> MoveMark | None:
    """Return the mark of a ledger; None where it is in use. Raises `StoreUnavailable`."""
    with reading(store.engine) as connection:
        return mark_in(connection)


def mark_in(connection: sa.Connection) -> MoveMark | None:
    """Return the same, within a transaction of the caller."""
    stored = connection.scalar(_STORED)
    return None if stored is None else parsed(stored)


def put(connection: sa.Connection, mark: MoveMark) -> None:
    """Store the mark in the place of the one that is there."""
    value = msgspec.json.encode(asdict(mark))
    connection.execute(_DELETE)
    connection.execute(sa.insert(ledger_info).values(name=NAME, value=value))


def close(store: Store, mark: MoveMark) -> MoveMark:
    """Close a ledger: no later commit of any process succeeds, until `reopen`; return its mark.

    Raises `LedgerMoved` where another move has closed it, and `StoreUnavailable`.
    """
    with _locked(store) as (connection, present):
        if present is not None and present.id != mark.id:
            raise present.refusal
        if present is None:
            put(connection, mark)
            guard(connection, _TABLES)
        return present or mark


def reopen(store: Store, closed: MoveMark) -> None:
    """Let a ledger be used again that was closed so; one that is not closed so stays as it is."""
    with _locked(store) as (connection, present):
        if present == closed:
            unguard(connection, _TABLES)
            connection.execute(_DELETE)


def close_for_good(store: Store, closed: MoveMark, at: int) -> None:
    """Make a ledger that was closed so one that was moved.

    Raises `BadInput` where that move was cancelled meanwhile.
    """
    with _locked(store) as (connection, present):
        if present != closed:
            raise BadInput("The move was cancelled meanwhile: the ledger is where it was.")
        unguard(connection, [ledger_info.name])
        put(connection, replace(closed, state=MoveState.MOVED, at=at))
        guard(connection, [ledger_info.name])


def open_new_place(store: Store, move_id: str) -> None:
    """Let the new place be used, once the old one is closed for good; a repeat changes nothing.

    Raises `BadInput` where another copy is there.
    """
    with _locked(store) as (connection, present):
        if present is not None and present.id != move_id:
            raise BadInput(
                "The copy in the new database belongs to another move of this ledger. Empty that "
                "database, or name the one that the ledger was moved to."
            )
        connection.execute(_DELETE)


@contextmanager
def _locked(store: Store) -> Iterator[tuple[sa.Connection, MoveMark | None]]:
    """Open a transaction under the writer's lock, and read the mark."""
    with store.writing() as connection:
        connection.execute(sa.select(ledger_head).with_for_update())
        yield connection, mark_in(connection)
