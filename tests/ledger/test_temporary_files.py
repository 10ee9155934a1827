"""Whether a transaction needs a temporary file. A short one must not: its folder may be full."""

import random
from contextlib import suppress
from pathlib import Path

import pytest

from kit.store import sqlite_url
from ledger.store.engine import open_database, writing

_CHANCE = random.Random(1)


def rows(count: int) -> list[tuple[float]]:
    return [(_CHANCE.random(),) for _ in range(count)]


def temporary_files() -> list[str]:
    """The temporary files of SQLite that this process has open."""
    targets = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            targets.append(descriptor.readlink().name)
    return [target for target in targets if target.startswith("etilqs_")]


@pytest.mark.parametrize("is_long", [False, True])
def test_a_short_transaction_undoes_a_statement_without_a_temporary_file(tmp_path, is_long):
    engine = open_database(sqlite_url(tmp_path), "ledger", setting="URL", is_durable=False)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE numbers (number REAL UNIQUE)")
        connection.exec_driver_sql("INSERT INTO numbers VALUES (?)", rows(20_000))
    places = ", ".join(["(?)"] * 300)
    with writing(engine, is_long=is_long) as connection:
        values = tuple(number for (number,) in rows(300))
        connection.exec_driver_sql(f"INSERT INTO numbers VALUES {places}", values)
        assert bool(temporary_files()) == is_long
    engine.dispose()
