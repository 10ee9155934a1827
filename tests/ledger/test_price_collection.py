"""Collecting prices: they come late, may change, and are recorded once whatever is killed."""

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from kit.clock import MONDAY
from kit.provider import provider_record, sid
from kit.world import ADA, BEN, CLEO
from ledger.domain.events import TextPricesRecorded
from ledger.domain.text_prices import TextPrice, price_in
from ledger.errors import ProviderError
from ledger.sending.price_settings import PriceSettings
from projections.costs.queries import Cost

SETTINGS = PriceSettings(every=timedelta(minutes=15), pages_per_minute=6)
PRICE = {"segments": 2, "price": "-0.0158", "currency": "USD"}


@pytest.fixture
def campaign(world):
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.app.views.catch_up()
    return campaign_id


def know(provider, clock, **changed):
    """Let the provider know the three texts, which the sender gave it in some order."""
    for number, phone in enumerate((ADA, BEN, CLEO), start=1):
        provider.records[phone] = [provider_record(clock.now(), sid=sid(number), **changed)]


def collection(world, seconds=None, **settings):
    """A collection of one process; its pauses are over, unless `seconds` measures them."""
    app = world.app
    app = replace(app, settings=replace(app.settings, price_collection=SETTINGS))
    made = replace(app.sending.price_collection(), cursors=world.app.sending.cursors)
    return replace(made, monotonic=seconds or map(float, count(0, 1000)).__next__, **settings)


def collect(collecting):
    return sum(1 for _ in iter(collecting.read_next_page, False))


def costs(world, campaign_id):
    world.app.views.catch_up()
    return world.app.costs.of_campaign(campaign_id)


def recorded(world):
    return [e.event for e in world.app.ledger.reader.events(topics=(TextPricesRecorded.topic,))]


def test_one_event_has_the_prices_of_a_page(world, campaign, provider, clock):
    know(provider, clock, **PRICE)
    assert collect(collection(world)) == 1
    (event,) = recorded(world)
    assert event.campaign_id == campaign
    (priced,) = event.prices
    assert (priced.segments, priced.cost_millionths, priced.currency) == (2, 15_800, "USD")
    assert sorted(priced.sids) == [sid(1), sid(2), sid(3)]
    assert costs(world, campaign) == [Cost("USD", 3, 6, 47_400)]


def test_a_price_that_comes_late_is_found_by_a_later_pass(world, campaign, provider, clock):
    know(provider, clock)
    collecting = collection(world)
    assert (collect(collecting), recorded(world)) == (1, [])
    know(provider, clock, **PRICE)
    assert collect(collecting) == 0  # the next pass is not due
    clock.advance(minutes=16)
    assert collect(collecting) == 1
    assert costs(world, campaign)[0].texts == 3


def test_texts_of_yesterday_are_listed_again_after_hours_a_day_and_a_week(
    world, campaign, provider, clock
):
    know(provider, clock)
    collecting, asked = collection(world), []
    for hour in range(24 * 12):
        if collect(collecting):
            asked.append(hour)
        clock.advance(hours=1)
    day_ends = next(h for h in range(48) if (MONDAY + timedelta(hours=h)).date() != MONDAY.date())
    late = [hour for hour in asked if hour > day_ends]
    assert len(late) == 3
    assert [round((hour - late[0]) / 24) for hour in late] == [0, 1, 7]


@pytest.mark.both_databases
def test_the_price_that_was_recorded_last_counts(world, campaign, provider, clock):
    know(provider, clock, **PRICE)
    collecting = collection(world)
    collect(collecting)
    for price in ("-0.02", "-0.0158"):
        know(provider, clock, **PRICE | {"price": price})
        clock.advance(minutes=16)
        collect(collecting)
    assert [event.prices[0].cost_millionths for event in recorded(world)] == [
        15_800,
        20_000,
        15_800,
    ]
    assert costs(world, campaign) == [Cost("USD", 3, 6, 47_400)]
    as_of_second = world.app.costs.as_of(world.app.ledger.reader.head() - 1)
    assert as_of_second.of_campaign(campaign) == [Cost("USD", 3, 6, 60_000)]


def test_texts_of_other_programs_are_left_out(world, campaign, provider, clock):
    know(provider, clock, **PRICE)
    provider.records["+14155550199"] = [provider_record(clock.now(), sid=sid(900), **PRICE)]
    collect(collection(world))
    (event,) = recorded(world)
    assert sid(900) not in event.prices[0].sids


def test_a_collection_that_was_killed_goes_on_with_its_page(world, campaign, provider, clock):
    """The kill is between the event and the note that its page was read."""
    know(provider, clock, **PRICE)
    provider.page_size = 1
    first = collection(world)
    assert first.read_next_page()

    class KilledError(Exception):
        pass

    def die(*_args):
        raise KilledError

    dying = collection(world)
    dying.passes.advance = die
    with pytest.raises(KilledError):
        dying.read_next_page()
    provider.asked_about.clear()
    after = world.again()
    clock.advance(minutes=2)  # the lease of the killed process ends
    try:
        assert collect(collection(after)) == 2
    finally:
        after.close()
    assert [about.partition(" ")[2] for about in provider.asked_about] == [sid(1), sid(2)]
    assert costs(world, campaign) == [Cost("USD", 3, 6, 47_400)]
    assert len(recorded(world)) == 3


def test_one_of_several_senders_collects(world, campaign, provider, clock):
    know(provider, clock, **PRICE)
    other = world.again()
    try:
        assert (collect(collection(world)), collect(collection(other))) == (1, 0)
        assert len(recorded(world)) == 1
    finally:
        other.close()


def test_the_same_page_read_by_two_at_once_is_recorded_once(world, campaign, provider, clock):
    know(provider, clock, **PRICE)
    collecting = collection(world)
    page = provider.sent_on(clock.now().date())
    commands = [*collecting._commands(page.records), *collecting._commands(page.records)]
    assert [world.app.ledger.execute(each).result() for each in commands] == [True, False]


def test_after_a_429_it_waits_as_long_as_twilio_says(world, campaign, provider, clock):
    know(provider, clock, **PRICE)
    seconds = iter([0.0, 0.0, 0.0, 0.0, 300.0, 301.0, 601.0, 601.0, 601.0, 601.0])
    collecting = collection(world, seconds.__next__)

    def too_many(day, page=None):
        raise ProviderError("Twilio has had too many requests.", retry_after_seconds=600)

    working, provider.sent_on = provider.sent_on, too_many
    assert not collecting.read_next_page()
    provider.sent_on = working
    provider.asked_about.clear()
    assert not collecting.read_next_page()
    assert provider.asked_about == []


def test_nothing_is_asked_while_twilio_wants_no_requests(world, campaign, provider, clock):
    know(provider, clock, **PRICE)
    world.app.rate_limiter.block_for(120)
    assert collect(collection(world)) == 0


def test_while_texts_wait_to_be_sent_pages_are_read_more_slowly(world, campaign, provider, clock):
    collecting = collection(world)
    assert collecting._pause_seconds() == 10
    world.launch([ADA], name="Waiting")
    assert collecting._pause_seconds() == 50


def test_a_page_that_cannot_be_read_any_more_begins_the_pass_again(
    world, campaign, provider, clock
):
    know(provider, clock, **PRICE)
    provider.page_size = 1
    collecting = collection(world)
    assert collecting.read_next_page()
    provider.fail_asks = 3
    assert not any(collecting.read_next_page() for _ in range(3))
    assert collect(collecting) == 3


def test_a_ledger_that_sent_nothing_asks_for_nothing(world, provider):
    assert (collect(collection(world)), provider.asked_about) == (0, [])


def test_forgetting_leaves_the_cost(world, campaign, provider, clock):
    know(provider, clock, **PRICE)
    collect(collection(world))
    world.forget(ADA)
    world.app.views.rebuild()
    assert costs(world, campaign) == [Cost("USD", 3, 6, 47_400)]


@pytest.mark.parametrize(
    ("price", "cost"), [("-0.00750", 7_500), ("-12", 12_000_000), ("0.01", -10_000), ("0", 0)]
)
def test_a_price_is_a_whole_number_of_millionths(price, cost):
    assert price_in(price, 1, "USD") == TextPrice(1, cost, "USD")


@pytest.mark.parametrize("price", [None, "", "free", "NaN", "-1e30", "1000000"])
def test_what_is_no_price_of_a_text_counts_as_none(price):
    assert price_in(price, 1, "USD") is None


def test_a_price_of_reconciliation_counts_too(world, campaign, provider, clock):
    know(provider, clock, status="sent", **PRICE)
    world.app.sending.reconciler(threading.Event()).reconcile()
    assert costs(world, campaign) == [Cost("USD", 3, 6, 47_400)]
    assert TextPrice(2, 15_800, "USD") in [
        text.price for text in world.app.costs.sent_texts([sid(1)]).values()
    ]
