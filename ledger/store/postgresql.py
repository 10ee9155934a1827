"""What only PostgreSQL needs: connection settings, COPY, and NOTIFY as a hint."""

import os
import pkgutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ledger.errors import StoreUnavailable
from ledger.store.writer_lock import WAIT_SECONDS

_OPEN_CONNECTION = "ledger.store.bounded_connection:BoundedConnection.open"
"""Imported with the first connection: it needs the driver, which a ledger on SQLite does not."""

_CHANNEL = "delivery_ledger"
_SCHEMA_LOCK = 0x64656C6976657279
"""The advisory lock for creating and migrating schemas: "delivery" in ASCII."""

_NO_LOCK = "55P03"
_LOCK_HOLDER = sa.text(
    "SELECT pid, application_name FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND objid = :lock_id AND datname = current_database()"
)

IDLE_SECONDS = 10
"""How long a transaction may do nothing; then the server ends it, and what it had locked is free.

Its process may be stopped, or its machine have lost its power.
"""
_LONG_IDLE_SECONDS = 600
"""The same in a long transaction, in which this program computes between two statements."""

_TEMPORARY = {"08", "25", "40", "53", "55", "57", "58"}
"""Classes of SQLSTATE: the server is away, a standby, full or busy, or a lock is not free."""
_REFUSED_LOGIN = (
    *("authentication failed", "does not exist", "pg_hba.conf", "not permitted to log in"),
    *("no password supplied", "permission denied for database"),
)
"""Words of a server that speaks English when it refuses a user; libpq passes no SQLSTATE on."""

_CLIENT_SETTINGS = {
    "connect_timeout": 2,
    "tcp_user_timeout": 4000,
    "keepalives_idle": 3,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "target_session_attrs": "read-write",
}
"""With these the loss of a server is noticed within seconds, and its standby is used.

The seconds to connect are those of each host. That a server is silent is noticed by
`BoundedConnection`.
"""
_SERVER_SETTINGS = {
    "lock_timeout": f"{WAIT_SECONDS:.0f}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
    "tcp_keepalives_idle": 3,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 2,
    "tcp_user_timeout": 4000,
    "TimeZone": "UTC",
}
"""With these the server notices within seconds that this program is stopped or its machine lost."""


def open_engine(url: URL, schema: str, *, is_durable: bool) -> sa.Engine:
    """Open an engine whose connections use the tables of that schema."""
    settings = {
        **_SERVER_SETTINGS,
        "search_path": schema,
        "synchronous_commit": "on" if is_durable else "off",
    }
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    name = f"delivery-ledger, process {os.getpid()} on {socket.gethostname()}"
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={**_CLIENT_SETTINGS, "options": options, "fallback_application_name": name},
        isolation_level="READ COMMITTED",
        max_overflow=60,
        pool_timeout=WAIT_SECONDS,
    )
    sa.event.listen(engine, "do_connect", _connect)
    return engine


def _connect(
    _dialect: sa.Dialect, _record: object, _arguments: object, parameters: dict[str, Any]
) -> Any:
    return pkgutil.resolve_name(_OPEN_CONNECTION)(parameters)


@contextmanager
def long_statements(connection: sa.Connection) -> Iterator[None]:
    """Within the block, let the connection's statements and its transaction take long.

    A statement is ended all the same once the server answers nobody any more.
    """
    driver: Any = connection.connection.driver_connection
    driver.is_long = True
    try:
        if not driver.autocommit:
            _set_idle_seconds(connection, _LONG_IDLE_SECONDS)
        yield
    finally:
        driver.is_long = False


@contextmanager
def advisory_lock(engine: sa.Engine, lock_id: int) -> Iterator[None]:
    """Hold a lock that only one connection of the database can have.

    It goes with the connection, which is never used again: whatever happens, nobody keeps the lock
    by mistake. Raises `StoreUnavailable`, which names the holder where the lock is not free in
    time.
    """
    with engine.connect() as connection:
        try:
            _take(connection, lock_id)
            yield
        finally:
            connection.invalidate()


def _take(connection: sa.Connection, lock_id: int) -> None:
    try:
        connection.execute(sa.select(sa.func.pg_advisory_lock(lock_id)))
    except sa.exc.DBAPIError as error:
        connection.rollback()
        if getattr(error.orig, "sqlstate", None) != _NO_LOCK:
            raise
        holder = connection.execute(_LOCK_HOLDER, {"lock_id": lock_id}).one_or_none()
        whose = f" by {holder.application_name} (PostgreSQL's {holder.pid})" if holder else ""
        raise StoreUnavailable(
            f"This is being done already{whose}. Wait until it is done. Where that process is "
            "stopped, end it."
        ) from error
    connection.commit()  # the lock is the session's; a transaction would hold up VACUUM


def hold_briefly(connection: sa.Connection) -> None:
    """Let the server end this long transaction as soon as any other, for what others wait for."""
    _set_idle_seconds(connection, IDLE_SECONDS)


def _set_idle_seconds(connection: sa.Connection, seconds: int) -> None:
    connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = '{seconds}s'")


def is_refused_commit(error: object) -> bool:
    """Whether the server says with this error that it did not commit.

    Without an answer there is no SQLSTATE. A server that is ended (57) or a broken connection (08)
    may have committed before.
    """
    state = getattr(error, "sqlstate", None)
    return state is not None and state[:2] not in {"08", "57"}


def is_temporary(error: object) -> bool:
    """Whether an error may pass by itself; one that is not PostgreSQL's may.

    Without an answer there is no SQLSTATE, and none for a login that is refused.
    """
    state = getattr(error, "sqlstate", None)
    if state is None:
        return not any(words in str(error) for words in _REFUSED_LOGIN)
    return state[:2] in _TEMPORARY


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
