"""The writer's lock: one writer at a time, in this process and among all processes.

SQLite's own busy handler polls and starves under load; an `flock` queues.
"""

import fcntl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

WAIT_SECONDS = 5.0
"""How long a writer waits; twice that is still less than Twilio's fifteen seconds."""


class WriterLock:
    """Held around every transaction that writes; released by the system when a process dies."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._threads = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock, and hold it within the block.

        Raises OSError without the file, and where somebody else does not let go in time.
        """
        if not self._threads.acquire(timeout=WAIT_SECONDS):
            raise TimeoutError("another thread holds the writer's lock")
        try:
            with self._taken():
                yield
        finally:
            self._threads.release()

    def _taken(self) -> BinaryIO:
        """The file, locked; to close it is to let go."""
        file = self._path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return self._queued()
        return file

    def _queued(self) -> BinaryIO:
        """The same, in turn; an `flock` knows no time limit, so a thread waits in our place."""
        turn: Future[BinaryIO] = Future()
        threading.Thread(target=self._queue, args=[turn], name="lock", daemon=True).start()
        try:
            return turn.result(WAIT_SECONDS)
        except TimeoutError:
            if turn.cancel():
                raise
            return turn.result()  # it came at the last moment

    def _queue(self, turn: Future[BinaryIO]) -> None:
        file = self._path.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
        if turn.set_running_or_notify_cancel():
            turn.set_result(file)
        else:
            file.close()
