"""Makes the ledger's tables and moves them to the newest revision, by Alembic's migrations."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ledger.errors import LedgerError
from ledger.store.engine import reading
from ledger.store.schema import REVISION, events
from ledger.store.store import Store

_UNVERSIONED = "0001"
"""What a database is at that was made before migrations were."""


def revision_of(engine: sa.Engine) -> str | None:
    """The revision of the ledger's tables; None in a database that has none yet."""
    with reading(engine) as connection:
        return _revision(connection)


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


def migrate(store: Store) -> tuple[str | None, str]:
    """Move the tables to the newest revision, all or nothing; gives the old and the new.

    Raises `LedgerError` for a revision that is not known, `StoreUnavailable`.
    """
    with store.writing_alone() as connection:
        before = _revision(connection)
        upgrade(connection)
    return before, REVISION


def upgrade(connection: sa.Connection) -> None:
    """The same within a transaction of the caller's."""
    found = _revision(connection)
    if found is not None and found > REVISION:
        check_revision(found)
    config = Config()
    config.set_main_option("script_location", "ledger.store:migrations")
    config.attributes["connection"] = connection
    if found == _UNVERSIONED and not sa.inspect(connection).has_table("alembic_version"):
        command.stamp(config, found)
    command.upgrade(config, "head")


def _revision(connection: sa.Connection) -> str | None:
    inspector = sa.inspect(connection)
    if inspector.has_table("alembic_version"):
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found
    return _UNVERSIONED if inspector.has_table(events.name) else None
