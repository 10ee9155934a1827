"""Lets a loop look less often at a ledger in which nothing happens."""

import time
from dataclasses import dataclass

_LONGEST_SECONDS = 5.0
"""How late something may be noticed that comes with time alone, such as the start of a campaign."""


@dataclass
class QuietLedger:
    """What a loop saw when it last looked; asking for the head costs a tenth of looking."""

    longest_seconds: float = _LONGEST_SECONDS
    _head: int = -1
    _look_at: float = 0.0
    """Monotonic seconds."""

    def may_have_changed(self, head: int) -> bool:
        """Whether to look now: events were appended since the last look, or it is long ago."""
        now = time.monotonic()
        if head == self._head and now < self._look_at:
            return False
        self._head, self._look_at = head, now + self.longest_seconds
        return True

    def is_expected_to_change(self) -> None:
        """Look again the next time, whether events were appended or not."""
        self._head = -1
