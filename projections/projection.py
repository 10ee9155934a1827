"""What a projection is: tables of its own, and how entries of the ledger change them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa

from ledger.entry import Entry

PART = 500
"""So many ids go into one query."""


class Projection(Protocol):
    """One read model; a new one is one new file."""

    metadata: sa.MetaData
    """Its tables, nobody else's."""

    def apply(self, connection: sa.Connection, entries: Sequence[Entry]) -> None:
        """Let these entries, the next in order, change the tables."""


class Rows:
    """Rows of one table with one primary key, loaded together, changed in memory, written back."""

    def __init__(self, connection: sa.Connection, table: sa.Table) -> None:
        self._connection = connection
        self._table = table
        self._key = next(iter(table.primary_key.columns))
        self._rows: dict[str, dict[str, Any]] = {}
        self._stored: set[str] = set()
        self._changed: dict[str, None] = {}

    def load(self, keys: Iterable[str]) -> None:
        """Read these rows, where they exist, in few queries."""
        wanted = sorted(set(keys) - self._rows.keys())
        for start in range(0, len(wanted), PART):
            part = wanted[start : start + PART]
            for row in self._connection.execute(
                sa.select(self._table).where(self._key.in_(part))
            ).mappings():
                self._rows[row[self._key.name]] = dict(row)
                self._stored.add(row[self._key.name])

    def get(self, key: str | None) -> dict[str, Any] | None:
        """A loaded or added row, to be read; None where there is none."""
        return self._rows.get(key) if key else None

    def change(self, key: str | None) -> dict[str, Any] | None:
        """The same, to be changed in place."""
        row = self.get(key)
        if key and row is not None:
            self._changed[key] = None
        return row

    def put(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add a row, or change the columns named in one that is there."""
        key = values[self._key.name]
        row = self._rows.setdefault(key, dict.fromkeys(self._table.columns.keys()))
        row.update(values)
        self._changed[key] = None
        return row

    def drop(self, keys: Iterable[str]) -> None:
        """Forget rows that were deleted from the table."""
        for key in keys:
            self._rows.pop(key, None)
            self._changed.pop(key, None)
            self._stored.discard(key)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._rows.values())

    def write(self) -> None:
        """Insert what is new and update what has changed."""
        new = [self._rows[key] for key in self._changed if key not in self._stored]
        old = [self._rows[key] for key in self._changed if key in self._stored]
        if new:
            self._connection.execute(sa.insert(self._table), new)
        if old:
            name = self._key.name
            values: dict[str, Any] = {
                c.name: sa.bindparam(f"new_{c.name}") for c in self._table.columns
            }
            query = sa.update(self._table).where(self._key == sa.bindparam("old_key"))
            self._connection.execute(
                query.values(values),
                [{"old_key": row[name], **{f"new_{k}": v for k, v in row.items()}} for row in old],
            )
