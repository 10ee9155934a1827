"""The circuit breaker: five failures in a row open it, one answer closes it again."""

import pytest

from kit.provider import refusal
from ledger.providers.contract import Accepted, NotReached, UnknownOutcome
from ledger.sending.circuit_breaker import CircuitBreaker

GONE = NotReached(cause="no route to host")
WELL = Accepted(sid="SM1", status="queued")


def failing(times, *, at=0.0):
    breaker = CircuitBreaker()
    for _ in range(times):
        breaker.record(GONE, at)
    return breaker


def test_four_failures_in_a_row_are_let_pass():
    assert failing(4).allowed_attempts(0) > 1000


def test_the_fifth_lets_nothing_through_for_a_second():
    breaker = failing(5)
    assert [breaker.allowed_attempts(now) for now in (0.0, 0.99, 1.0)] == [0, 0, 1]
    assert breaker.rest_seconds(0.25) == 0.75


def test_a_row_is_broken_by_any_answer_that_is_no_failure():
    breaker = failing(4)
    breaker.record(refusal(21211), 0)
    breaker.record(GONE, 0)
    assert breaker.allowed_attempts(0) > 1000


@pytest.mark.parametrize("answer", [GONE, UnknownOutcome(cause="timed out"), refusal(20429, 429)])
def test_what_shows_the_provider_out_of_order_counts(answer):
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


def test_what_was_in_flight_when_it_opened_makes_no_rest_longer():
    assert failing(5 + 31).rest_seconds(0) == 1


def test_one_good_answer_after_a_rest_closes_it():
    breaker = failing(5)
    breaker.record(WELL, 1.0)
    assert breaker.allowed_attempts(1.0) > 1000
    assert breaker.rest_seconds(1.0) == 0
