"""Makes the ledger's tables and moves them to the newest revision, by Alembic's migrations."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ledger.store.revision import UNVERSIONED, check_revision, revision_at
from ledger.store.schema import REVISION
from ledger.store.store import Store


def migrate(store: Store) -> tuple[str | None, str]:
    """Move the tables to the newest revision, all or nothing; gives the old and the new.

    Raises `LedgerError` for a revision that is not known, `StoreUnavailable`.
    """
    with store.writing_alone() as connection:
        before = revision_at(connection)
        upgrade(connection)
    return before, REVISION


def upgrade(connection: sa.Connection) -> None:
    """The same within a transaction of the caller's."""
    found = revision_at(connection)
    if found is not None and found > REVISION:
        check_revision(found)
    config = Config()
    config.set_main_option("script_location", "ledger.store:migrations")
    config.attributes["connection"] = connection
    if found == UNVERSIONED and not sa.inspect(connection).has_table("alembic_version"):
        command.stamp(config, found)
    command.upgrade(config, "head")
