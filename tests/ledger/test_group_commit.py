"""Group commit: what arrives while one commit is made durable goes into the next, together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.rows import batch, stored
from ledger.errors import StoreRejected, StoreUnavailable, StreamMoved
from ledger.store.group_commit import GroupCommit

WAIT = 30


class Disk:
    """Makes batches durable as the recorder does; its first commit lasts until it is released."""

    def __init__(self):
        self.commits = []
        self.refuses = lambda _batches: None
        self.is_busy = threading.Event()
        self.released = threading.Event()

    def append_all(self, batches):
        self.is_busy.set()
        assert self.released.wait(WAIT)
        self.commits.append(len(batches))
        error = self.refuses(batches)
        if error:
            raise error
        return [self._result(one.stored_events[0]) for one in batches]

    @staticmethod
    def _result(event):
        return (
            StreamMoved("moved") if event.originator_id == "moved" else [event.originator_version]
        )


@pytest.fixture
def disk():
    return Disk()


def queue_up(disk, streams):
    """One batch on its way to the disk, and one a stream waiting behind it; their futures."""
    group = GroupCommit(disk.append_all)
    pool = ThreadPoolExecutor(len(streams) + 1)
    first = pool.submit(group.append, batch(stored("first")))
    assert disk.is_busy.wait(WAIT)
    waiting = [pool.submit(group.append, batch(stored(s, n))) for n, s in enumerate(streams, 1)]
    until(lambda: len(group._waiting) == len(streams))
    disk.released.set()
    pool.shutdown()
    return [first, *waiting]


def until(is_so):
    pause = threading.Event()
    for _ in range(WAIT * 1000):
        if is_so():
            return
        pause.wait(0.001)
    raise AssertionError("it never came to be so")


def outcomes(futures):
    return [future.exception() or future.result() for future in futures]


def test_one_batch_alone_is_one_commit(disk):
    disk.released.set()
    assert GroupCommit(disk.append_all).append(batch(stored("a", 7))) == [7]
    assert disk.commits == [1]


def test_what_waits_behind_a_commit_goes_into_the_next_one_together(disk):
    queue_up(disk, ["a", "b", "c", "d"])
    assert disk.commits == [1, 4]


def test_each_waiting_caller_gets_the_seqs_of_its_own_batch(disk):
    assert outcomes(queue_up(disk, ["a", "b", "c"])) == [[1], [1], [2], [3]]


def test_the_refusal_of_one_batch_reaches_its_caller_alone(disk):
    first, one, moved, other = outcomes(queue_up(disk, ["a", "moved", "c"]))
    assert isinstance(moved, StreamMoved)
    assert (first, one, other) == ([1], [1], [3])


def test_rows_that_the_store_rejects_do_not_take_the_others_down(disk):
    def refuses(batches):
        streams = {one.stored_events[0].originator_id for one in batches}
        return StoreRejected("bad rows") if "bad" in streams else None

    disk.refuses = refuses
    first, one, bad, other = outcomes(queue_up(disk, ["a", "bad", "c"]))
    assert isinstance(bad, StoreRejected)
    assert (first, one, other) == ([1], [1], [3])
    assert disk.commits == [1, 3, 1, 1, 1]


def test_a_store_that_is_away_says_so_to_everyone_who_waits(disk):
    disk.refuses = lambda batches: StoreUnavailable("away") if len(batches) > 1 else None
    first, *rest = outcomes(queue_up(disk, ["a", "b", "c"]))
    assert first == [1]
    assert [type(one) for one in rest] == [StoreUnavailable] * 3


def test_after_the_store_was_away_the_next_batch_goes_through(disk):
    disk.released.set()
    group = GroupCommit(disk.append_all)
    disk.refuses = lambda _batches: StoreUnavailable("away")
    with pytest.raises(StoreUnavailable):
        group.append(batch(stored("a")))
    disk.refuses = lambda _batches: None
    assert group.append(batch(stored("a"))) == [1]


def test_a_fault_of_ours_is_told_to_everyone_and_hides_nowhere(disk):
    disk.refuses = lambda batches: ZeroDivisionError() if len(batches) > 1 else None
    _, *rest = outcomes(queue_up(disk, ["a", "b"]))
    assert [type(one) for one in rest] == [ZeroDivisionError] * 2


def test_no_commit_grows_without_bound(disk):
    group = GroupCommit(disk.append_all)
    disk.released.set()
    group._waiting.extend((batch(stored("a")), _Future()) for _ in range(450))
    group.append(batch(stored("last")))
    assert disk.commits == [200, 200, 51]


class _Future:
    """Takes any result."""

    def set_result(self, _result):
        pass
