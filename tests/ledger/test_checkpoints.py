"""Checkpoints: when they are made, who signs them, and what is refused."""

from dataclasses import replace

import pytest

from kit.forging import forging, recompute
from kit.store import ledger_file
from kit.world import ADA, BEN, World
from ledger.errors import BadSetting, LedgerDamaged, Refused
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.signed_note import is_signed, text_of
from ledger.proof.signing_keys import KeyFile
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
