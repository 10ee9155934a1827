"""When something that fails is tried again, and which of its failures are logged."""

import time
from collections.abc import Callable

_FIRST_SECONDS = 1.0
SETTLED_SECONDS = 10.0
"""What failed counts as working again once it has run for that long."""
_LONGEST_SECONDS = 60.0
"""The longest delay: the cure may be a file that is put back, or a permission that is granted."""


class Retries:
    """The failures of one thing, each followed by a delay twice as long as the one before.

    Attributes:
        problem: Why it fails; blank while it works.
        delay_seconds: How long to wait before the next try.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.problem = ""
        self.delay_seconds = 0.0
        self._monotonic = monotonic
        self._logged: set[str] = set()
        self._since = 0.0
        """When it last began to work, or to wait."""

    @property
    def is_due(self) -> bool:
        """Whether the delay is over."""
        return self._monotonic() - self._since >= self.delay_seconds

    def failed(self, problem: str) -> bool:
        """Note a failure; return whether it is news: the log does not have it since it worked."""
        now, has_worked = self._monotonic(), not self.problem
        if has_worked and now - self._since >= _LONGEST_SECONDS:
            self.delay_seconds = 0.0
        self.delay_seconds = min(2 * self.delay_seconds or _FIRST_SECONDS, _LONGEST_SECONDS)
        self.problem, self._since = problem, now
        is_news = problem not in self._logged
        self._logged.add(problem)
        return is_news

    def worked(self) -> bool:
        """Note that it works; return whether that is news: it failed before.

        Once it has worked for a while, the next delay is the shortest one again.
        """
        had_failed = bool(self.problem)
        self.problem, self._since = "", self._monotonic()
        self._logged.clear()
        return had_failed
