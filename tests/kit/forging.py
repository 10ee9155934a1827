"""A forger: whoever can write to the ledger's file, and knows how leaves and frontier are made."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
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


def fit_leaf(connection: sqlite3.Connection, seq: int) -> None:
    """Make the leaf of one event what its row is now."""
    columns = ", ".join((*LEAF_COLUMNS, "state"))
    select = f"SELECT {columns} FROM events WHERE seq = {seq}"
    *values, state = connection.execute(select).fetchone()
    leaf = leaf_of(values, state)
    connection.execute("UPDATE events SET leaf = ? WHERE seq = ?", (leaf, seq))


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


VALUES = {
    "a text": "'soon'",
    "bytes": "x'ff00'",
    "NULL": "NULL",
    "a huge number": str(2**62),
    "a negative number": "-7",
    "a broken text": "CAST(x'ff' AS TEXT)",
}
"""What a forger may write into any column of a SQLite file, as SQL."""


def put_value(file: Path, table: str, column: str, value: str, where: str = "TRUE") -> bool:
    """Write one of VALUES into a column of the first such row; False where SQLite refuses it.

    Triggers and NOT NULL do not stop a forger.
    """
    with forging(file) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        relax = "UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = ?"
        connection.execute(relax, (table,))
    with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.IntegrityError):
        row = f"SELECT min(rowid) FROM {table} WHERE {where}"
        change = f"UPDATE {table} SET {column} = {VALUES[value]} WHERE rowid = ({row})"
        is_written = connection.execute(change).rowcount == 1
        connection.commit()
        return is_written
    return False
