"""Reads the whole events table in the order of seq, with little memory."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

import sqlalchemy as sa

from ledger.proof.standings_digest import FACT, FactRow
from ledger.store.engine import reading
from ledger.store.merkle_leaf import LEAF_COLUMNS, leaf_of
from ledger.store.schema import events

Row = tuple[Any, ...]
"""The values of `ROW_COLUMNS`, as the database driver returns them."""

Progress = Callable[[int, int], None]
"""Called with (rows read, rows in all)."""

ROW_COLUMNS = (*LEAF_COLUMNS, "state", "leaf")
SEQ, STREAM, VERSION, TOPIC, RECORDED_AT = range(5)
ACTOR, CONTACT, RANK = (LEAF_COLUMNS.index(name) for name in ("actor", "contact_id", "rank"))
STATE, LEAF = len(LEAF_COLUMNS), len(LEAF_COLUMNS) + 1

PART = 1024
"""How many rows are read at a time."""
_LITTLE_CACHE = "PRAGMA cache_size=-8000"


@contextmanager
def scanning(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A separate connection with one state of the ledger; raises `StoreUnavailable`."""
    with reading(engine, is_long=True) as connection:
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
    size: int = PART,
) -> Iterator[Sequence[Row]]:
    """Yield the rows after `after` up to `until`, `size` at a time; a part ends at each cut.

    The values are those of the driver: that is fast, and no type hides what is stored. Raises
    SQLAlchemy's `DBAPIError`.
    """
    for end in sorted({cut for cut in cuts if after < cut < until} | {until}):
        while after < end:
            last = min(after + size, end)
            yield _fetched(connection, _query(columns, after, last))
            after = last


def facts(rows: Iterable[Row]) -> Iterator[FactRow]:
    """The columns of each row that the standings are folded from."""
    return (row[FACT] for row in rows)


def is_as_recorded(row: Row) -> bool:
    """Whether the leaf of the row is that of its columns; so nothing in it was changed alone."""
    try:
        leaf: bytes = row[LEAF]
        return leaf_of(row[:STATE], row[STATE]) == leaf
    except (TypeError, ValueError):
        return False


def _fetched(connection: sa.Connection, query: str) -> list[Row]:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(query)
        return cast("list[Row]", cursor.fetchall())
    except connection.dialect.loaded_dbapi.Error as error:
        raise sa.exc.DBAPIError(query, None, error) from error
    finally:
        cursor.close()


def _query(columns: Sequence[str], after: int, last: int) -> str:
    return (
        f"SELECT {', '.join(columns)} FROM {events.name} "  # noqa: S608 - our own names and numbers
        f"WHERE seq > {after:d} AND seq <= {last:d} ORDER BY seq"
    )
