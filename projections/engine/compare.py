"""Compares a table in two databases, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

Row = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """A row of the live views that differs from the row of a rebuild; None where it is missing."""

    table: str
    live: Row | None
    rebuilt: Row | None


def compare(table: sa.Table, live: sa.Connection, rebuilt: sa.Connection) -> Iterator[Difference]:
    """Yield each row that differs between the two databases, in the order of the primary key."""
    keys = list(table.primary_key.columns)
    query = sa.select(table).order_by(*keys).execution_options(yield_per=1000)
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
    return (left > right) - (left < right)
