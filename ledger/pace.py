"""The pace of sending, in segments a second; given the time, it only reckons."""

from dataclasses import dataclass, field
from threading import Lock


@dataclass
class Pace:
    """Lets through so many segments a second; None lets everything through at once."""

    segments_per_second: float | None = None
    _free_at: float = 0.0
    _lock: Lock = field(default_factory=Lock, repr=False)

    def wait_seconds(self, segments: int, now: float) -> float:
        """Take room for that many segments; how long to wait before they may go. Thread-safe.

        `now` is a monotonic time in seconds.
        """
        if not self.segments_per_second:
            return 0.0
        with self._lock:
            begins = max(self._free_at, now)
            self._free_at = begins + segments / self.segments_per_second
            return begins - now
