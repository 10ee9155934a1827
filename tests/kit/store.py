"""A real ledger and a real recorder in a folder of the test's own."""

from pathlib import Path

from kit.clock import ManualClock
from ledger.clock import to_microseconds
from ledger.errors import LedgerError
from ledger.ledger import Ledger
from ledger.store.recorder import LedgerRecorder
from ledger.store.schema_migration import migrate
from ledger.store.store import Store, open_store

MASTER = bytes(range(32))
"""The master key of every ledger made here."""


def ledger_file(folder: Path) -> Path:
    """Where a SQLite ledger of that folder lies."""
    return folder / "ledger.sqlite3"


def sqlite_url(folder: Path) -> str:
    """The address of the same."""
    return f"sqlite:///{ledger_file(folder)}"


def store_at(url: str) -> Store:
    """The store as the composition root opens it; dispose of its engine when done."""
    return open_store(url, setting="test")


def open_ledger(url: str, clock: ManualClock, *, master: bytes = MASTER) -> Ledger:
    """The ledger at that address, born there if need be; `close_ledger` when done."""
    store = store_at(url)
    try:
        return Ledger(store, clock, master)
    except LedgerError:
        store.engine.dispose()
        raise


def close_ledger(ledger: Ledger) -> None:
    """Let go of the ledger's connections."""
    ledger.recorder._engine.dispose()


def open_recorder(url: str, clock: ManualClock) -> LedgerRecorder:
    """A bare recorder with its tables, for tests of the store alone."""
    store = store_at(url)
    migrate(store)
    now = clock.now
    return LedgerRecorder(store, lambda: to_microseconds(now()))
