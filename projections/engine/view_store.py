"""The databases of the views, live and during a rebuild: all that differs between the two kinds."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import BadSetting, StoreUnavailable
from ledger.store import postgresql, sqlite
from ledger.store.engine import (
    is_postgresql,
    open_database,
    parse_url,
    reading,
    store_errors,
    writing,
    writing_alone,
)
from ledger.store.schema import ledger_info
from ledger.store.writer_lock import WriterLock

_SCHEMA = "views"
_REBUILT = "views_next"
_SNAPSHOT = "views_snapshot"

_SQLITE_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""SQLite reports a broken file, or a file that is no database."""
_SQLITE_MISSING = ("no such table", "no such column", "has no column")
_SQLITE_REFUSALS = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY})

_POSTGRESQL_DAMAGE = frozenset({"42P01", "42703", "3F000"})
"""No such table, column or schema."""
_POSTGRESQL_BUSY = frozenset({"55P03", "40P01"})
"""The lock was not available in time, or two transactions waited for each other."""
_REBUILD_LOCK_ID = 0x76696577
_LOCK_MILLISECONDS = 200
_MAX_SWAPS = 50

Finish = Callable[[sa.Connection], None]


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


class SqliteViewStore:
    """A file of views with the ledger's file attached; a rebuild fills another file beside it.

    The snapshot is a third file beside them.
    """

    def __init__(self, file: Path, ledger_file: Path, *, setting: str) -> None:
        self._file, self._ledger_file, self._setting = file, ledger_file, setting
        self._rebuilt_file = file.with_name(f"{file.name}.next")
        self._snapshot_file = file.with_name(f"{file.name}.snapshot")
        self._copied_file = file.with_name(f"{file.name}.copy")
        self._rebuild_lock = WriterLock(self._rebuilt_file)
        self._is_tolerant = False
        self.engine = self._open(file)

    def _open(self, file: Path, **attached: Path) -> sa.Engine:
        url = f"sqlite:///{file}"
        engine = open_database(url, _SCHEMA, setting=self._setting, is_durable=False)
        sqlite.attach(engine, ledger=self._ledger_file, **attached)
        if self._is_tolerant:
            sqlite.replace_broken_text(engine)
        return engine

    @contextmanager
    def rebuilding(self) -> Iterator[sa.Engine]:
        """See `ViewStore`; a file that is deleted at the end of the block."""
        with store_errors(), self._rebuild_lock.held():
            self._unlink_work_files()
            engine = self._open(self._rebuilt_file)
            try:
                yield engine
            finally:
                engine.dispose()
                self._unlink_work_files()

    def _unlink_work_files(self) -> None:
        sqlite.unlink(self._rebuilt_file)
        sqlite.unlink(self._copied_file)

    @contextmanager
    def snapshot(self) -> Iterator[sa.Engine | None]:
        """See `ViewStore`."""
        if not self._snapshot_file.exists():
            yield None
            return
        engine = self._open(self._snapshot_file)
        try:
            yield engine
        finally:
            engine.dispose()

    def keep_snapshot(self, _tables: Sequence[sa.MetaData], /) -> None:
        """See `ViewStore`; the snapshot's file appears when it is whole."""
        with store_errors():
            sqlite.copy_database(self._rebuilt_file, self._copied_file)
            sqlite.unlink(self._snapshot_file)
            self._copied_file.replace(self._snapshot_file)

    def load_snapshot(self, _tables: Sequence[sa.MetaData], /) -> None:
        """See `ViewStore`; the file is copied page by page, with its indexes."""
        with store_errors():
            sqlite.copy_database(self._snapshot_file, self._rebuilt_file)

    def discard_snapshot(self) -> None:
        """See `ViewStore`."""
        with store_errors():
            sqlite.unlink(self._snapshot_file)

    def replace(self, tables: Sequence[sa.MetaData], /, finish: Finish) -> None:
        """See `ViewStore`; SQLite copies such tables page by page, which is fast."""
        engine = self._open(self._file, rebuilt=self._rebuilt_file)
        try:
            with writing(engine) as connection:
                make_tables(connection, tables)
                for table in (table for metadata in tables for table in metadata.sorted_tables):
                    name = table.name
                    copy = f"INSERT INTO main.{name} SELECT * FROM rebuilt.{name}"  # noqa: S608
                    connection.exec_driver_sql(copy)
                finish(connection)
        finally:
            engine.dispose()
        self.engine.dispose()  # a query that failed half-way would go on showing the old rows

    def is_damaged(self, error: BaseException | None) -> bool:
        """See `ViewStore`; a busy, full or read-only database is not damaged."""
        cause = getattr(error, "orig", error)
        if not isinstance(cause, sqlite3.Error):
            return False
        is_broken = getattr(cause, "sqlite_errorcode", 0) & 0xFF in _SQLITE_DAMAGE
        return is_broken or any(words in str(cause) for words in _SQLITE_MISSING)

    def is_refusal(self, error: BaseException | None) -> bool:
        """See `ViewStore`; the check reads the whole file, which may be large."""
        code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
        return code & 0xFF in _SQLITE_REFUSALS

    def tolerate(self, error: BaseException) -> bool:
        """See `ViewStore`; bytes that are not UTF-8 are read as U+FFFD."""
        if self._is_tolerant or not sqlite.is_broken_text(error):
            return False
        self._is_tolerant = True
        sqlite.replace_broken_text(self.engine)
        return True

    def is_intact(self, connection: sa.Connection) -> bool:
        """See `ViewStore`; SQLite's quick check of every page."""
        result: str | None = connection.exec_driver_sql("PRAGMA main.quick_check(1)").scalar()
        return result == "ok"

    def discard(self) -> None:
        """See `ViewStore`."""
        self.engine.dispose()
        sqlite.unlink(self._file)


class PostgresqlViewStore:
    """A schema of views in the ledger's database; a rebuild fills another schema.

    The snapshot is a third schema.
    """

    def __init__(self, url: str, *, setting: str) -> None:
        self._url, self._setting = url, setting
        self.engine = self._open(_SCHEMA)

    def _open(self, schema: str) -> sa.Engine:
        return open_database(self._url, schema, setting=self._setting, is_durable=False)

    @contextmanager
    def rebuilding(self) -> Iterator[sa.Engine]:
        """See `ViewStore`; a schema that is dropped at the end of the block."""
        with store_errors(), postgresql.advisory_lock(self.engine, _REBUILD_LOCK_ID):
            rebuilt = self._open(_REBUILT)
            try:
                self._drop(_REBUILT)
                with writing_alone(rebuilt):
                    pass
                yield rebuilt
            finally:
                rebuilt.dispose()
                self._drop(_REBUILT)

    @contextmanager
    def snapshot(self) -> Iterator[sa.Engine | None]:
        """See `ViewStore`."""
        with reading(self.engine) as connection:
            exists = sa.inspect(connection).has_schema(_SNAPSHOT)
        if not exists:
            yield None
            return
        engine = self._open(_SNAPSHOT)
        try:
            yield engine
        finally:
            engine.dispose()

    def keep_snapshot(self, tables: Sequence[sa.MetaData], /) -> None:
        """See `ViewStore`; readers of the old snapshot are waited for."""
        self._copy_tables(tables, _REBUILT, _SNAPSHOT)

    def load_snapshot(self, tables: Sequence[sa.MetaData], /) -> None:
        """See `ViewStore`."""
        self._copy_tables(tables, _SNAPSHOT, _REBUILT)

    def _copy_tables(self, tables: Sequence[sa.MetaData], source: str, target: str) -> None:
        """Make a schema with copies of these tables of another, in one transaction."""
        engine = self._open(target)
        try:
            with writing(engine, is_long=True) as connection:
                connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {target} CASCADE")
                connection.exec_driver_sql(f"CREATE SCHEMA {target}")
                for table in (table for metadata in tables for table in metadata.sorted_tables):
                    connection.execute(CreateTable(table))
                    copy = f"INSERT INTO {table.name} SELECT * FROM {source}.{table.name}"  # noqa: S608
                    connection.exec_driver_sql(copy)
                    for index in table.indexes:
                        connection.execute(CreateIndex(index))
        finally:
            engine.dispose()

    def discard_snapshot(self) -> None:
        """See `ViewStore`."""
        self._drop(_SNAPSHOT)

    def replace(self, _tables: Sequence[sa.MetaData], /, finish: Finish) -> None:
        """See `ViewStore`; the new schema is renamed as soon as no reader holds a lock."""
        for _ in range(_MAX_SWAPS - 1):
            try:
                return self._swap(finish)
            except StoreUnavailable as error:
                if _sqlstate(error.__cause__) not in _POSTGRESQL_BUSY:
                    raise
                time.sleep(_LOCK_MILLISECONDS / 1000)
        return self._swap(finish)

    def _swap(self, finish: Finish) -> None:
        with writing(self.engine, is_long=True) as connection:
            postgresql.hold_briefly(connection)  # pages wait for these locks
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}")
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
            connection.exec_driver_sql(f"ALTER SCHEMA {_REBUILT} RENAME TO {_SCHEMA}")
            finish(connection)

    def is_damaged(self, error: BaseException | None) -> bool:
        """See `ViewStore`; decided by PostgreSQL's error codes."""
        return _sqlstate(error) in _POSTGRESQL_DAMAGE

    def is_refusal(self, error: BaseException | None) -> bool:
        """See `ViewStore`; the check costs nothing."""
        return error is None

    def tolerate(self, _error: BaseException) -> bool:
        """See `ViewStore`; PostgreSQL stores no such text."""
        return False

    def is_intact(self, connection: sa.Connection) -> bool:
        """See `ViewStore`; PostgreSQL checks its own pages."""
        return connection is not None

    def discard(self) -> None:
        """See `ViewStore`."""
        self._drop(_SCHEMA)

    def _drop(self, schema: str) -> None:
        with writing(self.engine, is_long=True) as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


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


def _sqlstate(error: BaseException | None) -> str | None:
    return getattr(getattr(error, "orig", error), "sqlstate", None)
