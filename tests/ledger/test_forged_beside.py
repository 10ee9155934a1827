"""Values that nobody can mean in the tables beside the events: refused in words, never a fault."""

import sqlite3

import pytest

from kit.commands import SchoolInProcess
from kit.everything import everything
from kit.forging import VALUES, put_value
from kit.store import ledger_file
from kit.world import environment

COLUMNS = (
    ("ledger_head", "seq"),
    ("ledger_head", "recorded_at"),
    ("ledger_head", "frontier"),
    ("contact_keys", "wrapped_key"),
    ("ledger_info", "value"),
    ("ledger_info", "name"),
)
COMMANDS = (["verify"], ["audit"], ["draft", "discard", "dra_none"])


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_pages_and_commands_answer_in_words(world, provider, clock, table, column):
    told, file = everything(world, provider, clock), ledger_file(world.folder)
    with sqlite3.connect(file) as connection:
        rows = connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()
    failed: dict[str, object] = {}
    for value in VALUES:
        put_value(file, table, column, value)
        failed |= told.failing(["/checkpoint", "/audit/5", "/campaigns", "/health"])
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
