"""What a projection is: tables of its own, and how recorded events change them."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledger.recorded_event import RecordedEvent
from ledger.store.upsert import Insert, insert_into


@dataclass(frozen=True)
class EventRange:
    """The events after one seq, up to and including another, that the views apply next."""

    after: int
    until: int

    @property
    def is_whole(self) -> bool:
        """Whether the range starts at the first event; the tables are empty before it."""
        return self.after == 0

    @property
    def bounds(self) -> dict[str, int]:
        """The parameters of statements that contain `is_in_range`."""
        return {"after": self.after, "until": self.until}


def is_in_range(seq: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether a seq is in the event range whose bounds the statement is executed with.

    Most ranges hold a single event. Building their statements took longer than executing them, so
    a statement about a range is built once.
    """
    after, until = (sa.bindparam(name, type_=sa.BigInteger) for name in ("after", "until"))
    return (seq > after) & (seq <= until)


class Projection(ABC):
    """One read model, in one file: its tables, and how events change them.

    For each event range, the engine decodes the events of the projection's topics and passes them
    to `apply`; then it calls `derive`, which computes the rest in SQL from the table of events.
    The rows must be the same whether a range is applied whole or in parts.

    Attributes:
        topics: The topics of the events that `apply` receives.
    """

    topics: Collection[str] = frozenset()

    @property
    @abstractmethod
    def metadata(self) -> sa.MetaData:
        """The tables of this projection; no other projection writes to them."""

    def has_impossible_columns(self, _event: sa.FromClause) -> sa.ColumnElement[bool]:
        """Whether typed columns of an event hold values that no program can have meant.

        Such an event is parked, whatever its topic, and no projection applies it.
        """
        return sa.false()

    def apply(self, _connection: sa.Connection, _recorded_events: Sequence[RecordedEvent]) -> None:
        """Change the tables by these events, the next ones of the projection's topics."""
        return

    def apply_undecodable(self, _connection: sa.Connection, _recorded: RecordedEvent) -> None:
        """Change the tables by an event of its topics of which only the typed columns are read."""
        return

    def derive(self, _connection: sa.Connection, _event_range: EventRange) -> None:
        """Change the tables by what SQL computes from the range; `apply` has received it all."""
        return


def insert_many(
    connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows with every column each, directly through the driver: three times as fast."""
    names = table.columns.keys()
    insert_tuples(connection, table, [tuple(row[name] for name in names) for row in rows])


def insert_tuples(
    connection: sa.Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows as `insert_many` does; each has the columns of the table in their order."""
    if not rows:
        return
    query = sa.insert(table).compile(dialect=connection.dialect)
    names = query.positiontup
    values = rows if names else [dict(zip(table.columns.keys(), row, strict=True)) for row in rows]
    connection.exec_driver_sql(str(query), list(values))


def overwriting(dialect: str, table: sa.Table, rows: sa.Select[Any]) -> Insert:
    """Return an INSERT of the rows that replaces those with the same primary key."""
    query = insert_into(dialect, table).from_select(table.columns.keys(), rows)
    keys = set(table.primary_key.columns.keys())
    changed = {c.name: query.excluded[c.name] for c in table.columns if c.name not in keys}
    return query.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
