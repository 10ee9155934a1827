"""A table for what does not fit into memory, in a file that has no name and goes with the process.

It is a SQLite database that SQLite keeps in a small cache, and beyond that in the folder of
temporary files (TMPDIR). It has ids and numbers, and nothing that says whose they are.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ledger.errors import StoreUnavailable
from ledger.lazy_property import lazy_property

_SETTINGS = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000;"
_NO_ROOM = (
    "There is no room for temporary files. Make room in the folder that TMPDIR names, usually "
    "/tmp or /var/tmp, or let TMPDIR name another folder, and try again."
)


class TemporaryTable:
    """A table of one or more columns, made at its first use. For one thread at a time."""

    def __init__(self, name: str, columns: str, key: str) -> None:
        """`columns` are separated by commas, as in "number, place"; `key` is unique in a row."""
        self.name = name
        self._columns, self._key = columns, key

    @lazy_property
    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        connection.executescript(
            f"{_SETTINGS} CREATE TABLE {self.name} "
            f"({self._columns}, PRIMARY KEY ({self._key})) WITHOUT ROWID"
        )
        return connection

    def put(self, rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows; a row with the key of another takes its place."""
        places = ", ".join("?" * (self._columns.count(",") + 1))
        with _errors(), self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(f"REPLACE INTO {self.name} VALUES ({places})", rows)  # noqa: S608 - our own name

    def rows(self, where: str = "TRUE", values: Sequence[Any] = ()) -> Iterator[Any]:
        """Yield the rows in the order of their keys."""
        query = f"SELECT * FROM {self.name} WHERE {where} ORDER BY {self._key}"  # noqa: S608 - as above
        with _errors():
            yield from self._connection.execute(query, values)

    def delete(self, where: str, values: Sequence[Any]) -> None:
        """Delete rows."""
        with _errors():
            self._connection.execute(f"DELETE FROM {self.name} WHERE {where}", values)  # noqa: S608 - as above


@contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreUnavailable(_NO_ROOM) from error
