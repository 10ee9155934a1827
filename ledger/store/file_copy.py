"""Copies a ledger to a SQLite file as it is at one moment, while others write to it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

from ledger.store.engine import reading
from ledger.store.ledger_copy import LedgerCopy, Progress
from ledger.store.revision import check_revision, revision_at, revision_of
from ledger.store.schema_migration import migrate
from ledger.store.store import Store, open_store

_PAGES = 2000


def copy_to_file(source: Store, path: Path, progress: Progress) -> None:
    """Copy the ledger to a file that is not there yet.

    Pages of a SQLite file are copied as they are, rows of PostgreSQL one by one. Raises
    `LedgerError` for tables of a revision that the program does not know, `LedgerDamaged` for what
    no file can hold, and `StoreUnavailable`.
    """
    if source.engine.dialect.name == "sqlite":
        _copy_pages(source, path, progress)
        return
    check_revision(revision_of(source.engine))
    target = open_store(f"sqlite:///{path}", setting="LEDGER_DATABASE_URL")
    try:
        migrate(target)
        LedgerCopy(source=source, target=target).copy(progress)
    finally:
        target.engine.dispose()


def _copy_pages(source: Store, path: Path, progress: Progress) -> None:
    """Copy all pages within one transaction that reads, so that no writer makes it begin again."""
    with reading(source.engine) as connection, closing(sqlite3.connect(path)) as target:
        check_revision(revision_at(connection))
        target.execute("PRAGMA synchronous=OFF")
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        driver.backup(
            target,
            pages=_PAGES,
            progress=lambda _status, left, total: progress(total - left, total),
        )
