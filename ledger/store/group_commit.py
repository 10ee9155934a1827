"""Group commit: what arrives while one commit is being made durable goes into the next.

Whoever hands something in gets a future: a thread may wait for it, an event loop may await it. One
thread writes; it comes with the first that is handed in, and goes with the last reference to this.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ledger.errors import LedgerError, StoreRejected, StoreUnavailable, StreamMoved

_MOST_TOGETHER = 200
"""In one commit, so that nobody waits for a commit of unbounded length."""

T = TypeVar("T")
Results = Sequence[list[int] | LedgerError]


@dataclass(eq=False)
class _Waiting(Generic[T]):
    wanted: T
    tries_left: int
    future: "Future[list[int]]" = field(default_factory=Future)


class GroupCommit(Generic[T]):
    """Hands what waits to `write` together, and each its own result once that is durable."""

    def __init__(self, write: Callable[[Sequence[T]], Results]) -> None:
        """`write` gives per wanted its seqs or its refusal; what it raises, it wrote nothing of."""
        self._write = write
        self._waiting: deque[_Waiting[T]] = deque()
        self._mutex = threading.Lock()
        self._is_writing = False
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    def submit(self, wanted: T, *, tries: int = 1) -> "Future[list[int]]":
        """A future of the seqs, or of the refusal; cancelled in time, nothing is written.

        Where a stream has moved it is handed to `write` anew, as often as there are `tries`.
        """
        waiting = _Waiting(wanted, tries)
        with self._mutex:
            self._waiting.append(waiting)
            is_writer_needed = not self._is_writing
            self._is_writing = True
        if is_writer_needed:
            self._writer.submit(self._write_all)
        return waiting.future

    def _write_all(self) -> None:
        while taken := self._take():
            self._settle([one for one in taken if one.future.set_running_or_notify_cancel()])

    def _take(self) -> list[_Waiting[T]]:
        with self._mutex:
            count = min(len(self._waiting), _MOST_TOGETHER)
            self._is_writing = count > 0
            return [self._waiting.popleft() for _ in range(count)]

    def _settle(self, taken: Sequence[_Waiting[T]]) -> None:
        """All in one commit; where that fails, and not for want of a store, each by itself."""
        try:
            results = self._write([one.wanted for one in taken])
        except Exception as error:  # noqa: BLE001 - told to everyone who waits for it
            if len(taken) == 1 or _is_store_away(error):
                _refuse(taken, error)
            else:
                self._settle_singly(taken)
        else:
            pairs = list(zip(taken, results, strict=True))
            self._settle_singly([one for one, result in pairs if not _answer(one, result)])

    def _settle_singly(self, taken: Sequence[_Waiting[T]]) -> None:
        for one in taken:
            self._settle([one])


def _is_store_away(error: Exception) -> bool:
    return isinstance(error, StoreUnavailable) and not isinstance(error, StoreRejected)


def _refuse(taken: Sequence[_Waiting[T]], error: Exception) -> None:
    for one in taken:
        one.future.set_exception(error)


def _answer(one: _Waiting[T], result: list[int] | LedgerError) -> bool:
    """Tell the result; False where it is to be tried anew."""
    one.tries_left -= 1
    if isinstance(result, StreamMoved) and one.tries_left > 0:
        return False
    if isinstance(result, LedgerError):
        one.future.set_exception(result)
    else:
        one.future.set_result(result)
    return True
