"""Caps of the school's sender: they hold back all its texts and use up no attempt."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.provider import provider_record, refusal, sid
from kit.world import ADA, BEN, CLEO
from ledger.domain.holds import Hold
from ledger.domain.schedule import Schedule, SendWindow
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState, DeliveryStatus
from ledger.sending.sending_pass import LeftCause

PENDING, DELIVERED, FAILED = DeliveryStatus
PACIFIC = ZoneInfo("America/Los_Angeles")
MANY = [f"+1415559{number:04}" for number in range(60)]
DAY_ENDS = datetime(2026, 3, 3, 0, 15, tzinfo=PACIFIC).astimezone(UTC)
STREAM = "sending"


@pytest.fixture
def afternoon(clock):
    """Monday, 2 March 2026, two in the afternoon Pacific time."""
    clock.advance(hours=13)


@pytest.fixture
def capped(world, afternoon):
    """Ada's text, which a carrier's daily cap stopped; Ben's and Cleo's campaign comes after it."""
    delivery_id = world.delivery(world.launch([ADA]))
    world.send()
    world.callback(delivery_id, 1, "undelivered", 30023)
    return delivery_id


@pytest.mark.both_databases
@pytest.mark.parametrize("code", [30023, 30027])
def test_r10_a_daily_cap_learnt_by_callback_holds_all_texts_until_the_day_ends(
    world, clock, afternoon, code
):
    delivery_id = world.delivery(world.launch([ADA]))
    world.send()
    world.callback(delivery_id, 1, "undelivered", code)
    other = world.delivery(world.launch([BEN], name="another"), BEN)
    assert world.send() == 0
    assert world.row(other).next_attempt.holds == (Hold.SENDER_CAP,)
    assert [world.row(d).next_attempt_at for d in (delivery_id, other)] == [DAY_ENDS] * 2
    clock.advance(DAY_ENDS - clock.now() - timedelta(seconds=1))
    assert world.send() == 0
    clock.advance(seconds=1)
    assert world.send() == 2


@pytest.mark.both_databases
@pytest.mark.parametrize("answer", [refusal(30023), refusal(30023, 429, retry_after=1)])
def test_r10_a_daily_cap_learnt_at_the_request_holds_all_texts_too(
    world, provider, afternoon, answer
):
    provider.will_answer(ADA, answer)
    delivery_id = world.delivery(world.launch([ADA]))
    world.send()
    other = world.delivery(world.launch([BEN], name="another"), BEN)
    assert (world.row(delivery_id).stage, world.row(delivery_id).attempts) == (Stage.PUT_BACK, 0)
    assert [world.row(d).next_attempt_at for d in (delivery_id, other)] == [DAY_ENDS] * 2


def test_nothing_starts_under_a_cap_even_by_a_race(world, capped):
    """Another process made the text ready before; the start is decided under the lock."""
    delivery_id = world.delivery(world.launch([BEN], name="another"), BEN)
    assert world.start(delivery_id, world.text(delivery_id)) is None


def test_two_senders_burn_one_attempt_and_not_one_each(world, provider, afternoon):
    for phone in MANY:
        provider.will_answer(phone, refusal(30023))
    campaign_id = world.launch(MANY)
    other = world.again()
    delivery_ids = [world.delivery(campaign_id, phone) for phone in MANY[:2]]
    started = [one.start(d) for one, d in zip((world, other), delivery_ids, strict=True)]
    assert all(started)
    runner = world.sender().attempt_runner
    (first,) = runner.start({(d := world.delivery(campaign_id, MANY[2])): world.text(d)})
    runner.record(first, runner.ask(first))
    assert (world.send(), other.send()) == (0, 0)
    assert len(provider.sent) == 1
    other.close()


def test_a_pass_that_meets_a_cap_says_how_many_texts_it_left(world, provider, afternoon):
    for phone in MANY:
        provider.will_answer(phone, refusal(30023))
    world.launch(MANY)
    done = world.sender().run_once()
    assert (done.cause, done.attempts + done.left) == (LeftCause.SENDER_CAP, len(MANY))


def test_a_cap_is_recorded_once_however_many_texts_meet_it(world, afternoon):
    campaign_id = world.launch(MANY)
    world.send()
    for phone in MANY:
        world.callback(world.delivery(campaign_id, phone), 1, "undelivered", 30023)
    assert world.topics(STREAM) == ["SendingAccountSet", "SenderHeld"]


def test_a_hold_survives_the_loss_of_the_senders_database(world, capped):
    with world.app.sending_engine.begin() as connection:
        for table in ("rate_limits", "claims"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    other = world.again()
    world.launch([BEN], name="another")
    assert other.send() == 0
    other.close()


def test_a_longer_cap_lengthens_the_hold_and_a_shorter_one_leaves_it(world, clock, capped):
    campaign_id = world.launch([BEN, CLEO], name="sent before")
    clock.advance(DAY_ENDS - clock.now())
    world.send()
    world.callback(world.delivery(campaign_id, BEN), 1, "undelivered", 63038)
    world.callback(world.delivery(campaign_id, CLEO), 1, "undelivered", 63018)
    _, *holds = world.app.ledger.reader.stream(STREAM)
    assert [entry.event.until for entry in holds] == [DAY_ENDS, DAY_ENDS + timedelta(hours=24)]


def test_a_cap_that_ended_before_it_became_known_holds_nothing(world, provider, clock, afternoon):
    """Twilio is asked on Wednesday about a text that the cap of Monday stopped."""
    delivery_id = world.delivery(world.launch([ADA]))
    world.send()
    record = provider_record(clock.now(), sid=sid(1), status="undelivered", code="30023")
    provider.records[ADA].append(record)
    clock.advance(days=2)
    world.maintenance().reconciler.reconcile()
    assert world.topics(STREAM) == ["SendingAccountSet"]
    row = world.row(delivery_id)
    assert (row.stage, row.next_attempt.is_due) == (Stage.SOFT_BOUNCE, True)


# Limits.


@pytest.mark.both_databases
def test_r11_a_cap_uses_up_no_attempt(world, clock, afternoon):
    delivery_id = world.delivery(world.launch([ADA], attempt_limit=2))
    for turn in (1, 2, 3):
        world.send()
        world.callback(delivery_id, turn, "undelivered", 30023)
        clock.advance(days=1)
    assert world.row(delivery_id).status is PENDING
    world.send()
    world.callback(delivery_id, 4, "undelivered", 30008)
    assert world.row(delivery_id).status is PENDING
    clock.advance(days=1)
    world.send()
    world.callback(delivery_id, 5, "undelivered", 30008)
    assert world.row(delivery_id).status is FAILED


def test_a_cap_that_twilio_reports_twice_takes_off_one_attempt(world, clock, afternoon):
    delivery_id = world.delivery(world.launch([ADA], attempt_limit=2))
    world.send()
    world.callback(delivery_id, 1, "undelivered", 30023)
    world.callback(delivery_id, 1, "undelivered", 30023, RawDlrDoneDate="2603022200")
    for turn in (2, 3):
        clock.advance(days=1)
        world.send()
        world.callback(delivery_id, turn, "undelivered", 30008)
    assert world.row(delivery_id).status is FAILED


def test_caps_are_no_failures_for_which_a_campaign_pauses(world, afternoon):
    campaign_id = world.launch(MANY)
    world.send()
    for phone in MANY:
        world.callback(world.delivery(campaign_id, phone), 1, "undelivered", 30023)
    world.maintenance().automatic_acts.perform_due()
    assert world.campaign(campaign_id).state is CampaignState.SENDING


# Hours.


def test_r10_a_text_outside_the_allowed_hours_waits_for_them_and_for_the_campaigns(world, clock):
    """At 22:00 in Los Angeles; the law allows it from 08:00, the campaign from 10:00."""
    clock.advance(hours=21)
    window = SendWindow.parse("10:00-23:00")
    delivery_id = world.delivery(world.launch([ADA], timing=Schedule(window=window)))
    world.send()
    world.callback(delivery_id, 1, "undelivered", 30610)
    row = world.row(delivery_id)
    assert row.next_attempt.holds == (Hold.OUTSIDE_HOURS,)
    assert row.next_attempt_at == datetime(2026, 3, 3, 10, tzinfo=PACIFIC)
    clock.advance(row.next_attempt_at - clock.now() - timedelta(seconds=1))
    assert world.send() == 0
    clock.advance(seconds=1)
    assert world.send() == 1


# What staff read.


def test_the_sentence_and_the_hold_of_a_capped_contact(world, capped):
    row = world.row(capped)
    assert row.next_attempt.holds == ()
    assert world.detail(capped) == "waiting for the end of a daily limit (midnight Pacific time)"


def test_the_sentence_of_another_contact(world, capped):
    other = world.delivery(world.launch([BEN], name="another"), BEN)
    assert world.detail(other) == "waiting for the end of a limit on the school's sender"
