"""Creates the ledger's tables and migrates them to the newest revision, with Alembic."""

import threading

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from ledger.store.revision import UNVERSIONED, check_revision, revision_at
from ledger.store.schema import REVISION
from ledger.store.store import Store

_alembic = threading.Lock()
"""Alembic has one current migration in each process: two at once would change each other's tables.
"""


def migrate(store: Store) -> tuple[str | None, str]:
    """Migrate the tables to the newest revision, all or nothing; return the old and the new one.

    Raises `LedgerError` for an unknown revision, `StoreUnavailable`.
    """
    with store.writing_alone() as connection:
        before = revision_at(connection)
        upgrade(connection)
    return before, REVISION


def upgrade(connection: sa.Connection) -> None:
    """Do the same within a transaction of the caller."""
    revision = revision_at(connection)
    if revision is not None and revision > REVISION:
        check_revision(revision)
    config = Config()
    config.set_main_option("script_location", "ledger.store:migrations")
    config.attributes["connection"] = connection
    with _alembic:
        if revision == UNVERSIONED and not sa.inspect(connection).has_table("alembic_version"):
            command.stamp(config, revision)
        command.upgrade(config, "head")
