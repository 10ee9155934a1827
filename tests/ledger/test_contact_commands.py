"""Opting out and in, by staff, by text and by Twilio: what is withdrawn and what is not (R16)."""

import pytest

from kit.provider import refusal
from kit.world import ADA, BEN
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import AlreadyRecorded, Refused

PENDING, DELIVERED, FAILED = DeliveryStatus


def opted_out(world, campaign_id, phone=ADA):
    row = world.row(world.delivery(campaign_id, phone))
    return (row.status, row.failed_reason) == (FAILED, Reason.OPTED_OUT)


def test_r16_an_opt_out_withdraws_what_waits_in_the_same_commit(world):
    campaign_id = world.launch()
    assert world.opt_out() == 1
    assert opted_out(world, campaign_id)
    times = {entry.recorded_at for entry in world.app.ledger.reader.events()[-2:]}
    assert [e.topic for e in world.app.ledger.reader.events()[-2:]] == [
        "ContactOptedOut",
        "DeliveryWithdrawn",
    ]
    assert len(times) == 1


def test_r16_an_opt_out_withdraws_in_every_open_campaign(world):
    sending, paused, closed = (world.launch(name=name) for name in ("one", "two", "three"))
    world.pause(paused)
    world.close_campaign(closed)
    assert world.opt_out() == 3
    assert all(opted_out(world, campaign_id) for campaign_id in (sending, paused, closed))


def test_r16_an_opt_out_never_moves_an_archived_campaign(world):
    campaign_id = world.launch()
    world.archive(campaign_id)
    assert world.opt_out() == 0
    assert world.statuses(campaign_id) == [PENDING]


def test_r16_the_contact_is_shown_as_opted_out_in_an_archived_campaign_too(world):
    campaign_id = world.launch()
    world.archive(campaign_id)
    world.opt_out()
    assert world.row(world.delivery(campaign_id)).is_opted_out


def test_r16_an_opt_out_leaves_what_is_in_flight_alone(world):
    campaign_id = world.launch()
    world.send()
    assert world.opt_out() == 0
    assert world.statuses(campaign_id) == [PENDING]


def test_r16_what_was_in_flight_may_still_arrive(world):
    campaign_id = world.launch()
    world.send()
    world.opt_out()
    world.callback(world.delivery(campaign_id))
    assert world.statuses(campaign_id) == [DELIVERED]


def test_r16_what_was_in_flight_and_bounces_softly_is_withdrawn_then(world):
    campaign_id = world.launch()
    world.send()
    world.opt_out()
    world.callback(world.delivery(campaign_id), 1, "undelivered", 30001)
    assert opted_out(world, campaign_id)


def test_r16_what_waits_after_a_bounce_is_withdrawn(world):
    campaign_id = world.launch()
    world.send()
    world.callback(world.delivery(campaign_id), 1, "undelivered", 30001)
    world.opt_out()
    assert opted_out(world, campaign_id)


def test_r16_an_opt_out_touches_no_other_number(world):
    campaign_id = world.launch([ADA, BEN])
    world.opt_out(ADA)
    assert world.statuses(campaign_id) == [FAILED, PENDING]


def test_r16_nothing_more_is_sent_to_an_opted_out_number(world, provider):
    world.opt_out()
    world.launch()
    world.send()
    assert provider.sent == []


def test_an_opt_out_of_an_unknown_number_is_kept_for_later(world):
    assert world.opt_out() == 0
    assert opted_out(world, world.launch())


def test_an_opt_out_twice_is_refused(world):
    world.opt_out()
    with pytest.raises(Refused, match="opted out already"):
        world.opt_out()


def test_an_opt_in_lets_the_number_be_texted_again(world, provider):
    world.opt_out()
    world.opt_in()
    world.launch()
    assert world.send() == 1


def test_an_opt_in_does_not_bring_back_what_was_withdrawn(world):
    campaign_id = world.launch()
    world.opt_out()
    world.opt_in()
    assert world.statuses(campaign_id) == [FAILED]


def test_an_opt_in_of_a_number_that_is_not_opted_out_is_refused(world):
    with pytest.raises(Refused, match="not opted out"):
        world.opt_in()


def test_an_opt_in_after_staffs_own_opt_out_needs_no_warning(world):
    world.opt_out()
    assert world.opt_in() is False


def test_an_opt_in_after_a_stop_says_that_twilio_still_blocks(world):
    world.inbound("STOP")
    assert world.opt_in() is True


def test_an_opt_in_after_a_21610_says_that_twilio_still_blocks(world, provider):
    provider.will_answer(ADA, refusal(21610))
    world.launch()
    world.send()
    assert world.opt_in() is True


# Texts that come in.


@pytest.mark.parametrize("body", ["STOP", "stop", " Stop\n", "UNSUBSCRIBE", "OptOut", "QUIT"])
def test_a_stop_opts_the_number_out_and_withdraws(world, body):
    campaign_id = world.launch()
    world.inbound(body)
    assert opted_out(world, campaign_id)


@pytest.mark.parametrize("body", ["Please stop", "STOP it", "", "HELP", "INFO", "START", "Thanks"])
def test_any_other_text_opts_nobody_out(world, body):
    campaign_id = world.launch()
    world.inbound(body)
    assert world.topics(world.contact()) == ["InboundReceived"]
    assert world.statuses(campaign_id) == [PENDING]


def test_twilios_own_reading_outweighs_the_text(world):
    world.inbound("arrêt", OptOutType="STOP")
    assert world.topics(world.contact()) == ["InboundReceived", "ContactOptedOut"]


@pytest.mark.parametrize("body", ["START", "yes", "UNSTOP"])
def test_a_start_opts_the_number_in_again(world, body):
    world.inbound("STOP", sid="SM1")
    world.inbound(body, sid="SM2")
    assert world.topics(world.contact())[-1] == "ContactOptedIn"


def test_a_second_stop_is_only_a_text(world):
    world.inbound("STOP", sid="SM1")
    world.inbound("STOP", sid="SM2")
    assert world.topics(world.contact()) == [
        "InboundReceived",
        "ContactOptedOut",
        "InboundReceived",
    ]


def test_the_same_text_twice_is_recorded_once(world):
    world.inbound("STOP", sid="SM1")
    head = world.app.ledger.reader.head()
    with pytest.raises(AlreadyRecorded):
        world.inbound("STOP", sid="SM1")
    assert world.app.ledger.reader.head() == head


def test_a_stop_repeated_by_twilio_after_a_start_does_not_opt_out_again(world):
    world.inbound("STOP", sid="SM1")
    world.inbound("START", sid="SM2")
    with pytest.raises(AlreadyRecorded):
        world.inbound("STOP", sid="SM1")
    assert world.topics(world.contact())[-1] == "ContactOptedIn"


def test_a_text_from_an_unknown_number_is_recorded(world):
    world.inbound("Who is this?", phone=BEN)
    assert [message.body for message in world.conversation(BEN)] == ["Who is this?"]
