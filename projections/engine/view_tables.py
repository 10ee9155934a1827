"""The tables of the views: which there are, and how they are made."""

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from ledger.errors import BadSetting
from ledger.store.schema import ledger_info

Finish = Callable[[sa.Connection], None]
"""The last step of replacing the live tables, in the same transaction."""


def tables_of(metadata: Sequence[sa.MetaData]) -> list[sa.Table]:
    """Return all tables, each after those that it refers to."""
    return [table for part in metadata for table in part.sorted_tables]


def make_tables(connection: sa.Connection, tables: Sequence[sa.MetaData]) -> None:
    """Create empty tables, after dropping all tables that exist.

    Raises `BadSetting` for the database of a ledger, which must not be emptied.
    """
    existing = sa.MetaData()
    existing.reflect(connection)
    if ledger_info.name in existing.tables:
        raise BadSetting(
            "LEDGER_VIEWS_URL names the database of a ledger. Set it to a file of its own, or "
            "leave it unset."
        )
    existing.drop_all(connection)
    for metadata in tables:
        metadata.create_all(connection)
