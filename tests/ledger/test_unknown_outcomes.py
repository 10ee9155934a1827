"""Which of Twilio's records, in whatever order, can be the text whose outcome is unknown."""

from datetime import timedelta

import pytest

from kit.provider import known_text, sid
from kit.world import ADA
from ledger.providers.contract import InDoubt

SETTLED, OPEN = "StatusFetched", "AttemptOutcomeUnknown"


@pytest.fixture
def started_at(clock):
    """When the attempt began whose outcome is unknown."""
    return clock.now()


@pytest.fixture
def doubtful(world, provider, started_at):
    provider.will_answer(ADA, InDoubt(cause="no readable answer"))
    delivery_id = world.delivery(world.launch())
    world.send()
    return delivery_id


def ask_twilio(world, clock):
    """Let the time come at which Twilio is asked, and ask."""
    clock.advance(minutes=30)
    world.upkeep().run_once()


@pytest.mark.parametrize(
    ("seconds", "topic"),
    [
        (-3600, OPEN),
        (-5.000001, OPEN),
        (-5, SETTLED),
        (0, SETTLED),
        (20, SETTLED),
        (80, SETTLED),  # 10 s to call, 10 s until the call is given up, 60 s to appear
        (80.000001, OPEN),
        (3600, OPEN),
    ],
)
def test_a_text_settles_the_attempt_when_it_was_made_between_its_start_and_80_s_later(
    world, doubtful, *, started_at, seconds, topic
):
    provider, clock = world.provider, world.clock
    provider.known[ADA] = [known_text(started_at + timedelta(seconds=seconds))]
    ask_twilio(world, clock)
    assert world.topics(doubtful)[-1] == topic


def test_a_provider_that_is_waited_for_longer_may_make_the_text_later(
    world, provider, clock, started_at, doubtful
):
    provider.timeout_seconds = 25.0
    provider.known[ADA] = [known_text(started_at + timedelta(seconds=95))]
    ask_twilio(world, clock)
    assert world.topics(doubtful)[-1] == SETTLED


def test_texts_of_another_hour_do_not_stand_in_the_way_of_the_right_one(
    world, provider, clock, started_at, doubtful
):
    hours = [timedelta(hours=-2), timedelta(0), timedelta(hours=2)]
    texts = [known_text(started_at + h, sid=sid(70 + n)) for n, h in enumerate(hours)]
    provider.known[ADA] = texts
    ask_twilio(world, clock)
    assert world.last(doubtful).event.sid == sid(71)


def test_texts_of_another_hour_keep_nothing_from_lapsing(
    world, provider, clock, started_at, doubtful
):
    provider.known[ADA] = [known_text(started_at + timedelta(hours=n)) for n in (-1, 1)]
    clock.advance(hours=5)
    world.upkeep().run_once()
    assert world.topics(doubtful)[-1] == "AttemptLapsed"


def test_texts_that_fit_are_put_before_staff_once_whatever_their_order(
    world, provider, clock, doubtful
):
    provider.known[ADA] = [known_text(clock.now(), sid=sid(n)) for n in (79, 77, 78)]
    for _ in range(6):
        ask_twilio(world, clock)
    assert len(provider.asked_about) == 6
    assert world.topics(doubtful).count(OPEN) == 2
    assert world.last(doubtful).event.candidates == (sid(77), sid(78), sid(79))


def test_the_fake_provider_lists_in_more_than_one_order(provider, clock):
    provider.known[ADA] = [known_text(clock.now(), sid=sid(n)) for n in range(3)]
    lists = [provider.texts_to(ADA, clock.now()) for _ in range(20)]
    assert len({tuple(text.sid for text in texts) for texts in lists}) > 1
