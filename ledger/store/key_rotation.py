"""Changing the master key: every key of the ledger wrapped anew, in one transaction.

Nothing that is sealed changes, nor any event; only the wrapping of the keys does.
"""

from collections.abc import Iterator

import sqlalchemy as sa

from ledger.errors import BadSetting
from ledger.store.contact_keys import begin_epoch, key_epoch
from ledger.store.encryption import identity_key, seal, unseal
from ledger.store.schema import contact_keys, ledger_head, ledger_info
from ledger.store.store import Store

_PART = 1000


def rotate(store: Store, old: bytes, new: bytes) -> int:
    """Wrap all keys by the new master key; gives how many contacts and campaigns have one.

    Interrupted at any point, it has changed nothing. Raises `BadSetting` where both are the same,
    `WrongKey` where `old` is not this ledger's, and `StoreUnavailable`.
    """
    if old == new:
        raise BadSetting("LEDGER_NEW_MASTER_KEY is the master key in use; give another one.")
    with store.writing() as connection:
        connection.execute(sa.select(ledger_head).with_for_update())
        _rewrap_identity(connection, old, new)
        count = sum(_rewrap(connection, part, old, new) for part in _parts(connection))
        begin_epoch(connection, key_epoch(connection) + 1)
    return count


def _rewrap_identity(connection: sa.Connection, old: bytes, new: bytes) -> None:
    named = ledger_info.c.name == "identity_key"
    wrapped = connection.execute(sa.select(ledger_info.c.value).where(named)).scalar_one()
    key = identity_key({"identity_key": wrapped}, old)
    connection.execute(
        sa.update(ledger_info).where(named).values(value=seal(new, key, "identity_key"))
    )


def _parts(connection: sa.Connection) -> Iterator[list[tuple[str, bytes]]]:
    """All wrapped keys by subject, in parts that fit into memory."""
    subject = contact_keys.c.subject_id
    query = sa.select(subject, contact_keys.c.wrapped_key).order_by(subject).limit(_PART)
    part = connection.execute(query).all()
    while part:
        yield [(row.subject_id, row.wrapped_key) for row in part]
        part = connection.execute(query.where(subject > part[-1].subject_id)).all()


def _rewrap(
    connection: sa.Connection, part: list[tuple[str, bytes]], old: bytes, new: bytes
) -> int:
    connection.execute(
        sa.update(contact_keys)
        .where(contact_keys.c.subject_id == sa.bindparam("subject"))
        .values(wrapped_key=sa.bindparam("wrapped")),
        [
            {"subject": subject, "wrapped": seal(new, unseal(old, wrapped, subject), subject)}
            for subject, wrapped in part
        ],
    )
    return len(part)
