"""Group commit: what arrives while one commit is being made durable goes into the next.

Each caller gets a future: a thread may wait for it, an event loop may await it. One thread writes;
it starts with the first item that is submitted, and ends with the last reference to this.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ledger.errors import StoreRejected, StoreUnavailable

_MOST_TOGETHER = 200
"""Items in one commit, so that nobody waits for a commit of unbounded length."""

T = TypeVar("T")


@dataclass(eq=False)
class _Waiting(Generic[T]):
    item: T
    future: "Future[Any]" = field(default_factory=Future)


class GroupCommit(Generic[T]):
    """Hands the waiting items to `write` together, and each its own result once that is durable."""

    def __init__(
        self,
        write: Callable[[Sequence[T]], Sequence[Any]],
        *,
        is_alone: Callable[[T], bool] = lambda _item: False,
    ) -> None:
        """`write` returns the result or the refusal of each item, or raises with nothing written.

        An item that `is_alone` gets a commit of its own.
        """
        self._write = write
        self._is_alone = is_alone
        self._waiting: deque[_Waiting[T]] = deque()
        self._mutex = threading.Lock()
        self._is_writing = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    def submit(self, item: T) -> "Future[Any]":
        """A future of the result, or of the refusal; cancelled in time, nothing is written."""
        waiting = _Waiting(item)
        with self._mutex:
            self._waiting.append(waiting)
            is_writer_needed = not self._is_writing
            self._is_writing = True
        if is_writer_needed:
            self._writer.submit(self._write_all)
        return waiting.future

    def _write_all(self) -> None:
        while taken := self._take():
            if wanted := [each for each in taken if each.future.set_running_or_notify_cancel()]:
                self._settle(wanted)

    def _take(self) -> list[_Waiting[T]]:
        taken: list[_Waiting[T]] = []
        with self._mutex:
            while self._waiting and len(taken) < _MOST_TOGETHER:
                is_alone = self._is_alone(self._waiting[0].item)
                if is_alone and taken:
                    break
                taken.append(self._waiting.popleft())
                if is_alone:
                    break
            self._is_writing = bool(taken)
        return taken

    def _settle(self, taken: Sequence[_Waiting[T]]) -> None:
        """All in one commit; where that fails, and not for want of a store, each by itself."""
        try:
            results = self._write([each.item for each in taken])
        except Exception as error:  # noqa: BLE001 - handed to everyone who waits for it
            if len(taken) > 1 and not _is_store_away(error):
                for each in taken:
                    self._settle([each])
                return
            results = [error] * len(taken)
        _answer(taken, results)


def _is_store_away(error: Exception) -> bool:
    return isinstance(error, StoreUnavailable) and not isinstance(error, StoreRejected)


def _answer(taken: Sequence[_Waiting[Any]], results: Sequence[Any]) -> None:
    for each, result in zip(taken, results, strict=True):
        if isinstance(result, Exception):
            each.future.set_exception(result)
        else:
            each.future.set_result(result)
