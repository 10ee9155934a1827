"""Campaigns that are not launched yet, as rows: one for each that is prepared, until it is over.

Drafts and launches that wait for approval have this shape; each is a view of its own.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.offices import Scope
from ledger.recorded_event import RecordedEvent
from ledger.store.engine import reading
from ledger.store.upsert import insert_into
from projections.tables.offices import in_scope


def prepared_table(name: str, key: str, *more: sa.Column[Any]) -> sa.Table:
    """Return a table of what is prepared; `key` is the name of the column of its id."""
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column(key, sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False, comment="when it was last saved"),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("office_id", sa.Text, comment="NULL: of the whole district"),
        *more,
    )


def keep(
    connection: sa.Connection, table: sa.Table, recorded: RecordedEvent, **columns: Any
) -> None:
    """Add what the event prepares, or replace what it prepared before."""
    event = recorded.event
    private = getattr(event, "private", None)
    (key,) = table.primary_key
    values = {
        "name": private.name if private else "",
        "at": recorded.row.recorded_at,
        "by": event.actor,
        **columns,
    }
    new = insert_into(connection.dialect.name, table)
    new = new.values({key.name: event.originator_id, **values})
    connection.execute(new.on_conflict_do_update(index_elements=[key], set_=values))


def drop(connection: sa.Connection, table: sa.Table, recorded: RecordedEvent) -> None:
    """Delete what is over."""
    (key,) = table.primary_key
    connection.execute(sa.delete(table).where(key == recorded.stream_id))


def prepared(
    engine: sa.Engine, table: sa.Table, scope: Scope, *order: sa.ColumnElement[Any]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the offices that are seen, with `at` as a time."""
    query = sa.select(table).where(in_scope(scope, table.c.office_id))
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(*order, *table.primary_key)).mappings().all()
    for row in rows:
        yield {**row, "at": from_microseconds(row["at"])}
