"""Inclusion and consistency proofs of RFC 6962, sections 2.1.1 and 2.1.2: which, and whether right.

A proof is a list of subtree roots. The leaves that each covers are computed here; the roots are
read elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.store.merkle import EMPTY_ROOT, node

MAX_SIZE = 2**63 - 1
"""The size of the largest tree that a proof may be about; so a proof has at most 63 nodes."""


@dataclass(frozen=True, order=True)
class LeafRange:
    """The leaves of a subtree: the first one's index, from 0, and the one behind the last."""

    start: int
    end: int


def inclusion_ranges(index: int, size: int) -> list[LeafRange]:
    """Return the subtrees that prove leaf `index` in a tree of that size, the leaf's sibling first.

    Raises ValueError for a leaf that is not in the tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size} leaves")
    return _siblings(LeafRange(index, index + 1), LeafRange(0, size))


def consistency_ranges(old_size: int, size: int) -> list[LeafRange]:
    """Return the subtrees that prove that a tree of `size` leaves continues one of `old_size`.

    None are needed where the old tree is empty or is the whole tree. Raises ValueError where the
    old tree is larger.
    """
    if not 0 <= old_size <= size:
        raise ValueError(f"a tree of {size} leaves cannot continue one of {old_size}")
    if old_size in {0, size}:
        return []
    last = LeafRange(old_size - (old_size & -old_size), old_size)
    siblings = _siblings(last, LeafRange(0, size))
    return siblings if last.start == 0 else [last, *siblings]


def _siblings(subtree: LeafRange, tree: LeafRange) -> list[LeafRange]:
    """The siblings of the nodes from the subtree up to the root of the tree, the lowest first."""
    siblings = []
    while tree != subtree:
        middle = tree.start + _split(tree.end - tree.start)
        left, right = LeafRange(tree.start, middle), LeafRange(middle, tree.end)
        tree, sibling = (left, right) if subtree.end <= middle else (right, left)
        siblings.append(sibling)
    return siblings[::-1]


def _split(size: int) -> int:
    """The leaves of the left half: the largest power of two below `size`, which is 2 or more."""
    return 1 << ((size - 1).bit_length() - 1)


@dataclass(frozen=True)
class TreeHead:
    """Size and root of a tree."""

    size: int
    root: bytes

    @property
    def is_possible(self) -> bool:
        """Whether a tree has that size; only one root is that of an empty tree."""
        return self.size > 0 or self.root == EMPTY_ROOT


def is_included(index: int, leaf: bytes, tree: TreeHead, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the leaf of that index, from 0, is in the tree."""
    if not 0 <= index < tree.size <= MAX_SIZE:
        return False
    ranges = inclusion_ranges(index, tree.size)
    if len(ranges) != len(proof):
        return False
    root = leaf
    for sibling, covered in zip(proof, ranges, strict=True):
        root = node(sibling, root) if covered.end <= index else node(root, sibling)
    return root == tree.root


def is_consistent(old: TreeHead, new: TreeHead, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the new tree continues the old one.

    The proof is empty where the old tree is empty, or has the same size; then roots must be equal.
    """
    if not 0 <= old.size <= new.size <= MAX_SIZE:
        return False
    ranges = consistency_ranges(old.size, new.size)
    if len(ranges) != len(proof):
        return False
    if not ranges:
        return old.size == 0 or old.root == new.root
    nodes = list(zip(proof, ranges, strict=True))
    is_first_given = ranges[0].end == old.size
    old_root = new_root = nodes.pop(0)[0] if is_first_given else old.root
    for sibling, covered in nodes:
        if covered.start >= old.size:
            new_root = node(new_root, sibling)
        else:
            old_root, new_root = node(sibling, old_root), node(sibling, new_root)
    return (old_root, new_root) == (old.root, new.root)
