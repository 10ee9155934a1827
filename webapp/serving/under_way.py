"""The requests that a site answers at this moment, so that it can be closed once they are done."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class RequestsUnderWay:
    """Counts requests, and admits no more once it is closed. Any thread may call it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._is_closed = False

    @contextmanager
    def admitted(self) -> Iterator[bool]:
        """Count a request within the block; the value is False where no more are admitted."""
        with self._changed:
            is_admitted = not self._is_closed
            self._count += is_admitted
        try:
            yield is_admitted
        finally:
            with self._changed:
                self._count -= is_admitted
                self._changed.notify_all()

    def close(self, seconds: float) -> None:
        """Admit no more, and wait for those that began, at most this number of seconds."""
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: not self._count, seconds)
