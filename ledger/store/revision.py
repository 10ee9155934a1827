"""Which revision the ledger's tables are at, and whether this program can work with it."""

import sqlalchemy as sa

from ledger.errors import LedgerError
from ledger.store.engine import reading
from ledger.store.schema import REVISION, events

UNVERSIONED = "0001"
"""The revision of a database that was made before there were migrations."""


def revision_of(engine: sa.Engine) -> str | None:
    """The revision of the ledger's tables; None in a database that has none yet."""
    with reading(engine) as connection:
        return revision_at(connection)


def revision_at(connection: sa.Connection) -> str | None:
    """The same within a transaction of the caller."""
    inspector = sa.inspect(connection)
    if inspector.has_table("alembic_version"):
        revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return revision
    return UNVERSIONED if inspector.has_table(events.name) else None


def check_revision(found: str | None) -> None:
    """Raise `LedgerError`, with the cure, for tables that are not this program's."""
    if found == REVISION:
        return
    if found is not None and found < REVISION:
        raise LedgerError(
            f"The ledger's tables are at revision {found}, this program wants {REVISION}. Stop all "
            "its processes, back it up, and run `delivery-ledger migrate`."
        )
    raise LedgerError(
        f"The ledger's tables are at revision {found}, which this program does not know; it knows "
        f"{REVISION}. Run the version of the program that the ledger belongs to."
    )
