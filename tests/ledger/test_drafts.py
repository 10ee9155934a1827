"""Drafts: saved as often as staff like, launched once, discarded, cloned."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kit.world import ADA, STAFF, row
from ledger.commands import drafts
from ledger.commands.drafts import DraftOrder
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.repository import draft_of
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule, SendWindow
from ledger.errors import BadInput, NotFound, Refused

WINDOW = SendWindow.parse("09:00-17:00")
WRITTEN = DraftOrder(
    name="Spring fair",
    message="Hello {{first_name}}",
    policy=ResendPolicy(attempt_limit=4),
    timing=Schedule(window=WINDOW),
)


def save(world, order=WRITTEN, draft_id=None):
    return drafts.save_draft(world.app.ledger, order, STAFF, draft_id)


def launch_draft(world, draft_id, name="one"):
    order = LaunchOrder(name="Spring fair", message="Hello", rows=[row(ADA)], draft_id=draft_id)
    return launch(world.app.ledger, order, STAFF, launch_name=name)


def names(world):
    world.catch_up()
    return [draft.name for draft in world.app.drafts.all()]


def test_a_draft_is_listed_and_is_no_campaign(world):
    draft_id = save(world)
    assert names(world) == ["Spring fair"]
    assert world.app.status.campaigns() == []
    assert drafts.order_of(draft_of(world.app.ledger.reader, draft_id)) == WRITTEN


def test_a_draft_saved_again_is_the_same_draft(world):
    draft_id = save(world)
    save(world, DraftOrder(name="Summer fair", message=""), draft_id)
    assert names(world) == ["Summer fair"]
    assert world.topics(draft_id) == ["CampaignDrafted", "CampaignDrafted"]


@pytest.mark.both_databases
def test_a_launched_draft_is_no_longer_listed(world):
    draft_id = save(world)
    campaign_id = launch_draft(world, draft_id)
    assert names(world) == []
    assert world.last(draft_id).event.launched_as == campaign_id
    with pytest.raises(Refused, match="launched or discarded already"):
        save(world, draft_id=draft_id)


def test_a_draft_is_launched_once(world):
    draft_id = save(world)
    launch_draft(world, draft_id)
    head = world.app.ledger.reader.head()
    with pytest.raises(Refused):
        launch_draft(world, draft_id, "two")
    assert world.app.ledger.reader.head() == head


def test_a_discarded_draft_is_no_longer_listed(world):
    world.execute(drafts.DiscardDraft(save(world), STAFF))
    assert names(world) == []


def test_a_draft_that_could_never_be_launched_is_refused(world):
    with pytest.raises(BadInput):
        save(world, DraftOrder(name="", message="Hello"))
    with pytest.raises(BadInput):
        save(world, DraftOrder(name="Fair", message="Hello {{"))
    assert world.app.ledger.reader.head() == 0


def test_a_draft_that_does_not_exist_is_not_found(world):
    with pytest.raises(NotFound):
        save(world, draft_id="dra_nowhere")


def test_a_clone_has_the_text_and_the_hours_but_no_times(world, clock):
    timing = Schedule(window=WINDOW, send_before=clock.now().replace(year=2027))
    campaign_id = world.launch(timing=timing, attempt_limit=4)
    assert drafts.clone(world.app.ledger.reader, campaign_id) == WRITTEN


def test_a_clone_of_an_urgent_campaign_has_its_hours_and_is_not_urgent(world):
    campaign_id = world.launch(timing=Schedule(window=WINDOW), is_urgent=True, attempt_limit=4)
    assert drafts.clone(world.app.ledger.reader, campaign_id) == WRITTEN


def test_a_draft_keeps_that_it_is_urgent(world):
    urgent = replace(WRITTEN, is_urgent=True)
    draft_id = save(world, urgent)
    assert drafts.order_of(draft_of(world.app.ledger.reader, draft_id)) == urgent
    save(world, WRITTEN, draft_id)
    assert drafts.order_of(draft_of(world.app.ledger.reader, draft_id)) == WRITTEN


def test_a_draft_with_a_start_in_the_past_is_refused(world, clock):
    past = Schedule(starts_at=clock.now() - timedelta(hours=1))
    with pytest.raises(BadInput, match="The start has passed: it was read as 2 Mar 2026, 08:00"):
        save(world, replace(WRITTEN, timing=past))
    assert world.app.ledger.reader.head() == 0


def test_a_draft_whose_start_has_passed_since_is_refused_when_it_is_launched(world, clock):
    timing = Schedule(starts_at=clock.now() + timedelta(hours=1))
    draft_id = save(world, replace(WRITTEN, timing=timing))
    clock.advance(hours=2)
    order = LaunchOrder(
        name="Fair", message="Hello", rows=[row(ADA)], timing=timing, draft_id=draft_id
    )
    head = world.app.ledger.reader.head()
    with pytest.raises(BadInput, match="The start has passed"):
        launch(world.app.ledger, order, STAFF)
    assert world.app.ledger.reader.head() == head


def test_a_rebuild_gives_the_same_drafts(world):
    save(world)
    world.execute(drafts.DiscardDraft(save(world), STAFF))
    world.catch_up()
    assert list(world.app.views.differences()) == []
