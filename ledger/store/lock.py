"""The writer's lock: one writer at a time, in this process and among all processes.

SQLite's own busy handler polls and starves under load; an `flock` queues.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WriterLock:
    """Held around every transaction that writes; released by the system when a process dies."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._threads = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the lock, and hold it within the block. Raises OSError without the file."""
        with self._threads, self._path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
