"""One pass over what is due: it waits for slots, ends where it must, and says what it left."""

import pytest

from kit.provider import refusal
from kit.world import ADA
from ledger.providers.contract import NotReached, UnknownOutcome
from ledger.sending.rate_limiter import RateLimiter
from ledger.sending.sender import IN_FLIGHT
from ledger.sending.sending_pass import LeftCause, SendingPass

MANY = [f"+1415559{number:04}" for number in range(100)]
UNREADABLE = UnknownOutcome(cause="no readable answer")


class HandMovedLimiter(RateLimiter):
    """Lets the clock reach the next slot, as time does while a pass waits for it."""

    def seconds_until_slot(self):
        seconds = super().seconds_until_slot()
        self._clock.advance(seconds=seconds + 1)
        return seconds


@pytest.fixture
def sender(world):
    made = world.sender()
    limiter = made.rate_limiter
    made.rate_limiter = HandMovedLimiter(limiter._engine, world.clock, "passes", None)
    made.poll_seconds = 0.01
    return made


def busy(seconds):
    return refusal(20429, 429, retry_after=seconds)


@pytest.mark.parametrize("seconds", [None, 5, 30])
def test_a_pass_goes_on_after_a_short_hold(world, provider, sender, seconds):
    provider.will_answer(MANY[3], busy(seconds))
    world.launch(MANY)
    assert sender.run_once() == SendingPass(attempts=len(MANY))
    assert sorted(text.to for text in provider.sent) == MANY


def test_a_pass_goes_on_after_several_holds(world, provider, sender):
    for phone in MANY[::20]:
        provider.will_answer(phone, busy(10))
    world.launch(MANY)
    assert sender.run_once().attempts == len(MANY)
    assert sorted(text.to for text in provider.sent) == MANY


def test_a_pass_ends_at_a_long_hold_and_counts_what_it_left(world, provider, sender, clock):
    provider.will_answer(MANY[0], busy(60))
    campaign_id = world.launch(MANY)
    done = sender.run_once()
    assert (done.cause, done.attempts + done.left) == (LeftCause.RATE_LIMIT, len(MANY))
    assert 1 <= done.attempts == len(provider.sent) <= 2 * IN_FLIGHT
    started = [world.topics(world.delivery(campaign_id, phone))[1:] for phone in MANY]
    assert started.count([]) == done.left
    clock.advance(seconds=60)
    assert sender.run_once() == SendingPass(attempts=done.left + 1)


def test_a_pass_does_not_end_between_long_texts_at_a_slow_rate(world, provider, sender):
    sender.rate_limiter = HandMovedLimiter(sender.rate_limiter._engine, world.clock, "slow", 0.5)
    world.launch(MANY[:4], message="x" * 400)
    assert sender.run_once() == SendingPass(attempts=4)


def test_a_pass_that_gets_no_readable_answers_ends_before_more_texts_are_in_doubt(
    world, provider, sender
):
    for phone in MANY:
        provider.will_answer(phone, UNREADABLE)
    world.launch(MANY)
    done = sender.run_once()
    assert (done.cause, done.attempts + done.left) == (LeftCause.NO_ANSWERS, len(MANY))
    assert 5 <= done.attempts <= 4 + IN_FLIGHT


def test_a_few_unreadable_answers_end_no_pass(world, provider, sender):
    for phone in MANY[::2][:4]:
        provider.will_answer(phone, UNREADABLE)
    world.launch(MANY)
    assert sender.run_once() == SendingPass(attempts=len(MANY))


def test_texts_that_never_left_end_no_pass(world, provider, sender):
    for phone in MANY:
        provider.will_answer(phone, NotReached(cause="no route to host"))
    world.launch(MANY)
    assert sender.run_once() == SendingPass(attempts=len(MANY))


def test_the_text_that_was_answered_with_429_is_not_counted_as_left(world, provider, sender):
    provider.will_answer(ADA, busy(0))
    world.launch([ADA])
    assert sender.run_once() == SendingPass(attempts=1)


def test_a_pass_ends_when_sending_is_stopped_while_it_waits(world, provider, sender):
    provider.will_answer(MANY[0], busy(5))
    world.launch(MANY)
    provider.when_asked = lambda text: world.stop_sending() if text.to == MANY[0] else None
    assert sender.run_once().left == 0
    assert len(provider.sent) <= IN_FLIGHT


def test_a_pass_that_is_stopped_says_what_it_left(world, provider, sender):
    world.launch(MANY)
    provider.when_asked = lambda _text: sender.stop.set()
    done = sender.run_once()
    assert (done.cause, done.attempts + done.left) == (LeftCause.STOPPED, len(MANY))
    assert 1 <= done.attempts == len(provider.sent) <= IN_FLIGHT
