"""Group commit: items that arrive while one commit is being made durable share the next one."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.rows import batch, stored
from ledger.errors import CommitUnconfirmed, Refused, StoreRejected, StoreUnavailable
from ledger.store import group_commit
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
        return [self._result(submitted.stored_events[0]) for submitted in batches]

    @staticmethod
    def _result(event):
        return Refused("no") if event.originator_id == "refused" else [event.originator_version]


@pytest.fixture
def disk():
    return Disk()


def queue_up(disk, streams, **options):
    """One batch on its way to the disk, and one a stream waiting behind it; their futures."""
    group = GroupCommit(disk.append_all, **options)
    first = group.submit(batch(stored("first")))
    assert disk.is_busy.wait(WAIT)
    waiting = [group.submit(batch(stored(s, n))) for n, s in enumerate(streams, 1)]
    disk.released.set()
    return [first, *waiting]


def outcomes(futures):
    return [future.exception(WAIT) or future.result() for future in futures]


def test_one_batch_alone_is_one_commit(disk):
    disk.released.set()
    assert GroupCommit(disk.append_all).submit(batch(stored("a", 7))).result(WAIT) == [7]
    assert disk.commits == [1]


def test_items_that_wait_for_a_commit_share_the_next_one(disk):
    outcomes(queue_up(disk, ["a", "b", "c", "d"]))
    assert disk.commits == [1, 4]


def test_each_waiting_caller_gets_the_seqs_of_its_own_batch(disk):
    assert outcomes(queue_up(disk, ["a", "b", "c"])) == [[1], [1], [2], [3]]


def test_the_refusal_of_one_batch_reaches_only_its_caller(disk):
    first, second, refused, other = outcomes(queue_up(disk, ["a", "refused", "c"]))
    assert isinstance(refused, Refused)
    assert (first, second, other) == ([1], [1], [3])


def test_rows_that_the_store_rejects_do_not_fail_the_others(disk):
    def refuses(batches):
        streams = {submitted.stored_events[0].originator_id for submitted in batches}
        return StoreRejected("bad rows") if "bad" in streams else None

    disk.refuses = refuses
    first, second, bad, other = outcomes(queue_up(disk, ["a", "bad", "c"]))
    assert isinstance(bad, StoreRejected)
    assert (first, second, other) == ([1], [1], [3])
    assert disk.commits == [1, 3, 1, 1, 1]


def test_an_unavailable_store_fails_every_waiting_item(disk):
    disk.refuses = lambda batches: StoreUnavailable("away") if len(batches) > 1 else None
    first, *rest = outcomes(queue_up(disk, ["a", "b", "c"]))
    assert first == [1]
    assert [type(error) for error in rest] == [StoreUnavailable] * 3


def test_after_the_store_was_unavailable_the_next_batch_is_written(disk):
    disk.released.set()
    group = GroupCommit(disk.append_all)
    disk.refuses = lambda _batches: StoreUnavailable("away")
    assert isinstance(group.submit(batch(stored("a"))).exception(WAIT), StoreUnavailable)
    disk.refuses = lambda _batches: None
    assert group.submit(batch(stored("a"))).result(WAIT) == [1]


@pytest.mark.parametrize(
    ("longest", "commits"), [(30.0, [1, 200, 50]), (-1.0, [1])], ids=["just came", "waits long"]
)
def test_what_waits_long_does_not_wait_for_another_commit(disk, monkeypatch, longest, commits):
    monkeypatch.setattr(group_commit, "_LONGEST_QUEUE_SECONDS", longest)
    disk.refuses = lambda _batches: StoreUnavailable("away")
    errors = outcomes(queue_up(disk, 250 * ["a"]))
    assert {type(error) for error in errors} == {StoreUnavailable}
    assert disk.commits == commits


def test_what_was_not_in_an_unconfirmed_commit_is_not_in_doubt(disk, monkeypatch):
    monkeypatch.setattr(group_commit, "_LONGEST_QUEUE_SECONDS", -1.0)
    disk.refuses = lambda _batches: CommitUnconfirmed("who knows")
    first, second = outcomes(queue_up(disk, ["a"]))
    assert (type(first), type(second)) == (CommitUnconfirmed, StoreUnavailable)
    assert "Nothing was written" in str(second)


def test_a_defect_with_one_batch_reaches_only_its_caller(disk):
    def refuses(batches):
        streams = {submitted.stored_events[0].originator_id for submitted in batches}
        return ZeroDivisionError() if "odd" in streams else None

    disk.refuses = refuses
    _, second, odd, other = outcomes(queue_up(disk, ["a", "odd", "c"]))
    assert isinstance(odd, ZeroDivisionError)
    assert (second, other) == ([1], [3])


def test_an_item_that_must_be_alone_gets_a_commit_of_its_own(disk):
    def is_alone(item):
        return item.stored_events[0].originator_id == "alone"

    results = outcomes(queue_up(disk, ["a", "b", "alone", "d", "e"], is_alone=is_alone))
    assert results == [[1], [1], [2], [3], [4], [5]]
    assert disk.commits == [1, 2, 1, 2]


def test_an_item_cancelled_while_it_waits_is_never_written(disk):
    group = GroupCommit(disk.append_all)
    first = group.submit(batch(stored("first")))
    assert disk.is_busy.wait(WAIT)
    assert group.submit(batch(stored("a"))).cancel()
    last = group.submit(batch(stored("b", 2)))
    assert not first.cancel()
    disk.released.set()
    assert (first.result(WAIT), last.result(WAIT)) == ([1], [2])
    assert disk.commits == [1, 1]


def test_after_all_waiting_items_are_cancelled_later_ones_are_written(disk):
    group = GroupCommit(disk.append_all)
    group.submit(batch(stored("first")))
    assert disk.is_busy.wait(WAIT)
    assert group.submit(batch(stored("a"))).cancel()
    disk.released.set()
    assert group.submit(batch(stored("b", 2))).result(WAIT) == [2]


def test_a_commit_has_a_limited_number_of_items(disk):
    outcomes(queue_up(disk, ["a"] * 450))
    assert disk.commits == [1, 200, 200, 50]


def test_an_event_loop_can_wait_for_it(disk):
    disk.released.set()
    group = GroupCommit(disk.append_all)

    async def wait():
        return await asyncio.wrap_future(group.submit(batch(stored("a", 7))))

    with ThreadPoolExecutor(1) as apart:  # a browser's test may have left a loop in this thread
        assert apart.submit(asyncio.run, wait()).result() == [7]
