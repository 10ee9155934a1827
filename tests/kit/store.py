"""A real ledger and a real recorder in a folder of the test's own."""

from pathlib import Path

import sqlalchemy as sa

from kit.clock import ManualClock
from ledger.clock import to_microseconds
from ledger.ledger import Ledger
from ledger.store.engine import open_sqlite
from ledger.store.lock import WriterLock
from ledger.store.recorder import LedgerRecorder
from ledger.store.schema import metadata

MASTER = bytes(range(32))
"""The master key of every ledger made here."""


def ledger_file(folder: Path) -> Path:
    """Where the ledger of that folder lies."""
    return folder / "ledger.sqlite3"


def open_engine(folder: Path) -> sa.Engine:
    """An engine as the composition root makes it; dispose of it when done."""
    return open_sqlite(f"sqlite:///{ledger_file(folder)}", setting="test", is_durable=True)


def open_ledger(folder: Path, clock: ManualClock, *, master: bytes = MASTER) -> Ledger:
    """The ledger in that folder, born there if need be; `close_ledger` when done."""
    return Ledger(open_engine(folder), WriterLock(ledger_file(folder)), clock, master)


def close_ledger(ledger: Ledger) -> None:
    """Let go of the ledger's connections."""
    ledger.recorder._engine.dispose()


def open_recorder(folder: Path, clock: ManualClock) -> LedgerRecorder:
    """A bare recorder with its tables, for tests of the store alone."""
    engine = open_engine(folder)
    metadata.create_all(engine)
    now = clock.now
    return LedgerRecorder(engine, WriterLock(ledger_file(folder)), lambda: to_microseconds(now()))
