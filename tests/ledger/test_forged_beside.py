"""Impossible values in the tables beside the events: refused in words, never a fault."""

import sqlite3

import pytest

from kit.commands import SchoolInProcess
from kit.everything import Everything, everything
from kit.forging import VALUES, put_value
from kit.store import ledger_file
from kit.world import CLEO, environment

COLUMNS = (
    ("ledger_head", "seq", "TRUE"),
    ("ledger_head", "recorded_at", "TRUE"),
    ("ledger_head", "frontier", "TRUE"),
    ("contact_keys", "wrapped_key", "TRUE"),
    ("ledger_info", "value", "name = 'ledger_id'"),
    ("ledger_info", "value", "name = 'identity_key'"),
    ("ledger_info", "value", "name = 'key_epoch'"),
    ("ledger_info", "name", "TRUE"),
)
"""Table, column, and in which row."""
REFUSED = 503
COMMANDS = (["verify"], ["audit"], ["draft", "discard", "dra_none"])
PATHS = ["/checkpoint", "/audit/5", "/campaigns", "/health"]


@pytest.fixture
def school_day(world, provider, clock) -> Everything:
    school_day = everything(world, provider, clock)
    world.forget(CLEO)
    return school_day


@pytest.mark.parametrize(("table", "column", "where"), COLUMNS)
def test_pages_and_commands_answer_in_words(school_day, table, column, where):
    world, file = school_day.world, ledger_file(school_day.world.folder)
    with sqlite3.connect(file) as connection:
        rows = connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
    failed: dict[str, object] = {}
    for value in VALUES:
        put_value(file, table, column, value, where)
        codes = school_day.failing(PATHS)
        failed |= {f"{value}: {path}": code for path, code in codes.items() if code != REFUSED}
        school = SchoolInProcess(world.folder, 1, settings=environment(world.url))
        for words in COMMANDS:
            done = school.run(*words)
            if done.returncode not in (0, 1) or not (done.stdout + done.stderr):
                failed[f"{value}: {words[0]}"] = done
        with sqlite3.connect(file) as connection:
            connection.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
    assert failed == {}
