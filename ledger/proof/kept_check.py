"""Checks what the ledger keeps beside the notes of its checkpoints: sizes, frontiers and times."""

from collections.abc import Iterator, Mapping
from contextlib import suppress

import sqlalchemy as sa

from ledger.errors import BadInput
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.recomputation import Fault
from ledger.proof.signed_note import text_of
from ledger.store.merkle import Frontier
from ledger.store.schema import checkpoints

_KEPT = sa.select(checkpoints).order_by(checkpoints.c.number)


def kept_faults(connection: sa.Connection) -> Iterator[Fault]:
    """Yield each kept checkpoint whose size or frontier is not what its note signs."""
    for row in connection.execute(_KEPT):
        with suppress(BadInput):  # a note that cannot be read is reported as such
            signed = Checkpoint.parse(text_of(row.note))
            if not _is_signed(row.size, row.frontier, signed):
                words = f"the size or the frontier kept with checkpoint {row.number} was changed"
                yield Fault(None, words)


def doubtful_times(connection: sa.Connection) -> Iterator[str]:
    """Yield a sentence for each kept checkpoint that claims to be older than the one before it."""
    before = 0
    for row in connection.execute(_KEPT):
        made_at = row.made_at if isinstance(row.made_at, int) else -1
        if made_at < before:
            yield (
                f"The time of checkpoint {row.number} is before that of the one before it. Times "
                "are not signed: a clock was set back, or the time was changed."
            )
        before = made_at


def unkept(connection: sa.Connection, outside: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each outside checkpoint that the ledger does not keep."""
    kept = {_text_of(row.note) for row in connection.execute(_KEPT)}
    for name, note in outside.items():
        if _text_of(note) not in kept:
            yield (
                f"{name} is not among the checkpoints that are kept here, though all are kept: it "
                "was deleted, or signed elsewhere."
            )


def _is_signed(size: int, frontier: bytes, signed: Checkpoint) -> bool:
    try:
        return size == signed.size and Frontier.from_bytes(size, frontier).root() == signed.root
    except (TypeError, ValueError):
        return False


def _text_of(note: str) -> str:
    try:
        return text_of(note)
    except BadInput:
        return note
