"""When the sender sends, and what campaigns do by themselves: with a clock moved by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from kit.clock import MONDAY, ManualClock
from kit.provider import refusal
from kit.world import ADA, BEN, World
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from projections.campaigns.worklist import WorklistQueries
from webapp.explain.statuses import detail_of

LONDON = "+442079460101"
DAY = Schedule(window=SendWindow(opens=time(8), closes=time(21)))
MANY = [f"+1415556{number:04}" for number in range(12)]
PENDING, DELIVERED, FAILED = DeliveryStatus


def at_ten_in_london(clock: ManualClock) -> None:
    """Two in the morning where Ada lives."""
    clock.advance(datetime(2026, 3, 2, 10, tzinfo=UTC) - clock.now())


@pytest.fixture
def strict(database_url, clock, provider) -> Iterator[World]:
    """A world whose campaigns pause at half of ten failed, and are archived after thirty days."""
    limits = {
        "LEDGER_PAUSE_AT_PERCENT": "50",
        "LEDGER_PAUSE_OF_LAST": "10",
        "LEDGER_ARCHIVE_AFTER_DAYS": "30",
    }
    opened = World.open(database_url, clock, provider, **limits)
    yield opened
    opened.close()


# When texts go out.

GARY = "+12195550101"
"""A number that can be in Chicago's zone or in New York's."""


@pytest.mark.both_databases
def test_a_contact_that_can_be_in_two_zones_is_texted_in_the_hours_of_both(world, provider, clock):
    clock.advance(datetime(2026, 3, 2, 13, 30, tzinfo=UTC) - clock.now())
    delivery_id = world.delivery(world.launch([GARY], timing=DAY), GARY)
    world.send()
    assert provider.sent == []
    assert world.row(delivery_id).next_attempt_at == datetime(2026, 3, 2, 14, tzinfo=UTC)
    clock.advance(minutes=30)
    world.send()
    assert [text.to for text in provider.sent] == [GARY]


def test_twilio_keeps_a_text_no_longer_than_the_hours_of_both_zones_last(world, clock, provider):
    clock.advance(datetime(2026, 3, 3, 1, 50, tzinfo=UTC) - clock.now())
    world.launch([GARY], timing=DAY)
    world.send()
    (text,) = provider.sent
    assert text.validity_seconds == 600


@pytest.mark.both_databases
def test_a_contact_is_texted_in_the_hours_of_its_own_day(world, provider, clock):
    at_ten_in_london(clock)
    world.launch([ADA, LONDON], timing=DAY)
    world.send()
    assert [text.to for text in provider.sent] == [LONDON]
    clock.advance(hours=6)
    world.send()
    assert [text.to for text in provider.sent] == [LONDON, ADA]


def test_a_contact_that_waits_for_its_hours_says_so_and_until_when(world, clock):
    at_ten_in_london(clock)
    delivery_id = world.delivery(world.launch(timing=DAY))
    assert world.detail(delivery_id) == "waiting for the hours in which it may be sent"
    assert world.row(delivery_id).next_attempt_at == datetime(2026, 3, 2, 16, tzinfo=UTC)


def test_nothing_is_sent_before_a_scheduled_start(world, provider, clock):
    starts_at = clock.now() + timedelta(days=1)
    delivery_id = world.delivery(world.launch(timing=Schedule(starts_at=starts_at)))
    assert world.send() == 0
    assert world.detail(delivery_id) == "waiting for the campaign's start"
    assert world.row(delivery_id).next_attempt_at == starts_at
    clock.advance(days=1)
    assert world.send() == 1


def test_the_past_is_shown_by_the_clock_of_that_time(world, clock):
    starts_at = clock.now() + timedelta(days=1)
    delivery_id = world.delivery(world.launch(timing=Schedule(starts_at=starts_at)))
    then = world.app.ledger.reader.head()
    clock.advance(days=2)
    world.send()
    row = world.app.status.as_of(then).contact(delivery_id)
    assert detail_of(row, world.app.codes) == "waiting for the campaign's start"


def test_a_wait_after_a_bounce_ends_in_the_hours_of_the_day(world, clock):
    clock.advance(datetime(2026, 3, 3, 4, 57, tzinfo=UTC) - clock.now())  # three minutes to nine
    delivery_id = world.delivery(world.launch(timing=DAY))
    world.send()
    world.callback(delivery_id, status="undelivered", code="30008")
    row = world.row(delivery_id)
    assert row.next_attempt_at == datetime(2026, 3, 3, 16, tzinfo=UTC)


def test_the_ledger_itself_refuses_an_attempt_outside_the_hours(world, clock):
    at_ten_in_london(clock)
    delivery_id = world.delivery(world.launch(timing=DAY))
    text = world.text(delivery_id)
    assert world.start(delivery_id, text) is None
    assert world.topics(delivery_id) == ["ContactEnrolled"]


def test_a_text_may_wait_at_twilio_no_longer_than_it_may_be_sent(world, provider, clock):
    world.launch(timing=Schedule(send_before=clock.now() + timedelta(minutes=10)))
    world.send()
    assert provider.sent[0].validity_seconds == 600


def test_a_crowd_that_waits_for_its_hours_holds_up_nobody_else(world, provider, clock):
    at_ten_in_london(clock)
    campaign_id = world.launch([*MANY, LONDON], timing=DAY)
    world.catch_up()
    worklist = WorklistQueries(world.app.views.engine)
    assert worklist.due(clock.now(), 1) == [world.delivery(campaign_id, LONDON)]


# What campaigns do by themselves.


def test_a_campaign_closes_by_itself_once_it_is_too_late(world, provider, clock):
    campaign_id = world.launch(timing=Schedule(send_before=clock.now() + timedelta(hours=1)))
    clock.advance(hours=1)
    assert world.send() == 0
    campaign = world.campaign(campaign_id)
    assert campaign.state is CampaignState.CLOSED
    assert world.state_reason(campaign_id).startswith("Too late: ")
    assert world.last(campaign_id).event.actor == "sender"


def test_a_paused_campaign_closes_as_well(world, clock):
    campaign_id = world.launch(timing=Schedule(send_before=clock.now() + timedelta(hours=1)))
    world.pause(campaign_id)
    clock.advance(hours=2)
    world.send()
    assert world.campaign(campaign_id).state is CampaignState.CLOSED


def fail(world: World, campaign_id: str, phones: list[str], code: str = "30006") -> None:
    for phone in phones:
        world.callback(world.delivery(campaign_id, phone), status="undelivered", code=code)


def deliver(world: World, campaign_id: str, phones: list[str]) -> None:
    for phone in phones:
        world.callback(world.delivery(campaign_id, phone))


def test_a_campaign_pauses_once_too_many_of_the_last_texts_failed(strict):
    campaign_id = strict.launch(MANY)
    strict.send()
    deliver(strict, campaign_id, MANY[:5])
    fail(strict, campaign_id, MANY[5:9])
    fail(strict, campaign_id, MANY[9:10], code="30003")
    strict.send()
    campaign = strict.campaign(campaign_id)
    assert campaign.state is CampaignState.PAUSED
    assert strict.state_reason(campaign_id).startswith(
        "Too many failures: 5 of the last 10 texts failed or bounced: 4 with 30006 ("
    )
    assert strict.last(campaign_id).event.reason is Reason.TOO_MANY_FAILURES


def test_fewer_failures_than_the_share_pause_nothing(strict):
    campaign_id = strict.launch(MANY)
    strict.send()
    deliver(strict, campaign_id, MANY[:6])
    fail(strict, campaign_id, MANY[6:10])
    strict.send()
    assert strict.campaign(campaign_id).state is CampaignState.SENDING


def test_too_few_outcomes_tell_nothing(strict):
    campaign_id = strict.launch(MANY)
    strict.send()
    fail(strict, campaign_id, MANY[:9])
    strict.send()
    assert strict.campaign(campaign_id).state is CampaignState.SENDING


def test_opt_outs_are_no_failures(strict, provider):
    for phone in MANY:
        provider.will_answer(phone, refusal(21610))
    campaign_id = strict.launch(MANY)
    strict.send()
    strict.send()
    assert strict.campaign(campaign_id).state is CampaignState.SENDING


def test_after_a_resume_only_what_comes_then_counts(strict):
    campaign_id = strict.launch(MANY)
    strict.send()
    fail(strict, campaign_id, MANY[:10])
    strict.send()
    strict.resume(campaign_id)
    strict.send()
    assert strict.campaign(campaign_id).state is CampaignState.SENDING


def test_a_campaign_is_archived_by_itself_after_so_many_days(strict, clock):
    campaign_id = strict.launch()
    clock.advance(days=30)
    strict.send()
    assert strict.campaign(campaign_id).state is CampaignState.SENDING
    clock.advance(seconds=1)
    strict.send()
    assert strict.campaign(campaign_id).state is CampaignState.ARCHIVED


def test_nothing_is_archived_by_itself_unless_it_is_set(world, clock):
    campaign_id = world.launch([ADA, BEN])
    clock.advance(days=4000)
    world.maintenance().run_once()
    assert world.campaign(campaign_id).state is CampaignState.SENDING


def test_the_time_of_a_start_counts_for_the_archive(strict, clock):
    campaign_id = strict.launch(timing=Schedule(starts_at=MONDAY + timedelta(days=20)))
    clock.advance(days=31)
    strict.send()
    assert strict.campaign(campaign_id).state is CampaignState.SENDING


@pytest.mark.both_databases
def test_a_forgotten_contact_is_withdrawn_once_its_hours_come(world, clock):
    at_ten_in_london(clock)
    campaign_id = world.launch(timing=DAY)
    world.forget()
    clock.advance(hours=7)
    world.send()
    assert world.statuses(campaign_id) == [FAILED]
