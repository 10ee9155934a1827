"""The Merkle tree over the ledger's leaves, as RFC 6962 defines it; standard library only.

The ledger stores the tree's frontier, which is enough to append leaves. Proofs are made elsewhere.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

HASH_BYTES = 32
_NODE_PREFIX = b"\x01"
"""RFC 6962 marks a leaf with 0 and an inner node with 1."""

EMPTY_ROOT = hashlib.sha256().digest()

_sha256 = hashlib.sha256


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return _sha256(_NODE_PREFIX + left + right).digest()


@dataclass(frozen=True)
class Frontier:
    """The right edge of a tree of `size` leaves: the roots of its perfect subtrees.

    `nodes` holds one 32-byte hash for each bit set in `size`, the largest subtree first.
    """

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    @classmethod
    def from_bytes(cls, size: int, stored: bytes) -> "Frontier":
        """Read what `to_bytes` returned; raises ValueError where the length does not fit."""
        if len(stored) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} frontier nodes")
        starts = range(0, len(stored), HASH_BYTES)
        return cls(size, tuple(stored[start : start + HASH_BYTES] for start in starts))

    def to_bytes(self) -> bytes:
        """Return the concatenated nodes."""
        return b"".join(self.nodes)

    def extended(self, leaves: Iterable[bytes]) -> "Frontier":
        """Return the frontier after these leaves are appended.

        It goes through the levels of the tree: a lone last node of a level belongs to the frontier,
        all others are joined in pairs.
        """
        level, bits = list(leaves), self.size
        size = self.size + len(level)
        before, edge = list(self.nodes), []
        while level or bits:
            if bits & 1:
                level.insert(0, before.pop())
            if len(level) % 2:
                edge.append(level.pop())
            level = list(map(node, level[::2], level[1::2]))
            bits >>= 1
        return Frontier(size, tuple(reversed(edge)))

    def root(self) -> bytes:
        """Return the root of the whole tree; that of an empty tree is the hash of no bytes."""
        if not self.nodes:
            return EMPTY_ROOT
        root, *larger = reversed(self.nodes)
        for left in larger:
            root = node(left, root)
        return root
