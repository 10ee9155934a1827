"""The pace of sending: slots that all senders share, and who may send what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ledger.sending.rate_limiter import RateLimiter, SlotRequest, slots
from ledger.store.engine import open_database

SECOND = 1_000_000


@pytest.fixture
def pace_at(database_url, clock):
    """Gives paces over one database, each with an engine as another process has it."""
    engines = []

    def open_one(rate, sender="MG1"):
        engine = open_database(
            database_url, "sending", setting="LEDGER_DATABASE_URL", is_durable=False
        )
        engines.append(engine)
        return RateLimiter(engine, clock, sender, rate)

    yield open_one
    for engine in engines:
        engine.dispose()


def wishes(*segments):
    return [SlotRequest(f"del_{number}", count) for number, count in enumerate(segments)]


def waits(found):
    return [slot.wait_seconds for slot in found]


# Reckoning.


@pytest.mark.parametrize(
    ("segments", "begins"),
    [((1, 5, 1), [0, 0.1, 0.6]), ((11, 1), [0]), ((1,) * 20, [n / 10 for n in range(11)])],
)
def test_each_text_begins_behind_the_segments_before_it_up_to_the_horizon(segments, begins):
    found = slots(0, 0, segments, rate=10.0)
    assert [at / SECOND for at in found] == begins


def test_time_that_has_passed_is_not_waited_for_again():
    assert list(slots(3 * SECOND, 10 * SECOND, [1], rate=1.0)) == [10 * SECOND]


def test_an_idle_hour_saves_up_no_burst():
    assert list(slots(0, 3600 * SECOND, [1, 1], rate=1.0)) == [3600 * SECOND, 3601 * SECOND]


# Shared.


def test_without_a_pace_everything_goes_at_once(pace_at):
    assert waits(pace_at(None).take(wishes(*[100] * 50))) == [0] * 50


def test_what_one_process_took_another_waits_for(pace_at):
    one, other = pace_at(10.0), pace_at(10.0)
    one.take(wishes(5))
    assert waits(other.take([SlotRequest("del_other", 1)])) == [0.5]


def test_another_sender_has_a_pace_of_its_own(pace_at):
    pace_at(1.0).take(wishes(30))
    assert waits(pace_at(1.0, "MG2").take([SlotRequest("del_other", 1)])) == [0]


def test_what_lies_beyond_the_horizon_is_left_for_whoever_comes(pace_at, clock):
    one, other = pace_at(1.0), pace_at(1.0)
    assert waits(one.take(wishes(1, 1, 1, 1))) == [0, 1]
    assert other.take([SlotRequest("del_2", 1)]) == []
    clock.advance(seconds=1)
    assert waits(other.take([SlotRequest("del_2", 1)])) == [1]


def test_a_text_is_one_processs_to_send(pace_at):
    one, other = pace_at(None), pace_at(None)
    one.take(wishes(1, 1))
    assert [slot.delivery_id for slot in other.take(wishes(1, 1, 1))] == ["del_2"]
    assert set(other.claimed()) == {"del_0", "del_1", "del_2"}


def test_what_was_let_go_of_may_be_taken_again(pace_at):
    pace = pace_at(None)
    pace.take(wishes(1))
    pace.release(["del_0"])
    assert pace.claimed() == []
    assert len(pace.take(wishes(1))) == 1


def test_a_claim_lapses_a_while_behind_its_slot(pace_at, clock):
    pace = pace_at(1.0)
    pace.take(wishes(1, 1))
    clock.advance(seconds=15.5)
    assert pace.claimed() == ["del_1"]
    clock.advance(seconds=1)
    assert pace.claimed() == []


def test_a_claim_holds_for_fifteen_seconds_and_not_a_moment_longer(pace_at, clock):
    one, other = pace_at(None), pace_at(None)
    one.take(wishes(1))
    clock.advance(seconds=15)
    assert (other.claimed(), other.take(wishes(1))) == (["del_0"], [])
    clock.advance(microseconds=1)
    assert other.claimed() == []
    assert len(other.take(wishes(1))) == 1


def test_while_the_provider_asked_for_rest_nobody_gets_a_slot(pace_at, clock):
    one, other = pace_at(None), pace_at(None)
    one.hold(60)
    assert other.take(wishes(1)) == []
    clock.advance(seconds=60)
    assert len(other.take(wishes(1))) == 1


def test_a_hold_of_the_provider_has_an_end_that_is_known(pace_at, clock):
    one, other = pace_at(None), pace_at(None)
    assert other.held_until() is None
    one.hold(60)
    assert other.held_until() == clock.now() + timedelta(seconds=60)
    clock.advance(seconds=60)
    assert other.held_until() is None


def test_slots_that_are_taken_are_no_hold(pace_at):
    pace = pace_at(1.0)
    pace.take(wishes(9))
    assert pace.held_until() is None


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_a_shorter_rest_asked_for_later_shortens_no_longer_one(pace_at, clock, seconds):
    one, other = pace_at(None), pace_at(None)
    one.hold(60)
    other.hold(seconds)
    clock.advance(seconds=58.9)
    assert other.take(wishes(1)) == []
    clock.advance(seconds=1.1)
    assert waits(other.take(wishes(1))) == [0]


def test_a_rest_shortens_no_wait_for_slots_that_were_given_away(pace_at):
    pace = pace_at(1.0)
    pace.take(wishes(10))
    pace.hold(1)
    assert pace.take([SlotRequest("del_other", 1)]) == []


def test_a_longer_rest_asked_for_later_counts(pace_at, clock):
    pace = pace_at(None)
    pace.hold(1)
    pace.hold(60)
    clock.advance(seconds=58.9)
    assert pace.take(wishes(1)) == []


def test_eight_processes_share_one_pace_to_the_slot(pace_at):
    """Whoever asks when: no slot is given twice, and none is left out."""
    paces = [pace_at(100.0) for _ in range(8)]

    def take(number):
        found = []
        for n in range(12):
            found += waits(paces[number].take([SlotRequest(f"del_{number}_{n}", 1)]))
        return found

    with ThreadPoolExecutor(8) as pool:
        found = sorted(wait for part in pool.map(take, range(8)) for wait in part)
    assert found == [pytest.approx(n / 100) for n in range(96)]
