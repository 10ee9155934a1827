"""Reads roots of subtrees from the leaves that the ledger stores."""

from collections.abc import Iterable

import sqlalchemy as sa

from ledger.proof.merkle_proofs import LeafRange
from ledger.proof.table_scan import parts
from ledger.store.merkle import Frontier

_PART = 8192


def roots_of(connection: sa.Connection, ranges: Iterable[LeafRange]) -> list[bytes]:
    """Return the root of each subtree, in that order. The stored leaves are not recomputed."""
    return [_root_of(connection, subtree) for subtree in ranges]


def _root_of(connection: sa.Connection, subtree: LeafRange) -> bytes:
    frontier = Frontier()
    rows = parts(
        connection, subtree.end, after=subtree.start, columns=["leaf"], size=_PART
    )  # leaf 0 is event #1
    for part in rows:
        frontier = frontier.extended(leaf for (leaf,) in part)
    return frontier.root()
