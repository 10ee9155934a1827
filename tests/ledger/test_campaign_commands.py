"""Staff's acts on a whole campaign: what they change, and what they leave alone (R12–R15, R18)."""

import pytest

from kit.provider import refusal
from kit.world import ADA, BEN, CLEO, STAFF
from ledger.commands.campaigns import PauseCampaign
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, LeftOutReason, Reason
from ledger.errors import NotFound, Refused

PENDING, DELIVERED, FAILED = DeliveryStatus
ACTS = ["pause", "close_campaign", "archive"]


@pytest.mark.parametrize("act", ["pause", "resume", "close_campaign", "archive"])
def test_an_act_on_a_campaign_that_does_not_exist_is_not_found(world, act):
    with pytest.raises(NotFound, match="no campaign cam_nowhere"):
        getattr(world, act)("cam_nowhere")


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_sent_in_a_campaign_that_is_not_sending(world, provider, act):
    campaign_id = world.launch()
    getattr(world, act)(campaign_id)
    assert world.send() == 0
    assert provider.sent == []


def test_a_resumed_campaign_goes_on(world):
    campaign_id = world.launch()
    world.pause(campaign_id)
    world.resume(campaign_id)
    assert world.send() == 1


def test_a_refused_act_records_nothing(world):
    campaign_id = world.launch()
    head = world.app.ledger.reader.head()
    with pytest.raises(Refused):
        world.resume(campaign_id)
    assert world.app.ledger.reader.head() == head


def test_r12_callbacks_still_count_in_a_closed_campaign(world):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.close_campaign(campaign_id)
    world.callback(world.delivery(campaign_id))
    assert world.statuses(campaign_id) == [DELIVERED, PENDING]


def test_r12_a_soft_bounce_in_a_closed_campaign_stays_pending_and_is_not_resent(world, clock):
    campaign_id = world.launch()
    world.send()
    world.close_campaign(campaign_id)
    world.callback(world.delivery(campaign_id), 1, "undelivered", 30001)
    clock.advance(days=1)
    assert world.send() == 0
    assert world.statuses(campaign_id) == [PENDING]


def test_r13_a_campaign_is_complete_when_nobody_is_pending(world):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    assert not world.campaign(campaign_id).is_complete
    world.callback(world.delivery(campaign_id, BEN), 1, "failed", 30006)
    assert world.campaign(campaign_id).is_complete


def test_r13_a_resend_opens_a_complete_campaign_again(world):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), 1, "failed", 30007)
    world.resend(campaign_id)
    assert not world.campaign(campaign_id).is_complete


def test_r14_archive_is_one_event_at_any_size(world):
    campaign_id = world.launch([f"+1415557{number:04}" for number in range(250)])
    head = world.app.ledger.reader.head()
    world.archive(campaign_id)
    assert world.app.ledger.reader.head() == head + 1
    assert world.campaign(campaign_id).state is CampaignState.ARCHIVED


# Resend by staff.


@pytest.fixture
def all_failed(world, provider):
    """Three contacts that failed: filtered, unreachable, invalid."""
    provider.will_answer(CLEO, refusal(21211))
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.callback(world.delivery(campaign_id, ADA), 1, "undelivered", 30007)
    world.callback(world.delivery(campaign_id, BEN), 1, "undelivered", 30006)
    return campaign_id


def test_r18_a_resend_leaves_out_unreachable_and_invalid_numbers(world, all_failed):
    done = world.resend(all_failed)
    assert done.count == 1
    assert {left.delivery_id: left.reason for left in done.left_out} == {
        world.delivery(all_failed, BEN): Reason.UNREACHABLE_NUMBER,
        world.delivery(all_failed, CLEO): Reason.INVALID_NUMBER,
    }


def test_r18_staff_may_resend_to_them_all_the_same(world, all_failed):
    assert world.resend(all_failed, include_unreachable=True).count == 3
    assert world.statuses(all_failed) == [PENDING] * 3


def test_r18_what_was_resent_is_sent_again_at_once(world, all_failed, provider):
    world.resend(all_failed)
    assert world.send() == 1
    assert len(provider.texts_sent_to(ADA)) == 2


def test_r18_opted_out_contacts_are_refused_even_when_staff_insist(world, all_failed):
    world.opt_out(ADA)
    done = world.resend(all_failed, include_unreachable=True)
    assert [left.reason for left in done.left_out] == [Reason.OPTED_OUT]
    assert done.count == 2


@pytest.mark.parametrize("act", ["close_campaign", "archive"])
def test_r18_no_resend_in_a_closed_or_archived_campaign(world, all_failed, act):
    getattr(world, act)(all_failed)
    with pytest.raises(Refused, match="Cannot resend"):
        world.resend(all_failed)


def test_r18_a_resend_in_a_paused_campaign_waits_until_it_is_resumed(world, all_failed):
    world.pause(all_failed)
    world.resend(all_failed)
    assert world.send() == 0
    world.resume(all_failed)
    assert world.send() == 1


def test_nothing_to_resend_is_done_at_once(world):
    done = world.resend(world.launch())
    assert (done.count, done.left_out) == (0, [])


def test_a_delivery_of_another_campaign_is_passed_over(world, all_failed):
    other = world.launch(name="Another")
    done = world.resend_to(other, [world.delivery(all_failed, ADA)])
    assert (done.count, done.left_out) == (0, [])


def test_a_delivery_that_has_not_failed_any_more_is_left_out(world, all_failed):
    failed = [world.delivery(all_failed, ADA)]
    world.callback(failed[0], 1, "delivered")
    done = world.resend_to(all_failed, failed)
    assert (done.count, [left.reason for left in done.left_out]) == (0, [LeftOutReason.DELIVERED])


def test_the_same_request_twice_sends_once_even_after_another_failure(world, all_failed, provider):
    ada = [world.delivery(all_failed, ADA)]
    assert world.resend_to(all_failed, ada, "req_1").count == 1
    world.send()
    world.callback(ada[0], 2, "undelivered", 30007)
    again = world.resend_to(all_failed, ada, "req_1")
    assert (again.count, again.left_out[0].reason) == (0, LeftOutReason.ASKED_ALREADY)
    assert world.resend_to(all_failed, ada, "req_2").count == 1


def test_r11_the_limit_counts_from_the_resend(world, clock):
    campaign_id = world.launch(attempt_limit=1)
    world.send()
    world.callback(world.delivery(campaign_id), 1, "undelivered", 30008)
    world.resend(campaign_id)
    world.send()
    attempt = world.last(world.delivery(campaign_id)).event
    assert attempt.turn == 2
    assert [
        e.event.tries
        for e in world.app.ledger.reader.stream(world.delivery(campaign_id))
        if e.topic == "AttemptStarted"
    ] == [1, 1]


def test_a_large_resend_is_made_in_parts_and_leaves_nobody_out(world):
    phones = [f"+1415558{number:04}" for number in range(210)]
    campaign_id = world.launch(phones)
    world.send()
    for phone in phones:
        world.callback(world.delivery(campaign_id, phone), 1, "undelivered", 30007)
    assert world.resend(campaign_id).count == 210


def test_an_act_is_done_once_for_its_request(world):
    campaign_id = world.launch()
    pause = PauseCampaign(campaign_id, STAFF, request="req_1")
    world.execute(pause)
    world.resume(campaign_id)
    world.execute(pause)
    assert world.topics(campaign_id)[-2:] == ["CampaignPaused", "CampaignResumed"]
    world.execute(PauseCampaign(campaign_id, STAFF, request="req_2"))
    assert world.topics(campaign_id)[-1] == "CampaignPaused"
