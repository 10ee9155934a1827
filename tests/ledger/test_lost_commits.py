"""Which errors at a COMMIT say that nothing was written, and which leave it open."""

import sqlite3

import psycopg
import pytest

from ledger.store import postgresql, sqlite


def sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("at COMMIT")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [
        (sqlite3.SQLITE_BUSY, True),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, True),
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_READONLY, True),
        (sqlite3.SQLITE_IOERR_FSYNC, False),
        (sqlite3.SQLITE_IOERR_WRITE, False),
    ],
)
def test_sqlite_refuses_a_commit_unless_its_disk_failed(code, is_refused):
    assert sqlite.is_refused_commit(sqlite_error(code)) is is_refused


@pytest.mark.parametrize(
    ("error", "is_refused"),
    [
        (psycopg.errors.DiskFull(), True),
        (psycopg.errors.InFailedSqlTransaction(), True),
        (psycopg.errors.AdminShutdown(), False),
        (psycopg.errors.CrashShutdown(), False),
        (psycopg.errors.ConnectionFailure(), False),
        (psycopg.OperationalError("server closed the connection unexpectedly"), False),
        (OSError("reset"), False),
    ],
)
def test_postgresql_refuses_a_commit_only_by_an_answer(error, is_refused):
    assert postgresql.is_refused_commit(error) is is_refused
