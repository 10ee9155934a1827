"""The checkpoints that the ledger's database keeps; all of them, in the order they were made."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds, to_microseconds
from ledger.errors import BadInput, LedgerDamaged
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.merkle_proofs import MAX_SIZE
from ledger.proof.signed_note import text_of
from ledger.proof.signing_record import SignedTree
from ledger.store.merkle import Frontier
from ledger.store.schema import checkpoints


@dataclass(frozen=True)
class KeptCheckpoint:
    """A checkpoint as the ledger stores it."""

    size: int
    made_at: datetime
    frontier: Frontier
    note: str

    @property
    def tree(self) -> SignedTree:
        """The tree that the note signs; raises `LedgerDamaged` where the columns say another."""
        try:
            checkpoint = Checkpoint.parse(text_of(self.note))
            standings = checkpoint.standings
            tree = SignedTree(origin=checkpoint.origin, frontier=self.frontier, standings=standings)
            is_same = tree.checkpoint == checkpoint
        except BadInput:
            is_same = False
        if not is_same:
            raise LedgerDamaged(_CHANGED.format(size=self.size))
        return tree


_CHANGED = (
    "The checkpoint of {size} events that the ledger keeps was changed by other means. Nothing is "
    "signed; restore the ledger from a backup. See what `delivery-ledger verify` says."
)
_ALL = sa.select(checkpoints).order_by(checkpoints.c.number)


def kept_of(connection: sa.Connection, origin: str, *, until: int) -> list[KeptCheckpoint]:
    """Every checkpoint of that origin and at most that size, the oldest first."""
    query = _ALL.where(_is_of(origin), checkpoints.c.size <= until)
    return [_kept(row) for row in connection.execute(query)]


def newest_of(
    connection: sa.Connection, origin: str, *, until: int = MAX_SIZE
) -> KeptCheckpoint | None:
    """The newest checkpoint of that origin and at most that size; None before the first."""
    newest_first = _ALL.order_by(None).order_by(checkpoints.c.number.desc())
    query = newest_first.where(_is_of(origin), checkpoints.c.size <= until).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _kept(row)


def newest_cosigned(connection: sa.Connection, origin: str, name: str) -> KeptCheckpoint | None:
    """The newest checkpoint of that origin that bears a signature of that name."""
    newest_first = _ALL.order_by(None).order_by(checkpoints.c.number.desc())
    is_cosigned = checkpoints.c.note.contains(f"\n\N{EM DASH} {name} ", autoescape=True)
    query = newest_first.where(_is_of(origin), is_cosigned).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _kept(row)


def kept_at(connection: sa.Connection, origin: str, size: int) -> KeptCheckpoint | None:
    """A checkpoint of that origin and size; None where none is kept."""
    query = _ALL.where(_is_of(origin), checkpoints.c.size == size).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _kept(row)


def keep(connection: sa.Connection, made: KeptCheckpoint) -> None:
    """Store one more checkpoint."""
    values = {
        "size": made.size,
        "made_at": to_microseconds(made.made_at),
        "frontier": made.frontier.to_bytes(),
        "note": made.note,
    }
    connection.execute(sa.insert(checkpoints).values(values))


def _is_of(origin: str) -> sa.ColumnElement[bool]:
    return checkpoints.c.note.startswith(f"{origin}\n", autoescape=True)


def _kept(row: sa.Row[Any]) -> KeptCheckpoint:
    try:
        frontier = Frontier.from_bytes(row.size, row.frontier)
    except ValueError as error:
        raise LedgerDamaged(_CHANGED.format(size=row.size)) from error
    return KeptCheckpoint(row.size, from_microseconds(row.made_at), frontier, row.note)
