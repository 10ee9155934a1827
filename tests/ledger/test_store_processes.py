"""Several processes append to one ledger at once: one order, nothing lost, nobody starves."""

import fcntl
import threading

import pytest

from kit.clock import ManualClock
from kit.processes import separate_processes
from kit.rows import batch, stored
from kit.store import close_ledger, ledger_file, open_ledger, open_recorder, sqlite_url, store_at
from ledger.errors import StoreUnavailable
from ledger.store import writer_lock as lock
from ledger.store.writer_lock import WriterLock

PROCESSES, WRITERS, EACH = 4, 8, 30
WAIT = 30


def append_some(url, names, barrier):
    """What each process does: wait for the others, then append as fast as it can."""
    writers = [threading.Thread(target=write, args=(url, name, barrier)) for name in names]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()


def write(url, name, barrier):
    """What each writer does, over connections of its own."""
    recorder = open_recorder(url, ManualClock())
    barrier.wait(WAIT)
    for number in range(1, EACH + 1):
        recorder.append(batch(stored(name, number)))
    recorder._engine.dispose()


def open_together(url, barrier, ids):
    """What each process does at a birth: open the same new ledger at the same moment."""
    barrier.wait(WAIT)
    ledger = open_ledger(url, ManualClock())
    ids.put((ledger.ledger_id, ledger.identity.contact_id("+14155550101")))
    close_ledger(ledger)


@pytest.fixture(scope="module")
def spawning():
    return separate_processes()


def run(processes):
    for process in processes:
        process.start()
    for process in processes:
        process.join(WAIT)
    assert [process.exitcode for process in processes] == [0] * len(processes)


class Tail(threading.Thread):
    """Follow the ledger until it has a number of events; keep their seqs in order of arrival."""

    def __init__(self, recorder, count):
        super().__init__(daemon=True)
        self.recorder, self.count, self.seqs = recorder, count, []

    def run(self):
        while len(self.seqs) < self.count:
            after = self.seqs[-1] if self.seqs else None
            found = self.recorder.select_notifications(after, 50, inclusive_of_start=False)
            self.seqs += [notification.id for notification in found]


@pytest.mark.both_databases
def test_a_reader_behind_eight_writers_misses_nothing_and_sees_one_order(
    database_url, clock, spawning
):
    recorder = open_recorder(database_url, clock)
    barrier = spawning.Barrier(WRITERS)
    names = [f"writer {number}" for number in range(WRITERS)]
    parts = [names[first::PROCESSES] for first in range(PROCESSES)]
    tail = Tail(recorder, WRITERS * EACH)
    tail.start()
    run([spawning.Process(target=append_some, args=(database_url, p, barrier)) for p in parts])
    tail.join(WAIT)
    assert tail.seqs == list(range(1, WRITERS * EACH + 1))
    rows = recorder.select_rows()
    recorder._engine.dispose()
    assert [row.id for row in rows] == tail.seqs
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
