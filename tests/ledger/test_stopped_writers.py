"""A process that was stopped while it held the lock of a SQLite file: the others say which one."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager

import pytest

from kit.rows import batch, stored
from kit.store import ledger_file, open_recorder, sqlite_url
from ledger.errors import StoreUnavailable
from ledger.store import writer_lock
from ledger.store.lock_holders import holder_of

HOLD_FLOCK = "import fcntl; lock = open(sys.argv[2], 'ab'); fcntl.flock(lock, fcntl.LOCK_EX)"
HOLD_FILE = (
    "import sqlite3; c = sqlite3.connect(sys.argv[2], isolation_level=None); "
    "c.execute('BEGIN IMMEDIATE')"
)


@pytest.fixture
def recorder(tmp_path, clock):
    opened = open_recorder(sqlite_url(tmp_path), clock)
    yield opened
    opened._engine.dispose()


@pytest.fixture
def stopped(tmp_path):
    """Return what runs a command of this program that takes a lock, and is stopped then."""

    @contextmanager
    def run(taking, file):
        program = tmp_path / "delivery-ledger"
        program.write_text(
            f"import os, signal, sys\n{taking}\nos.kill(os.getpid(), signal.SIGSTOP)\n"
            "sys.stdin.read()\n"
        )
        process = subprocess.Popen(
            [sys.executable, program, "send", str(file), "+14155550100"], stdin=subprocess.PIPE
        )
        try:
            os.waitpid(process.pid, os.WUNTRACED)
            yield process
        finally:
            process.kill()
            process.communicate()

    return run


def lock_file(folder):
    return ledger_file(folder).with_name("ledger.sqlite3.lock")


def sentence(process):
    return (
        f"Nothing was written: process {process.pid} (delivery-ledger send) holds the lock and is "
        f"stopped. Let it go on (`kill -CONT {process.pid}`), or end it "
        f"(`kill -KILL {process.pid}`): nothing that was recorded is lost."
    )


def test_a_writer_names_the_stopped_process_that_holds_the_lock(
    recorder, stopped, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(writer_lock, "WAIT_SECONDS", 0.05)
    with (
        stopped(HOLD_FLOCK, lock_file(tmp_path)) as process,
        pytest.raises(StoreUnavailable) as refused,
    ):
        recorder.append(batch(stored("a")))
    assert str(refused.value) == sentence(process)
    assert str(refused.value) in caplog.text
    assert "+1415" not in caplog.text
    assert recorder.append(batch(stored("a"))) == [1]


def test_a_writer_names_the_stopped_process_that_holds_sqlites_own_lock(
    recorder, stopped, tmp_path
):
    with recorder._engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=50")
    with (
        stopped(HOLD_FILE, ledger_file(tmp_path)) as process,
        pytest.raises(StoreUnavailable) as refused,
    ):
        recorder.append(batch(stored("a")))
    assert str(refused.value) == sentence(process)
    assert recorder.append(batch(stored("a"))) == [1]


def test_a_process_that_runs_is_not_called_stopped(recorder, stopped, tmp_path, monkeypatch):
    monkeypatch.setattr(writer_lock, "WAIT_SECONDS", 0.05)
    with stopped(HOLD_FLOCK, lock_file(tmp_path)) as process:
        process.send_signal(signal.SIGCONT)
        os.waitpid(process.pid, os.WCONTINUED)
        with pytest.raises(StoreUnavailable) as refused:
            recorder.append(batch(stored("a")))
    assert str(refused.value) == (
        f"Nothing was written: process {process.pid} (delivery-ledger send) holds the lock. Try "
        "again; if this lasts, end that process."
    )


def test_this_process_names_nobody(tmp_path):
    connection = sqlite3.connect(tmp_path / "x")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (a)")
    connection.execute("INSERT INTO t VALUES (1)")
    assert holder_of(tmp_path / "x-shm", 120) is None
    connection.close()


def test_a_file_that_is_not_there_has_no_holder(tmp_path):
    assert holder_of(tmp_path / "gone") is None
