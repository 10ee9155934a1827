"""The circuit breaker: five failures in a row open it, one answer closes it again."""

import pytest

from kit.provider import refusal
from ledger.providers.contract import Accepted, NotReached, Refusal, UnknownOutcome
from ledger.sending.circuit_breaker import CircuitBreaker

GONE = NotReached(cause="no route to host")
WELL = Accepted(sid="SM1", status="queued")


def failing(times, *, at=0.0):
    breaker = CircuitBreaker()
    for _ in range(times):
        breaker.record(GONE, at)
    return breaker


def test_four_failures_in_a_row_do_not_open_the_breaker():
    assert failing(4).allowed_attempts(0) > 1000


def test_the_fifth_failure_allows_nothing_for_a_second():
    breaker = failing(5)
    assert [breaker.allowed_attempts(now) for now in (0.0, 0.99, 1.0)] == [0, 0, 1]
    assert breaker.rest_seconds(0.25) == 0.75


def test_any_answer_that_is_no_failure_ends_the_row():
    breaker = failing(4)
    breaker.record(refusal(21211), 0)
    breaker.record(GONE, 0)
    assert breaker.allowed_attempts(0) > 1000


GATEWAY = Refusal(http_status=403, code=None, is_from_provider=False)


@pytest.mark.parametrize(
    "answer", [GONE, UnknownOutcome(cause="timed out"), refusal(20429, 429), GATEWAY]
)
def test_every_answer_of_a_failing_provider_counts(answer):
    breaker = failing(4)
    breaker.record(answer, 0)
    assert breaker.allowed_attempts(0) == 0


def test_the_next_rest_is_twice_as_long_up_to_five_minutes():
    breaker, now, rests = failing(5), 0.0, []
    for _ in range(11):
        rests.append(breaker.rest_seconds(now))
        now += rests[-1]
        breaker.record(GONE, now)
    assert rests == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_answers_of_attempts_in_flight_do_not_extend_the_rest():
    assert failing(5 + 31).rest_seconds(0) == 1


def test_one_good_answer_after_a_rest_closes_it():
    breaker = failing(5)
    breaker.record(WELL, 1.0)
    assert breaker.allowed_attempts(1.0) > 1000
    assert breaker.rest_seconds(1.0) == 0


def test_only_unknown_outcomes_in_the_row_leave_outcomes_unknown():
    breaker = failing(5)
    assert not breaker.leaves_outcomes_unknown
    breaker.record(UnknownOutcome(cause="timed out"), 0)
    assert breaker.leaves_outcomes_unknown
    breaker.record(WELL, 0)
    assert not breaker.leaves_outcomes_unknown
    for _ in range(4):
        breaker.record(UnknownOutcome(cause="timed out"), 0)
    assert not breaker.leaves_outcomes_unknown
