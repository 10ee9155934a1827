"""The rollback guard: whatever sends, and however soon a backup is restored, nothing goes twice."""

import json
import shutil
from pathlib import Path

import pytest

from kit.provider import sid
from kit.store import sqlite_url
from kit.world import ADA, BEN, CLEO, World
from ledger.commands.repository import sending_switch
from ledger.domain.vocabulary import StopCause
from ledger.errors import StoreUnavailable
from ledger.sending.rollback_guard import RollbackGuard

GUARD = "ledger.sender"


@pytest.fixture
def school(tmp_path, clock, provider):
    """A folder with a ledger of two contacts that wait, and its backup."""
    world = World.open(sqlite_url(tmp_path), clock, provider)
    world.launch([ADA, BEN])
    world.catch_up()
    world.close()
    back_up(tmp_path)
    return tmp_path


def back_up(folder: Path) -> None:
    shutil.copytree(folder, folder.parent / f"{folder.name}-backup", dirs_exist_ok=True)


def restore(folder: Path, *names: str) -> None:
    """Put these files of the backup back; those it does not have are removed."""
    for name in names:
        saved = folder.parent / f"{folder.name}-backup" / name
        (folder / name).unlink(missing_ok=True)
        if saved.exists():
            shutil.copy(saved, folder / name)


def open_world(folder: Path, clock, provider) -> World:
    return World.open(sqlite_url(folder), clock, provider)


def send_once(folder: Path, clock, provider) -> int:
    """The command `send --once`, in a process of its own."""
    world = open_world(folder, clock, provider)
    try:
        return world.send()
    finally:
        world.close()


def switch_of(folder: Path, clock, provider):
    world = open_world(folder, clock, provider)
    try:
        return sending_switch(world.app.ledger.reader)
    finally:
        world.close()


def guard_of(world: World) -> dict:
    (line,) = world.app.sending.rollback_guard.path.read_text().splitlines()
    return json.loads(line)


@pytest.mark.both_databases
def test_the_guard_holds_an_attempt_before_twilio_is_asked(world, provider):
    seen = []
    provider.when_asked = lambda _text: seen.append(guard_of(world))
    world.launch([ADA])
    world.send()
    (guard,) = seen
    attempt = world.app.ledger.reader.event(guard["seq"])
    assert (attempt.topic, guard["attempts"]) == ("AttemptStarted", 1)


def test_what_send_once_has_sent_is_not_sent_again_after_a_restore(school, clock, provider):
    assert send_once(school, clock, provider) == 2
    restore(school, "ledger.sqlite3")
    assert send_once(school, clock, provider) == 0
    switch = switch_of(school, clock, provider)
    assert (switch.cause, switch.lost_attempts) == (StopCause.LEDGER_CUT, 2)


def test_a_restore_of_views_and_senders_database_too_is_noticed(school, clock, provider):
    send_once(school, clock, provider)
    restore(school, *(file.name for file in school.iterdir() if not file.name.startswith(GUARD)))
    assert send_once(school, clock, provider) == 0
    assert len(provider.sent) == 2


@pytest.mark.parametrize("is_killed_while_asking", [True, False])
def test_a_sender_that_dies_leaves_a_guard_that_holds_its_attempts(
    school, clock, provider, is_killed_while_asking
):
    def die(_text):
        raise SystemExit

    provider.when_asked = die if is_killed_while_asking else lambda _text: None
    world = open_world(school, clock, provider)
    if is_killed_while_asking:
        with pytest.raises(SystemExit):
            world.send()
    else:
        world.send()
    world.close()
    restore(school, "ledger.sqlite3")
    provider.when_asked = lambda _text: None
    assert send_once(school, clock, provider) == 0


def test_a_restored_ledger_that_went_on_before_the_sender_starts_is_noticed(
    school, clock, provider
):
    """A launch and callbacks make it longer than it was: only another event is at that place."""
    send_once(school, clock, provider)
    lost_since = clock.now()
    restore(school, "ledger.sqlite3")
    clock.advance(hours=5)
    world = open_world(school, clock, provider)
    world.launch([CLEO], name="after the restore")
    for number in range(20):
        world.inbound("Hello", sid=sid(number))
    world.close()
    assert send_once(school, clock, provider) == 0
    assert switch_of(school, clock, provider).lost_since <= lost_since


def test_another_ledger_in_its_place_and_back_again(school, clock, provider):
    send_once(school, clock, provider)
    sent = school.parent / "sent"
    shutil.move(school / "ledger.sqlite3", sent)
    assert send_once(school, clock, provider) == 0  # a new ledger, without contacts
    (school / "ledger.sqlite3").unlink()
    shutil.move(sent, school / "ledger.sqlite3")
    assert send_once(school, clock, provider) == 0
    assert not switch_of(school, clock, provider).is_off
    restore(school, "ledger.sqlite3")
    assert send_once(school, clock, provider) == 0
    assert switch_of(school, clock, provider).lost_attempts == 2


def test_a_ledger_that_was_never_sent_from_here_in_the_place_of_another(school, clock, provider):
    other = school.parent / "other"
    other.mkdir()
    world = open_world(other, clock, provider)
    world.launch([CLEO])
    world.close()
    send_once(school, clock, provider)
    shutil.copy(other / "ledger.sqlite3", school / "ledger.sqlite3")
    assert send_once(school, clock, provider) == 0
    assert switch_of(school, clock, provider).cause is StopCause.LEDGER_CUT


def test_the_line_of_an_earlier_version_is_read(school, clock, provider):
    send_once(school, clock, provider)
    guard = json.loads((school / GUARD).read_text())
    del guard["attempts"]
    (school / GUARD).write_text(json.dumps(guard))
    assert send_once(school, clock, provider) == 0
    assert json.loads((school / GUARD).read_text())["attempts"] == 2
    restore(school, "ledger.sqlite3")
    send_once(school, clock, provider)
    assert switch_of(school, clock, provider).lost_attempts == 2


def test_what_cannot_be_guarded_is_put_back_and_never_asked(world, provider, monkeypatch):
    def full(_guard):
        raise StoreUnavailable("No space left on device")

    delivery_id = world.delivery(world.launch())
    monkeypatch.setattr(RollbackGuard, "extend", full)
    with pytest.raises(StoreUnavailable):
        world.send()
    assert provider.sent == []
    assert world.topics(delivery_id)[-2:] == ["AttemptStarted", "AttemptRefused"]


def test_the_file_keeps_its_length(world, provider):
    path = world.app.sending.rollback_guard.path
    world.launch([ADA, BEN, CLEO])
    world.sender()
    before = path.stat().st_size
    world.send()
    assert path.stat().st_size == before
