"""The leaf of one stored row: the hash over all of it, from which the Merkle tree is built."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

LEAF_COLUMNS = (
    "seq",
    "stream_id",
    "version",
    "topic",
    "recorded_at",
    "actor",
    "campaign_id",
    "delivery_id",
    "contact_id",
    "turn",
    "rank",
    "code",
    "reason",
    "next_at",
    "sid",
    "dedupe",
)
"""The columns that are hashed with the stored bytes, in this order; part of the format."""

_LEAF = b"\x00"
"""RFC 6962 marks a leaf with 0 and an inner node with 1."""
_VERSION = b"\x02"
"""The version of this encoding."""

_sha256 = hashlib.sha256
_pack = msgspec.msgpack.Encoder().encode


def leaf_of(values: Sequence[Any], state: bytes) -> bytes:
    """Return the hash of a row: `values` are those of LEAF_COLUMNS, `state` the stored bytes."""
    return _sha256(_LEAF + entry_of(values, state)).digest()


def entry_of(values: Sequence[Any], state: bytes) -> bytes:
    """Return what is hashed of a row, behind the mark of a leaf.

    It is a MessagePack array of the values and the SHA-256 of the state, each in its shortest
    form, so that a missing value, a number and a text never have the same encoding.
    """
    return _VERSION + _pack((*values, _sha256(state).digest()))
