"""What only PostgreSQL needs: connection settings, COPY, and NOTIFY as a hint."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ledger.store.writer_lock import WAIT_SECONDS

_CHANNEL = "delivery_ledger"
_SCHEMA_LOCK = 0x64656C6976657279
"""The advisory lock for creating and migrating schemas: "delivery" in ASCII."""

_CONNECTION_SETTINGS = {
    "connect_timeout": 5,
    "tcp_user_timeout": 4000,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "target_session_attrs": "read-write",
}
"""With these the loss of a server is noticed within seconds, and its standby is used."""


def open_engine(url: URL, schema: str, *, is_durable: bool) -> sa.Engine:
    """Open an engine whose connections use the tables of that schema."""
    commit = "on" if is_durable else "off"
    options = (
        f"-c search_path={schema} -c synchronous_commit={commit} -c TimeZone=UTC "
        f"-c lock_timeout={int(WAIT_SECONDS * 1000)}"
    )
    return sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={**_CONNECTION_SETTINGS, "options": options},
        isolation_level="READ COMMITTED",
        max_overflow=60,
    )


def is_refused_commit(error: object) -> bool:
    """Whether the server says with this error that it did not commit.

    Without an answer there is no SQLSTATE. A server that is ended (57) or a broken connection (08)
    may have committed before.
    """
    state = getattr(error, "sqlstate", None)
    return state is not None and state[:2] not in {"08", "57"}


def create_schema(connection: sa.Connection) -> None:
    """Create the engine's schema where it is missing, under the advisory lock."""
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
    schema = connection.exec_driver_sql("SHOW search_path").scalar()
    if not sa.inspect(connection).has_schema(str(schema)):
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")


def copy(connection: sa.Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows by COPY … FROM STDIN; raises what SQLAlchemy raises for an INSERT."""
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor().copy(statement) as stream:
            for row in rows:
                stream.write_row(row)
    except errors as error:
        raise sa.exc.DBAPIError.instance(
            statement, None, error, errors, hide_parameters=True, dialect=connection.dialect
        ) from error


@cache
def notifying(update: sa.Update) -> sa.Update:
    """Return an update of one row that also notifies all listeners once it is committed.

    So it is one round trip.
    """
    return update.returning(sa.func.pg_notify(_CHANNEL, ""))


class NotificationListener:
    """Wakes a reader after a committed append; only a hint, as a notification can be lost."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    def wait(self, seconds: float) -> None:
        """Return at the first append since the last call returned, or after `seconds`."""
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            self._connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
            return  # appends before LISTEN send no notification here
        driver: Any = self._connection.connection.driver_connection
        try:
            for _ in driver.notifies(timeout=seconds, stop_after=1):
                return
        except self._connection.dialect.loaded_dbapi.Error:
            self.close()  # the connection was lost; the next call opens another, or raises

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.invalidate()  # in the pool it would go on listening
            self._connection.close()
            self._connection = None
