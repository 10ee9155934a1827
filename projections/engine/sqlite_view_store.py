"""The views in files of SQLite; see `ViewStore`."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from ledger.store import sqlite
from ledger.store.engine import open_database, store_errors, writing
from ledger.store.writer_lock import WriterLock
from projections.engine.view_tables import Finish, make_tables, tables_of

_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""SQLite reports a broken file, or a file that is no database."""
_MISSING = ("no such table", "no such column", "has no column")
_REFUSALS = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY})


class SqliteViewStore:
    """A file of views with the ledger's file attached; a rebuild fills another file beside it.

    The snapshot is a third file beside them.
    """

    def __init__(self, file: Path, ledger_file: Path, *, setting: str) -> None:
        self._file, self._ledger_file, self._setting = file, ledger_file, setting
        self._rebuilt_file = file.with_name(f"{file.name}.next")
        self._snapshot_file = file.with_name(f"{file.name}.snapshot")
        self._copied_file = file.with_name(f"{file.name}.copy")
        self._rebuild_lock = WriterLock(self._rebuilt_file)
        self._is_tolerant = False
        self.engine = self._open(file)

    def _open(self, file: Path, **attached: Path) -> sa.Engine:
        url = f"sqlite:///{file}"
        engine = open_database(url, "views", setting=self._setting, is_durable=False)
        sqlite.attach(engine, ledger=self._ledger_file, **attached)
        if self._is_tolerant:
            sqlite.replace_broken_text(engine)
        return engine

    @contextmanager
    def rebuilding(self) -> Iterator[sa.Engine]:
        """See `ViewStore`; a file that is deleted at the end of the block."""
        with store_errors(), self._rebuild_lock.held():
            self._unlink_work_files()
            engine = self._open(self._rebuilt_file)
            try:
                yield engine
            finally:
                engine.dispose()
                self._unlink_work_files()

    def _unlink_work_files(self) -> None:
        sqlite.unlink(self._rebuilt_file)
        sqlite.unlink(self._copied_file)

    @contextmanager
    def snapshot(self) -> Iterator[sa.Engine | None]:
        """See `ViewStore`."""
        if not self._snapshot_file.exists():
            yield None
            return
        engine = self._open(self._snapshot_file)
        try:
            yield engine
        finally:
            engine.dispose()

    def keep_snapshot(self, _tables: Sequence[sa.MetaData], /) -> None:
        """See `ViewStore`; the snapshot's file appears when it is whole."""
        with store_errors():
            sqlite.copy_database(self._rebuilt_file, self._copied_file)
            sqlite.unlink(self._snapshot_file)
            self._copied_file.replace(self._snapshot_file)

    def load_snapshot(self, _tables: Sequence[sa.MetaData], /) -> None:
        """See `ViewStore`; the file is copied page by page, with its indexes."""
        with store_errors():
            sqlite.copy_database(self._snapshot_file, self._rebuilt_file)

    def discard_snapshot(self) -> None:
        """See `ViewStore`."""
        with store_errors():
            sqlite.unlink(self._snapshot_file)

    def replace(self, tables: Sequence[sa.MetaData], /, finish: Finish) -> None:
        """See `ViewStore`; SQLite copies such tables page by page, which is fast."""
        engine = self._open(self._file, rebuilt=self._rebuilt_file)
        try:
            with writing(engine) as connection:
                make_tables(connection, tables)
                for table in tables_of(tables):
                    name = table.name
                    copy = f"INSERT INTO main.{name} SELECT * FROM rebuilt.{name}"  # noqa: S608
                    connection.exec_driver_sql(copy)
                finish(connection)
        finally:
            engine.dispose()
        self.engine.dispose()  # a query that failed half-way would go on showing the old rows

    def is_damaged(self, error: BaseException | None) -> bool:
        """See `ViewStore`; a busy, full or read-only database is not damaged."""
        cause = getattr(error, "orig", error)
        if not isinstance(cause, sqlite3.Error):
            return False
        is_broken = getattr(cause, "sqlite_errorcode", 0) & 0xFF in _DAMAGE
        return is_broken or any(words in str(cause) for words in _MISSING)

    def is_refusal(self, error: BaseException | None) -> bool:
        """See `ViewStore`; the check reads the whole file, which may be large."""
        code = getattr(getattr(error, "orig", error), "sqlite_errorcode", 0)
        return code & 0xFF in _REFUSALS

    def tolerate(self, error: BaseException) -> bool:
        """See `ViewStore`; bytes that are not UTF-8 are read as U+FFFD."""
        if self._is_tolerant or not sqlite.is_broken_text(error):
            return False
        self._is_tolerant = True
        sqlite.replace_broken_text(self.engine)
        return True

    def is_intact(self, connection: sa.Connection) -> bool:
        """See `ViewStore`; SQLite's quick check of every page."""
        result: str | None = connection.exec_driver_sql("PRAGMA main.quick_check(1)").scalar()
        return result == "ok"

    def discard(self) -> None:
        """See `ViewStore`."""
        self.engine.dispose()
        sqlite.unlink(self._file)
