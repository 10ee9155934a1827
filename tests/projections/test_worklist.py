"""What the sender has to do, as the views know it."""

from datetime import timedelta

import pytest

from kit.clock import MONDAY
from kit.stories import (
    DELIVERY,
    accepted,
    archived,
    bounced,
    closed,
    created,
    delivered,
    doubted,
    enrolled,
    failed,
    launched,
    of_ben,
    paused,
    put_back,
    resend_requested,
    resumed,
    started,
    withdrawn,
)

pytestmark = pytest.mark.both_databases

SOON = MONDAY + timedelta(minutes=5)
LAUNCHED = (created(), enrolled(), launched())


def due(record, now=MONDAY, limit=10):
    return record.worklist.due(now, limit)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [paused(), resumed()],
        [started(), put_back(next_at=MONDAY)],
        [started(), accepted(), bounced()],
        [started(), accepted(), failed(), resend_requested()],
    ],
)
def test_a_delivery_is_due(record, events):
    assert due(record(*LAUNCHED, *events)) == [DELIVERY]


@pytest.mark.parametrize(
    "events",
    [
        [paused()],
        [closed()],
        [archived()],
        [withdrawn()],
        [started()],
        [started(), doubted()],
        [started(), accepted()],
        [started(), accepted(), delivered()],
        [started(), accepted(), failed()],
        [started(), put_back(next_at=SOON)],
    ],
)
def test_a_delivery_is_not_due(record, events):
    assert due(record(*LAUNCHED, *events)) == []


def test_a_launch_under_way_has_nothing_due(record):
    assert due(record(created(), enrolled())) == []


def test_a_wait_is_over_at_its_moment_and_not_before(record):
    record(*LAUNCHED, started(), put_back(next_at=SOON))
    assert due(record, SOON - timedelta(microseconds=1)) == []
    assert due(record, SOON) == [DELIVERY]


def test_what_is_longest_due_comes_first(record, clock):
    record(created(), enrolled(), launched(), started(), put_back(next_at=SOON))
    clock.advance(minutes=1)
    record(of_ben(enrolled(2)))
    assert due(record, SOON) == ["del_ben", DELIVERY]


def test_what_is_due_together_comes_in_the_order_of_the_file(record):
    record(created(), of_ben(enrolled(2)), enrolled(1), launched())
    assert due(record) == [DELIVERY, "del_ben"]


def test_no_more_is_given_than_was_asked_for(record):
    record(created(), enrolled(), of_ben(enrolled(2)), launched())
    assert len(due(record, limit=1)) == 1


@pytest.mark.parametrize(("events", "is_recorded"), [([], False), ([doubted()], True)])
def test_an_attempt_without_an_outcome_is_in_unsettled_since_its_start(
    record, clock, events, is_recorded
):
    record(*LAUNCHED, started())
    clock.advance(hours=1)
    record(*events)
    (attempt,) = record.worklist.unsettled_attempts()
    assert (attempt.delivery_id, attempt.turn, attempt.is_recorded_unknown) == (
        DELIVERY,
        1,
        is_recorded,
    )
    assert attempt.started_at == MONDAY


@pytest.mark.parametrize("end", [accepted(), bounced(), delivered(), put_back()])
def test_any_report_on_the_attempt_settles_it(record, end):
    assert record(*LAUNCHED, started(), doubted(), end).worklist.unsettled_attempts() == []


def test_an_unsettled_attempt_of_a_later_turn_has_the_start_of_that_turn(record, clock):
    record(*LAUNCHED, started(), doubted(), bounced())
    later = clock.advance(hours=1)
    (attempt,) = record(started(2)).worklist.unsettled_attempts()
    assert (attempt.turn, attempt.started_at) == (2, later)


def test_unsettled_attempts_are_returned_oldest_first(record, clock):
    record(created(), of_ben(enrolled(2)), enrolled(1), launched(), of_ben(started()))
    clock.advance(seconds=1)
    record(started())
    assert [attempt.delivery_id for attempt in record.worklist.unsettled_attempts()] == [
        "del_ben",
        DELIVERY,
    ]
