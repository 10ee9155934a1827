"""The writer's lock of a SQLite file: one writer at a time, over all threads and processes.

SQLite's own busy handler polls, so that writers starve under load; an `flock` queues them.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from ledger.store.lock_holders import lock_not_free

WAIT_SECONDS = 5.0
"""How long a writer waits; twice that is still less than Twilio's timeout of 15 seconds."""


class WriterLock:
    """Held during every transaction that writes; the system releases it when a process dies."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._threads = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock, and hold it within the block.

        Raises OSError where the file cannot be opened, and `StoreUnavailable`, which names the
        holder as far as it is known, where the lock is not free in time.
        """
        if not self._threads.acquire(timeout=WAIT_SECONDS):
            raise lock_not_free(self._path)
        try:
            with self._taken():
                yield
        finally:
            self._threads.release()

    def _taken(self) -> BinaryIO:
        """Return the locked file; closing it releases the lock.

        A file that was removed or replaced meanwhile is locked by others no more: it is opened
        again.
        """
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            file: BinaryIO = self._path.open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                file = self._queued()
            if self._is_present(file):
                return file
            file.close()
            if time.monotonic() > deadline:  # it is replaced all the time
                raise lock_not_free(self._path)

    def _is_present(self, file: BinaryIO) -> bool:
        """Whether the path still names this file."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False

    def _queued(self) -> BinaryIO:
        """Return the same after waiting; `flock` has no timeout, so that a thread waits for it."""
        turn: Future[BinaryIO] = Future()
        threading.Thread(target=self._queue, args=[turn], name="lock", daemon=True).start()
        try:
            return turn.result(WAIT_SECONDS)
        except TimeoutError:
            if turn.cancel():
                raise lock_not_free(self._path) from None
            return turn.result()  # the lock came at the last moment

    def _queue(self, turn: Future[BinaryIO]) -> None:
        file = self._path.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
        if turn.set_running_or_notify_cancel():
            turn.set_result(file)
        else:
            file.close()
