"""Opens databases, reads and writes in them, and tells their troubles apart; names no table."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from ledger.errors import BadSetting, StoreRejected, StoreUnavailable
from ledger.store import postgresql, sqlite

_REJECTED = (sa.exc.IntegrityError, sa.exc.DataError, sqlite3.IntegrityError)
_AWAY = (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.Error, OSError)


def parse_url(url: str, setting: str) -> URL:
    """The URL of a SQLite file or a PostgreSQL database; raises `BadSetting`."""
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
    """Whether this is a PostgreSQL database, to be reached through psycopg."""
    return url.drivername == "postgresql+psycopg"


def open_database(url: str, schema: str, *, setting: str, is_durable: bool) -> sa.Engine:
    """An engine for the database; on PostgreSQL its tables lie in that schema.

    With `is_durable` every commit is on the disk before it returns; without, a power loss may cost
    the last commits but never the database. Raises `BadSetting`, naming the setting.
    """
    parsed = parse_url(url, setting)
    if is_postgresql(parsed):
        return postgresql.open_engine(parsed, schema, is_durable=is_durable)
    return sqlite.open_engine(parsed, setting=setting, is_durable=is_durable)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to read with; raises `StoreUnavailable`."""
    with store_errors(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that commits at its end; on SQLite it has the write lock from its beginning.

    Raises `StoreUnavailable`, and `StoreRejected` for rows that the database does not take.
    """
    with (
        store_errors(),
        engine.connect() as connection,
        connection.execution_options(**{sqlite.BEGIN: "IMMEDIATE"}).begin(),
    ):
        yield connection


@contextmanager
def writing_alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """The same, one at a time among those who ask for it; makes the engine's schema if need be.

    For making and changing tables, and for adding what must not be there twice.
    """
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            postgresql.make_schema(connection)
        yield connection


def scrub(engine: sa.Engine) -> bool:
    """Clear what was deleted out of SQLite's write-ahead log; False while readers hold it.

    PostgreSQL does so in its own time; see docs/explanation/personal-data.md. Raises
    `StoreUnavailable`.
    """
    if engine.dialect.name == "postgresql":
        return True
    with store_errors():
        return sqlite.empty_wal(engine)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what a database or a disk says into `StoreUnavailable` or `StoreRejected`."""
    try:
        yield
    except _REJECTED as error:
        raise StoreRejected("The database refused what was to be written.") from error
    except _AWAY as error:
        raise StoreUnavailable(
            "The database cannot be read or written now: it is locked, full or gone. Nothing was "
            "written; try again, and look at its disk and its permissions if this lasts."
        ) from error
