"""Where views lie, and how fresh ones take their place; all that is SQLite's alone is here."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from ledger.store.engine import attach, open_sqlite, writing
from ledger.store.lock import WriterLock

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""What SQLite says of a broken file, of another file, and of tables that are not there."""

_CACHE_KIB = 16_000


class Place(Protocol):
    """A place for views, from which the ledger's events are seen under the name `ledger`."""

    @property
    def engine(self) -> sa.Engine:
        """The live views."""

    def beside(self) -> AbstractContextManager[sa.Engine]:
        """An empty place within the block, for one at a time; leftovers are cleared away."""

    def replace(
        self, tables: Sequence[sa.MetaData], finish: Callable[[sa.Connection], None]
    ) -> None:
        """Put what lies beside in place of the live views, in one transaction that `finish` ends.

        Whoever reads sees the old rows until then, and the new ones from then on.
        """

    def is_damaged(self, error: BaseException | None) -> bool:
        """Whether a database's error means that the views are broken, not out of reach."""

    def check(self, connection: sa.Connection) -> bool:
        """Whether the database finds itself whole."""

    def discard(self) -> None:
        """Throw away what cannot even be emptied."""


class SqlitePlace:
    """A file of views, the ledger's file beside it, and a third one while views are rebuilt."""

    def __init__(self, url: str, ledger_file: Path, *, setting: str = "LEDGER_VIEWS_URL") -> None:
        self._file = Path(str(sa.make_url(url).database))
        self._ledger_file = ledger_file
        self._setting = setting
        self._fresh_file = self._file.with_name(self._file.name + ".next")
        self._rebuilding = WriterLock(self._fresh_file)
        self.engine = self._open(self._file)

    def _open(self, file: Path, **attached: Path) -> sa.Engine:
        engine = open_sqlite(f"sqlite:///{file}", setting=self._setting, is_durable=False)
        attach(engine, ledger=self._ledger_file, **attached)
        sa.event.listen(engine, "connect", _with_small_cache)
        return engine

    @contextmanager
    def beside(self) -> Iterator[sa.Engine]:
        """An empty file within the block, thrown away at its end."""
        with self._rebuilding.held():
            _unlink(self._fresh_file)
            engine = self._open(self._fresh_file)
            try:
                yield engine
            finally:
                engine.dispose()
                _unlink(self._fresh_file)

    def replace(
        self, tables: Sequence[sa.MetaData], finish: Callable[[sa.Connection], None]
    ) -> None:
        """Copy the fresh file's tables over the live ones; SQLite copies them page by page."""
        engine = self._open(self._file, fresh=self._fresh_file)
        try:
            with writing(engine) as connection:
                make_tables(connection, tables)
                for table in (table for metadata in tables for table in metadata.sorted_tables):
                    copy = f"INSERT INTO main.{table.name} SELECT * FROM fresh.{table.name}"  # noqa: S608 - our own names
                    connection.exec_driver_sql(copy)
                finish(connection)
        finally:
            engine.dispose()

    def is_damaged(self, error: BaseException | None) -> bool:
        """Told by SQLite's own numbers: busy, full, read-only and the like are no damage."""
        cause = getattr(error, "orig", error)
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _DAMAGED

    def check(self, connection: sa.Connection) -> bool:
        """SQLite's quick check of every page."""
        found: str | None = connection.exec_driver_sql("PRAGMA main.quick_check(1)").scalar()
        return found == "ok"

    def discard(self) -> None:
        """Delete the file."""
        self.engine.dispose()
        _unlink(self._file)


def _with_small_cache(connection: sqlite3.Connection, _record: object) -> None:
    """A rebuild has three databases open, and must not need more memory for a larger ledger."""
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")


def make_tables(connection: sa.Connection, tables: Sequence[sa.MetaData]) -> None:
    """Empty tables, in place of whatever was there."""
    found = sa.MetaData()
    found.reflect(connection)
    found.drop_all(connection)
    for metadata in tables:
        metadata.create_all(connection)


def _unlink(file: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
