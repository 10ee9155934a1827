"""A circuit breaker: while the provider fails, it is called at growing intervals.

It takes the time as a parameter. Each sender process has one.
"""

import sys
from dataclasses import dataclass

from ledger.providers.contract import Answer, NotReached, Refusal, UnknownOutcome

_FAILURES_IN_A_ROW = 5
_LONGEST_REST_SECONDS = 300.0


@dataclass
class CircuitBreaker:
    """Closed while the provider answers; open after five failures in a row.

    After a rest it is half open: one attempt at a time is allowed, and its answer closes the
    breaker or begins the next rest, which is twice as long. A refusal of one contact is no failure,
    since the provider answered. Times are monotonic, in seconds.
    """

    _failure_count: int = 0
    _rest_count: int = 0
    _rest_until: float = 0.0
    _has_unknown_outcome: bool = False
    """Whether one of the failures in a row left the outcome of its attempt unknown."""

    @property
    def is_open(self) -> bool:
        """Whether the provider failed, and has not answered since."""
        return self._rest_count > 0

    @property
    def leaves_outcomes_unknown(self) -> bool:
        """Whether it is open, and more attempts may leave more outcomes unknown."""
        return self.is_open and self._has_unknown_outcome

    def allowed_attempts(self, now: float) -> int:
        """How many attempts may start now."""
        if not self._rest_count:
            return sys.maxsize
        return 1 if now >= self._rest_until else 0

    def record(self, answer: Answer, now: float) -> None:
        """Count an answer; any that is no failure closes the breaker."""
        if not is_failure(answer):
            self._failure_count = self._rest_count = 0
            self._has_unknown_outcome = False
            return
        self._failure_count += 1
        self._has_unknown_outcome |= isinstance(answer, UnknownOutcome)
        if self._failure_count >= _FAILURES_IN_A_ROW and now >= self._rest_until:
            self._rest_until = now + min(2.0**self._rest_count, _LONGEST_REST_SECONDS)
            self._rest_count += 1

    def rest_seconds(self, now: float) -> float:
        """How long the rest still lasts; 0 if there is none."""
        return max(0.0, self._rest_until - now) if self._rest_count else 0.0


def is_failure(answer: Answer) -> bool:
    """Whether the provider is out of order, too busy, or a gateway answers in its place."""
    if isinstance(answer, Refusal):
        return answer.http_status == 429 or not answer.is_from_provider
    return isinstance(answer, NotReached | UnknownOutcome)
