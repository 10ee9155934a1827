"""The revision of the ledger's tables, and whether this program can work with it."""

import sqlalchemy as sa

from ledger.errors import LedgerError
from ledger.store.engine import reading
from ledger.store.schema import OLDEST_USABLE, REVISION, events

UNVERSIONED = "0001"
"""The revision of a database that was created before there were migrations."""


def revision_of(engine: sa.Engine) -> str | None:
    """Return the revision of the ledger's tables; None in a database without them."""
    with reading(engine) as connection:
        return revision_at(connection)


def revision_at(connection: sa.Connection) -> str | None:
    """Return the same, within a transaction of the caller."""
    inspector = sa.inspect(connection)
    if inspector.has_table("alembic_version"):
        revision: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return revision
    return UNVERSIONED if inspector.has_table(events.name) else None


def check_revision(revision: str | None) -> None:
    """Raise `LedgerError`, which says what to do, for a revision that the program cannot use."""
    if revision is not None and OLDEST_USABLE <= revision <= REVISION:
        return
    if revision is not None and revision < REVISION:
        raise LedgerError(
            f"The ledger's tables are at revision {revision}, this program needs {REVISION}. Stop "
            "all its processes, back it up, and run `delivery-ledger migrate`."
        )
    raise LedgerError(
        f"The ledger's tables are at revision {revision}, which this program does not know; it "
        f"knows {REVISION}. Run the version of the program that the ledger belongs to."
    )
