"""Sending as a whole: stopped by staff, or because the ledger lost its end, and allowed again."""

import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kit.clock import Hurried
from kit.provider import provider_record, sid
from kit.store import sqlite_url
from kit.world import ADA, BEN, CLEO, World
from ledger.commands.fetched_records import AttachRecord
from ledger.commands.repository import sending_switch
from ledger.domain.events import SendingStopped
from ledger.domain.vocabulary import DeliveryStatus, Settlement, StopCause
from ledger.errors import BadSetting, ProviderError, Refused, StoreUnavailable

PENDING, DELIVERED, FAILED = DeliveryStatus
STREAM = "sending"


# By staff.


def test_nothing_starts_while_staff_have_stopped_it(world, provider):
    world.launch([ADA, BEN])
    world.stop_sending()
    assert world.send() == 0
    world.allow_sending()
    assert world.send() == 2


def test_nothing_starts_after_a_stop_even_by_a_race(world, provider):
    delivery_id = world.delivery(world.launch())
    text = world.text(delivery_id)
    world.stop_sending()
    assert world.start(delivery_id, text) is None


def test_a_callback_still_counts_while_sending_is_off(world):
    delivery_id = world.delivery(world.launch())
    world.send()
    world.stop_sending()
    world.callback(delivery_id)
    assert world.row(delivery_id).status is DELIVERED


def test_what_is_off_cannot_be_stopped_and_what_is_on_not_allowed(world):
    with pytest.raises(Refused, match="on already"):
        world.allow_sending()
    world.stop_sending()
    with pytest.raises(Refused, match="off already"):
        world.stop_sending()


# Because the ledger lost its end.


@pytest.fixture
def restored(tmp_path, clock, provider):
    """Ada's text was sent after the backup was made, and Ben's as well; Cleo's before it."""
    world = World.open(sqlite_url(tmp_path), clock, provider)
    first = world.launch([CLEO], name="First")
    world.send()
    world.launch([ADA, BEN], name="Second")
    world.maintenance().run_once()
    world.close()
    shutil.copy(tmp_path / "ledger.sqlite3", tmp_path / "backup")
    world = world.again()
    clock.advance(minutes=1)
    world.send()
    for number, phone in ((2, ADA), (3, BEN)):
        name = "Ada" if phone == ADA else "Ben"
        text = provider_record(clock.now(), sid=sid(number), to=phone, body=f"Hello {name}")
        provider.records[phone].append(text)
    provider.records[CLEO].append(
        provider_record(clock.now(), sid=sid(1), to=CLEO, body="Hello Cleo")
    )
    world.maintenance().run_once()
    world.close()
    shutil.copy(tmp_path / "backup", tmp_path / "ledger.sqlite3")
    assert len(provider.sent) == 3
    clock.advance(hours=1)
    opened = world.again()
    yield opened, first
    opened.close()


def recover(world: World):
    lost_since = sending_switch(world.app.ledger.reader).lost_since
    return world.app.sending.reconciler(Hurried()).recover(lost_since)


def test_a_restored_ledger_sends_nothing(restored, provider):
    world, _ = restored
    assert world.send() == 0
    assert len(provider.sent) == 3
    event = world.last(STREAM).event
    assert isinstance(event, SendingStopped)
    assert (event.cause, event.actor) == (StopCause.LEDGER_CUT, "sender")


def test_it_cannot_be_allowed_before_twilio_was_asked(restored):
    world, _ = restored
    world.sender()
    with pytest.raises(Refused, match="delivery-ledger reconcile"):
        world.allow_sending()


def test_what_twilio_has_is_found_and_nobody_is_texted_twice(restored, provider):
    world, _ = restored
    world.sender()
    found = recover(world)
    assert (found.texts, found.attached, found.unplaced) == (3, 2, 0)
    world.allow_sending()
    assert world.send() == 0
    assert sorted(text.to for text in provider.sent) == [ADA, BEN, CLEO]


def test_asking_twice_finds_nothing_new(restored):
    world, _ = restored
    world.sender()
    recover(world)
    assert (recover(world).attached, recover(world).unplaced) == (0, 0)


def test_what_twilio_never_got_is_sent_once_staff_insist(restored, provider):
    world, _ = restored
    provider.records[BEN].clear()
    world.sender()
    assert recover(world).missing == 1
    world.allow_sending(despite_missing=True)
    assert world.send() == 1
    assert provider.sent[-1].to == BEN
    assert world.last(STREAM).event.despite_missing


def test_while_texts_of_lost_attempts_are_missing_it_is_not_allowed(restored, provider):
    world, _ = restored
    provider.records.clear()
    world.sender()
    assert recover(world).missing == 2
    with pytest.raises(Refused) as refused:
        world.allow_sending()
    assert str(refused.value) == (
        "The ledger lost attempts, and Twilio's records have no text of 2 of them: those people "
        "may have been texted, and would be texted again. Look at the messages in Twilio's "
        "console. If you are sure that they were not sent, run `delivery-ledger sending allow "
        '--despite-missing`, or press "Allow sending, they were not sent" on the page "Sending is '
        'off".'
    )
    assert world.send() == 0


def test_an_attempt_whose_callback_came_after_the_restore_is_not_missing(restored, provider):
    world, _ = restored
    world.catch_up()
    (campaign_id,) = [c.campaign_id for c in world.app.status.campaigns() if c.name == "Second"]
    provider.records[ADA].clear()
    world.callback(world.delivery(campaign_id, ADA), sid=sid(2))
    provider.records[ADA].append(provider_record(world.clock.now(), sid=sid(2)))
    world.sender()
    counts = recover(world)
    assert (counts.attached, counts.missing) == (1, 0)


# What is near, but not sure.


@pytest.mark.parametrize("body", ["Other words", "", "Hello Adam"])
def test_a_text_with_other_words_goes_before_staff_and_is_not_sent(restored, provider, body):
    world, _ = restored
    provider.records[ADA] = [replace(provider.records[ADA][0], body=body)]
    world.sender()
    counts = recover(world)
    assert (counts.attached, counts.undecided, counts.missing) == (1, 1, 0)
    world.allow_sending()
    world.clock.advance(days=2)
    assert world.send() == 0
    (row,) = world.undecided()
    assert row.phone == ADA


@pytest.mark.parametrize(
    ("decision", "sent"), [(Settlement.RESEND, [ADA, ADA]), (Settlement.LET_BE, [ADA])]
)
def test_staff_decide_about_it(restored, provider, decision, sent):
    world, _ = restored
    provider.records[ADA] = [replace(provider.records[ADA][0], body="Other words")]
    world.sender()
    lost_since = sending_switch(world.app.ledger.reader).lost_since
    recover(world)
    world.allow_sending()
    world.settle(world.undecided()[0].delivery_id, decision)
    world.app.sending.reconciler(threading.Event()).recover(lost_since)
    assert world.undecided() == []
    world.send()
    assert [text.to for text in provider.sent if text.to == ADA] == sent


def test_words_that_twilio_changed_a_little_are_the_same(restored, provider):
    world, _ = restored
    provider.records[ADA] = [replace(provider.records[ADA][0], body="hello,\u00a0Ada!")]
    world.sender()
    assert recover(world).attached == 2


@pytest.mark.parametrize("page_size", [1, 1000], ids=["by number", "in the whole list"])
def test_a_text_that_waits_to_be_sent_at_twilio_is_found(restored, provider, page_size):
    world, _ = restored
    has_old_texts(provider, world.clock)
    provider.page_size = page_size
    provider.unsent |= {text.sid for text in provider.records[ADA]}
    world.sender()
    counts = recover(world)
    assert (counts.attached, counts.missing) == (2, 0)


def has_old_texts(provider, clock):
    """Twilio has a hundred texts of last month to somebody else."""
    made_at = clock.now() - timedelta(days=30)
    provider.records["+14155550199"] = [
        provider_record(made_at, sid=sid(1000 + number), to="+14155550199") for number in range(100)
    ]


def test_where_twilios_list_is_short_no_number_is_asked_about(restored, provider):
    world, _ = restored
    has_old_texts(provider, world.clock)
    world.sender()
    provider.records[BEN].clear()
    assert recover(world).missing == 1
    assert provider.asked_about == ["a page", "a page", "a page"]


def test_where_twilios_list_is_long_the_waiting_numbers_are_asked_about_instead(restored, provider):
    world, _ = restored
    has_old_texts(provider, world.clock)
    provider.page_size = 1
    for phone in (ADA, BEN):
        provider.records[phone].clear()
    world.sender()
    assert recover(world).missing == 2
    assert sorted(about for about in provider.asked_about if about != "a page") == [ADA, BEN]
    assert len(provider.asked_about) < 20


def test_a_page_that_twilio_does_not_give_is_asked_for_again(restored, provider):
    world, _ = restored
    provider.page_size = 2
    provider.fail_asks = 3
    world.sender()
    assert recover(world).attached == 2


def waiting_twice(world, clock):
    """Two campaigns with the same words wait for Ada."""
    deliveries = [world.delivery(world.launch(name=name)) for name in ("First", "Second")]
    clock.advance(minutes=20)
    return deliveries


@pytest.mark.parametrize(("texts", "attached"), [(1, 0), (2, 2), (3, 2)])
def test_each_of_two_deliveries_gets_a_text_or_staff_decide_about_both(
    world, provider, clock, texts, attached
):
    started_at = clock.now()
    deliveries = waiting_twice(world, clock)
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(70 + n)) for n in range(texts)]
    world.app.sending.reconciler(threading.Event()).recover(started_at)
    settled = [world.topics(delivery)[-1] for delivery in deliveries]
    assert settled.count("StatusFetched") == attached
    assert len(world.undecided()) == 2 - attached
    assert world.sender().run_once().attempts == 0


def test_a_text_that_bounced_and_the_next_attempt_are_both_attached(world, provider, clock):
    started_at = clock.now()
    delivery_id = world.delivery(world.launch())
    provider.records[ADA] = [
        provider_record(clock.now(), sid=sid(70), status="undelivered", code="30008"),
        provider_record(clock.now() + timedelta(minutes=9), sid=sid(71), status="delivered"),
    ]
    clock.advance(minutes=20)
    counts = world.app.sending.reconciler(threading.Event()).recover(started_at)
    assert counts.attached == 2
    assert world.row(delivery_id).status is DELIVERED


def test_a_text_from_before_the_enrolment_is_attached_to_nothing(world, provider, clock):
    started_at = clock.now()
    provider.records[ADA] = [
        provider_record(clock.now(), sid=sid(70), body="Other words"),
    ]
    clock.advance(hours=1)
    world.launch()
    counts = world.app.sending.reconciler(threading.Event()).recover(started_at)
    assert (counts.unplaced, counts.undecided) == (1, 0)


def test_a_text_of_a_campaign_that_was_lost_is_counted(restored, provider, clock):
    world, _ = restored
    provider.records[ADA].append(
        provider_record(clock.now(), sid=sid(99), body="Of a lost campaign")
    )
    world.sender()
    assert recover(world).unplaced == 1


def test_two_processes_never_attach_one_text_to_two_deliveries(world, clock):
    """Both looked for its SID before either attached it."""
    deliveries = [world.delivery(world.launch(name=name)) for name in ("First", "Second")]
    text = provider_record(clock.now(), sid=sid(9))
    assert world.execute(AttachRecord(deliveries[0], text, world.app.codes))
    assert not world.execute(AttachRecord(deliveries[1], text, world.app.codes))


@pytest.mark.parametrize(
    ("words", "texts", "undecided"), [("Other words", 2, 0), ("Hello Ada", 3, 1)]
)
def test_a_text_of_another_sender_goes_before_staff_if_it_has_the_same_words(
    restored, provider, clock, *, words, texts, undecided
):
    world, _ = restored
    provider.records[ADA][0] = provider_record(
        clock.now(), sid=sid(2), is_from_us=False, body=words
    )
    world.sender()
    counts = recover(world)
    assert (counts.texts, counts.attached, counts.undecided) == (texts, 1, undecided)


def test_while_twilio_cannot_be_asked_sending_stays_off(restored, provider):
    world, _ = restored
    world.sender()
    provider.is_down = True
    with pytest.raises(ProviderError):
        recover(world)
    with pytest.raises(Refused):
        world.allow_sending()


def test_it_is_stopped_once_however_many_senders_start(restored):
    world, _ = restored
    for _ in range(3):
        world.sender()
        world.maintenance().run_once()
    assert world.topics(STREAM) == ["SendingAccountSet", "SendingStopped"]


def test_cut_again_after_reconciling_it_is_to_be_reconciled_again(restored):
    world, _ = restored
    world.sender()
    recover(world)
    world.stop_sending("sender", cause=StopCause.LEDGER_CUT, lost_since=world.clock.now())
    assert sending_switch(world.app.ledger.reader).needs_reconciliation


def test_a_ledger_that_lost_nothing_is_never_stopped(world, clock):
    world.launch([ADA, BEN])
    for _ in range(3):
        world.send()
        clock.advance(timedelta(hours=1))
    assert "SendingStopped" not in world.topics(STREAM)


def test_a_memory_that_cannot_be_read_stops_the_start(world):
    world.sender()
    world.app.sending.rollback_guard.path.write_text("{")
    with pytest.raises(BadSetting, match="cannot be read"):
        world.sender()


def test_a_new_ledger_is_not_one_that_was_cut(tmp_path, clock, provider):
    world = World.open(sqlite_url(tmp_path), clock, provider)
    world.launch()
    world.send()
    world.close()
    for file in tmp_path.glob("ledger.*sqlite3*"):
        file.unlink()
    world = world.again()
    world.sender()
    world.launch()
    assert world.send() == 1
    world.close()


def test_a_memory_that_cannot_be_written_is_a_store_that_is_away(world, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoreUnavailable, match="No space left"):
        world.app.sending.rollback_guard.check()
