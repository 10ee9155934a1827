"""The contacts' wrapped keys, as one commit of the ledger changes them.

The key epoch is a number that moves with every key that is destroyed and with every change of the
master key. A batch names the epoch in which it was decided, and one of an older epoch is refused:
so nothing is ever written that leaned on, or was sealed under, a key that is gone.
"""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from ledger.store.in_list import among
from ledger.store.rows import Batch
from ledger.store.schema import contact_keys, ledger_info
from ledger.store.store import Store

KEY_EPOCH = "key_epoch"

EPOCH = sa.select(ledger_info.c.value).where(ledger_info.c.name == KEY_EPOCH).scalar_subquery()
"""The epoch as it is stored; NULL until a key is first destroyed."""
_EPOCH = sa.select(EPOCH)
_KEYS = sa.select(contact_keys.c.subject_id, contact_keys.c.wrapped_key).where(
    among(contact_keys.c.subject_id, "subjects")
)
_DROP = sa.delete(contact_keys).where(among(contact_keys.c.subject_id, "subjects"))


def key_epoch(connection: sa.Connection) -> int:
    """The epoch at this moment; 0 until a key is first destroyed."""
    return int(connection.scalar(_EPOCH) or 0)


def wrapped_keys(connection: sa.Connection, subjects: Collection[str]) -> dict[str, bytes]:
    """Subject → wrapped key, for those that have one."""
    found = connection.execute(_KEYS, {"subjects": subjects}) if subjects else ()
    return {row.subject_id: row.wrapped_key for row in found}


def begin_epoch(connection: sa.Connection, epoch: int) -> None:
    """Let the epoch be this one, from the commit on."""
    row = {"name": KEY_EPOCH, "value": str(epoch).encode()}
    connection.execute(sa.delete(ledger_info).where(ledger_info.c.name == KEY_EPOCH))
    connection.execute(sa.insert(ledger_info).values(row))


class KeyChanges:
    """What the batches of one commit do to the keys; looked up once, written once."""

    def __init__(self, store: Store, connection: sa.Connection, epoch: int) -> None:
        self._store = store
        self._connection = connection
        self._stored_epoch = self._epoch = epoch
        self._present: set[str] = set()
        self._new: dict[str, bytes] = {}
        self._dropped: set[str] = set()

    def look_up(self, batches: Sequence[Batch]) -> None:
        """See which of the new keys are there already."""
        new = [subject for batch in batches for subject in batch.new_keys]
        self._present = set(wrapped_keys(self._connection, new))

    def moved(self, batch: Batch) -> str | None:
        """What the batch leaned on and is so no more; None where its keys are as it saw them."""
        if batch.key_epoch is not None and batch.key_epoch != self._epoch:
            return KEY_EPOCH
        return next((subject for subject in batch.new_keys if subject in self._present), None)

    def take(self, batch: Batch) -> None:
        """Let the batch's changes be part of this commit."""
        self._new |= batch.new_keys
        self._present.update(batch.new_keys)
        for subject in batch.dropped_keys:
            self._new.pop(subject, None)
            self._present.discard(subject)
            self._dropped.add(subject)
        if batch.dropped_keys:
            self._epoch += 1

    def write(self) -> None:
        """Delete what is destroyed, then insert what is new."""
        if self._dropped:
            self._connection.execute(_DROP, {"subjects": self._dropped})
        if self._new:
            self._store.insert(self._connection, contact_keys, list(self._new.items()))
        if self._epoch != self._stored_epoch:
            begin_epoch(self._connection, self._epoch)
