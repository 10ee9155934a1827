"""Reads the events table from end to end, in the order of seq, with little memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from ledger.proof.standings import FACT_COLUMNS, FactRow
from ledger.store.engine import reading
from ledger.store.leaf import LEAF_COLUMNS
from ledger.store.schema import events

Row = Sequence[Any]
"""The values of `ROW_COLUMNS`, just as the database holds them."""

Progress = Callable[[int, int], None]
"""Called with (done, of how many)."""

ROW_COLUMNS = (*LEAF_COLUMNS, "state", "leaf")
SEQ, STREAM, VERSION, TOPIC, RECORDED_AT = range(5)
STATE, LEAF = len(LEAF_COLUMNS), len(LEAF_COLUMNS) + 1

_PART = 1024
_LITTLE_CACHE = "PRAGMA cache_size=-8000"
_FACT = [ROW_COLUMNS.index(name) for name in FACT_COLUMNS]


@contextmanager
def scanning(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection of its own that sees one moment of the ledger; raises `StoreUnavailable`."""
    with reading(engine) as connection:
        connection.detach()
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        else:
            connection.exec_driver_sql(_LITTLE_CACHE)
        yield connection


def parts(
    connection: sa.Connection,
    until: int,
    *,
    after: int = 0,
    cuts: Iterable[int] = (),
    columns: Sequence[str] = ROW_COLUMNS,
    size: int = _PART,
) -> Iterator[Sequence[Row]]:
    """The rows behind `after` up to `until`, at most `size` at a time; a part ends at each cut."""
    query = _query(columns)
    ends = sorted({cut for cut in cuts if after < cut < until} | {until})
    for end in ends:
        while after < end:
            last = min(after + size, end)
            yield connection.execute(query, {"after": after, "last": last}).all()
            after = last


def facts(rows: Iterable[Row]) -> Iterator[FactRow]:
    """What the standings are folded from, of whole rows."""
    topic, campaign, delivery, rank, code, reason, next_at = _FACT
    return (
        (r[topic], r[campaign], r[delivery], r[rank], r[code], r[reason], r[next_at]) for r in rows
    )


def _query(columns: Sequence[str]) -> sa.Select[Any]:
    plain: list[sa.ColumnElement[Any]] = [
        sa.type_coerce(events.c[name], sa.types.NullType()) for name in columns
    ]
    return (
        sa.select(*plain)
        .where(events.c.seq > sa.bindparam("after"), events.c.seq <= sa.bindparam("last"))
        .order_by(events.c.seq)
    )
