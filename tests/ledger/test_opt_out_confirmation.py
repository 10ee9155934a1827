"""The one text that may go to an opted-out number: what it waits for, and what refuses it (R16)."""

import pytest

from kit.provider import provider_record, refusal, sid
from kit.world import ADA, STAFF, World
from ledger.commands.replies import SendReply
from ledger.commands.unknown_outcomes import SettleByStaff
from ledger.domain.campaign import Campaign
from ledger.domain.events import ContactEnrolled, Person
from ledger.domain.vocabulary import DeliveryStatus, LeftOutReason, Reason, Settlement
from ledger.errors import Refused
from ledger.providers.contract import NotReached, UnknownOutcome
from projections.campaigns.resend_plan import Selection

PENDING, DELIVERED, FAILED = DeliveryStatus
CONFIRMATION = "You will get no more texts from us. Reply START to get them again."


def confirmations(world):
    """The deliveries of the confirmations, in order."""
    return [
        recorded.event.delivery_id
        for recorded in world.app.ledger.reader.events()
        if isinstance(recorded.event, ContactEnrolled) and recorded.event.confirm_before
    ]


@pytest.fixture
def confirmation(world):
    """Ada opted out in her own words; her confirmation waits."""
    world.inbound("please stop", sid="SM1")
    (delivery_id,) = confirmations(world)
    return delivery_id


def failure(world, delivery_id):
    row = world.row(delivery_id)
    return row.status, row.failed_reason


def bodies(provider):
    return [text.body for text in provider.sent]


@pytest.mark.both_databases
def test_an_opt_out_in_own_words_is_confirmed_once(world, provider, clock):
    world.inbound("please stop")
    assert world.send() == 1
    assert [(text.to, text.body) for text in provider.sent] == [(ADA, CONFIRMATION)]
    clock.advance(seconds=30)
    assert world.send() == 0


def test_it_is_enrolled_in_the_commit_of_the_opt_out(world, confirmation):
    topics = [recorded.topic for recorded in world.app.ledger.reader.events()]
    assert topics == [
        "InboundReceived",
        "ContactOptedOut",
        "CampaignCreated",
        "CampaignLaunched",
        "ContactEnrolled",
    ]
    times = {recorded.recorded_at for recorded in world.app.ledger.reader.events()}
    assert len(times) == 1


def test_it_is_shown_in_the_conversation(world, confirmation):
    world.send()
    request, answer = world.conversation()
    assert (request.body, answer.body) == ("please stop", CONFIRMATION)
    assert (answer.is_confirmation, answer.campaign_id) == (True, None)


@pytest.mark.parametrize("body", ["STOP", "unsubscribe"])
def test_twilio_confirms_its_own_keywords(world, provider, body):
    world.inbound(body)
    assert world.send() == 0


def test_twilio_confirms_what_it_read_as_a_stop(world):
    world.inbound("please stop", OptOutType="STOP")
    assert confirmations(world) == []


@pytest.mark.parametrize("body", ["Thanks", "i get too many of these", "help"])
def test_nothing_else_is_confirmed(world, body):
    world.inbound(body)
    assert confirmations(world) == []


@pytest.mark.parametrize("earlier", ["STOP", "please stop"])
def test_a_second_opt_out_is_not_confirmed(world, earlier):
    world.inbound(earlier, sid="SM1")
    count = len(confirmations(world))
    world.inbound("please stop", sid="SM2")
    assert len(confirmations(world)) == count


def test_an_opt_out_by_staff_before_is_not_confirmed(world):
    world.opt_out()
    world.inbound("please stop")
    assert confirmations(world) == []


def test_an_opt_out_after_an_opt_in_is_confirmed_again(world, provider):
    world.inbound("please stop", sid="SM1")
    world.send()
    world.inbound("yes", sid="SM2")
    world.inbound("please stop", sid="SM3")
    world.send()
    assert bodies(provider) == [CONFIRMATION, CONFIRMATION]


def test_two_opt_outs_before_it_is_sent_are_confirmed_once(world, provider, confirmation):
    world.inbound("yes", sid="SM2")
    world.inbound("please stop", sid="SM3")
    world.send()
    assert bodies(provider) == [CONFIRMATION]


def test_the_same_text_posted_twice_is_confirmed_once(world, confirmation):
    with pytest.raises(Exception, match="in the ledger already"):
        world.inbound("please stop", sid="SM1")
    assert confirmations(world) == [confirmation]


@pytest.mark.parametrize("sender", ["whatsapp:+14155550101", "12345"])
def test_who_did_not_write_from_a_phone_number_gets_none(world, sender):
    world.inbound("please stop", phone=sender)
    assert confirmations(world) == []


def test_a_forgotten_number_is_not_stored_again_to_confirm(world):
    world.inbound("Hello", sid="SM1")
    world.forget()
    world.inbound("please stop", sid="SM2")
    assert world.topics(world.contact())[-1] == "ContactOptedOut"
    assert confirmations(world) == []


def test_the_setting_chooses_its_words(database_url, clock, provider):
    world = World.open(database_url, clock, provider, LEDGER_OPT_OUT_CONFIRMATION="Noted, bye.")
    world.inbound("please stop")
    world.send()
    world.close()
    assert bodies(provider) == ["Noted, bye."]


def test_the_setting_none_sends_none(database_url, clock, provider):
    world = World.open(database_url, clock, provider, LEDGER_OPT_OUT_CONFIRMATION="none")
    world.inbound("please stop")
    assert world.send() == 0
    world.close()


# Within five minutes or never.


def test_twilio_may_hold_it_no_longer_than_until_five_minutes_after_the_request(
    world, provider, clock, confirmation
):
    clock.advance(seconds=100)
    world.send()
    assert [text.validity_seconds for text in provider.sent] == [200]


def test_after_four_minutes_it_could_go_out_too_late(world, clock, confirmation):
    clock.advance(minutes=4)
    assert world.send() == 0
    assert failure(world, confirmation) == (FAILED, Reason.TOO_LATE)


def test_while_all_sending_is_off_it_waits_and_then_it_is_too_late(
    world, provider, clock, confirmation
):
    world.stop_sending()
    assert world.send() == 0
    clock.advance(minutes=6)
    world.allow_sending()
    world.send()
    assert bodies(provider) == []
    assert failure(world, confirmation) == (FAILED, Reason.TOO_LATE)


def test_a_pause_of_the_replies_holds_it_back(world, provider, clock):
    campaign_id = world.app.ledger.identity.replies_campaign_id()
    person = Person(phone="+14155550102", name="Ben Okri", fields={})
    identity = world.app.ledger.identity
    world.execute(SendReply.to(identity, person, "We open at nine.", STAFF, request="req_1"))
    world.pause(campaign_id)
    world.inbound("please stop")
    assert world.send() == 0
    assert not world.app.ledger.reader.load(Campaign, campaign_id).is_sending


def test_put_back_for_seconds_it_is_tried_again(world, provider, clock, confirmation):
    provider.will_answer(ADA, refusal(20429, 429, retry_after=5))
    world.send()
    clock.advance(seconds=10)
    world.send()
    assert bodies(provider) == [CONFIRMATION, CONFIRMATION]


def test_put_back_for_too_long_it_is_given_up_at_once(world, provider, confirmation):
    provider.will_answer(ADA, refusal(20429, 429, retry_after=300))
    world.send()
    assert failure(world, confirmation) == (FAILED, Reason.TOO_LATE)


def test_not_reached_for_too_long_it_is_given_up(world, provider, clock, confirmation):
    provider.will_answer(ADA, *[NotReached(cause="no route")] * 9)
    for _ in range(9):
        world.send()
        clock.advance(seconds=60)
    assert failure(world, confirmation) == (FAILED, Reason.TOO_LATE)


def test_a_soft_bounce_after_five_minutes_is_the_end(world, clock, confirmation):
    world.send()
    clock.advance(minutes=5)
    world.callback(confirmation, 1, "undelivered", 30008)
    assert failure(world, confirmation) == (FAILED, Reason.TOO_LATE)


def test_an_unknown_outcome_that_lapses_is_the_end(world, provider, clock, confirmation):
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    world.send()
    clock.advance(hours=5)
    world.send()
    assert failure(world, confirmation) == (FAILED, Reason.TOO_LATE)
    assert len(provider.sent) == 1


# What comes between.


def test_a_stop_withdraws_it_because_twilio_confirms_that(world, provider, confirmation):
    world.inbound("STOP", sid="SM2")
    assert world.send() == 0
    assert failure(world, confirmation) == (FAILED, Reason.OPTED_OUT)


def test_an_opt_out_by_staff_withdraws_it(world, confirmation):
    world.opt_out()
    assert failure(world, confirmation) == (FAILED, Reason.OPTED_OUT)


def test_an_opt_in_makes_its_words_untrue(world, provider, confirmation):
    world.inbound("START", sid="SM2")
    assert world.send() == 0
    assert failure(world, confirmation) == (FAILED, Reason.CANCELED)


def test_a_forgetting_withdraws_it(world, confirmation):
    world.forget()
    assert world.send() == 0
    assert failure(world, confirmation) == (FAILED, Reason.FORGOTTEN)


def test_a_21610_is_an_opt_out_that_twilio_reported(world, provider, confirmation):
    provider.will_answer(ADA, refusal(21610))
    world.send()
    assert failure(world, confirmation) == (FAILED, Reason.OPTED_OUT)
    assert world.last(world.contact()).event.source == "provider"


# Never by staff.


def test_a_confirmation_is_never_resent(world, provider, confirmation):
    world.send()
    world.callback(confirmation, 1, "undelivered", 30006)
    world.opt_in()
    resent = world.resend_to(world.row(confirmation).campaign_id, [confirmation])
    assert resent.count == 0
    assert [left.reason for left in resent.left_out] == [LeftOutReason.CONFIRMATION]


def test_the_plan_of_a_resend_leaves_it_out_too(world, confirmation):
    world.send()
    world.callback(confirmation, 1, "undelivered", 30006)
    world.opt_in()
    world.catch_up()
    campaign_id = world.row(confirmation).campaign_id
    selection = Selection(delivery_id=confirmation)
    plan = world.app.status.resend_plan(campaign_id, selection, include_unreachable=True)
    assert (plan.count, plan.left_out) == (0, {LeftOutReason.CONFIRMATION: 1})


def test_staff_cannot_send_an_unknown_one_again_and_can_let_it_be(
    world, provider, clock, confirmation
):
    provider.will_answer(ADA, UnknownOutcome(cause="no readable answer"))
    world.send()
    records = [provider_record(clock.now(), sid=sid(n), body=CONFIRMATION) for n in (77, 78)]
    provider.records[ADA] = records
    clock.advance(minutes=1)
    world.send()
    settle = SettleByStaff(confirmation, Settlement.RESEND, STAFF, world.app.codes)
    with pytest.raises(Refused, match="never sent again"):
        world.execute(settle)
    world.settle(confirmation, Settlement.LET_BE)
    assert failure(world, confirmation) == (FAILED, Reason.MAY_HAVE_BEEN_SENT)


def test_no_other_text_goes_to_the_number(world, provider, confirmation):
    campaign_id = world.launch([ADA])
    world.send()
    assert bodies(provider) == [CONFIRMATION]
    assert world.statuses(campaign_id) == [FAILED]


def test_a_rebuild_gives_the_same(world, confirmation):
    world.send()
    world.callback(confirmation)
    world.catch_up()
    assert world.row(confirmation).status is DELIVERED
    assert list(world.app.views.differences()) == []


# What staff read while it waits.


def test_while_it_waits_the_opt_out_does_not_hold_it_back(world, confirmation):
    assert world.detail(confirmation) == "queued"
    assert world.row(confirmation).status is PENDING
