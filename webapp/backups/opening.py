"""Opens the databases that a backup is made of, and those that it is put back into."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from ledger.store.engine import open_database
from ledger.store.store import Store, open_store

_SETTING = "LEDGER_DATABASE_URL"


def url_of(file: Path) -> str:
    """Return the address of a SQLite file."""
    return f"sqlite:///{file}"


@contextmanager
def opened_ledger(url: str) -> Iterator[Store]:
    """Open a ledger for the length of the block; a SQLite file is whole after it."""
    store = open_store(url, setting=_SETTING)
    try:
        yield store
    finally:
        store.engine.dispose()


@contextmanager
def opened_accounts(url: str) -> Iterator[sa.Engine]:
    """Open accounts in the same way."""
    engine = open_database(url, "accounts", setting=_SETTING, is_durable=True)
    try:
        yield engine
    finally:
        engine.dispose()
