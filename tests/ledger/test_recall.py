"""A recall: nobody else is texted, and Twilio is asked for what it has not sent yet."""

import pytest

from kit.provider import provider_record
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.recall import RecallCampaign
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.errors import ProviderError, Refused
from ledger.sending.recall import Canceling
from projections.campaigns.recall import RecallNumbers
from webapp.recalling import cursor_in, recall, written_cursor

DAN = "+14155550104"


def canceled(world: World, campaign_id: str, phone: str, status: str = "canceled") -> str:
    """Let Twilio cancel the text to that number; return its SID."""
    sid = world.sid_of(world.delivery(campaign_id, phone))
    record = provider_record(world.clock.now(), sid=sid, to=phone, status=status)
    world.provider.cancels[sid] = record
    return sid


@pytest.mark.both_databases
def test_a_recall_withdraws_what_waits_and_cancels_what_twilio_still_has(world: World) -> None:
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    canceled(world, campaign_id, BEN)
    world.callback(world.delivery(campaign_id, CLEO), status="undelivered", code=30008)
    world.catch_up()
    assert world.app.status.recall_numbers(campaign_id) == RecallNumbers(
        delivered=1, failed=0, waiting=1, with_provider=1, under_way=0
    )
    done = recall(world.app, campaign_id, STAFF)
    assert (done.waiting, done.canceling) == (1, Canceling(canceled=1))
    ada, ben, cleo = world.rows(campaign_id)
    assert (ada.status, cleo.status) == (DeliveryStatus.DELIVERED, DeliveryStatus.PENDING)
    assert (ben.status, ben.failed_reason) == (DeliveryStatus.FAILED, Reason.CANCELED)
    assert world.campaign(campaign_id).state is CampaignState.CLOSED
    world.clock.advance(days=1)
    assert world.send() == 0
    assert world.provider.asked_to_cancel == [world.sid_of(ben.delivery_id)]
    assert world.last(campaign_id).event.actor == STAFF


def test_texts_that_left_or_that_twilio_says_nothing_about_are_counted(world: World) -> None:
    campaign_id = world.launch([ADA, BEN, CLEO, DAN])
    world.send()
    canceled(world, campaign_id, BEN, status="sent")
    sid = world.sid_of(world.delivery(campaign_id, CLEO))
    world.provider.cancels[sid] = ProviderError("Twilio cannot be asked now.")
    canceled(world, campaign_id, DAN)
    done = recall(world.app, campaign_id, STAFF)
    assert done.canceling == Canceling(canceled=1, too_late=2, unanswered=1)


def test_a_late_delivery_counts_although_twilio_canceled_the_text(world: World) -> None:
    campaign_id = world.launch([ADA])
    world.send()
    canceled(world, campaign_id, ADA)
    recall(world.app, campaign_id, STAFF)
    world.callback(world.delivery(campaign_id, ADA))
    assert world.statuses(campaign_id) == [DeliveryStatus.DELIVERED]


def test_the_newest_texts_are_asked_for_first_and_the_rest_when_it_is_repeated(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.sending.recall._PART", 1)
    campaign_id = world.launch([ADA, BEN])
    world.start(world.delivery(campaign_id, ADA))
    world.send()
    world.clock.advance(minutes=1)
    world.callback(world.delivery(campaign_id, ADA), status="sent", sid="SMada")
    done = recall(world.app, campaign_id, STAFF, seconds=0)
    assert done.canceling.before is not None
    assert world.provider.asked_to_cancel == ["SMada"]
    cursor = cursor_in(written_cursor(done.canceling.before))
    again = recall(world.app, campaign_id, STAFF, before=cursor)
    assert world.provider.asked_to_cancel[1:] == [world.sid_of(world.delivery(campaign_id, BEN))]
    assert again.canceling.before is None
    assert world.topics(campaign_id)[2:] == ["CampaignRecalled", "CampaignRecalled"]


def test_an_archived_campaign_cannot_be_recalled(world: World) -> None:
    campaign_id = world.launch([ADA])
    world.archive(campaign_id)
    with pytest.raises(Refused, match="Cannot recall this campaign: it is archived"):
        world.execute(RecallCampaign(campaign_id, STAFF))
