"""The undo window of a launch: no text goes out in it, and the launch can be stopped."""

from datetime import timedelta

import pytest

from kit.world import ADA, BEN, STAFF, World
from ledger.commands.undo_window import SendAtOnce, StopLaunch
from ledger.domain.holds import Hold
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.errors import Refused


def test_no_text_goes_out_before_the_window_ends(world: World) -> None:
    campaign_id = world.launch([ADA, BEN], undo_seconds=30)
    ada = world.delivery(campaign_id)
    world.catch_up()
    assert (world.send(), world.start(ada)) == (0, None)
    upcoming = world.row(ada).next_attempt
    assert (upcoming.holds, upcoming.at) == (
        (Hold.UNDO_WINDOW,),
        world.clock.now() + timedelta(seconds=30),
    )
    world.clock.advance(seconds=30)
    assert world.again().send() == 2


def test_a_stopped_launch_texts_nobody(world: World) -> None:
    campaign_id = world.launch([ADA, BEN], undo_seconds=30)
    world.execute(StopLaunch(campaign_id, STAFF))
    world.clock.advance(seconds=31)
    assert world.send() == 0
    campaign = world.campaign(campaign_id)
    assert campaign.state is CampaignState.CLOSED
    assert campaign.state_cause
    assert campaign.state_cause.reason is Reason.LAUNCH_STOPPED
    assert world.statuses(campaign_id) == [DeliveryStatus.PENDING] * 2
    assert world.last(campaign_id).event.actor == STAFF


@pytest.mark.both_databases
def test_the_first_attempt_decides_whether_a_launch_can_still_be_stopped(world: World) -> None:
    """Not a clock: that of another machine may be late."""
    campaign_id = world.launch([ADA, BEN], undo_seconds=30)
    world.clock.advance(seconds=30)
    assert world.start(world.delivery(campaign_id)) is not None
    with pytest.raises(Refused, match=r"first text has gone out\. Recall"):
        world.execute(StopLaunch(campaign_id, STAFF))
    late = world.launch([ADA], name="Late", undo_seconds=30)
    world.clock.advance(minutes=5)
    world.execute(StopLaunch(late, STAFF))
    assert world.start(world.delivery(late)) is None


def test_the_wait_can_be_ended_once(world: World) -> None:
    campaign_id = world.launch([ADA], undo_seconds=30)
    world.catch_up()
    before = world.app.ledger.reader.head()
    world.execute(SendAtOnce(campaign_id, STAFF))
    for act in (SendAtOnce, StopLaunch):
        with pytest.raises(Refused, match="No launch waits here"):
            world.execute(act(campaign_id, STAFF))
    assert world.campaign(campaign_id).held_until is None
    assert world.app.status.as_of(before).campaign(campaign_id).held_until is not None
    assert world.send() == 1


def test_a_pause_in_the_window_does_not_shorten_it(world: World) -> None:
    campaign_id = world.launch([ADA], undo_seconds=30)
    world.pause(campaign_id)
    world.resume(campaign_id)
    assert world.send() == 0
    world.clock.advance(seconds=30)
    assert world.send() == 1


@pytest.mark.parametrize("kind", ["urgent", "later", "none"])
def test_some_launches_have_no_window(world: World, kind: str) -> None:
    start = Schedule(starts_at=world.clock.now() + timedelta(hours=1))
    options = {
        "urgent": {"is_urgent": True, "undo_seconds": 30},
        "later": {"timing": start, "undo_seconds": 30},
        "none": {},
    }
    campaign_id = world.launch([ADA], **options[kind])
    assert world.campaign(campaign_id).held_until is None
    with pytest.raises(Refused, match="No launch waits here"):
        world.execute(StopLaunch(campaign_id, STAFF))


@pytest.mark.both_databases
def test_a_rebuild_and_a_restart_keep_the_window(world: World) -> None:
    held = world.launch([ADA], undo_seconds=30)
    released = world.launch([BEN], name="Other", undo_seconds=30)
    world.execute(SendAtOnce(released, STAFF))
    world.catch_up()
    live = world.app.status.campaigns()
    world.app.views.rebuild()
    assert world.app.status.campaigns() == live
    again = world.again()
    assert [row.campaign_id for row in again.app.status.in_undo_window(world.clock.now())] == [held]
