"""Opens a SQLite database the way the ledger and the views want it; no table is named here."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from ledger.errors import BadSetting, StoreRejected, StoreUnavailable

_BUSY_TIMEOUT_SECONDS = 10
_PRAGMAS = ("cache_size=-64000", "wal_autocheckpoint=4000", "secure_delete=ON")
_CHECKPOINT_WAIT_MILLISECONDS = 100


def open_sqlite(url: str, *, setting: str, is_durable: bool) -> sa.Engine:
    """An engine for a SQLite file, its folder made where missing.

    With `is_durable` every commit is on the disk before it returns; without, a power loss may cost
    the last commits but never the file. Raises `BadSetting`, naming the setting.
    """
    folder = database_path(url, setting).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"{setting} lies in {folder}, which cannot be made ({error.strerror})."
        ) from error
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_TIMEOUT_SECONDS},
        max_overflow=60,
    )
    sa.event.listen(engine, "connect", _preparing(is_durable=is_durable))
    sa.event.listen(engine, "begin", _begin)
    return engine


def _preparing(*, is_durable: bool) -> Callable[[sqlite3.Connection, object], None]:
    """What every new connection is told."""
    synchronous = "FULL" if is_durable else "NORMAL"

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        _switch_to_wal(connection)
        for pragma in (f"synchronous={synchronous}", *_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _begin(connection: sa.Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Once for a new file; others who open it at that moment are waited for."""
    deadline = time.monotonic() + _BUSY_TIMEOUT_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:  # SQLite's busy timeout does not cover this
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection to read with; raises `StoreUnavailable`."""
    with store_errors(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that takes SQLite's write lock at its beginning, and commits at its end.

    Raises `StoreUnavailable`, and `StoreRejected` for rows that the database does not take.
    """
    with (
        store_errors(),
        engine.connect() as connection,
        connection.execution_options(begin="IMMEDIATE").begin(),
    ):
        yield connection


def empty_wal(engine: sa.Engine) -> bool:
    """Bring the write-ahead log into the file and cut it to nothing; False while readers hold it.

    Until then it may hold what was deleted. Writers are kept waiting for 0.1 s at most. Raises
    `StoreUnavailable`.
    """
    with store_errors(), closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_CHECKPOINT_WAIT_MILLISECONDS}")
        try:
            (is_busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_SECONDS * 1000}")
        return not is_busy


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what a database or a disk says into `StoreUnavailable` or `StoreRejected`."""
    try:
        yield
    except (sa.exc.IntegrityError, sa.exc.DataError) as error:
        raise StoreRejected("The database refused what was to be written.") from error
    except (sa.exc.DBAPIError, sa.exc.TimeoutError, sqlite3.OperationalError, OSError) as error:
        raise StoreUnavailable(
            "The database cannot be read or written now: it is locked, full or gone. Nothing was "
            "written; try again, and look at its disk and its permissions if this lasts."
        ) from error


def database_path(url: str, setting: str) -> Path:
    """The file behind a SQLite URL; raises `BadSetting` for any other URL."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise BadSetting(
            f"{setting} is not a database URL; write sqlite:///path/to/file."
        ) from error
    if (
        parsed.get_backend_name() != "sqlite"
        or not parsed.database
        or ":memory:" in parsed.database
    ):
        raise BadSetting(
            f"{setting} must name a SQLite file, as in sqlite:///instance/ledger.sqlite3."
        )
    return Path(parsed.database)
