"""Several processes append to one ledger at once: one order, nothing lost, nobody starves."""

import fcntl
import multiprocessing
import threading

import pytest

from kit.clock import ManualClock
from kit.rows import batch, stored
from kit.store import close_ledger, ledger_file, open_ledger, open_recorder, sqlite_url, store_at
from ledger.errors import StoreUnavailable
from ledger.store import lock
from ledger.store.lock import WriterLock

PROCESSES, EACH = 4, 40
WAIT = 30


def append_some(url, name, barrier):
    """What each process does: wait for the others, then append as fast as it can."""
    recorder = open_recorder(url, ManualClock())
    barrier.wait(WAIT)
    for number in range(1, EACH + 1):
        recorder.append(batch(stored(name, number)))


def open_together(url, barrier, ids):
    """What each process does at a birth: open the same new ledger at the same moment."""
    barrier.wait(WAIT)
    ledger = open_ledger(url, ManualClock())
    ids.put((ledger.ledger_id, ledger.identity.contact_id("+14155550101")))
    close_ledger(ledger)


@pytest.fixture(scope="module")
def spawning():
    return multiprocessing.get_context("spawn")


def run(processes):
    for process in processes:
        process.start()
    for process in processes:
        process.join(WAIT)
    assert [process.exitcode for process in processes] == [0] * len(processes)


@pytest.mark.both_databases
def test_what_four_processes_append_is_all_there_in_one_order(database_url, clock, spawning):
    recorder = open_recorder(database_url, clock)
    barrier = spawning.Barrier(PROCESSES)
    names = [f"process {number}" for number in range(PROCESSES)]
    run([spawning.Process(target=append_some, args=(database_url, n, barrier)) for n in names])
    rows = recorder.select_rows()
    recorder._engine.dispose()
    assert [row.id for row in rows] == list(range(1, PROCESSES * EACH + 1))
    versions = {n: [r.originator_version for r in rows if r.originator_id == n] for n in names}
    assert versions == {name: list(range(1, EACH + 1)) for name in names}


@pytest.mark.both_databases
def test_a_ledger_is_born_once_however_many_open_it_first(database_url, spawning):
    empty = store_at(database_url).engine
    empty.connect().close()
    empty.dispose()
    barrier, ids = spawning.Barrier(3), spawning.Queue()
    run(
        [
            spawning.Process(target=open_together, args=(database_url, barrier, ids))
            for _ in range(3)
        ]
    )
    assert len({ids.get(timeout=WAIT) for _ in range(3)}) == 1


def test_a_writer_waits_while_another_holds_the_lock(tmp_path, clock):
    recorder = open_recorder(sqlite_url(tmp_path), clock)
    other = WriterLock(ledger_file(tmp_path))
    writer = threading.Thread(target=recorder.append, args=[batch(stored("a"))])
    with other.held():
        writer.start()
        writer.join(0.2)
        assert writer.is_alive()
        assert recorder.max_notification_id() is None
    writer.join(WAIT)
    assert recorder.max_notification_id() == 1
    recorder._engine.dispose()


def test_a_writer_that_waits_in_vain_is_told_and_leaves_the_queue(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.05)
    recorder = open_recorder(sqlite_url(tmp_path), clock)
    other = WriterLock(ledger_file(tmp_path))
    with other.held(), pytest.raises(StoreUnavailable):
        recorder.append(batch(stored("a")))
    for taken in (other, WriterLock(ledger_file(tmp_path))):
        with taken.held():
            pass
    assert recorder.append(batch(stored("a"))) == [1]
    recorder._engine.dispose()


def test_readers_never_wait_for_a_writer(tmp_path, clock):
    recorder = open_recorder(sqlite_url(tmp_path), clock)
    recorder.append(batch(stored("a")))
    with WriterLock(ledger_file(tmp_path)).held():
        assert recorder.max_notification_id() == 1
    recorder._engine.dispose()


def test_the_lock_is_let_go_when_a_block_fails(tmp_path):
    with pytest.raises(ZeroDivisionError), WriterLock(ledger_file(tmp_path)).held():
        raise ZeroDivisionError
    with ledger_file(tmp_path).with_name("ledger.sqlite3.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
