"""The contacts' wrapped keys, as one commit of the ledger changes them.

The key epoch is a number that grows with every commit that destroys keys, and with every change of
the master key. Keys unwrapped in an older epoch are discarded before anything is sealed, so that
nothing is ever sealed under a destroyed key.
"""

from collections.abc import Collection

import sqlalchemy as sa

from ledger.errors import LedgerDamaged
from ledger.store.in_list import in_list
from ledger.store.rows import EventBatch
from ledger.store.schema import INFO_VALUE, contact_keys, ledger_info
from ledger.store.store import Store

KEY_EPOCH = "key_epoch"

EPOCH = sa.select(INFO_VALUE).where(ledger_info.c.name == KEY_EPOCH).scalar_subquery()
"""The stored epoch; NULL until a key is first destroyed."""
_EPOCH = sa.select(EPOCH)
_MOST_DIGITS = 20
_KEYS = sa.select(contact_keys.c.subject_id, contact_keys.c.wrapped_key).where(
    in_list(contact_keys.c.subject_id, "subjects")
)
_DROP = sa.delete(contact_keys).where(in_list(contact_keys.c.subject_id, "subjects"))


def key_epoch(connection: sa.Connection) -> int:
    """Return the present epoch; 0 until a key is first destroyed. Raises `LedgerDamaged`."""
    return epoch_of(connection.scalar(_EPOCH))


def epoch_of(stored: bytes | None) -> int:
    """Return the epoch that is stored so; raises `LedgerDamaged` where that is no number."""
    if stored is None:
        return 0
    if not (stored.isdigit() and len(stored) <= _MOST_DIGITS):
        raise LedgerDamaged(
            "The table ledger_info holds a key epoch that is no number: the database was changed "
            "by other means. Nothing is written any more; restore that row from a backup."
        )
    return int(stored)


def wrapped_keys(connection: sa.Connection, subjects: Collection[str]) -> dict[str, bytes]:
    """Return subject → wrapped key, for the subjects that have one."""
    rows = connection.execute(_KEYS, {"subjects": subjects}) if subjects else ()
    return {row.subject_id: row.wrapped_key for row in rows}


def begin_epoch(connection: sa.Connection, epoch: int) -> None:
    """Store a new epoch, which begins with the commit."""
    row = {"name": KEY_EPOCH, "value": str(epoch).encode()}
    connection.execute(sa.delete(ledger_info).where(ledger_info.c.name == KEY_EPOCH))
    connection.execute(sa.insert(ledger_info).values(row))


def change_keys(store: Store, connection: sa.Connection, epoch: int, batch: EventBatch) -> None:
    """Delete the keys that the batch destroys, then insert its new ones, in this epoch."""
    if batch.dropped_keys:
        connection.execute(_DROP, {"subjects": batch.dropped_keys})
        begin_epoch(connection, epoch + 1)
    new = [item for item in batch.new_keys.items() if item[0] not in batch.dropped_keys]
    if new:
        store.insert(connection, contact_keys, new)
