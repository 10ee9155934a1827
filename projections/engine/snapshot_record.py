"""The record of a snapshot: the code that proves its rows, and the epoch of the ledger's keys."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledger.errors import LedgerDamaged, LedgerError
from ledger.store.contact_keys import epoch_of
from ledger.store.engine import reading
from ledger.store.schema import ledger_info

snapshot_metadata = sa.MetaData()
snapshot_record = sa.Table(
    "snapshot_record",
    snapshot_metadata,
    sa.Column("key_epoch", sa.BigInteger, primary_key=True, comment="of the keys that opened it"),
    sa.Column("code", sa.LargeBinary, nullable=False, comment="of the digest of all rows"),
)

_info = ledger_info.to_metadata(sa.MetaData(), schema="ledger")
_KEY_EPOCH = sa.select(sa.cast(_info.c.value, sa.LargeBinary)).where(_info.c.name == "key_epoch")


@dataclass(frozen=True)
class SnapshotRecord:
    """What is stored with the rows of a snapshot, and the seq that they are as of."""

    seq: int
    key_epoch: int
    code: bytes


def is_of_present_epoch(engine: sa.Engine) -> bool:
    """Whether no key was destroyed since the snapshot was made; False where it cannot be read."""
    try:
        with reading(engine) as connection:
            stored = connection.scalar(sa.select(snapshot_record.c.key_epoch))
            return stored is not None and stored == present_epoch(connection)
    except LedgerError:
        return False


def present_epoch(connection: sa.Connection) -> int | None:
    """Return the ledger's key epoch; None where it is damaged, so that no key is ever destroyed."""
    stored: Any = connection.scalar(_KEY_EPOCH)
    with suppress(LedgerDamaged):
        return epoch_of(stored)
    return None
