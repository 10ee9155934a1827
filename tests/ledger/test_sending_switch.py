"""Sending as a whole: stopped by staff, or because the ledger was cut short, and allowed again."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from kit.provider import provider_record, sid
from kit.store import sqlite_url
from kit.world import ADA, BEN, CLEO, World
from ledger.commands.repository import sending_switch
from ledger.commands.unknown_outcomes import AttachRecord
from ledger.domain.events import SendingStopped
from ledger.domain.vocabulary import DeliveryStatus, StopCause
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


# Because the ledger was cut short.


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
    return world.app.sending.reconciler(world.sender().stop).recover(lost_since)


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


def test_what_twilio_never_got_is_sent(restored, provider):
    world, _ = restored
    provider.records[BEN].clear()
    world.sender()
    recover(world)
    world.allow_sending()
    assert world.send() == 1
    assert provider.sent[-1].to == BEN


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


def test_a_text_of_another_sender_is_ignored(restored, provider, clock):
    world, _ = restored
    provider.records[ADA][0] = provider_record(clock.now(), sid=sid(2), is_from_us=False)
    world.sender()
    assert recover(world).attached == 1


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
