"""A forger: whoever can write to the ledger's file, and knows how leaves and frontier are made."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ledger.store.merkle import Frontier
from ledger.store.merkle_leaf import LEAF_COLUMNS, leaf_of

_COLUMNS = (*LEAF_COLUMNS, "state", "leaf")


@contextmanager
def forging(file: Path) -> Iterator[sqlite3.Connection]:
    """The bare file with its triggers dropped; what is done is committed."""
    connection = sqlite3.connect(file)
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in triggers.fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


def rows(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """All events, whole."""
    found = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM events ORDER BY seq")
    return [dict(zip(_COLUMNS, row, strict=True)) for row in found]


def put(connection: sqlite3.Connection, row: dict[str, Any]) -> None:
    """One more event, as the row says."""
    marks = ", ".join("?" * len(_COLUMNS))
    connection.execute(
        f"INSERT INTO events ({', '.join(_COLUMNS)}) VALUES ({marks})",
        [row[name] for name in _COLUMNS],
    )


def recompute(connection: sqlite3.Connection) -> None:
    """Make leaves, frontier and head what they would be had it always been so."""
    frontier, recorded_at = Frontier(), 0
    for row in rows(connection):
        leaf = leaf_of([row[name] for name in LEAF_COLUMNS], row["state"])
        connection.execute("UPDATE events SET leaf = ? WHERE seq = ?", (leaf, row["seq"]))
        frontier, recorded_at = frontier.extended([leaf]), row["recorded_at"]
    connection.execute(
        "UPDATE ledger_head SET seq = ?, recorded_at = ?, frontier = ?",
        (frontier.size, recorded_at, frontier.to_bytes()),
    )


def forget_checkpoints(connection: sqlite3.Connection) -> None:
    """Leave no checkpoint in the ledger."""
    connection.execute("DELETE FROM checkpoints")
