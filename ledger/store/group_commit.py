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
            results = self._append_together([batch for batch, _ in taken])
        except BaseException as error:
            for _, future in taken:
                future.set_exception(error)
            raise
        for (_, future), result in zip(taken, results, strict=True):
            if isinstance(result, LedgerError):
                future.set_exception(result)
            else:
                future.set_result(result)

    def _append_together(self, batches: Sequence[Batch]) -> Results:
        """All in one commit; where the store rejects that, each in one of its own."""
        try:
            return self._append_all(batches)
        except StoreRejected as error:
            if len(batches) == 1:
                return [error]
            return [self._append_together([batch])[0] for batch in batches]
        except StoreUnavailable as error:
            return [error for _ in batches]
