"""The hashes of the tree in tiles of up to 256, from which anybody can compute proofs.

The format is C2SP's tlog-tiles, https://c2sp.org/tlog-tiles. Entries are not served. A tile is
given once a checkpoint covers it, and never changes then; so the roots of whole subtrees are kept
in memory, 32 bytes for every 256 events.
"""

import re
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.proof.table_scan import parts
from ledger.store.engine import reading
from ledger.store.merkle import Frontier

_WIDTH_BITS = 8
WIDTH = 1 << _WIDTH_BITS
_PATH = re.compile(r"(0|[1-9][0-9]?)/((?:x[0-9]{3}/){0,4}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")
_HIGHEST_LEVEL = 7
"""The tree has at most 2⁶³ leaves: above this level every tile is empty."""


@dataclass(frozen=True)
class TileAddress:
    """Which tile: its level, its index in the level, and how many hashes of it.

    tile/1/x001/234.p/17
    """

    level: int
    index: int
    width: int

    @classmethod
    def parse(cls, path: str) -> "TileAddress | None":
        """Read the part of the address behind `tile/`; None where it is no tile's."""
        match = _PATH.fullmatch(path)
        if match is None:
            return None
        level, index, width = match.groups()
        tile = cls(int(level), int(index.replace("/", "").replace("x", "")), int(width or WIDTH))
        is_tile = tile.level <= _HIGHEST_LEVEL and tile.width <= WIDTH
        return tile if is_tile and str(tile) == path else None

    def __str__(self) -> str:
        """The same part of the address; each number has one way to be written."""
        digits = f"{self.index:03}"
        digits = digits.zfill(-len(digits) // 3 * -3)
        groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
        path = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{self.level}/{path}{suffix}"

    def is_in(self, size: int) -> bool:
        """Whether a tree of that size has all hashes of the tile."""
        return (self.index * WIDTH + self.width) << (_WIDTH_BITS * self.level) <= size


class Tiles:
    """The tiles of one ledger; several threads may use it."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._roots: dict[tuple[int, int], bytes] = {}
        """(level, index) → the root of the subtree of 256**level events; above level 0."""

    def tile(self, address: TileAddress) -> bytes:
        """Return the hashes, one behind the other; the tree must have them."""
        first = address.index * WIDTH
        with reading(self._engine) as connection:
            hashes = self._hashes(connection, address.level, first, address.width)
        return b"".join(hashes)

    def _hashes(self, connection: sa.Connection, level: int, first: int, count: int) -> list[bytes]:
        if level == 0:
            rows = parts(connection, first + count, after=first, columns=["leaf"], size=WIDTH)
            return [leaf for part in rows for (leaf,) in part]
        return [self._root(connection, level, index) for index in range(first, first + count)]

    def _root(self, connection: sa.Connection, level: int, index: int) -> bytes:
        root = self._roots.get((level, index))
        if root is None:
            below = self._hashes(connection, level - 1, index * WIDTH, WIDTH)
            root = self._roots[level, index] = Frontier().extended(below).root()
        return root
