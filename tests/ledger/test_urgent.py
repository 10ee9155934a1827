"""Urgent campaigns: they text at any hour, and before others; nothing else is different."""

from datetime import UTC, datetime, timedelta

import pytest

from kit.clock import ManualClock
from kit.world import ADA, BEN, World
from ledger.domain.schedule import Schedule, SendWindow

DAY = Schedule(window=SendWindow.parse("08:00-21:00"))
MANY = [f"+1415556{number:04}" for number in range(5)]


@pytest.fixture(autouse=True)
def at_half_past_five(clock: ManualClock) -> None:
    """In the morning where Ada lives."""
    clock.advance(datetime(2026, 3, 2, 13, 30, tzinfo=UTC) - clock.now())


def urgent(world: World, timing: Schedule = DAY) -> str:
    return world.launch([ADA, BEN], timing=timing, is_urgent=True)


@pytest.mark.both_databases
def test_urgent_texts_go_out_outside_the_hours(world, provider):
    world.launch(MANY, timing=DAY)
    urgent(world)
    world.send()
    assert [text.to for text in provider.sent] == [ADA, BEN]


def test_twilio_keeps_an_urgent_text_however_soon_the_hours_end(world, provider, clock):
    clock.advance(hours=15, minutes=20)
    urgent(world)
    world.send()
    assert provider.sent[0].validity_seconds == world.app.settings.validity_seconds


@pytest.mark.both_databases
def test_urgent_texts_are_due_before_those_of_other_campaigns(world):
    world.launch(MANY)
    campaign_id = urgent(world)
    world.catch_up()
    due = world.app.sending.worklist.due(world.clock.now(), 4)
    expected = [row.delivery_id for row in world.rows(campaign_id)]
    assert due[:2] == expected
    assert len(due) == 4
    assert world.app.sending.worklist.due(world.clock.now(), 2) == expected


def test_urgent_texts_wait_for_their_start(world, provider, clock):
    urgent(world, Schedule(window=DAY.window, starts_at=clock.now() + timedelta(hours=1)))
    world.send()
    assert provider.sent == []
    clock.advance(hours=1)
    world.send()
    assert len(provider.sent) == 2


def test_urgent_texts_never_go_to_a_number_that_opted_out(world, provider):
    world.opt_out(ADA)
    urgent(world)
    world.send()
    assert [text.to for text in provider.sent] == [BEN]


def test_urgent_texts_wait_while_all_sending_is_off(world, provider):
    world.stop_sending()
    urgent(world)
    world.send()
    assert provider.sent == []


def test_urgent_texts_wait_while_their_campaign_is_paused(world, provider):
    world.pause(urgent(world))
    world.send()
    assert provider.sent == []


def test_no_urgent_text_goes_out_after_the_deadline(world, provider, clock):
    urgent(world, Schedule(window=DAY.window, send_before=clock.now() + timedelta(minutes=10)))
    clock.advance(minutes=10)
    world.send()
    assert provider.sent == []


def test_an_urgent_launch_is_recorded_with_the_hours_that_it_passed_over(world):
    event = world.last(urgent(world)).event
    assert (event.is_urgent, event.timing, event.schedule) == (True, DAY, Schedule())


@pytest.mark.both_databases
def test_a_rebuild_knows_which_campaigns_are_urgent(world):
    urgent(world)
    world.launch()
    world.catch_up()
    assert list(world.app.views.differences()) == []
    assert [row.is_urgent for row in world.app.status.campaigns()].count(True) == 1
