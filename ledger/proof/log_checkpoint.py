"""The checkpoint of any log, as a witness reads it: whose it is, and which tree it signs.

The format is C2SP's tlog-checkpoint, https://c2sp.org/tlog-checkpoint. Lines behind the root are
not interpreted. `ledger/proof/checkpoint.py` reads those of Delivery Ledger in full.
"""

import re
from dataclasses import dataclass

from ledger.errors import BadInput
from ledger.proof.merkle_proofs import TreeHead
from ledger.proof.signed_note import text_of
from ledger.proof.strict_base64 import decoded
from ledger.store.merkle import HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")


@dataclass(frozen=True)
class LogCheckpoint:
    """The first three lines of a checkpoint."""

    origin: str
    tree: TreeHead

    @classmethod
    def parse(cls, note: str) -> "LogCheckpoint":
        """Read a signed note; raises `BadInput` where it is no checkpoint."""
        lines = text_of(note).removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines) or _CONTROL.search(note):
            raise BadInput("this is no checkpoint")
        origin, size, root = lines[:3]
        return cls(origin, TreeHead(size_of(size), hash_of(root)))


def size_of(text: str) -> int:
    """Return the size of a tree, in decimal without leading zeros; raises `BadInput`."""
    if not _SIZE.fullmatch(text):
        raise BadInput("this is no size of a tree")
    return int(text)


def hash_of(text: str) -> bytes:
    """Return a hash that is written in base64; raises `BadInput`."""
    data = decoded(text)
    if len(data) != HASH_BYTES:
        raise BadInput("this is no hash in base64")
    return data
