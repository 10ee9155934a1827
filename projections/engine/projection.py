"""What a projection is: tables of its own, and how the ledger changes them."""

import pkgutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import sqlalchemy as sa

from ledger.recorded_event import RecordedEvent

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


@dataclass(frozen=True)
class EventRange:
    """The events behind one seq up to another, which the views are about to have read."""

    after: int
    until: int

    @property
    def is_whole(self) -> bool:
        """Whether it begins with the first event; the tables were empty before it."""
        return self.after == 0

    @property
    def bounds(self) -> dict[str, int]:
        """What statements with `is_in_range` are executed with."""
        return {"after": self.after, "until": self.until}


def is_in_range(seq: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether an event lies in the stretch whose bounds the statement is executed with.

    Most stretches hold one event: to make their statements took longer than to run them, so what
    reads a stretch is made once.
    """
    after, until = (sa.bindparam(name, type_=sa.BigInteger) for name in ("after", "until"))
    return (seq > after) & (seq <= until)


class Projection(Protocol):
    """One read model; a new one is one new file.

    Of every stretch it first takes the entries that must be decoded, then derives the rest in SQL
    from `events` of `shared/tables.py`. One stretch or many: the rows must come out the same.
    """

    @property
    def metadata(self) -> sa.MetaData:
        """Its tables, nobody else's."""

    @property
    def topics(self) -> Collection[str]:
        """The events that it wants decoded."""

    def take(self, connection: sa.Connection, entries: Sequence[RecordedEvent]) -> None:
        """Let these entries, the next of its topics, change the tables."""

    def derive(self, connection: sa.Connection, stretch: EventRange) -> None:
        """Let the stretch, all of whose entries were taken, change the tables."""


Insert: TypeAlias = "sqlite.Insert | postgresql.Insert"


def insert_into(dialect: str, table: sa.Table) -> Insert:
    """An INSERT that may say what to do where a row is there already."""
    insert: Insert = pkgutil.resolve_name(f"sqlalchemy.dialects.{dialect}:insert")(table)
    return insert


def insert_many(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Add many rows, each with every column, straight through the driver: three times as fast."""
    query = sa.insert(table).compile(dialect=connection.dialect)
    names = query.positiontup
    values = [tuple(row[name] for name in names) for row in rows] if names else list(rows)
    connection.exec_driver_sql(str(query), values)


def overwriting(dialect: str, table: sa.Table, rows: sa.Select[Any]) -> Insert:
    """An INSERT of the rows over those with the same primary key."""
    query = insert_into(dialect, table).from_select(table.columns.keys(), rows)
    keys = set(table.primary_key.columns.keys())
    changed = {c.name: query.excluded[c.name] for c in table.columns if c.name not in keys}
    return query.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
