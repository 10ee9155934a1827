"""A Merkle tree with a few shown leaves: the proof that these are in the tree, and where.

The other leaves are hidden under as few nodes as possible. For one shown leaf these are the nodes
of its RFC 6962 inclusion proof, from left to right instead of from leaf to root; for several
leaves, every node is listed once.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.store.merkle import node


class Hidden(NamedTuple):
    """A subtree of which only the size and the root are shown."""

    size: int
    root: bytes


class TreePruner:
    """Takes the leaves in order, and joins hidden leaves to subtrees."""

    def __init__(self) -> None:
        self._count = 0
        self._pending: list[Hidden] = []

    def hide(self, leaf: bytes) -> None:
        """Hide the next leaf."""
        self._pending.append(Hidden(1, leaf))
        self._count += 1
        while len(self._pending) > 1 and self._is_whole():
            self._join()

    def show(self) -> Iterator[Hidden]:
        """Show the next leaf; yield the hidden subtrees before it."""
        yield from self.cut()
        self._count += 1

    def cut(self) -> Iterator[Hidden]:
        """Yield the pending subtrees; no subtree spans a cut.

        So the root of a tree of the present size can be computed from the parts so far.
        """
        yield from self._pending
        self._pending.clear()

    def end(self) -> Iterator[Hidden]:
        """Yield the last subtrees, after the last leaf; the right edge of the tree is one node."""
        while len(self._pending) > 1 and self._begins_edge(self._pending[-2]):
            self._join()
        yield from self.cut()

    def _is_whole(self) -> bool:
        """Whether the last two are the halves of one subtree: of equal size, and aligned."""
        left, right = self._pending[-2:]
        return left.size == right.size and self._count % (2 * left.size) == 0

    def _begins_edge(self, left: Hidden) -> bool:
        """Whether what follows `left` is its complete sibling at the right edge of the tree."""
        start = self._count - self._pending[-1].size - left.size
        return start % (2 * left.size) == 0

    def _join(self) -> None:
        right, left = self._pending.pop(), self._pending.pop()
        self._pending.append(Hidden(left.size + right.size, node(left.root, right.root)))
