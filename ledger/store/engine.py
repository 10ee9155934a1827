"""Opens databases, reads and writes in them, and translates their errors; knows no table."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from ledger.errors import BadSetting, CommitUnconfirmed, StoreRejected, StoreUnavailable
from ledger.store import postgresql, postgresql_files, sqlite

_REJECTED = (sa.exc.IntegrityError, sa.exc.DataError, sqlite3.IntegrityError)
_UNAVAILABLE = (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error, OSError)

_CANNOT = "The database cannot be read or written now: it is locked, full or gone."
_ADVICE = "try again, and look at its disk and its permissions if this lasts."
NOT_WRITTEN = f"{_CANNOT} Nothing was written; {_ADVICE}"


def parse_url(url: str, setting: str) -> URL:
    """Parse the URL of a SQLite file or a PostgreSQL database; raises `BadSetting`."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise BadSetting(
            f"{setting} is not a database URL; write sqlite:///path/to/file, or "
            "postgresql+psycopg://user:password@host/database."
        ) from error
    if is_postgresql(parsed):
        return parsed
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite"} or not sqlite.is_file(parsed):
        raise BadSetting(
            f"{setting} must name a SQLite file, as in sqlite:///instance/ledger.sqlite3, or a "
            "PostgreSQL database, as in postgresql+psycopg://user:password@host/database."
        )
    return parsed


def is_postgresql(url: URL) -> bool:
    """Whether this is a PostgreSQL database with the driver psycopg."""
    return url.drivername == "postgresql+psycopg"


def open_database(url: str, schema: str, *, setting: str, is_durable: bool) -> sa.Engine:
    """Open an engine for the database; on PostgreSQL its tables are in that schema.

    With `is_durable` every commit is on the disk before it returns; without, a power cut may lose
    the last commits but never the database. Raises `BadSetting`, which names the setting.
    """
    parsed = parse_url(url, setting)
    if is_postgresql(parsed):
        return postgresql.open_engine(parsed, schema, is_durable=is_durable)
    return sqlite.open_engine(parsed, setting=setting, is_durable=is_durable)


@contextmanager
def reading(
    engine: sa.Engine, *, is_long: bool = False, is_consistent: bool = False
) -> Iterator[sa.Connection]:
    """Open a connection for reading; raises `StoreUnavailable`.

    PostgreSQL may be silent for eight seconds; where `is_long`, for as long as it answers others.
    Where `is_consistent`, all statements see the database as the first one does; on SQLite they
    always do.
    """
    with store_errors(), engine.connect() as connection:
        if is_consistent and engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with _taking(connection, is_long=is_long):
            yield connection


@contextmanager
def writing(engine: sa.Engine, *, is_long: bool = False) -> Iterator[sa.Connection]:
    """Open a transaction that commits at its end; on SQLite it has the write lock from the start.

    PostgreSQL may be silent for eight seconds; where `is_long`, for as long as it answers others.
    Raises `StoreUnavailable`, `StoreRejected` for rows that the database does not accept, and
    `CommitUnconfirmed` where the answer to the COMMIT was lost.
    """
    with (
        write_errors(),
        sqlite.naming_lock_holder(engine),
        engine.connect() as connection,
        _immediate(connection, is_short=not is_long).begin() as transaction,
        _taking(connection, is_long=is_long),
    ):
        yield connection
        with _commit_errors():
            _commit(transaction)


def _immediate(connection: sa.Connection, *, is_short: bool) -> sa.Connection:
    """Let SQLite begin with the write lock; options that PostgreSQL does not look at."""
    return connection.execution_options(**{sqlite.BEGIN: "IMMEDIATE", sqlite.IS_SHORT: is_short})


def _taking(connection: sa.Connection, *, is_long: bool) -> AbstractContextManager[None]:
    """Let the statements of a block take long, where there is a server that could be silent."""
    if is_long and connection.dialect.name == "postgresql":
        return postgresql.long_statements(connection)
    return nullcontext()


def _commit(transaction: sa.RootTransaction) -> None:
    try:
        transaction.commit()
    except BaseException:
        transaction.rollback()  # SQLAlchemy would pool the connection with its transaction open
        raise


@contextmanager
def writing_alone(engine: sa.Engine, *, is_long: bool = False) -> Iterator[sa.Connection]:
    """Open a transaction that excludes all others opened by this function.

    It creates the engine's schema where that is missing. For creating and changing tables, and for
    adding what must not exist twice. Raises as `writing` does.
    """
    with writing(engine, is_long=is_long) as connection:
        if engine.dialect.name == "postgresql":
            postgresql.create_schema(connection)
        yield connection


def scrub(engine: sa.Engine) -> bool:
    """Remove deleted data from SQLite's write-ahead log; False while readers prevent it.

    On PostgreSQL `rewrite_tables` and `overwrite_log` do it, which take longer. Raises
    `StoreUnavailable`.
    """
    if engine.dialect.name == "postgresql":
        return True
    with store_errors():
        return sqlite.empty_wal(engine)


def rewrite_tables(engine: sa.Engine, tables: Sequence[str]) -> list[str]:
    """Rewrite tables of the engine's schema without deleted data; return those that were not.

    Each is locked while it is rewritten. Nothing is done on SQLite, which overwrites deleted data.
    Raises `StoreUnavailable`.
    """
    if engine.dialect.name != "postgresql":
        return []
    with store_errors():
        return postgresql_files.rewrite_tables(engine, tables)


def overwrite_log(engine: sa.Engine) -> int | None:
    """Overwrite PostgreSQL's write-ahead log; return how many older files of it are kept.

    None: the user has not the rights to do it. On SQLite `scrub` does it. Raises
    `StoreUnavailable`.
    """
    if engine.dialect.name != "postgresql":
        return 0
    with store_errors():
        return postgresql_files.overwrite_log(engine)


def is_temporary(error: StoreUnavailable) -> bool:
    """Whether the error may pass by itself: the database is away, locked or full.

    It does not pass where the file is no database, or the server refuses the user.
    """
    cause = getattr(error.__cause__, "orig", error.__cause__)
    return sqlite.is_temporary(cause) and postgresql.is_temporary(cause)


@contextmanager
def store_errors() -> Iterator[None]:
    """Translate errors of databases and disks into `StoreUnavailable` or `StoreRejected`."""
    with _translated(f"{_CANNOT} {_ADVICE.capitalize()}"):
        yield


@contextmanager
def write_errors() -> Iterator[None]:
    """Do the same for a transaction that is not committed yet, and say so."""
    with _translated(NOT_WRITTEN):
        yield


@contextmanager
def _translated(sentence: str) -> Iterator[None]:
    try:
        yield
    except _REJECTED as error:
        raise StoreRejected("The database refused what was to be written.") from error
    except _UNAVAILABLE as error:
        raise StoreUnavailable(sentence) from error


@contextmanager
def _commit_errors() -> Iterator[None]:
    """Raise `CommitUnconfirmed`, unless the database itself says that it did not commit."""
    try:
        yield
    except _REJECTED:
        raise
    except _UNAVAILABLE as error:
        cause = getattr(error, "orig", error)
        if sqlite.is_refused_commit(cause) or postgresql.is_refused_commit(cause):
            raise
        raise CommitUnconfirmed(
            "The database's answer was lost while this was being written, so it is not known "
            "whether it was written. Look whether it is there before you do it again."
        ) from error
