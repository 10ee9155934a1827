"""The contacts' wrapped keys, as one commit of the ledger changes them.

The key epoch is a number that moves with every key that is destroyed and with every change of the
master key. A batch names the epoch in which it was decided, and one of an older epoch is refused:
so nothing is ever written that leaned on, or was sealed under, a key that is gone.
"""

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from ledger.store.among import among
from ledger.store.rows import Batch
from ledger.store.schema import contact_keys, ledger_info
from ledger.store.store import Store

KEY_EPOCH = "key_epoch"


def key_epoch(connection: sa.Connection) -> int:
    """The epoch at this moment; 0 until a key is first destroyed."""
    query = sa.select(ledger_info.c.value).where(ledger_info.c.name == KEY_EPOCH)
    return int(connection.scalar(query) or 0)


def begin_epoch(connection: sa.Connection, epoch: int) -> None:
    """Let the epoch be this one, from the commit on."""
    row = {"name": KEY_EPOCH, "value": str(epoch).encode()}
    connection.execute(sa.delete(ledger_info).where(ledger_info.c.name == KEY_EPOCH))
    connection.execute(sa.insert(ledger_info).values(row))


class KeyChanges:
    """What the batches of one commit do to the keys; looked up once, written once."""

    def __init__(self, store: Store, connection: sa.Connection, batches: Sequence[Batch]) -> None:
        self._store = store
        self._connection = connection
        self._stored_epoch = self._epoch = key_epoch(connection)
        self._present = set(self._stored([s for batch in batches for s in batch.new_keys]))
        self._new: dict[str, bytes] = {}
        self._dropped: set[str] = set()

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
            of_dropped = among(contact_keys.c.subject_id, self._dropped)
            self._connection.execute(sa.delete(contact_keys).where(of_dropped))
        if self._new:
            self._store.insert(self._connection, contact_keys, list(self._new.items()))
        if self._epoch != self._stored_epoch:
            begin_epoch(self._connection, self._epoch)

    def _stored(self, subjects: Sequence[str]) -> Iterator[str]:
        if subjects:
            of_subjects = among(contact_keys.c.subject_id, subjects)
            found = sa.select(contact_keys.c.subject_id).where(of_subjects)
            yield from self._connection.scalars(found)
