"""Callbacks: each is recorded once, in whatever order and however late or often it comes."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.examples import fewer
from kit.forging import forging
from kit.store import ledger_file
from kit.world import ADA, BEN
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import AlreadyRecorded, BadInput

PENDING, DELIVERED, FAILED = DeliveryStatus


@pytest.fixture
def sent(world):
    """The delivery of a campaign that was sent to Ada."""
    campaign_id = world.launch()
    world.send()
    return world.delivery(campaign_id)


def strays(world):
    entries = world.app.ledger.reader.events()
    return [entry.event for entry in entries if entry.topic == "StrayCallbackReceived"]


def test_a_callback_is_one_event_with_twilios_words(world, sent):
    world.callback(sent, 1, "delivered", To=ADA)
    event = world.last(sent).event
    assert (event.topic, event.status, event.actor) == ("CallbackReceived", "delivered", "twilio")
    assert dict(event.private.parameters)["To"] == ADA


def test_the_same_callback_twice_is_recorded_once(world, sent):
    world.callback(sent)
    head = world.app.ledger.reader.head()
    with pytest.raises(AlreadyRecorded):
        world.callback(sent)
    assert world.app.ledger.reader.head() == head


def test_the_same_status_with_other_parameters_is_another_callback(world, sent):
    world.callback(sent, RawDlrDoneDate="2603020900")
    world.callback(sent, RawDlrDoneDate="2603020901")
    assert world.topics(sent)[-2:] == ["CallbackReceived"] * 2


def test_a_blank_parameter_makes_another_callback(world, sent):
    world.callback(sent)
    world.callback(sent, ErrorMessage="")
    assert world.topics(sent)[-2:] == ["CallbackReceived"] * 2


REPORTS = [("queued", None), ("sent", None), ("undelivered", 30006), ("delivered", None)]


def test_callbacks_in_any_order_give_one_status(world):
    phone_orders = {
        f"+141555502{number:02}": order
        for number, order in enumerate(itertools.permutations(REPORTS))
    }
    campaign_id = world.launch(list(phone_orders))
    world.send()
    for phone, order in phone_orders.items():
        for status, code in order:
            world.callback(world.delivery(campaign_id, phone), 1, status, code)
    rows = world.rows(campaign_id)
    assert [(row.status, row.is_conflict) for row in rows] == [(DELIVERED, True)] * 24


STATUSES = [
    ("sent", None),
    ("undelivered", 30001),
    ("undelivered", 30006),
    ("failed", None),
    ("delivered", None),
    ("read", None),
    ("teleported", None),
]
ONE_OF_TWO_ATTEMPTS = st.tuples(st.sampled_from([1, 2]), st.sampled_from(STATUSES))


@fewer(5)
@given(reports=st.lists(ONE_OF_TWO_ATTEMPTS, min_size=1, unique=True), data=st.data())
def test_any_order_and_repetition_of_callbacks_gives_one_answer(new_world, reports, data):
    repeated = data.draw(st.lists(st.sampled_from(reports), max_size=4))
    with new_world() as world:
        campaign_id = sent_twice(world)
        shuffled = data.draw(st.permutations(reports + repeated))
        post_callbacks(world, world.delivery(campaign_id, ADA), reports)
        post_callbacks(world, world.delivery(campaign_id, BEN), shuffled)
        ada, ben = (as_seen(row) for row in world.rows(campaign_id))
        assert ada == ben
        assert list(world.app.views.differences()) == []
        past = world.app.status.as_of(world.app.ledger.reader.head())
        assert past.contacts(campaign_id) == world.rows(campaign_id)


def sent_twice(world):
    """A campaign to Ada and Ben whose first attempts bounced and whose second are in flight."""
    campaign_id = world.launch([ADA, BEN])
    world.send()
    for phone in (ADA, BEN):
        world.callback(world.delivery(campaign_id, phone), 1, "undelivered", 30001)
    world.clock.advance(hours=1)
    world.send()
    assert {row.attempts for row in world.rows(campaign_id)} == {2}
    return campaign_id


def post_callbacks(world, delivery_id, reports):
    for turn, (status, code) in reports:
        with contextlib.suppress(AlreadyRecorded):
            world.callback(delivery_id, turn, status, code)


def as_seen(row):
    """What a page shows of a contact, but for who it is and when the next attempt is."""
    reason = (row.failed_reason, row.error_code, row.message_status)
    return (row.status, row.stage, row.is_conflict, row.attempts, *reason)


@pytest.mark.parametrize(
    ("code", "kept"), [("30006", "30006"), ("0", None), ("", None), (" 30006 ", "30006")]
)
def test_an_error_code_of_nothing_is_no_code(world, sent, code, kept):
    world.callback(sent, 1, "failed", code)
    assert world.row(sent).error_code == kept


def test_a_status_in_capitals_means_the_same(world, sent):
    world.callback(sent, 1, " Delivered ")
    assert world.row(sent).status is DELIVERED


def test_an_unknown_status_is_recorded_and_changes_nothing(world, sent):
    world.callback(sent, 1, "teleported")
    assert world.last(sent).event.status == "teleported"
    assert world.row(sent).status is PENDING


# Callbacks about no attempt of this ledger.


def test_a_wrong_token_makes_a_stray(world, sent):
    before = world.topics(sent)
    world.callback(sent, token="guessed", To=ADA)
    assert world.topics(sent) == before
    assert [(stray.cause, stray.status) for stray in strays(world)] == [
        ("wrong token", "delivered")
    ]


def test_the_token_of_another_turn_makes_a_stray(world, sent):
    token = world.app.ledger.identity.callback_token(sent, 1)
    world.callback(sent, 2, token=token)
    assert [stray.cause for stray in strays(world)] == ["wrong token"]


def test_a_callback_about_an_unknown_delivery_is_a_stray(world):
    world.callback("del_nowhere")
    assert [stray.cause for stray in strays(world)] == ["no such delivery"]


def test_a_stray_twice_is_recorded_once(world):
    world.callback("del_nowhere")
    with pytest.raises(AlreadyRecorded):
        world.callback("del_nowhere")
    assert len(strays(world)) == 1


def test_two_strays_of_one_text_are_one_stream(world):
    world.callback("del_nowhere", 1, "sent", sid="SM1")
    world.callback("del_nowhere", 1, "delivered", sid="SM1")
    assert [stray.originator_version for stray in strays(world)] == [1, 2]


def test_the_number_of_a_stray_is_sealed_under_its_contact(world):
    world.callback("del_nowhere", To=BEN)
    (stray,) = strays(world)
    assert stray.contact_id == world.contact(BEN)
    assert dict(stray.private.parameters)["To"] == BEN


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
@pytest.mark.parametrize("value", [None, ""])
def test_a_form_without_sid_or_status_is_refused_and_nothing_is_stored(world, sent, missing, value):
    form = {"MessageSid": "SM1", "MessageStatus": "sent"} | {missing: value}
    head = world.app.ledger.reader.head()
    token = world.app.ledger.identity.callback_token(sent, 1)
    given = {name: text for name, text in form.items() if text is not None}
    with pytest.raises(BadInput, match="MessageSid and MessageStatus"):
        world.callback_command(sent, 1, token, given)
    assert world.app.ledger.reader.head() == head


def test_another_sid_under_a_right_token_counts_and_is_flagged(world, sent):
    world.callback(sent, 1, "delivered", sid="SMother")
    assert world.last(sent).event.is_other_sid
    assert world.row(sent).status is DELIVERED


# Before the answer, and late.


def test_a_callback_before_the_answer_finds_its_delivery(world, provider):
    campaign_id = world.launch()
    delivery_id = world.delivery(campaign_id)
    provider.when_asked = lambda _text: world.callback(delivery_id, sid="SM" + f"{1:032x}")
    world.send()
    assert world.topics(delivery_id)[-2:] == ["CallbackReceived", "AttemptAccepted"]
    assert world.statuses(campaign_id) == [DELIVERED]


def test_a_late_bounce_of_an_earlier_attempt_changes_nothing(world, sent, clock):
    world.callback(sent, 1, "undelivered", 30001)
    clock.advance(hours=1)
    world.send()
    world.callback(sent, 1, "undelivered", 30006)
    row = world.row(sent)
    assert (row.status, row.stage) == (PENDING, Stage.ACCEPTED)


def test_r9_late_good_news_of_an_earlier_attempt_makes_it_delivered(world, sent, clock):
    world.callback(sent, 1, "undelivered", 30001)
    clock.advance(hours=1)
    world.send()
    world.callback(sent, 1, "delivered")
    assert world.row(sent).status is DELIVERED


def test_a_callback_still_counts_in_a_paused_campaign(world, sent):
    world.pause(world.row(sent).campaign_id)
    world.callback(sent)
    assert world.row(sent).status is DELIVERED


# 21610.


def test_r16_a_21610_opts_the_number_out(world, sent):
    world.callback(sent, 1, "undelivered", 21610)
    event = world.last(world.contact()).event
    assert (event.topic, event.source) == ("ContactOptedOut", "provider")
    assert world.row(sent).failed_reason is Reason.OPTED_OUT


def test_r16_a_21610_withdraws_the_contacts_other_deliveries(world, sent):
    other = world.delivery(world.launch(name="Another"))
    world.callback(sent, 1, "undelivered", 21610)
    assert world.row(other).failed_reason is Reason.OPTED_OUT
    assert world.topics(other)[-1] == "DeliveryWithdrawn"


def test_r16_a_second_21610_opts_nobody_out_again(world, sent):
    world.callback(sent, 1, "undelivered", 21610)
    world.callback(sent, 1, "failed", 21610)
    assert world.topics(world.contact()) == ["ContactOptedOut"]


def test_r19_an_account_code_by_callback_fails_the_contact_and_pauses_nothing(world, sent):
    world.callback(sent, 1, "failed", 20003)
    row = world.row(sent)
    assert (row.status, row.failed_reason, row.campaign_state) == (
        FAILED,
        Reason.ACCOUNT,
        "sending",
    )


def test_a_late_report_that_the_number_opted_out_withdraws_a_resend_that_waits(world):
    campaign_id = world.launch()
    delivery_id = world.delivery(campaign_id)
    world.send()
    world.callback(delivery_id, 1, "undelivered", 30006)
    world.resend(campaign_id, include_unreachable=True)
    world.callback(delivery_id, 1, "undelivered", 21610)
    row = world.row(delivery_id)
    assert (row.status, row.failed_reason) == (DeliveryStatus.FAILED, Reason.OPTED_OUT)
    assert world.send() == 0


def test_a_report_of_progress_needs_no_event_that_cannot_be_read(world, sent):
    ledger = world.app.ledger
    with forging(ledger_file(world.folder)) as connection:
        damage = "UPDATE events SET topic = 'Later' WHERE stream_id = ? AND version = 2"
        connection.execute(damage, (sent,))
    world.callback(sent, 1, "delivered", sid="SM0")
    assert ledger.reader.stream(sent)[-1].topic == "CallbackReceived"


@pytest.mark.parametrize("column", ["campaign_id", "contact_id"])
@pytest.mark.parametrize("value", ["a", "zzz"])
def test_no_callback_gets_an_id_that_somebody_altered(world, sent, column, value):
    rows = world.app.ledger.reader.stream(sent)
    with forging(ledger_file(world.folder)) as connection:
        alter = f"UPDATE events SET {column} = ? WHERE stream_id = ? AND version = 3"
        connection.execute(alter, (value, sent))
    world.callback(sent, 1, "delivered")
    event = world.last(sent).event
    assert (event.campaign_id, event.contact_id) == (rows[0].campaign_id, rows[0].contact_id)
