"""The ledger's database as the recorder uses it: SQLite or PostgreSQL behind one interface."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from ledger.store import postgresql, sqlite
from ledger.store.engine import (
    is_postgresql,
    open_database,
    write_errors,
    writing,
    writing_alone,
)
from ledger.store.writer_lock import WriterLock

Values = tuple[Any, ...]
"""A row's values, in the order of its table's columns."""


class ChangeListener(Protocol):
    """Wakes one reader after appends; for one thread at a time."""

    def wait(self, seconds: float) -> None:
        """Return when something may have been appended since, at the latest after `seconds`."""

    def close(self) -> None:
        """Close its connection."""


class Store(Protocol):
    """One database, and the one way to write to it."""

    engine: sa.Engine

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """Open a transaction; reading the ledger's head FOR UPDATE in it excludes other writers.

        Raises `StoreUnavailable`, `StoreRejected` for rows that the database does not accept, and
        `CommitUnconfirmed` where the answer to the COMMIT was lost.
        """

    def writing_alone(self) -> AbstractContextManager[sa.Connection]:
        """Open a transaction that excludes all others opened so; for changes of the tables."""

    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Values]) -> None:
        """Insert many rows as fast as the driver can."""

    def update_and_notify(
        self, connection: sa.Connection, update: sa.Update, values: Mapping[str, Any]
    ) -> None:
        """Update one row, and wake the change listeners once this transaction is committed."""

    def change_listener(self) -> ChangeListener:
        """Return a new change listener."""


def open_store(url: str, *, setting: str) -> Store:
    """Open the store of a database URL; raises `BadSetting`, which names the setting."""
    engine = open_database(url, "ledger", setting=setting, is_durable=True)
    return PostgresqlStore(engine) if is_postgresql(make_url(url)) else SqliteStore(engine)


class SqliteStore:
    """A SQLite file; writers queue at an `flock` on a file next to it."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._file = sqlite.OpenedFile(engine)
        self._lock = WriterLock(sqlite.path_of(engine.url))

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """See `Store`; excludes other writers from the start."""
        with write_errors(), self._lock.held():
            with writing(self.engine) as connection:
                yield connection
            self._file.check()  # it may have been replaced during the commit

    writing_alone = writing

    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Values]) -> None:
        """See `Store`."""
        names = table.columns.keys()
        parameters = ", ".join("?" * len(names))
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({parameters})",  # noqa: S608 - names of our schema
            list(rows),
        )

    def update_and_notify(
        self, connection: sa.Connection, update: sa.Update, values: Mapping[str, Any]
    ) -> None:
        """See `Store`; SQLite's data version changes by itself."""
        connection.execute(update, values)

    def change_listener(self) -> ChangeListener:
        """See `Store`."""
        return sqlite.DataVersionListener(self.engine)


class PostgresqlStore:
    """A schema of a PostgreSQL database; writers queue at the lock on the ledger's head."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """See `Store`."""
        return writing(self.engine)

    def writing_alone(self) -> AbstractContextManager[sa.Connection]:
        """See `Store`; a migration may take long."""
        return writing_alone(self.engine, is_long=True)

    def insert(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Values]) -> None:
        """See `Store`."""
        columns = ", ".join(table.columns.keys())
        postgresql.copy(connection, f"COPY {table.name} ({columns}) FROM STDIN", rows)

    def update_and_notify(
        self, connection: sa.Connection, update: sa.Update, values: Mapping[str, Any]
    ) -> None:
        """See `Store`."""
        connection.execute(postgresql.notifying(update), values)

    def change_listener(self) -> ChangeListener:
        """See `Store`."""
        return postgresql.NotificationListener(self.engine)
