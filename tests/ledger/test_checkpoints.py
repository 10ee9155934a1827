"""Checkpoints: when they are made, who signs them, and what is refused."""

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from kit.forging import forging, recompute
from kit.store import ledger_file
from kit.world import ADA, BEN, World
from ledger.errors import BadSetting, LedgerDamaged, Refused, StoreUnavailable
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.checkpoint_log import CheckpointInterval, Checkpoints
from ledger.proof.signed_note import is_signed, text_of
from ledger.proof.signer import Signer
from ledger.proof.signing_keys import KeyFile
from ledger.proof.signing_record import SigningRecord
from ledger.store.merkle import Frontier
from webapp.bootstrap import Application, build
from webapp.parts.proof import verify_ledger


def quick(world: World, **settings: object) -> Application:
    """The world's application with other settings."""
    return build(replace(world.app.settings, **settings), clock=world.clock)


def close(app: Application) -> None:
    for engine in (app.ledger.recorder._engine, app.views.engine, app.accounts._engine):
        engine.dispose()


def sizes(app: Application) -> list[int]:
    return [kept.size for kept in app.checkpoints.kept(until=10**9)]


def test_a_checkpoint_has_the_size_and_root_of_the_ledger(world):
    world.launch([ADA, BEN])
    made = world.app.checkpoints.make()
    told = Checkpoint.parse(text_of(made.note))
    assert told.origin == f"texts.school.example/log/{world.app.ledger.ledger_id}"
    assert (told.size, told.root) == (world.app.ledger.reader.head(), made.frontier.root())
    assert is_signed(made.note, world.app.checkpoints.keys())


def test_two_checkpoints_of_one_moment_are_one(world):
    world.launch()
    assert world.app.checkpoints.make() == world.app.checkpoints.make()
    assert len(sizes(world.app)) == 1


def test_an_empty_ledger_has_nothing_to_sign(world):
    with pytest.raises(Refused, match="empty"):
        world.app.checkpoints.make()
    assert world.app.checkpoints.make_if_due() is None


def test_a_checkpoint_is_due_after_so_many_events(world):
    app = quick(world, checkpoint_events=6)
    world.launch([ADA])
    app.checkpoints.make()
    world.launch([ADA, BEN], name="Another")
    assert app.checkpoints.make_if_due() is None
    world.opt_out()
    world.opt_in()
    assert app.checkpoints.make_if_due() is not None
    assert app.checkpoints.make_if_due() is None
    close(app)


def test_a_checkpoint_is_due_after_so_long_if_anything_was_added(world):
    world.launch()
    world.app.checkpoints.make()
    world.clock.advance(minutes=61)
    assert world.app.checkpoints.make_if_due() is None
    world.opt_out()
    assert world.app.checkpoints.make_if_due() is not None


def test_a_checkpoint_is_due_when_a_campaign_was_archived(world):
    campaign = world.launch()
    world.app.checkpoints.make()
    world.opt_out()
    assert world.app.checkpoints.make_if_due() is None
    world.archive(campaign)
    assert world.app.checkpoints.make_if_due() is not None


def test_each_checkpoint_folds_on_from_the_last_to_the_same_as_a_fresh_start(world):
    campaign = world.launch([ADA, BEN])
    world.app.checkpoints.make()
    world.send()
    world.callback(world.delivery(campaign, ADA))
    world.app.checkpoints.make()
    world.archive(campaign)
    world.callback(world.delivery(campaign, BEN))
    world.app.checkpoints.make()
    found = verify_ledger(world.app.settings, {}, lambda _done, _total: None)
    assert (found.kept_count, found.faults) == (3, [])


def test_no_checkpoint_is_made_of_a_ledger_that_was_rewritten(world):
    world.launch()
    world.app.checkpoints.make()
    world.opt_out()
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 1")
        recompute(file)
    with pytest.raises(LedgerDamaged, match="delivery-ledger verify"):
        world.app.checkpoints.make()


# The key.


def test_the_key_lies_outside_the_database_for_its_owner_alone(world):
    world.launch()
    world.app.checkpoints.make()
    file = world.folder / "ledger.signing_key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(b"-----BEGIN PRIVATE KEY-----")
    assert [f.name for f in world.folder.iterdir() if "signing_key" in f.name] == [file.name]


def test_after_a_rotation_old_and_new_checkpoints_verify(world):
    world.launch()
    first = world.app.checkpoints.make()
    (old,) = world.app.checkpoints.keys()
    both = world.app.checkpoints.rotate_key()
    new, kept = world.app.checkpoints.keys()
    assert str(kept) == str(old)
    assert is_signed(both.note, [old])
    assert is_signed(both.note, [new])
    world.opt_out()
    last = world.app.checkpoints.make()
    assert not is_signed(last.note, [old])
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []
    assert first.size == both.size < last.size


def test_two_who_make_the_first_key_at_once_get_the_same(tmp_path):
    one, two = KeyFile(tmp_path / "key"), KeyFile(tmp_path / "key")
    keys = one.read_or_make(), two.read_or_make()
    assert len({key.signing.private_bytes_raw() for key in keys}) == 1


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_without_a_key_is_refused_by_its_name(tmp_path, content):
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(BadSetting, match=str(tmp_path / "key")):
        KeyFile(tmp_path / "key").read()


def test_without_a_key_path_the_missing_setting_is_joined():
    assert KeyFile(None).read() is None
    with pytest.raises(BadSetting, match="LEDGER_SIGNING_KEY"):
        KeyFile(None).read_or_make()


# The origin.


def origin_at(world: World, public_url: str | None) -> str:
    """The origin of a checkpoint that is made now, by a program at that address."""
    app = quick(world, public_url=public_url)
    note = app.checkpoints.make().note
    close(app)
    return note.partition("\n")[0]


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://user:pass@Texts.school.example:8443/sms", "texts.school.example/sms/log/"),
        ("http://127.0.0.1:5000", "delivery-ledger/"),
        ("http://[::1]:5000", "delivery-ledger/"),
        ("http://localhost", "delivery-ledger/"),
        ("https://texts.school.example/a+b", "delivery-ledger/"),
        ("https://école.example", "delivery-ledger/"),
        (None, "delivery-ledger/"),
    ],
)
def test_the_origin_of_a_new_ledger_is_its_public_address(world, public_url, origin):
    world.launch()
    assert origin_at(world, public_url) == origin + world.app.ledger.ledger_id


def test_a_ledger_that_was_signed_keeps_its_origin(world):
    world.launch()
    first = origin_at(world, None)
    world.opt_out()
    assert origin_at(world, "https://texts.school.example") == first
    with forging(ledger_file(world.folder)) as file:
        file.execute("DELETE FROM checkpoints")
    world.opt_in()
    assert origin_at(world, "https://texts.school.example") == first


def test_a_lost_key_is_not_made_again_where_the_chosen_origin_is_lost_too(world):
    world.launch()
    world.app.checkpoints.make()
    world.app.settings.signing_key.unlink()
    world.app.settings.signing_record.unlink()
    with forging(ledger_file(world.folder)) as file:
        file.execute("DELETE FROM ledger_info WHERE name = 'origins'")
    world.opt_out()
    with pytest.raises(Refused, match="is missing, but the newest checkpoint of this ledger"):
        world.app.checkpoints.make()
    assert not world.app.settings.signing_key.exists()


def test_an_origin_that_was_chosen_stays_when_the_address_changes(world):
    world.launch()
    first = origin_at(world, "https://texts.school.example")
    world.opt_out()
    assert origin_at(world, "https://elsewhere.example") == first
    with forging(ledger_file(world.folder)) as file:
        file.execute("DELETE FROM checkpoints")
        file.execute("DELETE FROM ledger_info WHERE name = 'origins'")
    world.opt_in()
    assert origin_at(world, "https://elsewhere.example") == first
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []


# Two that sign.


class Interrupted(SigningRecord):
    """A record whose lock is only free after another process has signed, once."""

    def __init__(self, path: Path, other: Checkpoints) -> None:
        super().__init__(path)
        self._others = [other]

    def held(self) -> AbstractContextManager[None]:
        if self._others:
            self._others.pop().make()
        return super().held()


def test_of_two_that_sign_at_once_the_second_continues_the_first(world):
    world.launch()
    world.app.checkpoints.make()
    world.opt_out()
    other = world.again()
    key_file = KeyFile(world.app.settings.signing_key)
    record = Interrupted(world.app.settings.signing_record, other.app.checkpoints)
    interval = CheckpointInterval(events=1, minutes=1)
    signer = Signer(key_file, record)
    second = Checkpoints(world.app.store, world.clock, signer, interval)
    made = second.make()
    assert [kept.size for kept in second.kept(until=made.size)] == [3, 5, 5]
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []
    other.close()


def test_of_two_that_sign_first_at_once_one_chooses_the_origin(world):
    world.launch()
    other = world.again()
    record = Interrupted(world.app.settings.signing_record, other.app.checkpoints)
    signer = Signer(KeyFile(world.app.settings.signing_key), record)
    interval = CheckpointInterval(events=1, minutes=1)
    second = Checkpoints(world.app.store, world.clock, signer, interval)
    with pytest.raises(StoreUnavailable, match="try again"):
        second.make()
    assert second.make().note == other.app.checkpoints.latest().note
    other.close()


def test_a_machine_continues_what_another_one_signed(world):
    world.launch([ADA, BEN])
    world.app.checkpoints.make()
    elsewhere = world.folder / "elsewhere"
    other = quick(world, signing_record=elsewhere)
    world.opt_out(ADA)
    other.checkpoints.make()
    world.opt_out(BEN)
    world.app.checkpoints.make()
    world.opt_in(BEN)
    assert other.checkpoints.make().size == world.app.ledger.reader.head()
    assert sizes(world.app) == [4, 6, 8, 9]
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []
    close(other)


def test_what_was_signed_here_is_continued_whatever_the_database_keeps(world):
    world.launch([ADA, BEN])
    world.app.checkpoints.make()
    world.opt_out(ADA)
    other = quick(world, signing_record=world.folder / "elsewhere")
    other.checkpoints.make()
    here = world.app.checkpoints._signer.record
    signed = here.read(world.app.checkpoints.origin)
    here.write(replace(signed, frontier=Frontier(4, (bytes(32),))))
    world.opt_out(BEN)
    with pytest.raises(LedgerDamaged, match="does not continue what was signed at 6 events"):
        world.app.checkpoints.make()
    close(other)
