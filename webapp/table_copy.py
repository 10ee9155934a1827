"""Copies tables from one small database to another: for backups, restores and moves."""

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from ledger.store.engine import reading, writing_alone

_BATCH_ROWS = 1000


def copy_tables(
    source: sa.Engine,
    target: sa.Engine,
    tables: Iterable[sa.Table],
    prepare: Callable[[sa.Connection], None] | None = None,
) -> None:
    """Make the tables of the target what those of the source are at one moment.

    Creates those that are missing there, and empties those that are missing in the source. A repeat
    replaces what is there. `prepare` comes first, in the same transaction, and may refuse. Raises
    `StoreUnavailable`, with nothing changed.
    """
    with (
        reading(source, is_long=True, is_consistent=True) as old,
        writing_alone(target, is_long=True) as new,
    ):
        if prepare:
            prepare(new)
        present = set(sa.inspect(old).get_table_names())
        for table in tables:
            table.create(new, checkfirst=True)
            new.execute(sa.delete(table))
            if table.name in present:
                _copy(table, old, new)


def _copy(table: sa.Table, old: sa.Connection, new: sa.Connection) -> None:
    rows = old.execute(sa.select(table).execution_options(yield_per=_BATCH_ROWS))
    for part in rows.mappings().partitions():
        new.execute(sa.insert(table), [dict(row) for row in part])
