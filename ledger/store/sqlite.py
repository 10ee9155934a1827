"""What only SQLite needs: how a file is opened, its write-ahead log, and its change listener."""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.engine import URL

from ledger.errors import BadSetting, StoreUnavailable
from ledger.store.lock_holders import lock_not_free
from ledger.store.writer_lock import WAIT_SECONDS

BEGIN = "begin"
"""The execution option for how a transaction begins: DEFERRED or IMMEDIATE."""
IS_SHORT = "is_short"
"""The execution option of a transaction that writes little.

SQLite keeps a copy of the pages that a statement changes, to undo that statement alone. Beyond 64
KB the copy is a temporary file, so that a full disk of temporary files would refuse callbacks. In a
short transaction it stays in memory. Long ones may sort a whole table, and do that on the disk.
"""
_IN_MEMORY, _ON_DISK = "PRAGMA temp_store=MEMORY", "PRAGMA temp_store=DEFAULT"

_NOT_COMMITTED = {
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY)
}
"""Errors at COMMIT after which nothing is in the file. After a failed fsync something may be."""

_TEMPORARY = _NOT_COMMITTED | {
    *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL)
}
"""Errors that pass once a lock is free, or the disk is there again."""

_PRAGMAS = ("wal_autocheckpoint=2000", "secure_delete=ON")
_CACHE_KIB, _SMALL_CACHE_KIB = 16_000, 4_000
"""The pages of a database that each connection may keep in memory."""
_CHECKPOINT_WAIT_MILLISECONDS = 100
_POLL_SECONDS = 0.002
_WRITE_LOCK_BYTE = 120
"""Of the shared-memory file beside a database in WAL mode; see SQLite's walformat.html."""

_log = logging.getLogger(__name__)


_cache_kib = _CACHE_KIB


def limit_page_caches() -> None:
    """Keep fewer pages in memory from now on: for servers, and for processes beside them.

    A comparison of the views then takes a third less memory, and a twelfth more time.
    """
    global _cache_kib  # noqa: PLW0603 - of the process, as is its memory
    _cache_kib = _SMALL_CACHE_KIB


def is_file(url: URL) -> bool:
    """Whether the URL names a file, not a database in memory."""
    return bool(url.database) and ":memory:" not in (url.database or "")


def path_of(url: URL) -> Path:
    """Return the file that the URL names."""
    return Path(url.database or "")


def open_engine(url: URL, *, setting: str, is_durable: bool) -> sa.Engine:
    """Open an engine for the file, whose folder is created where missing; raises `BadSetting`."""
    folder = path_of(url).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"The folder {folder} of {setting} cannot be created ({error.strerror})."
        ) from error
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": WAIT_SECONDS, "uri": True},
        max_overflow=60,
        pool_timeout=WAIT_SECONDS,
    )
    sa.event.listen(engine, "connect", _prepare_with(is_durable=is_durable))
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare_with(*, is_durable: bool) -> Callable[[sqlite3.Connection, object], None]:
    """Return what prepares a new connection."""
    synchronous = "FULL" if is_durable else "NORMAL"

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        _switch_to_wal(connection)
        for pragma in (f"synchronous={synchronous}", f"cache_size=-{_cache_kib}", *_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


class OpenedFile:
    """Notices that a file was replaced, moved or removed while an engine has it open.

    An open connection would go on with the old file, which nobody finds again, and a new one would
    open or create another. So every connection and every transaction is checked. A file that is
    overwritten in place is noticed where it becomes smaller: SQLite never makes it smaller itself.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._path = path_of(engine.url)
        self._identity: tuple[int, int] | None = None
        self._size = 0
        self._is_logged = False
        sa.event.listen(engine, "do_connect", self._check_before_connecting)
        sa.event.listen(engine, "connect", self._check_connected)
        sa.event.listen(engine, "begin", self._check_begun)

    def check(self) -> None:
        """Raise `StoreUnavailable` where the path names another file than at first, or none."""
        if self._identity is None or self._is_same():
            return
        message = (
            f"The ledger's file {self._path.name} was replaced or removed while this program was "
            "running. Nothing was recorded. Restart the program, so that it opens the present file."
        )
        if not self._is_logged:
            self._is_logged = True
            _log.error("%s", message)
        raise StoreUnavailable(message)

    def _is_same(self) -> bool:
        size_before = self._size  # read first: meanwhile another thread may see the file grow
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return False
        is_whole = status.st_size >= size_before
        self._size = max(self._size, status.st_size)
        return is_whole and self._identity == (status.st_dev, status.st_ino)

    def _check_before_connecting(self, *_arguments: object) -> None:
        self.check()

    def _check_connected(self, *_arguments: object) -> None:
        if self._identity is None:
            status = self._path.stat()
            self._identity = (status.st_dev, status.st_ino)
        self.check()

    def _check_begun(self, _connection: sa.Connection) -> None:
        self.check()


def is_refused_commit(error: object) -> bool:
    """Whether SQLite says with this error that it did not commit."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _NOT_COMMITTED  # the low byte is the kind of error


def is_temporary(error: object) -> bool:
    """Whether an error may pass by itself; one that is not SQLite's may."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in _TEMPORARY


@contextmanager
def naming_lock_holder(engine: sa.Engine) -> Iterator[None]:
    """Raise `StoreUnavailable`, which names who holds SQLite's own lock, where a writer times out.

    Within the block, a writer waits for a lock of SQLite alone.
    """
    try:
        yield
    except sa.exc.OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_BUSY:
            raise
        path = path_of(engine.url)
        raise lock_not_free(path.with_name(f"{path.name}-shm"), _WRITE_LOCK_BYTE) from error


def is_broken_text(error: object) -> bool:
    """Whether an error says that a stored text is not UTF-8: somebody changed the file."""
    cause = getattr(error, "orig", error)
    return isinstance(cause, sqlite3.OperationalError) and "decode to UTF-8" in str(cause)


@contextmanager
def replacing_broken_text(connection: sa.Connection) -> Iterator[None]:
    """Within the block, read bytes that are not UTF-8 as U+FFFD; this is slower."""
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    before, driver.text_factory = driver.text_factory, _with_replacements
    try:
        yield
    finally:
        driver.text_factory = before


def replace_broken_text(engine: sa.Engine) -> None:
    """Do the same on all connections of the engine, from now on."""

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.text_factory = _with_replacements

    engine.dispose()


def _with_replacements(value: bytes) -> str:
    return value.decode(errors="replace")


def attach(engine: sa.Engine, **files: Path) -> None:
    """Attach files to every new connection, each under its name.

    They are read-only, so that BEGIN IMMEDIATE does not lock them for other writers.
    """

    def attach_all(connection: sqlite3.Connection, _record: object) -> None:
        for name, file in files.items():
            uri = f"file:{quote(str(file.absolute()))}?mode=ro"
            connection.execute(f"ATTACH ? AS {name}", (uri,))

    sa.event.listen(engine, "connect", attach_all)


def copy_database(source: Path, target: Path) -> None:
    """Copy a database, with what is in its write-ahead log, to a new file.

    Raises `sqlite3.Error` and `OSError`.
    """
    unlink(target)
    with closing(sqlite3.connect(source)) as from_, closing(sqlite3.connect(target)) as to:
        from_.backup(to)


def unlink(file: Path) -> None:
    """Delete a database and the files that SQLite keeps beside it, where they exist."""
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    mode, cursor = options.get(BEGIN), connection.connection.cursor()
    cursor.execute(_IN_MEMORY if options.get(IS_SHORT) else _ON_DISK)
    if mode is None:
        # By the driver itself, which takes a tenth of the time: no lock is taken that could fail.
        cursor.execute("BEGIN DEFERRED")
    else:
        connection.exec_driver_sql(f"BEGIN {mode}")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL mode; waits for others that open it at the same time."""
    deadline = time.monotonic() + WAIT_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:  # SQLite's busy timeout does not cover this
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def empty_wal(engine: sa.Engine) -> bool:
    """Copy the write-ahead log into the file and truncate it; False while readers prevent it.

    Until then it may contain deleted data. Writers wait for at most 0.1 s.
    """
    with closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_CHECKPOINT_WAIT_MILLISECONDS}")
        try:
            row = cursor.execute("PRAGMA main.wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={int(WAIT_SECONDS * 1000)}")
        return row is not None and not row[0]


class DataVersionListener:
    """Wakes a reader after a commit to the file by any connection of any process.

    SQLite sends no notifications, but a query for its data version takes microseconds.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.PoolProxiedConnection | None = None
        self._seen: int | None = None

    def wait(self, seconds: float) -> None:
        """Return at the first commit since the last call returned, or after `seconds`."""
        deadline = time.monotonic() + seconds
        while (version := self._version()) == self._seen and time.monotonic() < deadline:
            time.sleep(min(_POLL_SECONDS, seconds))
        self._seen = version

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _version(self) -> int:
        if self._connection is None:
            self._connection = self._engine.raw_connection()  # outside of any transaction
        cursor = self._connection.cursor()
        (version,) = cursor.execute("PRAGMA data_version").fetchone() or (0,)
        return int(version)
