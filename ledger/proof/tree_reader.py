"""Reads roots of subtrees from the leaves that the ledger stores."""

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from ledger.proof.merkle_proofs import LeafRange
from ledger.proof.table_scan import parts
from ledger.store.merkle import Frontier

_PART = 8192


def roots_of(
    connection: sa.Connection,
    ranges: Iterable[LeafRange],
    known: Mapping[LeafRange, bytes] | None = None,
) -> list[bytes]:
    """Return the root of each subtree, in that order, from `known` or from the stored leaves.

    The stored leaves are not recomputed.
    """
    roots = known or {}
    return [roots.get(subtree) or _root_of(connection, subtree) for subtree in ranges]


def subtrees_of(frontier: Frontier) -> dict[LeafRange, bytes]:
    """Return the perfect subtrees that a frontier has the roots of."""
    subtrees, start = {}, 0
    for root in frontier.nodes:
        size = 1 << ((frontier.size - start).bit_length() - 1)
        subtrees[LeafRange(start, start + size)] = root
        start += size
    return subtrees


def _root_of(connection: sa.Connection, subtree: LeafRange) -> bytes:
    frontier = Frontier()
    rows = parts(
        connection, subtree.end, after=subtree.start, columns=["leaf"], size=_PART
    )  # leaf 0 is event #1
    for part in rows:
        frontier = frontier.extended(leaf for (leaf,) in part)
    return frontier.root()
