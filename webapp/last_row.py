"""Tables of the senders' small database with one row: what any process did last."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ledger.store.engine import reading, writing_alone
from ledger.store.upsert import insert_into

_ID = 1


def id_column() -> "sa.Column[int]":
    """Return the primary key of such a table."""
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)


def read_row(engine: sa.Engine, table: sa.Table) -> dict[str, Any] | None:
    """Return the row without its id; None where there is none. Raises `StoreUnavailable`."""
    columns = [column for column in table.c if column.name != "id"]
    with reading(engine) as connection:
        if not sa.inspect(connection).has_table(table.name):
            return None
        row = connection.execute(sa.select(*columns)).mappings().one_or_none()
    return None if row is None else dict(row)


def write_row(engine: sa.Engine, table: sa.Table, values: Mapping[str, Any]) -> None:
    """Write these values; those of other columns stay. Raises `StoreUnavailable`."""
    new = insert_into(engine.dialect.name, table).values(id=_ID, **values)
    with writing_alone(engine) as connection:
        table.create(connection, checkfirst=True)
        connection.execute(new.on_conflict_do_update(index_elements=["id"], set_=values))
