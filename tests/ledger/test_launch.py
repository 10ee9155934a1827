"""Launching: every contact enrolled in short commits, and the campaign there only at the end."""

import pytest

from kit.world import ADA, BEN, CLEO, STAFF, row
from ledger.commands.launch import (
    CreateCampaign,
    EnrolContacts,
    LaunchOrder,
    launch,
    sweep_abandoned,
)
from ledger.domain.events import CampaignText
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import BadInput, NotFound, Refused

MANY = [f"+1415556{number:04}" for number in range(450)]


def order(**changed):
    values = {"name": "Spring fair", "message": "Hello {{first_name}}", "rows": [row(ADA)]}
    return LaunchOrder(**values | changed)


def begin(world, phones, launch_name="given up"):
    """A launch that enrols its contacts and then stops dead; gives its campaign's id."""
    ledger = world.app.ledger
    campaign_id = ledger.identity.campaign_id(launch_name)
    text = CampaignText(name="Given up", message="Hello")
    world.execute(CreateCampaign(campaign_id, text, STAFF))
    enrol = EnrolContacts(
        identity=ledger.identity,
        campaign_id=campaign_id,
        rows=[row(phone) for phone in phones],
        offset=0,
        zone="",
        by=STAFF,
    )
    world.execute(enrol)
    return campaign_id


def test_a_launch_enrols_every_contact_in_the_order_of_the_file(world):
    campaign_id = world.launch([BEN, ADA, CLEO])
    assert [contact.phone for contact in world.rows(campaign_id)] == [BEN, ADA, CLEO]


def test_the_campaign_is_launched_last_with_the_count(world):
    campaign_id = world.launch([ADA, BEN])
    assert world.topics(campaign_id) == ["CampaignCreated", "CampaignLaunched"]
    last = world.app.ledger.reader.events()[-1]
    assert (last.topic, last.event.contact_count) == ("CampaignLaunched", 2)


def test_a_large_launch_is_made_in_commits_of_150_contacts(world):
    heard = []
    launch(world.app.ledger, order(rows=[row(p) for p in MANY]), STAFF, progress=heard.append)
    assert heard == [150, 300, 450]


def test_a_large_launch_leaves_nobody_out(world):
    campaign_id = world.launch(MANY)
    assert [contact.position for contact in world.rows(campaign_id)] == list(range(1, 451))


def test_the_policy_of_the_launch_decides_about_its_bounces(world):
    campaign_id = world.launch(attempt_limit=1)
    world.send()
    world.callback(world.delivery(campaign_id), 1, "undelivered", 30008)
    assert world.statuses(campaign_id) == [DeliveryStatus.FAILED]


def test_the_same_launch_begun_twice_is_refused_and_nothing_is_done_twice(world):
    campaign_id = world.launch(launch_name="the form of Monday")
    head = world.app.ledger.reader.head()
    with pytest.raises(Refused, match="nothing was done twice"):
        world.launch(launch_name="the form of Monday")
    assert world.app.ledger.reader.head() == head
    assert len(world.rows(campaign_id)) == 1


def test_two_launches_of_the_same_file_are_two_campaigns(world):
    assert world.launch() != world.launch()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": "  "}, "no name"),
        ({"name": "x" * 201}, "longer than 200"),
        ({"message": ""}, "empty"),
        ({"message": "Hello {{first_name"}, "without }}"),
        ({"rows": []}, "no contact"),
        ({"policy": ResendPolicy(attempt_limit=0)}, "attempt limit"),
    ],
)
def test_an_order_that_cannot_be_launched_leaves_nothing_half_written(world, changed, words):
    with pytest.raises(BadInput, match=words):
        launch(world.app.ledger, order(**changed), STAFF)
    assert world.app.ledger.reader.head() == 0


def test_r16_an_opted_out_contact_is_enrolled_and_fails_as_opted_out(world):
    world.opt_out(ADA)
    campaign_id = world.launch([ADA, BEN])
    shown = [(contact.status, contact.failed_reason) for contact in world.rows(campaign_id)]
    assert shown == [(DeliveryStatus.FAILED, Reason.OPTED_OUT), (DeliveryStatus.PENDING, None)]


def test_r16_an_opted_out_contact_is_never_texted(world, provider):
    world.opt_out(ADA)
    world.launch([ADA, BEN])
    world.send()
    assert [text.to for text in provider.sent] == [BEN]


def test_a_contact_is_the_same_in_every_campaign(world):
    first, second = (world.row(world.delivery(world.launch())) for _ in range(2))
    assert first.contact_id == second.contact_id
    assert first.delivery_id != second.delivery_id


# A launch that never ended.


def test_a_launch_under_way_is_not_listed_sent_or_counted(world, provider):
    campaign_id = begin(world, [ADA])
    assert world.send() == 0
    assert world.app.status.campaigns() == []
    with pytest.raises(NotFound):
        world.campaign(campaign_id)


def test_staff_cannot_act_on_a_launch_under_way(world):
    campaign_id = begin(world, [ADA])
    with pytest.raises(NotFound, match="campaign list"):
        world.pause(campaign_id)


def test_a_launch_with_an_event_within_the_hour_is_not_swept(world, clock):
    begin(world, [ADA])
    clock.advance(minutes=59)
    assert sweep_abandoned(world.app.ledger) == 0


def test_an_abandoned_launch_is_swept_after_an_hour(world, clock):
    campaign_id = begin(world, [ADA])
    clock.advance(hours=1)
    assert sweep_abandoned(world.app.ledger) == 1
    assert world.topics(campaign_id) == ["CampaignCreated", "CampaignClosed"]


def test_a_swept_launch_is_never_listed(world, clock):
    campaign_id = begin(world, [ADA])
    world.catch_up()
    clock.advance(hours=1)
    sweep_abandoned(world.app.ledger)
    with pytest.raises(NotFound):
        world.campaign(campaign_id)
    with pytest.raises(NotFound):
        world.row(world.delivery(campaign_id))


def test_a_launch_is_swept_once(world, clock):
    begin(world, [ADA])
    clock.advance(hours=1)
    sweep_abandoned(world.app.ledger)
    assert sweep_abandoned(world.app.ledger) == 0


def test_a_launch_that_ended_is_never_swept(world, clock):
    campaign_id = world.launch()
    clock.advance(days=30)
    assert sweep_abandoned(world.app.ledger) == 0
    assert world.campaign(campaign_id).counts.total == 1


def test_a_swept_launch_can_not_come_back_to_life(world, clock):
    begin(world, [ADA], launch_name="slow")
    clock.advance(hours=1)
    sweep_abandoned(world.app.ledger)
    with pytest.raises(Refused):
        world.launch(launch_name="slow")
