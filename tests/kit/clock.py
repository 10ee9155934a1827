"""A clock that moves only when a test moves it, and a stop that nobody waits for."""

import threading
from datetime import UTC, datetime, timedelta

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When every test begins, unless it says otherwise."""


class ManualClock:
    """Stands still until `advance` moves it."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self._now = start

    def now(self) -> datetime:
        """The moment to which the test has moved it."""
        return self._now

    def advance(self, step: timedelta | None = None, /, **parts: float) -> datetime:
        """Move it, as in `advance(hours=1)`; a negative step turns it back."""
        self._now += timedelta(**parts) if step is None else step
        return self._now


class Hurried(threading.Event):
    """A stop that nobody waits for; it remembers how long it was asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Return at once."""
        self.waits.append(timeout)
        return self.is_set()


class Passes(threading.Event):
    """Is set after `count` passes, without waiting; `pauses` has the seconds of each wait."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        self.pauses: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.pauses.append(timeout)
        return len(self.pauses) > self._count
