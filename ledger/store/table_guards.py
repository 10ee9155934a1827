"""Guards on tables: triggers by which the database itself refuses every change, by any program.

    CREATE TRIGGER events_refuse_moved_insert BEFORE INSERT ON events …

They go into every backup of the database.
"""

from collections.abc import Iterable

import sqlalchemy as sa

_WORDS = "this ledger was moved to another database"
_ACTS = ("INSERT", "UPDATE", "DELETE")
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_moved() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'restrict_violation'; END $$"
)


def guard(connection: sa.Connection, tables: Iterable[str]) -> None:
    """Let the database refuse every change of these tables; a repeat changes nothing."""
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.exec_driver_sql(_FUNCTION)
    for table in tables:
        if not is_sqlite:
            connection.exec_driver_sql(
                f"CREATE OR REPLACE TRIGGER {table}_refuse_moved BEFORE {' OR '.join(_ACTS)} OR "
                f"TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_moved()"
            )
            continue
        for act in _ACTS:
            connection.exec_driver_sql(
                f"CREATE TRIGGER IF NOT EXISTS {_name(table, act)} BEFORE {act} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END"
            )


def unguard(connection: sa.Connection, tables: Iterable[str]) -> None:
    """Let these tables be changed again; a repeat changes nothing."""
    for table in tables:
        if connection.dialect.name == "sqlite":
            for act in _ACTS:
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {_name(table, act)}")
        else:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_refuse_moved ON {table}")


def _name(table: str, act: str) -> str:
    return f"{table}_refuse_moved_{act.lower()}"
