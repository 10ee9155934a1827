"""Runs one command of the program in this process and writes down how long each commit took.

    python -m bench.commit_times FILE campaign launch …

It loads little more than the program itself, so that the command takes as long as without it.
"""

import json
import runpy
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa


def _time_commits(spans: list[tuple[float, float]]) -> None:
    """Add the moments at which this process got and released the lock, for every commit.

    SQLite's lock is held from before BEGIN, PostgreSQL's from the answer to the first statement
    that asks for the head's row; the wait for the lock does not count. Both are released when the
    commit is durable, just before the connection goes back to its pool.
    """

    @sa.event.listens_for(sa.Engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.info["began"] = time.perf_counter()

    @sa.event.listens_for(sa.Engine, "after_cursor_execute")
    def executed(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if "ledger_head" not in statement:
            return
        is_sqlite = connection.dialect.name == "sqlite"
        now = connection.info["began"] if is_sqlite else time.perf_counter()
        connection.info.setdefault("held", now)
        if statement.startswith("UPDATE"):
            connection.info["is_written"] = True

    @sa.event.listens_for(sa.Pool, "checkin")
    def checkin(_connection: Any, record: Any) -> None:
        held, is_written = record.info.pop("held", None), record.info.pop("is_written", False)
        if held and is_written:
            spans.append((held, time.perf_counter()))


def _run_timed(file: Path, words: Sequence[str]) -> None:
    """Run a command of the program in this process, and write the times of its commits."""
    spans: list[tuple[float, float]] = []
    _time_commits(spans)
    sys.argv[1:] = words
    try:
        runpy.run_module("webapp", run_name="__main__", alter_sys=True)
    finally:
        file.write_text(json.dumps(spans))


if __name__ == "__main__":
    _run_timed(Path(sys.argv[1]), sys.argv[2:])
