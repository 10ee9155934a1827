"""Group commit: items that arrive while one commit is being made durable share the next one.

Each caller gets a future, which a thread can wait for and an event loop can await. One thread
writes; it starts with the first item that is submitted, and ends with the last reference.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ledger.errors import CommitUnconfirmed, StoreRejected, StoreUnavailable
from ledger.store.distribution import Distribution
from ledger.store.engine import NOT_WRITTEN

_MOST_ITEMS = 200
"""The most items in one commit, so that no caller waits for a very long one."""
_LONGEST_QUEUE_SECONDS = 3.0
"""An item that has waited longer does not wait for another commit if the store is unavailable."""

_SIZES = (1, 2, 5, 10, 20, 50, 100, _MOST_ITEMS)
_WAITS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

T = TypeVar("T")


@dataclass(frozen=True)
class CommitNumbers:
    """What this process has committed since it started."""

    sizes: Distribution = field(default_factory=lambda: Distribution(_SIZES))
    """How many items each commit had."""
    waits: Distribution = field(default_factory=lambda: Distribution(_WAITS))
    """How many seconds each item waited until it was durable."""


@dataclass(eq=False)
class _Submission(Generic[T]):
    item: T
    future: "Future[Any]" = field(default_factory=Future)
    queued_at: float = field(default_factory=time.monotonic)


class GroupCommit(Generic[T]):
    """Passes queued items to `write` together; each future then gets the result of its item."""

    def __init__(
        self,
        write: Callable[[Sequence[T]], Sequence[Any]],
        *,
        is_alone: Callable[[T], bool] = lambda _item: False,
    ) -> None:
        """Start without items.

        `write` returns the result or the error of each item, or raises with nothing written. An
        item for which `is_alone` is true gets a commit of its own.
        """
        self._write = write
        self._is_alone = is_alone
        self._queue: deque[_Submission[T]] = deque()
        self._mutex = threading.Lock()
        self._is_writing = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="group-commit")
        self.numbers = CommitNumbers()

    def submit(self, item: T) -> "Future[Any]":
        """Queue an item and return the future of its result or error.

        Where the future is cancelled before its commit begins, nothing is written.
        """
        submission = _Submission(item)
        with self._mutex:
            self._queue.append(submission)
            is_writer_needed = not self._is_writing
            self._is_writing = True
        if is_writer_needed:
            self._writer.submit(self._write_all)
        return submission.future

    def _write_all(self) -> None:
        while taken := self._take():
            if running := [s for s in taken if s.future.set_running_or_notify_cancel()]:
                self._write_together(running)

    def _take(self) -> list[_Submission[T]]:
        taken: list[_Submission[T]] = []
        with self._mutex:
            while self._queue and len(taken) < _MOST_ITEMS:
                is_alone = self._is_alone(self._queue[0].item)
                if is_alone and taken:
                    break
                taken.append(self._queue.popleft())
                if is_alone:
                    break
            self._is_writing = bool(taken)
        return taken

    def _write_together(self, taken: Sequence[_Submission[T]]) -> None:
        """Write all in one commit; where that fails although the store works, each in its own."""
        try:
            results = self._write([submission.item for submission in taken])
        except Exception as error:  # noqa: BLE001 - passed on to every caller
            if len(taken) > 1 and not _is_store_unavailable(error):
                for submission in taken:
                    self._write_together([submission])
                return
            results = [error] * len(taken)
            if _is_store_unavailable(error):
                self._give_up_overdue(error)
        else:
            self._count(taken)
        _resolve(taken, results)

    def _count(self, taken: Sequence[_Submission[T]]) -> None:
        now = time.monotonic()
        self.numbers.sizes.add(len(taken))
        for submission in taken:
            self.numbers.waits.add(now - submission.queued_at)

    def _give_up_overdue(self, error: Exception) -> None:
        """Fail what has waited long behind a commit that failed, with nothing of it written.

        Otherwise the last of many would wait until each commit before its own had failed.
        """
        queued_before = time.monotonic() - _LONGEST_QUEUE_SECONDS
        overdue: list[_Submission[T]] = []
        with self._mutex:
            while self._queue and self._queue[0].queued_at < queued_before:
                overdue.append(self._queue.popleft())
        waiting = [s for s in overdue if s.future.set_running_or_notify_cancel()]
        _resolve(waiting, [_unwritten(error)] * len(waiting))


def _is_store_unavailable(error: Exception) -> bool:
    return isinstance(error, StoreUnavailable) and not isinstance(error, StoreRejected)


def _unwritten(error: Exception) -> Exception:
    """Return the error for what was not in that commit: it is known to be not written."""
    return StoreUnavailable(NOT_WRITTEN) if isinstance(error, CommitUnconfirmed) else error


def _resolve(taken: Sequence[_Submission[Any]], results: Sequence[Any]) -> None:
    for submission, result in zip(taken, results, strict=True):
        if isinstance(result, Exception):
            submission.future.set_exception(result)
        else:
            submission.future.set_result(result)
