"""Two databases held side by side: where the rows of one table differ."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Difference:
    """A row that a fresh rebuild gives otherwise than the live views hold it."""

    table: str
    live: dict[str, Any] | None
    rebuilt: dict[str, Any] | None


def compare(table: sa.Table, live: sa.Connection, rebuilt: sa.Connection) -> Iterator[Difference]:
    """Every row in which the two databases differ on this table, by primary key."""
    keys = list(table.primary_key.columns)
    query = sa.select(table).order_by(*keys).execution_options(yield_per=1000)
    ours = (dict(row) for row in live.execute(query).mappings())
    fresh = (dict(row) for row in rebuilt.execute(query).mappings())
    yield from _merge(table.name, [key.name for key in keys], ours, fresh)


def _merge(
    name: str,
    keys: list[str],
    ours: Iterator[dict[str, Any]],
    fresh: Iterator[dict[str, Any]],
) -> Iterator[Difference]:
    """Walk two sorted streams of rows side by side."""
    mine, other = next(ours, None), next(fresh, None)
    while mine is not None or other is not None:
        order = _order(keys, mine, other)
        if order == 0 and mine != other:
            yield Difference(name, mine, other)
        elif order < 0:
            yield Difference(name, mine, None)
        elif order > 0:
            yield Difference(name, None, other)
        mine = next(ours, None) if order <= 0 else mine
        other = next(fresh, None) if order >= 0 else other


def _order(keys: list[str], mine: dict[str, Any] | None, other: dict[str, Any] | None) -> int:
    if mine is None or other is None:
        return 1 if mine is None else -1
    left, right = [mine[key] for key in keys], [other[key] for key in keys]
    return (left > right) - (left < right)
