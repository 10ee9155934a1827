"""Trouble at the n-th step of a database's work: a refusal, a dropped connection, a death.

A step is a statement about to run, or a commit about to happen, or one that has just happened and
was not yet told. Every engine of this process counts.
"""

import itertools
import os
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

DIED = 9
"""The exit code of a process that a fault ended."""

Fault = Callable[[Any], None]
"""What happens to the driver's connection that takes the step."""


def refuse(_connection: Any) -> None:
    """The database says no, as when it is locked or full."""
    error = sqlite3.OperationalError("a fault of the test's own")
    raise sa.exc.OperationalError("the statement", None, error)


def drop(connection: Any) -> None:
    """PostgreSQL ends this connection from its side."""
    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])


def die(_connection: Any) -> None:
    """The process is gone, without a word to anybody."""
    os._exit(DIED)


@dataclass
class Steps:
    """Counts steps; the fault strikes at one of them."""

    strikes_at: int
    fault: Fault
    count: int = 0

    @property
    def has_struck(self) -> bool:
        """Whether the work was long enough for the fault."""
        return self.count >= self.strikes_at

    def take(self, connection: Any) -> None:
        """Called at each step."""
        self.count += 1
        if self.count == self.strikes_at:
            self.fault(connection)


@contextmanager
def commit_answers_lost(times: int) -> Iterator[None]:
    """Within the block, make the next commits, `times` of them, and lose their answers."""
    left = itertools.count(times, -1)
    do_commit = DefaultDialect.do_commit

    def commit(dialect: DefaultDialect, connection: Any) -> None:
        do_commit(dialect, connection)
        if next(left) > 0:
            raise sa.exc.OperationalError("COMMIT", None, sqlite3.OperationalError("lost"))

    with patch.object(DefaultDialect, "do_commit", commit):
        yield


@contextmanager
def fault_at(step: int, fault: Fault) -> Iterator[Steps]:
    """Within the block, the fault strikes once, at that step."""
    steps = Steps(step, fault)
    do_commit, copy = DefaultDialect.do_commit, psycopg.Cursor.copy

    def before_statement(connection: sa.Connection, *_more: Any) -> None:
        steps.take(connection.connection.driver_connection)

    def commit(dialect: DefaultDialect, connection: Any) -> None:
        steps.take(connection.driver_connection)
        do_commit(dialect, connection)
        steps.take(connection.driver_connection)

    def copying(cursor: Any, *words: Any, **more: Any) -> Any:
        steps.take(cursor.connection)
        return copy(cursor, *words, **more)

    sa.event.listen(sa.Engine, "before_cursor_execute", before_statement)
    try:
        with (
            patch.object(DefaultDialect, "do_commit", commit),
            patch.object(psycopg.Cursor, "copy", copying),
        ):
            yield steps
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", before_statement)


def in_a_child(work: Callable[[], None]) -> int:
    """Do the work in a forked process; gives its exit code: 0, or `DIED`, or 1 after an error."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - whatever it was, this process ends here
            traceback.print_exc()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
