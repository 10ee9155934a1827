"""Key rotation: changes the master key by rewrapping every key of the ledger in one transaction.

Events and their sealed parts do not change, only the wrapped keys do.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from ledger.errors import BadSetting
from ledger.store.contact_keys import begin_epoch, key_epoch
from ledger.store.encryption import identity_key, seal, unseal
from ledger.store.schema import contact_keys, ledger_head, ledger_info
from ledger.store.store import Store

_BATCH_SIZE = 1000


def rotate(store: Store, old: bytes, new: bytes) -> int:
    """Wrap all keys by the new master key; return how many contacts and campaigns have one.

    Where it is interrupted, nothing has changed. Raises `BadSetting` where both are the same,
    `WrongKey` where `old` is not this ledger's, and `StoreUnavailable`.
    """
    if old == new:
        raise BadSetting("LEDGER_NEW_MASTER_KEY is the master key in use; give another one.")
    with store.writing() as connection:
        connection.execute(sa.select(ledger_head).with_for_update())
        _rewrap_identity(connection, old, new)
        count = sum(_rewrap(connection, batch, old, new) for batch in _batches(connection))
        begin_epoch(connection, key_epoch(connection) + 1)
    return count


def _rewrap_identity(connection: sa.Connection, old: bytes, new: bytes) -> None:
    is_identity_key = ledger_info.c.name == "identity_key"
    wrapped = connection.execute(sa.select(ledger_info.c.value).where(is_identity_key)).scalar_one()
    key = identity_key({"identity_key": wrapped}, old)
    connection.execute(
        sa.update(ledger_info).where(is_identity_key).values(value=seal(new, key, "identity_key"))
    )


def _batches(connection: sa.Connection) -> Iterator[list[tuple[str, bytes]]]:
    """Yield all pairs of subject and wrapped key, in batches that fit into memory."""
    subject = contact_keys.c.subject_id
    query = sa.select(subject, contact_keys.c.wrapped_key).order_by(subject).limit(_BATCH_SIZE)
    rows = connection.execute(query).all()
    while rows:
        yield [(row.subject_id, row.wrapped_key) for row in rows]
        rows = connection.execute(query.where(subject > rows[-1].subject_id)).all()


def _rewrap(
    connection: sa.Connection, keys: list[tuple[str, bytes]], old: bytes, new: bytes
) -> int:
    connection.execute(
        sa.update(contact_keys)
        .where(contact_keys.c.subject_id == sa.bindparam("subject"))
        .values(wrapped_key=sa.bindparam("wrapped")),
        [
            {"subject": subject, "wrapped": seal(new, unseal(old, wrapped, subject), subject)}
            for subject, wrapped in keys
        ],
    )
    return len(keys)
