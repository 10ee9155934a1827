"""The pace of sending: slots that all senders share, and who may send what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ledger.sending.rate_limiter import RateLimiter, SlotRequest, slots
from ledger.store.engine import open_database

SECOND = 1_000_000


@pytest.fixture
def open_limiter(database_url, clock):
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


def requests(*segments):
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


def test_without_a_pace_everything_goes_at_once(open_limiter):
    assert waits(open_limiter(None).claim_slots(requests(*[100] * 50))) == [0] * 50


def test_what_one_process_took_another_waits_for(open_limiter):
    one, other = open_limiter(10.0), open_limiter(10.0)
    one.claim_slots(requests(5))
    assert waits(other.claim_slots([SlotRequest("del_other", 1)])) == [0.5]


def test_another_sender_has_a_pace_of_its_own(open_limiter):
    open_limiter(1.0).claim_slots(requests(30))
    assert waits(open_limiter(1.0, "MG2").claim_slots([SlotRequest("del_other", 1)])) == [0]


def test_what_lies_beyond_the_horizon_is_left_for_whoever_comes(open_limiter, clock):
    one, other = open_limiter(1.0), open_limiter(1.0)
    assert waits(one.claim_slots(requests(1, 1, 1, 1))) == [0, 1]
    assert other.claim_slots([SlotRequest("del_2", 1)]) == []
    clock.advance(seconds=1)
    assert waits(other.claim_slots([SlotRequest("del_2", 1)])) == [1]


def test_a_text_is_one_processs_to_send(open_limiter):
    one, other = open_limiter(None), open_limiter(None)
    one.claim_slots(requests(1, 1))
    assert [slot.delivery_id for slot in other.claim_slots(requests(1, 1, 1))] == ["del_2"]
    assert set(other.claimed_ids()) == {"del_0", "del_1", "del_2"}


def test_what_was_let_go_of_may_be_taken_again(open_limiter):
    limiter = open_limiter(None)
    limiter.claim_slots(requests(1))
    limiter.release(["del_0"])
    assert limiter.claimed_ids() == []
    assert len(limiter.claim_slots(requests(1))) == 1


def test_a_claim_lapses_a_while_behind_its_slot(open_limiter, clock):
    limiter = open_limiter(1.0)
    limiter.claim_slots(requests(1, 1))
    clock.advance(seconds=15.5)
    assert limiter.claimed_ids() == ["del_1"]
    clock.advance(seconds=1)
    assert limiter.claimed_ids() == []


def test_a_claim_holds_for_fifteen_seconds_and_not_a_moment_longer(open_limiter, clock):
    one, other = open_limiter(None), open_limiter(None)
    one.claim_slots(requests(1))
    clock.advance(seconds=15)
    assert (other.claimed_ids(), other.claim_slots(requests(1))) == (["del_0"], [])
    clock.advance(microseconds=1)
    assert other.claimed_ids() == []
    assert len(other.claim_slots(requests(1))) == 1


def test_while_the_provider_asked_for_rest_nobody_gets_a_slot(open_limiter, clock):
    one, other = open_limiter(None), open_limiter(None)
    one.block_for(60)
    assert other.claim_slots(requests(1)) == []
    clock.advance(seconds=60)
    assert len(other.claim_slots(requests(1))) == 1


def test_a_hold_of_the_provider_has_an_end_that_is_known(open_limiter, clock):
    one, other = open_limiter(None), open_limiter(None)
    assert other.blocked_until() is None
    one.block_for(60)
    assert other.blocked_until() == clock.now() + timedelta(seconds=60)
    clock.advance(seconds=60)
    assert other.blocked_until() is None


def test_slots_that_are_taken_are_no_hold(open_limiter):
    limiter = open_limiter(1.0)
    limiter.claim_slots(requests(9))
    assert limiter.blocked_until() is None


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_a_shorter_rest_asked_for_later_shortens_no_longer_one(open_limiter, clock, seconds):
    one, other = open_limiter(None), open_limiter(None)
    one.block_for(60)
    other.block_for(seconds)
    clock.advance(seconds=58.9)
    assert other.claim_slots(requests(1)) == []
    clock.advance(seconds=1.1)
    assert waits(other.claim_slots(requests(1))) == [0]


def test_a_rest_shortens_no_wait_for_slots_that_were_given_away(open_limiter):
    limiter = open_limiter(1.0)
    limiter.claim_slots(requests(10))
    limiter.block_for(1)
    assert limiter.claim_slots([SlotRequest("del_other", 1)]) == []


def test_a_longer_rest_asked_for_later_counts(open_limiter, clock):
    limiter = open_limiter(None)
    limiter.block_for(1)
    limiter.block_for(60)
    clock.advance(seconds=58.9)
    assert limiter.claim_slots(requests(1)) == []


def test_eight_processes_share_one_pace_to_the_slot(open_limiter):
    """Whoever asks when: no slot is given twice, and none is left out."""
    paces = [open_limiter(100.0) for _ in range(8)]

    def take(number):
        found = []
        for n in range(12):
            found += waits(paces[number].claim_slots([SlotRequest(f"del_{number}_{n}", 1)]))
        return found

    with ThreadPoolExecutor(8) as pool:
        found = sorted(wait for part in pool.map(take, range(8)) for wait in part)
    assert found == [pytest.approx(n / 100) for n in range(96)]
