"""What holds the next attempt back, and when it can start at the earliest."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import product

import pytest

from kit.clock import MONDAY
from kit.stories import fact
from ledger.domain.holds import (
    FINAL,
    OPEN_ENDED,
    DeliveryConditions,
    Hold,
    NextAttempt,
    SendingConditions,
    next_attempt,
)
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.standing import AWAITING_ATTEMPT, Stage, Standing
from ledger.domain.vocabulary import CampaignState

IN_AN_HOUR, TOMORROW = MONDAY + timedelta(hours=1), MONDAY + timedelta(days=1)
MORNING = Schedule(window=SendWindow(opens=time(10), closes=time(12)))
AT_TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
FREE = DeliveryConditions(
    state=CampaignState.SENDING,
    timing=Schedule(),
    zone="",
    is_opted_out=False,
    sending=SendingConditions(),
)


def standing(stage: Stage = Stage.SOFT_BOUNCE, next_at: datetime | None = None) -> Standing:
    return Standing.of(fact(stage, next_at=next_at))


def seen(at: Standing | None = None, *, now: datetime = MONDAY, **changes: object) -> NextAttempt:
    return next_attempt(at or standing(), replace(FREE, **changes), now)


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in AWAITING_ATTEMPT])
def test_a_delivery_that_awaits_no_attempt_has_no_holds(stage):
    attempt = seen(
        standing(stage), state=CampaignState.PAUSED, sending=SendingConditions(is_off=True)
    )
    assert attempt == NextAttempt(is_awaited=False)
    assert not attempt.is_due


@pytest.mark.parametrize("stage", sorted(AWAITING_ATTEMPT))
def test_an_attempt_without_holds_is_due(stage):
    assert seen(standing(stage)) == NextAttempt(is_awaited=True)
    assert seen(standing(stage)).is_due


def test_an_attempt_waits_for_the_end_of_its_wait():
    attempt = seen(standing(next_at=IN_AN_HOUR))
    assert (attempt.holds, attempt.at, attempt.is_due) == ((), IN_AN_HOUR, False)


def test_a_wait_that_is_over_has_no_time():
    attempt = seen(standing(next_at=MONDAY), now=IN_AN_HOUR)
    assert (attempt.at, attempt.is_due) == (None, True)


@pytest.mark.parametrize(
    ("state", "hold"),
    [
        (CampaignState.PAUSED, Hold.PAUSED),
        (CampaignState.CLOSED, Hold.CLOSED),
        (CampaignState.ARCHIVED, Hold.ARCHIVED),
    ],
)
def test_the_state_of_the_campaign_holds_the_attempt_back_without_a_known_end(state, hold):
    attempt = seen(standing(next_at=IN_AN_HOUR), state=state)
    assert (attempt.holds, attempt.at) == ((hold,), None)


def test_the_sending_switch_holds_the_attempt_back_without_a_known_end():
    attempt = seen(standing(next_at=IN_AN_HOUR), sending=SendingConditions(is_off=True))
    assert (attempt.holds, attempt.at) == ((Hold.SENDING_OFF,), None)


def test_an_opt_out_rules_the_attempt_out():
    attempt = seen(is_opted_out=True)
    assert (attempt.holds, attempt.at, attempt.is_ruled_out) == ((Hold.OPTED_OUT,), None, True)


def test_a_future_start_holds_the_attempt_back_until_then():
    attempt = seen(timing=Schedule(starts_at=TOMORROW))
    assert (attempt.holds, attempt.at) == ((Hold.BEFORE_START,), TOMORROW)
    assert seen(timing=Schedule(starts_at=TOMORROW), now=TOMORROW).is_due


def test_the_hours_hold_the_attempt_back_until_they_open():
    attempt = seen(timing=MORNING)
    assert (attempt.holds, attempt.at) == ((Hold.OUTSIDE_HOURS,), AT_TEN)
    assert seen(timing=MORNING, now=AT_TEN).is_due


def test_the_hours_are_those_of_the_contacts_own_day():
    attempt = seen(timing=MORNING, zone="America/New_York")
    assert attempt.at == AT_TEN + timedelta(hours=5)


def test_a_wait_that_ends_outside_the_hours_ends_when_they_open():
    attempt = seen(standing(next_at=AT_TEN + timedelta(hours=2)), timing=MORNING, now=AT_TEN)
    assert (attempt.holds, attempt.at) == ((Hold.OUTSIDE_HOURS,), AT_TEN + timedelta(days=1))


def test_a_start_outside_the_hours_waits_for_both():
    attempt = seen(timing=replace(MORNING, starts_at=AT_TEN - timedelta(minutes=30)))
    assert (attempt.holds, attempt.at) == ((Hold.BEFORE_START, Hold.OUTSIDE_HOURS), AT_TEN)


def test_a_rate_limit_holds_the_attempt_back_until_its_end():
    attempt = seen(sending=SendingConditions(limited_until=IN_AN_HOUR))
    assert (attempt.holds, attempt.at) == ((Hold.RATE_LIMIT,), IN_AN_HOUR)


@pytest.mark.parametrize("limited_until", [MONDAY, IN_AN_HOUR - timedelta(seconds=1), IN_AN_HOUR])
def test_a_rate_limit_that_ends_in_time_holds_nothing_back(limited_until):
    limited = SendingConditions(limited_until=limited_until)
    assert seen(standing(next_at=IN_AN_HOUR), sending=limited).holds == ()


def test_a_cap_of_the_sender_holds_the_attempt_back_until_its_end():
    attempt = seen(sending=SendingConditions(held_until=IN_AN_HOUR))
    assert (attempt.holds, attempt.at) == ((Hold.SENDER_CAP,), IN_AN_HOUR)
    assert seen(sending=SendingConditions(held_until=IN_AN_HOUR), now=IN_AN_HOUR).is_due


def test_the_later_of_a_rate_limit_and_a_cap_counts():
    both = SendingConditions(limited_until=IN_AN_HOUR, held_until=TOMORROW)
    attempt = seen(sending=both)
    assert (attempt.holds, attempt.at) == ((Hold.RATE_LIMIT, Hold.SENDER_CAP), TOMORROW)


@pytest.mark.parametrize(
    ("next_at", "has_wait"), [(None, False), (MONDAY, False), (IN_AN_HOUR, True)]
)
def test_a_wait_lasts_until_the_time_of_the_next_attempt(next_at, has_wait):
    assert seen(standing(next_at=next_at)).has_wait is has_wait


@pytest.mark.parametrize(
    "send_before",
    [MONDAY, MONDAY + timedelta(seconds=60), IN_AN_HOUR, IN_AN_HOUR + timedelta(seconds=60)],
)
def test_an_attempt_that_could_only_start_too_late_is_ruled_out(send_before):
    attempt = seen(standing(next_at=IN_AN_HOUR), timing=Schedule(send_before=send_before))
    assert (attempt.holds, attempt.at) == ((Hold.PAST_SEND_BEFORE,), None)
    assert attempt.is_ruled_out


def test_an_attempt_that_starts_in_time_is_not_ruled_out():
    in_time = Schedule(send_before=IN_AN_HOUR + timedelta(seconds=61))
    attempt = seen(standing(next_at=IN_AN_HOUR), timing=in_time)
    assert (attempt.holds, attempt.at) == ((), IN_AN_HOUR)


def test_hours_that_open_too_late_rule_the_attempt_out():
    attempt = seen(timing=replace(MORNING, send_before=AT_TEN))
    assert (attempt.holds, attempt.at) == ((Hold.PAST_SEND_BEFORE, Hold.OUTSIDE_HOURS), None)


def test_all_holds_are_listed_in_one_order():
    attempt = seen(
        state=CampaignState.PAUSED,
        timing=replace(MORNING, starts_at=MONDAY + timedelta(minutes=10), send_before=AT_TEN),
        is_opted_out=True,
        sending=SendingConditions(
            is_off=True,
            limited_until=MONDAY + timedelta(minutes=20),
            held_until=MONDAY + timedelta(minutes=30),
        ),
        held_until=MONDAY + timedelta(minutes=5),
    )
    assert attempt.holds == tuple(hold for hold in Hold if hold not in {Hold.ARCHIVED, Hold.CLOSED})


def test_no_combination_has_an_impossible_time():
    """Every time that is named is in the future, and no hold without an end comes before it."""
    states, flags = CampaignState, (False, True)
    moments = (None, MONDAY, IN_AN_HOUR, TOMORROW)
    for state, off, out, start, end, limit, waits, window in product(
        states, flags, flags, moments, moments, moments, moments, (None, MORNING.window)
    ):
        attempt = next_attempt(
            standing(next_at=waits),
            DeliveryConditions(
                state=state,
                timing=Schedule(starts_at=start, send_before=end, window=window),
                zone="",
                is_opted_out=out,
                sending=SendingConditions(is_off=off, limited_until=limit),
            ),
            MONDAY,
        )
        if attempt.at is None:
            assert attempt.is_due or not (FINAL | OPEN_ENDED).isdisjoint(attempt.holds)
            continue
        assert MONDAY < attempt.at < (end or datetime.max.replace(tzinfo=UTC))
        assert state is CampaignState.SENDING
        assert not off
        assert not out
        assert all(attempt.at >= moment for moment in (start, limit, waits) if moment)


def test_a_cap_keeps_all_texts_waiting_until_it_ends():
    capped = SendingConditions(held_until=IN_AN_HOUR)
    assert capped.is_sender_held(IN_AN_HOUR - timedelta(microseconds=1))
    assert not capped.is_sender_held(IN_AN_HOUR)
    assert not SendingConditions().is_sender_held(MONDAY)
