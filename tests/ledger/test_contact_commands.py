"""Opting out and in, by staff, by text and by Twilio: what is withdrawn and what is not (R16)."""

from datetime import timedelta

import pytest

from kit.provider import refusal
from kit.world import ADA, BEN, STAFF
from ledger.commands.contacts import DismissPossibleOptOut, OptOut
from ledger.domain.contact import Contact
from ledger.domain.vocabulary import DeliveryStatus, OptOutMeans, Reason
from ledger.errors import AlreadyRecorded, BadInput, Refused

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


@pytest.mark.parametrize("body", ["", "HELP", "INFO", "START", "Thanks"])
def test_any_other_text_opts_nobody_out(world, body):
    campaign_id = world.launch()
    world.inbound(body)
    assert world.topics(world.contact()) == ["InboundReceived"]
    assert world.statuses(campaign_id) == [PENDING]


def test_r16_an_opt_out_in_own_words_opts_the_number_out_and_withdraws(world):
    campaign_id = world.launch()
    world.inbound("Please stop")
    assert opted_out(world, campaign_id)
    text, opt_out = world.app.ledger.reader.stream(world.contact())
    assert (text.event.wording, opt_out.event.source) == ("opt_out", "words")


def test_after_own_words_twilio_does_not_block_the_number(world):
    world.inbound("Please stop")
    assert world.opt_in() is False


def test_a_possible_opt_out_changes_nothing_but_is_recorded_as_one(world):
    campaign_id = world.launch()
    world.inbound("I get too many of these")
    (text,) = world.app.ledger.reader.stream(world.contact())
    assert text.event.wording == "possible_opt_out"
    assert world.statuses(campaign_id) == [PENDING]


def test_twilios_own_reading_outweighs_the_text(world):
    world.inbound("arrêt", OptOutType="STOP")
    assert world.topics(world.contact()) == ["InboundReceived", "ContactOptedOut"]


@pytest.mark.parametrize("body", ["START", "yes", "UNSTOP"])
def test_a_start_opts_the_number_in_again(world, body):
    world.inbound("STOP", sid="SM1")
    world.inbound(body, sid="SM2")
    assert world.topics(world.contact())[-1] == "ContactOptedIn"


LIFTINGS = [
    # how the number was opted out, what the person writes then, and whether it is texted again
    ("STOP", "Yes", True),
    ("please stop", "Yes", True),
    ("STOP", "text me again please", True),
    ("staff", "Yes", False),
    ("staff", "text me again please", False),
    ("staff", "START", True),
    ("staff", "Unstop", True),
    ("staff", "Start.", True),
    ("provider", "Yes", False),
    ("provider", "START", True),
    ("staff, STOP", "Yes", False),
    ("STOP, staff", "Yes", False),
    ("staff, STOP", "START", True),
    ("please stop, provider", "Yes", False),
]


@pytest.mark.parametrize(("opt_outs", "body", "is_lifted"), LIFTINGS)
def test_r16_a_yes_lifts_no_opt_out_by_staff_or_twilio(world, provider, opt_outs, body, is_lifted):
    for number, how in enumerate(opt_outs.split(", ")):
        if how == "staff":
            world.opt_out()
        elif how == "provider":
            report_21610(world)
        else:
            world.inbound(how, sid=f"SM{number}")
    world.inbound(body, sid="SM9")
    assert world.app.ledger.reader.load(Contact, world.contact()).is_opted_out is not is_lifted


def report_21610(world):
    """Twilio reports about a text in flight that the number is opted out."""
    if not world.app.ledger.reader.load(Contact, world.contact()).is_opted_out:
        campaign_id = world.launch()
        world.send()
        world.callback(world.delivery(campaign_id), 1, "failed", 21610)
    else:
        (confirmation,) = world.app.ledger.reader.deliveries_of(world.contact())
        world.send()
        world.callback(confirmation, 1, "failed", 21610)


@pytest.mark.parametrize("form", [{}, {"OptOutType": "START"}])
def test_a_yes_that_twilio_reads_as_a_start_lifts_no_opt_out_by_staff(world, form):
    world.opt_out()
    world.inbound("Yes", **form)
    assert world.topics(world.contact()) == ["ContactOptedOut", "InboundReceived"]


def test_an_other_keyword_that_twilio_reads_as_a_start_lifts_it(world):
    world.opt_out()
    world.inbound("Alta", OptOutType="START")
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


# What staff record.


def test_an_opt_out_records_how_and_when_the_person_asked(world, clock):
    asked_at = clock.now()
    clock.advance(hours=2)
    world.execute(
        OptOut(world.contact(), STAFF, ADA, means=OptOutMeans.PHONE, received_at=asked_at)
    )
    event = world.last(world.contact()).event
    assert (event.source, event.means, event.received_at) == ("staff", "phone", asked_at)


def test_a_request_in_the_future_is_refused_with_nothing_recorded(world, clock):
    later = clock.now() + timedelta(seconds=1)
    with pytest.raises(BadInput, match="cannot have come in the future"):
        world.execute(OptOut(world.contact(), STAFF, ADA, received_at=later))
    assert world.topics(world.contact()) == []


def test_staff_can_record_an_opt_out_that_the_person_texted_before(world):
    world.inbound("STOP")
    world.opt_out()
    with pytest.raises(Refused, match="opted out already"):
        world.opt_out()


@pytest.mark.both_databases
def test_a_dismissal_without_a_sid_is_about_all_texts_that_wait(world):
    for number in (1, 2):
        world.inbound("I get too many of these", sid=f"SM{number}")
    assert world.execute(DismissPossibleOptOut(world.contact(), STAFF)) == 2
    assert world.topics(world.contact())[-2:] == ["PossibleOptOutDismissed"] * 2


def test_a_dismissal_of_one_text_leaves_the_other(world):
    for number in (1, 2):
        world.inbound("I get too many of these", sid=f"SM{number}")
    assert world.execute(DismissPossibleOptOut(world.contact(), STAFF, "SM1")) == 1
    contact = world.app.ledger.reader.load(Contact, world.contact())
    assert contact.possible_opt_outs == ("SM2",)


def test_a_dismissal_without_any_text_that_waits_is_refused(world):
    world.inbound("Thanks")
    with pytest.raises(Refused, match=r"^No text of this contact waits for a decision\.$"):
        world.execute(DismissPossibleOptOut(world.contact(), STAFF))


def test_a_dismissal_of_an_unknown_text_is_refused(world):
    world.inbound("I get too many of these", sid="SM1")
    with pytest.raises(Refused, match="does not wait for a decision"):
        world.execute(DismissPossibleOptOut(world.contact(), STAFF, "SM2"))
