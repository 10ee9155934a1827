"""The databases of the views, live and during a rebuild: what every kind of them can do.

All that differs between the kinds is in `sqlite_view_store` and `postgresql_view_store`.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import sqlalchemy as sa

from ledger.store import sqlite
from ledger.store.engine import is_postgresql, parse_url
from projections.engine.postgresql_view_store import PostgresqlViewStore
from projections.engine.sqlite_view_store import SqliteViewStore
from projections.engine.view_tables import Finish


class ViewStore(Protocol):
    """A database for views, whose connections see the ledger's tables as schema `ledger`."""

    @property
    def engine(self) -> sa.Engine:
        """The live views."""

    def rebuilding(self) -> AbstractContextManager[sa.Engine]:
        """Open an empty database for a rebuild, until the block ends; one process at a time."""

    def replace(self, tables: Sequence[sa.MetaData], /, finish: Finish) -> None:
        """Replace the live views by the rebuilt ones, in one transaction that `finish` ends.

        Readers see the old rows until it commits, and the new ones afterwards.
        """

    def snapshot(self) -> AbstractContextManager[sa.Engine | None]:
        """Open the snapshot until the block ends; None where there is none."""

    def keep_snapshot(self, tables: Sequence[sa.MetaData], /) -> None:
        """Replace the snapshot by a copy of the rebuilt database, within `rebuilding`."""

    def load_snapshot(self, tables: Sequence[sa.MetaData], /) -> None:
        """Fill the empty database of `rebuilding` with a copy of the snapshot's tables."""

    def discard_snapshot(self) -> None:
        """Delete the snapshot, if there is one."""

    def is_damaged(self, error: BaseException | None) -> bool:
        """Whether a database error means that the views are damaged, not merely unavailable."""

    def is_refusal(self, error: BaseException | None) -> bool:
        """Whether an error means that the views are full, read-only or busy: no check is needed."""

    def tolerate(self, error: BaseException) -> bool:
        """Read what raised this error without raising it, from now on; False where that cannot be.

        It is a text in the ledger that is not in the database's encoding, and is read more slowly.
        """

    def is_intact(self, connection: sa.Connection) -> bool:
        """Whether the database's own check of its pages succeeds."""

    def discard(self) -> None:
        """Delete the live views, where they are too damaged to be emptied."""


def open_view_store(url: str, ledger_url: str, *, setting: str) -> ViewStore:
    """Return the view store of a database URL; raises `BadSetting`, which names the setting."""
    parsed = parse_url(url, setting)
    if is_postgresql(parsed):
        return PostgresqlViewStore(url, setting=setting)
    ledger_file = sqlite.path_of(parse_url(ledger_url, setting))
    return SqliteViewStore(sqlite.path_of(parsed), ledger_file, setting=setting)
