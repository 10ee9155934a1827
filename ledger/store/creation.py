"""Creates a ledger in an empty database, and checks that an existing one can be read."""

import pkgutil
import uuid
from collections.abc import Callable

import sqlalchemy as sa

from ledger.errors import LedgerDamaged
from ledger.store import move_mark
from ledger.store.engine import reading
from ledger.store.revision import check_revision, revision_of
from ledger.store.schema import events, ledger_info
from ledger.store.store import Store

_UPGRADE = "ledger.store.schema_migration:upgrade"
"""Imported only to create a ledger: importing Alembic takes longer than most commands."""

_INFO = ("ledger_id", "identity_key")


def open_info(
    store: Store, new_identity_key: Callable[[], bytes], *, may_arrive: bool = False
) -> dict[str, bytes]:
    """Return the ledger's `ledger_id` and `identity_key`; creates the ledger in an empty database.

    With `may_arrive` it may be the new place of a move that is not complete.

    Raises `LedgerError` for tables of another revision, `LedgerDamaged` for a ledger that lost
    them, `LedgerMoved` for one that is used elsewhere, `StoreUnavailable`.
    """
    revision = revision_of(store.engine)
    if revision is not None:
        check_revision(revision)
        if info := _read(store, may_arrive=may_arrive):
            return info
    _create(store, new_identity_key)
    return _read(store)


def _read(store: Store, *, may_arrive: bool = False) -> dict[str, bytes]:
    query = sa.select(ledger_info).where(ledger_info.c.name.in_((*_INFO, move_mark.NAME)))
    with reading(store.engine) as connection:
        info = {row.name: row.value for row in connection.execute(query)}
    move = info.pop(move_mark.NAME, None)
    (move_mark.check_readable if may_arrive else move_mark.check_in_use)(move)
    if info and not (_is_ledger_id(info.get("ledger_id")) and info.keys() == {*_INFO}):
        raise LedgerDamaged(
            "The table ledger_info does not hold what identifies this ledger: the database was "
            "changed by other means. Restore that table from a backup."
        )
    return info


def _is_ledger_id(value: object) -> bool:
    return isinstance(value, bytes) and value.isalnum() and value.isascii()


def _create(store: Store, new_identity_key: Callable[[], bytes]) -> None:
    with store.writing_alone() as connection:
        pkgutil.resolve_name(_UPGRADE)(connection)
        if connection.scalar(sa.select(sa.func.count()).select_from(ledger_info)):
            return  # another process was first
        if connection.scalar(sa.select(sa.func.max(events.c.seq))):
            raise LedgerDamaged(
                "There are events, but the table ledger_info is empty: the database was changed by "
                "other means. Restore it from a backup."
            )
        connection.execute(
            sa.insert(ledger_info),
            [
                {"name": "ledger_id", "value": uuid.uuid4().hex.encode()},
                {"name": "identity_key", "value": new_identity_key()},
            ],
        )
