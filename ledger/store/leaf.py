"""The fingerprint of one stored row: what a later proof stands on, and what tells ledgers apart."""

import hashlib
import struct
from collections.abc import Mapping
from typing import Any

_LEAF_PREFIX = b"\x00"
"""RFC 6962 marks a leaf with 0 and an inner node with 1."""

_ENCODING_VERSION = b"\x01"

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
"""What is hashed beside the stored bytes, in this order; part of the format."""


def leaf_of(row: Mapping[str, Any]) -> bytes:
    """SHA-256 over the row: every column in a fixed order, each behind its kind and length.

    32 bytes. A missing value, a number and a text can never be taken for one another.
    """
    parts = [_LEAF_PREFIX, _ENCODING_VERSION]
    parts += [_field(row[name]) for name in LEAF_COLUMNS]
    parts.append(hashlib.sha256(row["state"]).digest())
    return hashlib.sha256(b"".join(parts)).digest()


def _field(value: int | str | None) -> bytes:
    if value is None:
        return b"n"
    if isinstance(value, int):
        return b"i" + struct.pack(">q", value)
    encoded = value.encode()
    return b"t" + struct.pack(">I", len(encoded)) + encoded
