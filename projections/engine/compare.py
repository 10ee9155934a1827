"""Compares a table in two databases, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa

from ledger.store import sqlite
from projections.engine.row_errors import is_about_rows

Row = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """A row of the live views that differs from the row of a rebuild; None where it is missing."""

    table: str
    live: Row | None
    rebuilt: Row | None

    @property
    def is_unreadable(self) -> bool:
        """Whether the rows of the table cannot be read any further."""
        return self.live is None and self.rebuilt is None


def compare(table: sa.Table, live: sa.Connection, rebuilt: sa.Connection) -> Iterator[Difference]:
    """Yield each row that differs between the two databases, in the order of the primary key.

    Values are compared as they are stored, since those of the live row may be of any type. A text
    of an event that is not UTF-8, which a rebuild repeats, is compared with replacement characters.
    """
    count = 0
    try:
        for difference in _differences(table, live, rebuilt):
            yield difference
            count += 1
    except sa.exc.DBAPIError as error:
        if not is_about_rows(error):
            raise
        if not sqlite.is_broken_text(error):
            yield Difference(table.name, None, None)
            return
        with sqlite.replacing_broken_text(live), sqlite.replacing_broken_text(rebuilt):
            yield from islice(_differences(table, live, rebuilt), count, None)


def _differences(
    table: sa.Table, live: sa.Connection, rebuilt: sa.Connection
) -> Iterator[Difference]:
    keys = list(table.primary_key.columns)
    columns = [sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in table.c]
    query = sa.select(*columns).order_by(*keys).execution_options(yield_per=1000)
    live_rows = (dict(row) for row in live.execute(query).mappings())
    rebuilt_rows = (dict(row) for row in rebuilt.execute(query).mappings())
    yield from _merge(table.name, [key.name for key in keys], live_rows, rebuilt_rows)


def _merge(
    table: str, keys: list[str], live_rows: Iterator[Row], rebuilt_rows: Iterator[Row]
) -> Iterator[Difference]:
    """Walk both sorted streams of rows side by side."""
    live, rebuilt = next(live_rows, None), next(rebuilt_rows, None)
    while live is not None or rebuilt is not None:
        order = _order(keys, live, rebuilt)
        if order == 0 and live != rebuilt:
            yield Difference(table, live, rebuilt)
        elif order < 0:
            yield Difference(table, live, None)
        elif order > 0:
            yield Difference(table, None, rebuilt)
        live = next(live_rows, None) if order <= 0 else live
        rebuilt = next(rebuilt_rows, None) if order >= 0 else rebuilt


def _order(keys: list[str], live: Row | None, rebuilt: Row | None) -> int:
    """Negative where the live row comes first, positive where the rebuilt one does."""
    if live is None or rebuilt is None:
        return 1 if live is None else -1
    left, right = [live[key] for key in keys], [rebuilt[key] for key in keys]
    try:
        return (left > right) - (left < right)
    except TypeError:  # a key of the live row is not of the column's type
        left, right = [[_class_and_value(each) for each in keys_] for keys_ in (left, right)]
        return (left > right) - (left < right)


def _class_and_value(value: Any) -> tuple[int, Any]:
    """Order as SQLite does: NULL, then numbers, texts and bytes."""
    if value is None:
        return 0, 0
    return 1 + [isinstance(value, kind) for kind in (int | float, str, object)].index(True), value
