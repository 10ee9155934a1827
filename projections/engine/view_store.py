"""Where views lie, and how fresh ones take their place: all in which the databases differ."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from ledger.errors import StoreUnavailable
from ledger.store import sqlite
from ledger.store.engine import (
    is_postgresql,
    open_database,
    parse_url,
    reading,
    store_errors,
    writing,
    writing_alone,
)
from ledger.store.writer_lock import WriterLock

_SCHEMA = "views"
_FRESH = "views_next"

_SQLITE_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""What SQLite says of a broken file, of another file, and of tables that are not there."""

_POSTGRESQL_DAMAGE = frozenset({"42P01", "42703", "3F000"})
"""No such table, column or schema."""
_POSTGRESQL_BUSY = frozenset({"55P03", "40P01"})
"""The lock was not to be had in time, or two waited for one another."""
_REBUILD_LOCK = 0x76696577
_LOCK_MILLISECONDS = 200
_MOST_SWAPS = 50

Finish = Callable[[sa.Connection], None]


class ViewStore(Protocol):
    """A place for views, from which the ledger's events are seen under the name `ledger`."""

    @property
    def engine(self) -> sa.Engine:
        """The live views."""

    def beside(self) -> AbstractContextManager[sa.Engine]:
        """An empty place within the block, for one at a time; leftovers are cleared away."""

    def replace(self, tables: Sequence[sa.MetaData], /, finish: Finish) -> None:
        """Put what lies beside in place of the live views, in one transaction that `finish` ends.

        Whoever reads sees the old rows until then, and the new ones from then on.
        """

    def is_damaged(self, error: BaseException | None) -> bool:
        """Whether a database's error means that the views are broken, not out of reach."""

    def check(self, connection: sa.Connection) -> bool:
        """Whether the database finds itself whole."""

    def discard(self) -> None:
        """Throw away what cannot even be emptied."""


def open_view_store(url: str, ledger_url: str, *, setting: str) -> ViewStore:
    """The place behind a database URL; raises `BadSetting`, naming the setting."""
    parsed = parse_url(url, setting)
    if is_postgresql(parsed):
        return PostgresqlPlace(url, setting=setting)
    ledger_file = sqlite.path_of(parse_url(ledger_url, setting))
    return SqlitePlace(sqlite.path_of(parsed), ledger_file, setting=setting)


class SqlitePlace:
    """A file of views, the ledger's file beside it, and a third one while views are rebuilt."""

    def __init__(self, file: Path, ledger_file: Path, *, setting: str) -> None:
        self._file, self._ledger_file, self._setting = file, ledger_file, setting
        self._fresh_file = file.with_name(f"{file.name}.next")
        self._rebuilding = WriterLock(self._fresh_file)
        self.engine = self._open(file)

    def _open(self, file: Path, **attached: Path) -> sa.Engine:
        url = f"sqlite:///{file}"
        engine = open_database(url, _SCHEMA, setting=self._setting, is_durable=False)
        sqlite.attach(engine, ledger=self._ledger_file, **attached)
        return engine

    @contextmanager
    def beside(self) -> Iterator[sa.Engine]:
        """See `ViewStore`; a file that is thrown away at the end of the block."""
        with store_errors(), self._rebuilding.held():
            _unlink(self._fresh_file)
            engine = self._open(self._fresh_file)
            try:
                yield engine
            finally:
                engine.dispose()
                _unlink(self._fresh_file)

    def replace(self, tables: Sequence[sa.MetaData], /, finish: Finish) -> None:
        """See `ViewStore`; SQLite copies such tables page by page."""
        engine = self._open(self._file, fresh=self._fresh_file)
        try:
            with writing(engine) as connection:
                make_tables(connection, tables)
                for table in (table for metadata in tables for table in metadata.sorted_tables):
                    name = table.name
                    copy = f"INSERT INTO main.{name} SELECT * FROM fresh.{name}"  # noqa: S608 - ours
                    connection.exec_driver_sql(copy)
                finish(connection)
        finally:
            engine.dispose()

    def is_damaged(self, error: BaseException | None) -> bool:
        """See `ViewStore`; busy, full, read-only and the like are no damage."""
        cause = getattr(error, "orig", error)
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF in _SQLITE_DAMAGE

    def check(self, connection: sa.Connection) -> bool:
        """See `ViewStore`; SQLite's quick check of every page."""
        found: str | None = connection.exec_driver_sql("PRAGMA main.quick_check(1)").scalar()
        return found == "ok"

    def discard(self) -> None:
        """See `ViewStore`."""
        self.engine.dispose()
        _unlink(self._file)


class PostgresqlPlace:
    """A schema of views in the ledger's database, and a second one while views are rebuilt."""

    def __init__(self, url: str, *, setting: str) -> None:
        self._url, self._setting = url, setting
        self.engine = self._open(_SCHEMA)

    def _open(self, schema: str) -> sa.Engine:
        return open_database(self._url, schema, setting=self._setting, is_durable=False)

    @contextmanager
    def beside(self) -> Iterator[sa.Engine]:
        """See `ViewStore`; a schema that is thrown away at the end of the block."""
        with reading(self.engine) as holder:
            holder.execute(sa.select(sa.func.pg_advisory_lock(_REBUILD_LOCK)))
            holder.commit()
            fresh = self._open(_FRESH)
            try:
                self._drop(_FRESH)
                with writing_alone(fresh):
                    pass
                yield fresh
            finally:
                fresh.dispose()
                self._drop(_FRESH)
                holder.execute(sa.select(sa.func.pg_advisory_unlock(_REBUILD_LOCK)))

    def replace(self, _tables: Sequence[sa.MetaData], /, finish: Finish) -> None:
        """See `ViewStore`; the schemas change names, as soon as no reader is in the way."""
        for _ in range(_MOST_SWAPS - 1):
            try:
                return self._swap(finish)
            except StoreUnavailable as error:
                if _sqlstate(error.__cause__) not in _POSTGRESQL_BUSY:
                    raise
                time.sleep(_LOCK_MILLISECONDS / 1000)
        return self._swap(finish)

    def _swap(self, finish: Finish) -> None:
        with writing(self.engine) as connection:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}")
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
            connection.exec_driver_sql(f"ALTER SCHEMA {_FRESH} RENAME TO {_SCHEMA}")
            finish(connection)

    def is_damaged(self, error: BaseException | None) -> bool:
        """See `ViewStore`; told by PostgreSQL's own codes."""
        return _sqlstate(error) in _POSTGRESQL_DAMAGE

    def check(self, connection: sa.Connection) -> bool:
        """See `ViewStore`; PostgreSQL looks after its own pages."""
        return connection is not None

    def discard(self) -> None:
        """See `ViewStore`."""
        self._drop(_SCHEMA)

    def _drop(self, schema: str) -> None:
        with writing(self.engine) as connection:
            connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def make_tables(connection: sa.Connection, tables: Sequence[sa.MetaData]) -> None:
    """Empty tables, in place of whatever was there."""
    found = sa.MetaData()
    found.reflect(connection)
    found.drop_all(connection)
    for metadata in tables:
        metadata.create_all(connection)


def _sqlstate(error: BaseException | None) -> str | None:
    return getattr(getattr(error, "orig", error), "sqlstate", None)


def _unlink(file: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
