"""The rate limiter: slots and claims that all senders share."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ledger.sending.rate_limiter import RateLimiter, SlotRequest, slots
from ledger.store.engine import open_database

SECOND = 1_000_000


@pytest.fixture
def open_limiter(database_url, clock):
    """Open rate limiters over one database, each with its own engine like a process of its own."""
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


def waits(given):
    return [slot.wait_seconds for slot in given]


# The slots.


@pytest.mark.parametrize(
    ("segments", "begins"),
    [((1, 5, 1), [0, 0.1, 0.6]), ((11, 1), [0]), ((1,) * 20, [n / 10 for n in range(11)])],
)
def test_each_text_begins_behind_the_segments_before_it_up_to_the_horizon(segments, begins):
    starts = slots(0, 0, segments, rate=10.0)
    assert [at / SECOND for at in starts] == begins


def test_time_that_has_passed_is_not_waited_for_again():
    assert list(slots(3 * SECOND, 10 * SECOND, [1], rate=1.0)) == [10 * SECOND]


def test_an_idle_hour_allows_no_burst():
    assert list(slots(0, 3600 * SECOND, [1, 1], rate=1.0)) == [3600 * SECOND, 3601 * SECOND]


# Shared.


def test_without_a_rate_everything_starts_at_once(open_limiter):
    assert waits(open_limiter(None).claim_slots(requests(*[100] * 50))) == [0] * 50


def test_a_process_waits_for_the_slots_of_another(open_limiter):
    first, second = open_limiter(10.0), open_limiter(10.0)
    first.claim_slots(requests(5))
    assert waits(second.claim_slots([SlotRequest("del_other", 1)])) == [0.5]


def test_another_sending_number_has_its_own_rate_limit(open_limiter):
    open_limiter(1.0).claim_slots(requests(30))
    assert waits(open_limiter(1.0, "MG2").claim_slots([SlotRequest("del_other", 1)])) == [0]


def test_slots_too_far_ahead_are_left_to_other_processes(open_limiter, clock):
    first, second = open_limiter(1.0), open_limiter(1.0)
    assert waits(first.claim_slots(requests(1, 1, 1, 1))) == [0, 1]
    assert second.claim_slots([SlotRequest("del_2", 1)]) == []
    clock.advance(seconds=1)
    assert waits(second.claim_slots([SlotRequest("del_2", 1)])) == [1]


def test_a_claimed_text_is_not_given_to_another_process(open_limiter):
    first, second = open_limiter(None), open_limiter(None)
    first.claim_slots(requests(1, 1))
    assert [slot.delivery_id for slot in second.claim_slots(requests(1, 1, 1))] == ["del_2"]
    assert set(second.claimed_ids()) == {"del_0", "del_1", "del_2"}


def test_a_released_text_can_be_claimed_again(open_limiter):
    limiter = open_limiter(None)
    limiter.claim_slots(requests(1))
    limiter.release(["del_0"])
    assert limiter.claimed_ids() == []
    assert len(limiter.claim_slots(requests(1))) == 1


def test_a_claim_ends_some_time_after_its_slot(open_limiter, clock):
    limiter = open_limiter(1.0)
    limiter.claim_slots(requests(1, 1))
    clock.advance(seconds=15.5)
    assert limiter.claimed_ids() == ["del_1"]
    clock.advance(seconds=1)
    assert limiter.claimed_ids() == []


def test_a_claim_lasts_fifteen_seconds_and_no_longer(open_limiter, clock):
    first, second = open_limiter(None), open_limiter(None)
    first.claim_slots(requests(1))
    clock.advance(seconds=15)
    assert (second.claimed_ids(), second.claim_slots(requests(1))) == (["del_0"], [])
    clock.advance(microseconds=1)
    assert second.claimed_ids() == []
    assert len(second.claim_slots(requests(1))) == 1


def test_while_the_provider_blocks_sending_nobody_gets_a_slot(open_limiter, clock):
    first, second = open_limiter(None), open_limiter(None)
    first.block_for(60)
    assert second.claim_slots(requests(1)) == []
    clock.advance(seconds=60)
    assert len(second.claim_slots(requests(1))) == 1


def test_the_end_of_a_block_is_known(open_limiter, clock):
    first, second = open_limiter(None), open_limiter(None)
    assert second.blocked_until() is None
    first.block_for(60)
    assert second.blocked_until() == clock.now() + timedelta(seconds=60)
    clock.advance(seconds=60)
    assert second.blocked_until() is None


@pytest.mark.parametrize(("seconds", "is_block"), [(10, False), (10.000001, True)])
def test_a_wait_of_ten_seconds_is_no_block_yet(open_limiter, seconds, is_block):
    limiter = open_limiter(None)
    limiter.block_for(seconds)
    assert (limiter.blocked_until() is not None) is is_block


def test_taken_slots_are_no_block(open_limiter):
    limiter = open_limiter(1.0)
    limiter.claim_slots(requests(9))
    assert limiter.blocked_until() is None


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_a_later_and_shorter_block_does_not_shorten_a_longer_one(open_limiter, clock, seconds):
    first, second = open_limiter(None), open_limiter(None)
    first.block_for(60)
    second.block_for(seconds)
    clock.advance(seconds=58.9)
    assert second.claim_slots(requests(1)) == []
    clock.advance(seconds=1.1)
    assert waits(second.claim_slots(requests(1))) == [0]


def test_a_block_does_not_shorten_the_wait_for_taken_slots(open_limiter):
    limiter = open_limiter(1.0)
    limiter.claim_slots(requests(10))
    limiter.block_for(1)
    assert limiter.claim_slots([SlotRequest("del_other", 1)]) == []


def test_a_later_and_longer_block_counts(open_limiter, clock):
    limiter = open_limiter(None)
    limiter.block_for(1)
    limiter.block_for(60)
    clock.advance(seconds=58.9)
    assert limiter.claim_slots(requests(1)) == []


def test_eight_processes_share_one_rate_limit_exactly(open_limiter):
    """Whoever asks when: no slot is given twice, and none is left out."""
    limiters = [open_limiter(100.0) for _ in range(8)]

    def take(number):
        waited = []
        for n in range(12):
            waited += waits(limiters[number].claim_slots([SlotRequest(f"del_{number}_{n}", 1)]))
        return waited

    with ThreadPoolExecutor(8) as pool:
        waited = sorted(wait for part in pool.map(take, range(8)) for wait in part)
    assert waited == [pytest.approx(n / 100) for n in range(96)]
