"""Group commit: what arrives while one commit is being made durable goes into the next.

The thread that finds nobody writing writes for all who wait; no thread of its own is needed.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from ledger.errors import LedgerError, StoreRejected, StoreUnavailable
from ledger.store.rows import Batch

_MOST_BATCHES = 200
"""In one commit, so that nobody waits for a commit of unbounded length."""

Results = list[list[int] | LedgerError]


class GroupCommit:
    """Hands batches to `append_all` together, and each caller its own result when durable."""

    def __init__(self, append_all: Callable[[Sequence[Batch]], Results]) -> None:
        self._append_all = append_all
        self._waiting: deque[tuple[Batch, Future[list[int]]]] = deque()
        self._writing = threading.Lock()

    def append(self, batch: Batch) -> list[int]:
        """The batch's seqs, once they are durable; raises the refusal of this batch alone."""
        future: Future[list[int]] = Future()
        self._waiting.append((batch, future))
        while not future.done():
            with self._writing:
                if not future.done():
                    self._commit_next()
        return future.result()

    def _commit_next(self) -> None:
        count = min(len(self._waiting), _MOST_BATCHES)
        taken = [self._waiting.popleft() for _ in range(count)]
        try:
            results: Results = self._append_all([batch for batch, _ in taken])
        except StoreRejected:
            results = self._singly(taken)
        except StoreUnavailable as error:
            results = [error] * len(taken)
        except BaseException as error:
            for _, future in taken:
                future.set_exception(error)
            raise
        for (_, future), result in zip(taken, results, strict=True):
            if isinstance(result, LedgerError):
                future.set_exception(result)
            else:
                future.set_result(result)

    def _singly(self, taken: Sequence[tuple[Batch, Future[list[int]]]]) -> Results:
        results: Results = []
        for batch, _ in taken:
            try:
                results += self._append_all([batch])
            except StoreRejected as error:
                results.append(error)
        return results
