"""A tree with all leaves hidden but a few: the proof that these are in it, and where.

Hidden leaves stand together under as few nodes as can be. For one shown leaf these are exactly the
nodes of its RFC 6962 inclusion proof, from left to right instead of from leaf to root; for several,
each node stands there once.
"""

from collections.abc import Iterator
from typing import NamedTuple

from ledger.store.merkle import node


class Hidden(NamedTuple):
    """A subtree of which only the root is told."""

    size: int
    root: bytes


class TreePruner:
    """Goes along the leaves, and gathers those that are to be hidden into subtrees."""

    def __init__(self) -> None:
        self._place = 0
        self._gathered: list[Hidden] = []

    def hide(self, leaf: bytes) -> None:
        """The next leaf is not shown."""
        self._gathered.append(Hidden(1, leaf))
        self._place += 1
        while len(self._gathered) > 1 and self._is_whole():
            self._join()

    def show(self) -> Iterator[Hidden]:
        """The next leaf is shown; gives the subtrees that stand before it."""
        yield from self.cut()
        self._place += 1

    def cut(self) -> Iterator[Hidden]:
        """Whatever was gathered; no subtree reaches beyond a cut, so the tree's root is told there.

        A tree of the size so far can be reckoned from all that was given so far.
        """
        yield from self._gathered
        self._gathered.clear()

    def end(self) -> Iterator[Hidden]:
        """The rest, where no leaf follows: the right edge of the tree is one node."""
        while len(self._gathered) > 1 and self._begins_edge(self._gathered[-2]):
            self._join()
        yield from self.cut()

    def _is_whole(self) -> bool:
        """Whether the last two are the halves of one subtree: equal, and in their right place."""
        left, right = self._gathered[-2:]
        return left.size == right.size and self._place % (2 * left.size) == 0

    def _begins_edge(self, left: Hidden) -> bool:
        """Whether what follows `left` is its whole right-hand side in this tree."""
        start = self._place - self._gathered[-1].size - left.size
        return start % (2 * left.size) == 0

    def _join(self) -> None:
        right, left = self._gathered.pop(), self._gathered.pop()
        self._gathered.append(Hidden(left.size + right.size, node(left.root, right.root)))
