"""The pace of sending: given the time, how long a text must wait."""

import pytest

from ledger.pace import Pace


@pytest.mark.parametrize("segments_per_second", [None, 0])
def test_without_a_pace_everything_goes_at_once(segments_per_second):
    pace = Pace(segments_per_second)
    assert [pace.wait_seconds(100, now=0.0) for _ in range(3)] == [0, 0, 0]


def test_each_text_waits_for_the_segments_before_it():
    pace = Pace(10)
    assert [pace.wait_seconds(count, now=0.0) for count in (1, 5, 1)] == pytest.approx(
        [0, 0.1, 0.6]
    )


def test_time_that_has_passed_is_not_waited_for_again():
    pace = Pace(1)
    pace.wait_seconds(3, now=0.0)
    assert pace.wait_seconds(1, now=2.0) == 1


def test_an_idle_hour_saves_up_no_burst():
    pace = Pace(1)
    pace.wait_seconds(1, now=0.0)
    assert [pace.wait_seconds(1, now=3600.0) for _ in range(2)] == [0, 1]


def test_a_slow_pace_waits_long():
    pace = Pace(0.1)
    pace.wait_seconds(1, now=0.0)
    assert pace.wait_seconds(1, now=0.0) == 10
