"""A circuit breaker: when the provider takes nothing any more, it is asked ever more rarely.

Given the time, it only reckons; each sender process has one.
"""

import sys
from dataclasses import dataclass

from ledger.providers.contract import Answer, NotReached, Refusal, UnknownOutcome

_FAILURES_IN_A_ROW = 5
_LONGEST_REST_SECONDS = 300.0


@dataclass
class CircuitBreaker:
    """Closed while the provider answers; open after five failures in a row, longer each time.

    Once a rest is over, one attempt at a time is let through to see; its answer closes it or begins
    the next rest. A contact that the provider refuses is no failure, for it did answer. Times are
    monotonic, in seconds.
    """

    _failures: int = 0
    _rests: int = 0
    _until: float = 0.0

    def allowed_attempts(self, now: float) -> int:
        """How many attempts may start now."""
        if not self._rests:
            return sys.maxsize
        return 1 if now >= self._until else 0

    def record(self, answer: Answer, now: float) -> None:
        """Count an answer; anything that proves the provider well ends the row."""
        if not is_failure(answer):
            self._failures = self._rests = 0
            return
        self._failures += 1
        if self._failures >= _FAILURES_IN_A_ROW and now >= self._until:
            self._until = now + min(2.0**self._rests, _LONGEST_REST_SECONDS)
            self._rests += 1

    def rest_seconds(self, now: float) -> float:
        """How long the rest still lasts; 0 without one."""
        return max(0.0, self._until - now) if self._rests else 0.0


def is_failure(answer: Answer) -> bool:
    """Whether it shows the provider out of order, or too busy for us: 429, 5xx, no connection."""
    is_busy = isinstance(answer, Refusal) and answer.http_status == 429
    return is_busy or isinstance(answer, NotReached | UnknownOutcome)
