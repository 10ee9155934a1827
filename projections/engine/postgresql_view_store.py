"""The views in schemas of the ledger's PostgreSQL database; see `ViewStore`."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.errors import StoreUnavailable
from ledger.store import postgresql
from ledger.store.engine import open_database, reading, store_errors, writing, writing_alone
from projections.engine.view_tables import Finish, tables_of

_SCHEMA = "views"
_REBUILT = "views_next"
_SNAPSHOT = "views_snapshot"

_DAMAGE = frozenset({"42P01", "42703", "3F000"})
"""No such table, column or schema."""
_BUSY = frozenset({"55P03", "40P01"})
"""The lock was not available in time, or two transactions waited for each other."""
_REBUILD_LOCK_ID = 0x76696577
_LOCK_MILLISECONDS = 200
_MAX_SWAPS = 50


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
                for table in tables_of(tables):
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
                if _sqlstate(error.__cause__) not in _BUSY:
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
        return _sqlstate(error) in _DAMAGE

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


def _sqlstate(error: BaseException | None) -> str | None:
    return getattr(getattr(error, "orig", error), "sqlstate", None)
