"""Removes deleted data from PostgreSQL's files: old row versions, statistics, the write-ahead log.

PostgreSQL leaves a row that was changed or deleted in its file. It copies values of columns into
pg_statistic. It writes all of that to its log as well, and uses the files of the log again without
emptying them.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from ledger.store import postgresql

_STATISTICS = "pg_catalog.pg_statistic"
_FILE_OF_TABLE = sa.text("SELECT pg_relation_filenode(CAST(:name AS regclass))")
_COLUMNS = sa.text(
    "SELECT quote_ident(attname), format_type(atttypid, atttypmod) FROM pg_attribute "
    "WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped "
    "AND atttypid IN (CAST('text' AS regtype), CAST('bytea' AS regtype))"
)
_LOG_FILE = sa.text("SELECT pg_walfile_name(pg_current_wal_lsn())")
_LOG_FILES = sa.text("SELECT name FROM pg_ls_waldir()")
_IS_LOG_FILE = re.compile(r"[0-9A-F]{24}")
_NOT_ALLOWED = {"42501", "0LP01"}
_NOT_NOW = {"55P03", "40P01"}
"""The lock was not free in time."""


def rewrite_tables(engine: sa.Engine, tables: Sequence[str]) -> list[str]:
    """Rewrite tables without their old row versions, and their statistics from what they hold now.

    `tables` are in the engine's schema. Returns those that were not rewritten, with
    `pg_catalog.pg_statistic` among them: they belong to another user, or were in use.
    """
    with _outside_transactions(engine) as connection:
        return [table for table in (*tables, _STATISTICS) if not _rewrite(connection, table)]


def _rewrite(connection: sa.Connection, table: str) -> bool:
    """Return whether the table has another file than before; a refusal may be only a warning."""
    before = connection.scalar(_FILE_OF_TABLE, {"name": table})
    try:
        if table != _STATISTICS:
            _discard_statistics(connection, table)
        connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table}")
    except sa.exc.DBAPIError as error:
        if _sqlstate(error) not in _NOT_ALLOWED | _NOT_NOW:
            raise
    return bool(connection.scalar(_FILE_OF_TABLE, {"name": table}) != before)


def _discard_statistics(connection: sa.Connection, table: str) -> None:
    """Discard the statistics of the values; ANALYZE keeps those of a table without rows.

    PostgreSQL does so where a column gets a type, also where that is the type that it has.
    """
    columns = connection.execute(_COLUMNS, {"name": table}).all()
    changes = ", ".join(f"ALTER COLUMN {name} TYPE {type_}" for name, type_ in columns)
    if changes:
        connection.exec_driver_sql(f"ALTER TABLE {table} {changes}")


def overwrite_log(engine: sa.Engine) -> int | None:
    """Overwrite or remove all files of the write-ahead log with earlier changes.

    Returns how many PostgreSQL keeps all the same, for archiving or a standby; None where the user
    has not the rights to do it.
    """
    with _outside_transactions(engine) as connection:
        try:
            return _overwrite_log(connection)
        except sa.exc.DBAPIError as error:
            if _sqlstate(error) not in _NOT_ALLOWED:
                raise
            return None


def _overwrite_log(connection: sa.Connection) -> int:
    first = str(connection.scalar(_LOG_FILE))
    _begin_log_file(connection)
    connection.exec_driver_sql("CHECKPOINT")  # files up to the first are renamed for later use
    last = max(_log_files(connection))
    while str(connection.scalar(_LOG_FILE)) <= last:
        _begin_log_file(connection)
    connection.exec_driver_sql("CHECKPOINT")
    return sum(name <= first for name in _log_files(connection))


def _begin_log_file(connection: sa.Connection) -> None:
    """Fill the rest of the present file with zeros, and begin the next one."""
    connection.exec_driver_sql("SELECT pg_logical_emit_message(true, '', '')")
    connection.exec_driver_sql("SELECT pg_switch_wal()")


def _log_files(connection: sa.Connection) -> list[str]:
    return [name for name in connection.scalars(_LOG_FILES) if _IS_LOG_FILE.fullmatch(name)]


@contextmanager
def _outside_transactions(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        alone = connection.execution_options(isolation_level="AUTOCOMMIT")
        with postgresql.long_statements(alone):
            yield alone


def _sqlstate(error: sa.exc.DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
