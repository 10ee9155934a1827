"""Opens a SQLite database the way the ledger and the views want it; no table is named here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from ledger.errors import BadSetting

_BUSY_TIMEOUT_SECONDS = 10


def open_sqlite(url: str, *, setting: str, is_durable: bool) -> sa.Engine:
    """An engine for a SQLite file, its folder made where missing.

    With `is_durable` every commit is on the disk before it returns; without, a power loss may cost
    the last commits but never the file. Raises `BadSetting`, naming the setting.
    """
    database_path(url, setting).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_TIMEOUT_SECONDS},
        max_overflow=60,
    )
    synchronous = "FULL" if is_durable else "NORMAL"

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            "cache_size=-64000",
            "wal_autocheckpoint=4000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that takes SQLite's write lock at its beginning, and commits at its end."""
    with engine.connect().execution_options(begin="IMMEDIATE") as connection, connection.begin():
        yield connection


def database_path(url: str, setting: str) -> Path:
    """The file behind a SQLite URL; raises `BadSetting` for any other URL."""
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise BadSetting(
            f"{setting} is not a database URL; write sqlite:///path/to/file."
        ) from error
    if (
        parsed.get_backend_name() != "sqlite"
        or not parsed.database
        or ":memory:" in parsed.database
    ):
        raise BadSetting(
            f"{setting} must name a SQLite file, as in sqlite:///instance/ledger.sqlite3."
        )
    return Path(parsed.database)
