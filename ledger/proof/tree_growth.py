"""How the tree grew since it was last signed, computed from the stored columns of each event."""

from collections.abc import Sequence

import sqlalchemy as sa

from ledger.errors import LedgerDamaged, Refused
from ledger.proof.signing_record import SignedTree
from ledger.proof.table_scan import LEAF, SEQ, Row, is_as_recorded, parts
from ledger.store.merkle import Frontier
from ledger.store.schema import ledger_head


def grown(connection: sa.Connection, before: SignedTree, kept: SignedTree | None) -> Frontier:
    """Return the frontier at the ledger's head, which continues `before`, and `kept` if newer.

    So whatever the database holds, the tree continues what was signed. Raises `Refused` if the
    ledger is shorter than that, and `LedgerDamaged` if it does not continue it, or if an event is
    not as it was recorded.
    """
    head = connection.execute(sa.select(ledger_head)).one()
    check_length(before, head.seq)
    frontier, cuts = before.frontier, [kept.size] if kept else []
    for rows in parts(connection, head.seq, after=before.size, cuts=cuts):
        _check_leaves(rows)
        frontier = frontier.extended(row[LEAF] for row in rows)
        if kept and kept.size == frontier.size and kept.frontier != frontier:
            raise LedgerDamaged(_NOT_CONTINUED.format(size=kept.size))
    if (frontier.size, frontier.to_bytes()) != (head.seq, head.frontier):
        raise LedgerDamaged(_NOT_CONTINUED.format(size=before.size))
    return frontier


def check_length(before: SignedTree, size: int) -> None:
    """Raise `Refused` if a ledger of that size is shorter than what was signed."""
    if size < before.size:
        raise Refused(
            f"The ledger has {size} events, but a checkpoint of {before.size} was signed here: it "
            f"lost its end. Nothing is signed that contradicts that checkpoint. {_CURE}"
        )


_CURE = (
    "Restore a newer backup; if the missing events are lost for good, begin a new log with "
    "`delivery-ledger checkpoint --new-log`."
)
_NOT_CONTINUED = (
    "The ledger does not continue what was signed at {size} events: an old backup was restored and "
    "used, or events were changed by other means. Nothing is signed. See what "
    f"`delivery-ledger verify` says. {_CURE}"
)


def _check_leaves(rows: Sequence[Row]) -> None:
    for row in rows:
        if not is_as_recorded(row):
            raise LedgerDamaged(
                f"Event #{row[SEQ]} is not as it was recorded: it was changed by other means. "
                "Nothing is signed, and no bundle is made; restore the ledger from a backup. "
                "`delivery-ledger verify` checks all events."
            )
