"""The rules of the product, R1–R19, each seen through the rows that pages and commands show.

What R1 and R2 say of places is pressed in a browser, in tests/web.
"""

from datetime import timedelta

import pytest

from kit.provider import refusal
from kit.world import ADA, BEN, CLEO
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, MessageStatus, Reason
from ledger.errors import Refused
from ledger.providers.contract import UnknownOutcome
from webapp.explain.reasons import REASON_LABELS

DELIVERED, PENDING, FAILED = (
    DeliveryStatus.DELIVERED,
    DeliveryStatus.PENDING,
    DeliveryStatus.FAILED,
)


def sent_campaign(world, phones=(ADA,), **policy):
    """A launched campaign after the sender's first pass, and the delivery to its first number."""
    campaign = world.launch(phones, **policy)
    world.send()
    return campaign, world.delivery(campaign, phones[0])


def bounce(world, delivery, turn=1, code="30008"):
    world.callback(delivery, turn, "undelivered", code)


def wait_and_send(world, hours=12):
    world.clock.advance(hours=hours)
    return world.send()


@pytest.mark.both_databases
def test_r01_the_status_stands_in_the_conversation_and_in_the_contacts_tab(world):
    _, delivery = sent_campaign(world)
    world.callback(delivery)
    (bubble,) = world.conversation()
    assert (bubble.status, world.row(delivery).status) == (MessageStatus.SENT, DELIVERED)


def test_r02_one_bubble_is_one_delivery_however_many_attempts_it_took(world):
    _, delivery = sent_campaign(world)
    bounce(world, delivery)
    wait_and_send(world)
    (bubble,) = world.conversation()
    assert (bubble.message_id, bubble.attempts) == (delivery, 2)


@pytest.mark.both_databases
def test_r02_the_selection_panel_shows_the_mark_of_the_latest_message(world):
    campaign, delivery = sent_campaign(world)
    bounce(world, delivery)
    world.catch_up()
    (line,) = world.app.conversations.conversations(campaign_id=campaign, size=10).rows
    assert line.message.status is MessageStatus.UNDELIVERED


@pytest.mark.both_databases
def test_r03_a_message_is_sent_once_twilio_has_taken_it(world):
    sent_campaign(world)
    assert world.conversation()[0].status is MessageStatus.SENT


@pytest.mark.both_databases
def test_r04_a_message_is_pending_while_it_is_not_known_to_be_taken(world, provider):
    provider.will_answer(ADA, UnknownOutcome(cause="no answer"))
    sent_campaign(world)
    assert world.conversation()[0].status is MessageStatus.PENDING


@pytest.mark.both_databases
def test_r05_an_undelivered_message_gives_its_reason(world):
    _, delivery = sent_campaign(world)
    bounce(world, delivery, code="30006")
    (bubble,) = world.conversation()
    assert bubble.status is MessageStatus.UNDELIVERED
    assert "30006" in world.undelivered_reason()


@pytest.mark.both_databases
def test_r06_a_contact_is_delivered_when_a_delivery_report_came(world):
    _, delivery = sent_campaign(world)
    world.callback(delivery)
    assert world.row(delivery).status is DELIVERED


def test_r07_a_contact_is_pending_from_enrolment_on(world):
    campaign = world.launch()
    assert world.statuses(campaign) == [PENDING]


@pytest.mark.both_databases
def test_r07_after_an_unsuccessful_attempt_it_says_when_the_next_one_is(world):
    _, delivery = sent_campaign(world, first_wait_seconds=600)
    bounce(world, delivery)
    wait = world.row(delivery).next_attempt_at - world.clock.now()
    assert timedelta(seconds=540) <= wait <= timedelta(seconds=600)


@pytest.mark.both_databases
def test_r08_a_contact_stays_pending_while_attempts_go_on(world):
    _, delivery = sent_campaign(world)
    bounce(world, delivery)
    wait_and_send(world)
    bounce(world, delivery, turn=2)
    assert world.row(delivery).status is PENDING


@pytest.mark.both_databases
def test_r09_a_later_success_makes_it_delivered(world):
    _, delivery = sent_campaign(world)
    bounce(world, delivery)
    wait_and_send(world)
    world.callback(delivery, 2)
    assert world.row(delivery).status is DELIVERED


def test_r09_late_good_news_of_an_older_attempt_wins_too(world):
    _, delivery = sent_campaign(world)
    bounce(world, delivery)
    wait_and_send(world)
    world.callback(delivery, 1)
    bounce(world, delivery, turn=2)
    assert world.row(delivery).status is DELIVERED


@pytest.mark.both_databases
def test_r10_a_soft_bounce_is_resent_with_growing_waits(world):
    _, delivery = sent_campaign(world, first_wait_seconds=600)
    bounce(world, delivery)
    first = world.row(delivery).next_attempt_at - world.clock.now()
    wait_and_send(world)
    bounce(world, delivery, turn=2)
    second = world.row(delivery).next_attempt_at - world.clock.now()
    assert second > first * 1.5


def test_r10_without_a_limit_it_is_resent_for_ever(world):
    _, delivery = sent_campaign(world)
    for turn in range(1, 31):
        bounce(world, delivery, turn)
        wait_and_send(world)
    assert (world.row(delivery).status, world.row(delivery).attempts) == (PENDING, 31)


def test_r11_at_the_campaigns_limit_the_contact_fails_with_that_reason(world):
    _, delivery = sent_campaign(world, attempt_limit=2)
    bounce(world, delivery)
    wait_and_send(world)
    bounce(world, delivery, turn=2)
    row = world.row(delivery)
    assert (row.status, row.failed_reason) == (FAILED, Reason.CARRIER_OR_SERVICE)
    assert "Given up after 2 attempts" in world.detail(delivery)


def test_r11_an_unreachable_handset_fails_at_the_third_attempt_by_default(world):
    _, delivery = sent_campaign(world)
    for turn in (1, 2, 3):
        bounce(world, delivery, turn, "30003")
        wait_and_send(world)
    row = world.row(delivery)
    assert (row.failed_reason, row.attempts) == (Reason.UNREACHABLE_NUMBER, 3)


@pytest.mark.both_databases
def test_r11_what_was_put_back_does_not_count(world, provider):
    provider.will_answer(ADA, refusal(20429, 429), refusal(20429, 429))
    _, delivery = sent_campaign(world, attempt_limit=1)
    wait_and_send(world)
    assert (world.row(delivery).status, world.row(delivery).attempts) == (PENDING, 0)
    wait_and_send(world)
    assert (world.row(delivery).status, world.row(delivery).attempts) == (PENDING, 1)


@pytest.mark.both_databases
def test_r12_a_closed_campaign_attempts_no_more_and_what_is_pending_stays(world, provider):
    campaign, delivery = sent_campaign(world)
    bounce(world, delivery)
    world.close_campaign(campaign)
    assert wait_and_send(world) == 0
    assert world.row(delivery).status is PENDING
    assert world.row(delivery).next_attempt_at is None


def test_r12_callbacks_of_a_closed_campaign_still_count(world):
    campaign, delivery = sent_campaign(world)
    world.close_campaign(campaign)
    world.callback(delivery)
    assert world.row(delivery).status is DELIVERED


def test_r13_a_campaign_is_complete_when_everyone_is_delivered_or_failed(world):
    campaign, delivery = sent_campaign(world, (ADA, BEN))
    world.callback(delivery)
    assert not world.campaign(campaign).is_complete
    bounce(world, world.delivery(campaign, BEN), code="30006")
    assert world.campaign(campaign).is_complete


@pytest.mark.both_databases
def test_r13_a_resend_reopens_it(world):
    campaign, delivery = sent_campaign(world)
    world.callback(delivery, 1, "failed")
    assert world.campaign(campaign).is_complete
    world.resend(campaign)
    assert not world.campaign(campaign).is_complete


@pytest.mark.both_databases
def test_r14_an_archive_freezes_every_status_pending_included(world):
    campaign, delivery = sent_campaign(world)
    world.archive(campaign)
    bounce(world, delivery, code="30006")
    assert world.row(delivery).status is PENDING
    assert world.campaign(campaign).counts.pending == 1
    assert world.conversation()[0].status is MessageStatus.SENT


def test_r14_an_archive_is_one_event_at_any_size(world):
    campaign = world.launch((ADA, BEN, CLEO))
    before = world.app.ledger.reader.head()
    world.archive(campaign)
    assert world.app.ledger.reader.head() == before + 1


@pytest.mark.both_databases
def test_r15_later_news_is_shown_beside_the_frozen_status(world):
    campaign, delivery = sent_campaign(world)
    world.archive(campaign)
    world.callback(delivery)
    row = world.row(delivery)
    assert (row.status, row.after_archive) == (PENDING, DELIVERED)


def test_r16_an_opt_out_fails_what_waits_in_paused_and_closed_campaigns_too(world):
    sending, paused, closed = (world.launch(name=name) for name in ("one", "two", "three"))
    world.pause(paused)
    world.close_campaign(closed)
    assert world.opt_out() == 3
    reasons = {world.rows(c)[0].failed_reason for c in (sending, paused, closed)}
    assert reasons == {Reason.OPTED_OUT}


def test_r16_an_archived_campaign_is_never_touched_by_an_opt_out(world):
    campaign = world.launch()
    world.archive(campaign)
    world.opt_out()
    (row,) = world.rows(campaign)
    assert (row.status, row.is_opted_out, row.after_archive) == (PENDING, True, None)


def test_r16_what_is_in_flight_goes_on_and_fails_when_it_bounces_softly(world):
    _, delivery = sent_campaign(world)
    world.opt_out()
    assert world.row(delivery).status is PENDING
    bounce(world, delivery)
    assert world.row(delivery).failed_reason is Reason.OPTED_OUT


def test_r16_nothing_is_sent_after_an_opt_out(world, provider):
    world.launch()
    world.opt_out()
    world.launch(name="another")
    world.send()
    assert provider.sent == []


@pytest.mark.both_databases
@pytest.mark.parametrize("by_callback", [True, False])
def test_r16_a_21610_records_the_opt_out_as_well(world, provider, by_callback):
    waiting = world.launch(name="waits")
    world.pause(waiting)
    provider.will_answer(ADA, *([] if by_callback else [refusal(21610)]))
    campaign, delivery = sent_campaign(world)
    if by_callback:
        bounce(world, delivery, code="21610")
    assert world.row(delivery).failed_reason is Reason.OPTED_OUT
    assert world.rows(waiting)[0].failed_reason is Reason.OPTED_OUT
    assert world.rows(campaign)[0].is_opted_out


@pytest.mark.both_databases
def test_r17_a_failed_contact_gives_label_and_sentence(world):
    _, delivery = sent_campaign(world)
    bounce(world, delivery, code="30006")
    row = world.row(delivery)
    assert (REASON_LABELS[row.failed_reason], row.error_code) == ("Unreachable number", "30006")
    assert world.detail(delivery).endswith(".")


def test_r17_an_unknown_code_fails_with_the_code_shown(world):
    _, delivery = sent_campaign(world)
    bounce(world, delivery, code="39999")
    row = world.row(delivery)
    assert (row.status, row.error_code) == (FAILED, "39999")
    assert "39999" in world.detail(delivery)


def test_r18_a_resend_leaves_unreachable_invalid_and_blocking_numbers_out(world, provider):
    blocking = "+14155550104"
    provider.will_answer(BEN, refusal(21211))
    campaign, delivery = sent_campaign(world, (ADA, BEN, CLEO, blocking))
    bounce(world, delivery, code="30006")
    bounce(world, world.delivery(campaign, blocking), code="30004")
    world.callback(world.delivery(campaign, CLEO), 1, "failed")
    done = world.resend(campaign)
    assert done.count == 1
    assert {left.reason for left in done.left_out} == {
        Reason.UNREACHABLE_NUMBER,
        Reason.INVALID_NUMBER,
        Reason.BLOCKED_BY_RECIPIENT,
    }


@pytest.mark.both_databases
def test_r18_staff_may_insist(world):
    campaign, delivery = sent_campaign(world)
    bounce(world, delivery, code="30006")
    assert world.resend(campaign, include_unreachable=True).count == 1
    assert world.row(delivery).status is PENDING
    assert world.send() == 1


def test_r18_opted_out_contacts_are_refused_even_then(world):
    campaign = world.launch()
    world.opt_out()
    done = world.resend(campaign, include_unreachable=True)
    assert (done.count, done.left_out[0].reason) == (0, Reason.OPTED_OUT)


@pytest.mark.parametrize("act", ["close_campaign", "archive"])
def test_r18_there_is_no_resend_in_a_closed_or_archived_campaign(world, act):
    campaign, delivery = sent_campaign(world)
    bounce(world, delivery, code="30007")
    getattr(world, act)(campaign)
    with pytest.raises(Refused):
        world.resend(campaign)


def test_r18_a_resend_restarts_the_count(world):
    _, delivery = sent_campaign(world, attempt_limit=1)
    bounce(world, delivery)
    campaign = world.row(delivery).campaign_id
    world.resend(campaign)
    world.send()
    assert world.row(delivery).status is PENDING


def test_r19_an_account_fault_pauses_the_campaign_and_puts_the_contact_back(world, provider):
    provider.will_answer(ADA, refusal(20003, 401))
    campaign, delivery = sent_campaign(world)
    row = world.campaign(campaign)
    assert (row.state, world.row(delivery).attempts) == (CampaignState.PAUSED, 0)
    assert "20003" in world.state_reason(campaign)
    assert world.row(delivery).status is PENDING


def test_r19_a_refusal_without_a_known_code_is_an_account_fault_by_401_or_403(world, provider):
    provider.will_answer(ADA, refusal(None, 403))
    campaign, _ = sent_campaign(world)
    assert world.campaign(campaign).state is CampaignState.PAUSED


def test_r19_one_bad_number_never_stops_the_rest(world, provider):
    provider.will_answer(ADA, refusal(21211))
    campaign, _ = sent_campaign(world, (ADA, BEN, CLEO))
    assert world.campaign(campaign).state is CampaignState.SENDING
    assert [text.to for text in provider.sent].count(CLEO) == 1


@pytest.mark.both_databases
def test_r19_by_callback_an_account_code_fails_the_contact_with_its_sentence(world):
    campaign, delivery = sent_campaign(world)
    bounce(world, delivery, code="30002")
    assert world.campaign(campaign).state is CampaignState.SENDING
    assert (world.row(delivery).status, world.row(delivery).error_code) == (FAILED, "30002")
