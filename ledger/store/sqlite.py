"""What only SQLite needs: how a file is opened, and how writers and waiting readers take turns."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ledger.errors import BadSetting
from ledger.store.writer_lock import WAIT_SECONDS

BEGIN = "begin"
"""The execution option that says how a transaction begins: DEFERRED or IMMEDIATE."""

_PRAGMAS = ("cache_size=-16000", "wal_autocheckpoint=4000", "secure_delete=ON")
_CHECKPOINT_WAIT_MILLISECONDS = 100
_LOOK_SECONDS = 0.002


def is_file(url: URL) -> bool:
    """Whether the URL names a file, not a database in memory."""
    return bool(url.database) and ":memory:" not in (url.database or "")


def path_of(url: URL) -> Path:
    """The file that the URL names."""
    return Path(url.database or "")


def open_engine(url: URL, *, setting: str, is_durable: bool) -> sa.Engine:
    """An engine for the file, its folder made where missing; raises `BadSetting`."""
    folder = path_of(url).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"{setting} lies in {folder}, which cannot be made ({error.strerror})."
        ) from error
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": WAIT_SECONDS, "uri": True},
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


def attach(engine: sa.Engine, **files: Path) -> None:
    """Let every connection see these files as well, read-only, each under its name.

    Read-only, so that BEGIN IMMEDIATE takes no writer's lock of theirs.
    """

    def attach_all(connection: sqlite3.Connection, _record: object) -> None:
        for name, file in files.items():
            uri = f"file:{quote(str(file.absolute()))}?mode=ro"
            connection.execute(f"ATTACH ? AS {name}", (uri,))

    sa.event.listen(engine, "connect", attach_all)


def _begin(connection: sa.Connection) -> None:
    mode = connection.get_execution_options().get(BEGIN, "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Once for a new file; others who open it at that moment are waited for."""
    deadline = time.monotonic() + WAIT_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:  # SQLite's busy timeout does not cover this
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def empty_wal(engine: sa.Engine) -> bool:
    """Bring the write-ahead log into the file and cut it to nothing; False while readers hold it.

    Until then it may hold what was deleted. Writers are kept waiting for 0.1 s at most.
    """
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_CHECKPOINT_WAIT_MILLISECONDS}")
        try:
            found = cursor.execute("PRAGMA main.wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={int(WAIT_SECONDS * 1000)}")
        return found is not None and not found[0]


class DataVersionListener:
    """Wakes a reader when any connection, of any process, has committed to the file.

    SQLite tells nobody, but answers "has anything changed since I asked?" in microseconds.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.PoolProxiedConnection | None = None
        self._seen: int | None = None

    def wait(self, seconds: float) -> None:
        """Return at the next commit since the last call returned, or when the time is over."""
        deadline = time.monotonic() + seconds
        while (version := self._version()) == self._seen and time.monotonic() < deadline:
            time.sleep(min(_LOOK_SECONDS, seconds))
        self._seen = version

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _version(self) -> int:
        if self._connection is None:
            self._connection = self._engine.raw_connection()  # outside of any transaction
        cursor = self._connection.cursor()
        (version,) = cursor.execute("PRAGMA data_version").fetchone() or (0,)
        return int(version)
