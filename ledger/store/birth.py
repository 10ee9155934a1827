"""A ledger's birth in an empty database, and the check that an existing one can be read."""

import uuid
from collections.abc import Callable

import sqlalchemy as sa

from ledger.errors import LedgerError
from ledger.store.engine import reading, store_errors, writing
from ledger.store.lock import WriterLock
from ledger.store.schema import SCHEMA_VERSION, ledger_info, metadata


def open_info(
    engine: sa.Engine, lock: WriterLock, new_identity_key: Callable[[], bytes]
) -> dict[str, bytes]:
    """The ledger's own facts (`ledger_id`, `schema_version`, `identity_key`), made where missing.

    Raises `LedgerError` for a schema of another version, `StoreUnavailable`.
    """
    with store_errors():
        if not sa.inspect(engine).has_table(ledger_info.name):
            with lock.held(), writing(engine) as connection:
                _give_birth(connection, new_identity_key)
        with reading(engine) as connection:
            rows = connection.execute(sa.select(ledger_info))
            info: dict[str, bytes] = {row.name: row.value for row in rows}
    found = info.get("schema_version", b"?").decode()
    if found != SCHEMA_VERSION:
        raise LedgerError(
            f"This ledger has schema version {found}, this program knows {SCHEMA_VERSION}. "
            "Run the version of the program that the ledger belongs to."
        )
    return info


def _give_birth(connection: sa.Connection, new_identity_key: Callable[[], bytes]) -> None:
    metadata.create_all(connection)
    if connection.scalar(sa.select(sa.func.count()).select_from(ledger_info)):
        return
    connection.execute(
        sa.insert(ledger_info),
        [
            {"name": "ledger_id", "value": uuid.uuid4().hex.encode()},
            {"name": "schema_version", "value": SCHEMA_VERSION.encode()},
            {"name": "identity_key", "value": new_identity_key()},
        ],
    )
