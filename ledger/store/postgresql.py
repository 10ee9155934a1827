"""What only PostgreSQL needs: how a server is reached, COPY, and NOTIFY as a hint."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ledger.store.writer_lock import WAIT_SECONDS

_CHANNEL = "delivery_ledger"
_SCHEMA_LOCK = 0x64656C6976657279
"""The advisory lock under which schemas are made and moved: "delivery" in ASCII."""

_REACH = {
    "connect_timeout": 5,
    "tcp_user_timeout": 4000,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "target_session_attrs": "read-write",
}
"""A server that is gone is noticed within seconds, and its standby is found."""


def open_engine(url: URL, schema: str, *, is_durable: bool) -> sa.Engine:
    """An engine whose connections find their tables in that schema."""
    commit = "on" if is_durable else "off"
    options = (
        f"-c search_path={schema} -c synchronous_commit={commit} -c TimeZone=UTC "
        f"-c lock_timeout={int(WAIT_SECONDS * 1000)}"
    )
    return sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={**_REACH, "options": options},
        isolation_level="READ COMMITTED",
        max_overflow=60,
    )


def make_schema(connection: sa.Connection) -> None:
    """Make the schema that the engine was opened for, and let nobody else make it meanwhile."""
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
    schema = connection.exec_driver_sql("SHOW search_path").scalar()
    if not sa.inspect(connection).has_schema(str(schema)):
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")


def copy(connection: sa.Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Write rows by a COPY … FROM STDIN; raises what SQLAlchemy raises for an INSERT."""
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


def notify(connection: sa.Connection) -> None:
    """Tell whoever listens, once this transaction is committed."""
    connection.exec_driver_sql(f"NOTIFY {_CHANNEL}")


class NotificationListener:
    """Wakes a reader when an append is committed; only ever a hint, for a message can be lost."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.Connection | None = None

    def wait(self, seconds: float) -> None:
        """Return at the next append since the last call returned, or when the time is over."""
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            self._connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
            return  # what was appended before is not announced to us
        driver: Any = self._connection.connection.driver_connection
        try:
            for _ in driver.notifies(timeout=seconds, stop_after=1):
                return
        except self._connection.dialect.loaded_dbapi.Error:
            self.close()  # the server went away; the next call finds it again, or says so

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.invalidate()  # a pooled one would go on listening
            self._connection.close()
            self._connection = None
