"""Keys that were put back, swapped or taken, and changed records of checkpoints: `verify` tells."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from kit.forging import forging, put_value
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN, World
from ledger.errors import LedgerDamaged
from ledger.proof.ledger_verifier import VerificationResult
from ledger.proof.recomputation import Fault
from ledger.store.engine import writing
from ledger.store.schema import contact_keys
from webapp.parts.proof import verify_ledger

NO_MASTER = "Keys: the master key is not here. Who has a key was checked, and not whose it is."


@pytest.fixture
def school(world: World) -> World:
    world.launch([ADA, BEN])
    world.inbound("a question", ADA)
    return world


def verdict(world: World, master: str | None = None, **outside: str) -> VerificationResult:
    settings = world.app.settings
    settings = replace(settings, master_key=master) if master else settings
    return verify_ledger(settings, outside, lambda _done, _total: None, clock=world.clock)


def faults(world: World) -> list[str]:
    return list(map(str, verdict(world).faults))


def key_of(world: World, phone: str) -> bytes:
    query = sa.select(contact_keys.c.wrapped_key).where(
        contact_keys.c.subject_id == world.contact(phone)
    )
    with world.app.store.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def put(world: World, phone: str, wrapped: bytes | None) -> None:
    """Store that key of the contact, whatever it had; none where it is None."""
    contact_id = world.contact(phone)
    with writing(world.app.store.engine) as connection:
        connection.execute(sa.delete(contact_keys).where(contact_keys.c.subject_id == contact_id))
        if wrapped is not None:
            row = {"subject_id": contact_id, "wrapped_key": wrapped}
            connection.execute(sa.insert(contact_keys).values(row))


@pytest.mark.both_databases
def test_the_key_of_a_forgotten_contact_that_is_put_back_is_reported(school):
    kept = key_of(school, ADA)
    school.forget(ADA)
    assert faults(school) == []
    put(school, ADA, kept)
    seq = school.last(school.contact(ADA)).seq
    (words,) = faults(school)
    assert words.endswith(
        f"{school.contact(ADA)} was forgotten at #{seq}, but has a key again, which opens its data"
    )
    assert verdict(school, "another secret").faults == verdict(school).faults


def test_an_old_key_that_replaces_that_of_a_later_upload_is_reported(school):
    kept = key_of(school, ADA)
    school.forget(ADA)
    school.launch([ADA], name="Later")
    assert faults(school) == []
    put(school, ADA, kept)
    (words,) = faults(school)
    assert f"the key of {school.contact(ADA)} is not the one that this was sealed with" in words


@pytest.mark.both_databases
def test_two_keys_that_were_swapped_are_both_reported(school):
    ada, ben = key_of(school, ADA), key_of(school, BEN)
    put(school, ADA, ben)
    put(school, BEN, ada)
    assert verdict(school).fault_count == 2
    found = verdict(school, "another secret")
    assert (found.fault_count, NO_MASTER in found.unproven) == (0, True)
    assert NO_MASTER not in verdict(school).unproven


def test_a_key_that_was_taken_is_missing(school):
    put(school, BEN, None)
    contact_id = school.contact(BEN)
    (fault,) = verdict(school).faults
    assert fault == Fault(3, f"the key of {contact_id} is missing, though it was never forgotten")


def test_a_key_that_was_altered_or_never_sealed_anything_is_reported(school):
    put(school, BEN, bytes(60))
    put(school, "+14155550999", bytes(60))
    altered, added = faults(school)
    assert "is not the one that this was sealed with" in altered
    assert added == (
        f"{school.contact('+14155550999')} has a key, but nothing was ever sealed with it"
    )


def test_a_text_that_looks_like_a_sealed_part_is_none(school):
    school.launch([ADA], name='Quoted "private":"x" words', message='"private":"y"')
    assert faults(school) == []


# Checkpoints.


def change_checkpoints(world: World, change: str, *values: object) -> None:
    with forging(ledger_file(world.folder)) as file:
        file.execute(change, values)


def test_a_kept_size_or_frontier_that_is_not_what_was_signed_is_reported(school):
    made = school.app.checkpoints.make()
    words = ["the size or the frontier kept with checkpoint 1 was changed"]
    right = made.size, made.frontier.to_bytes()
    for values in ((made.size, bytes(32)), (made.size, b""), (made.size - 1, right[1])):
        change_checkpoints(school, "UPDATE checkpoints SET size = ?, frontier = ?", *values)
        assert faults(school) == words, values
    change_checkpoints(school, "UPDATE checkpoints SET size = ?, frontier = ?", *right)
    assert faults(school) == []


def test_the_time_of_a_checkpoint_that_goes_back_is_doubtful_and_no_fault(school):
    school.app.checkpoints.make()
    school.opt_out(ADA)
    school.clock.advance(hours=1)
    school.app.checkpoints.make()
    assert not any("The time of" in words for words in verdict(school).unproven)
    change_checkpoints(school, "UPDATE checkpoints SET made_at = 1 WHERE number = 2")
    found = verdict(school)
    assert found.faults == []
    assert (
        "The time of checkpoint 2 is before that of the one before it. Times are not signed: a "
        "clock was set back, or the time was changed."
    ) in found.unproven


def test_an_outside_checkpoint_that_is_not_kept_is_told(school):
    first = school.app.checkpoints.make().note
    school.opt_out(ADA)
    school.app.checkpoints.make()
    assert not any("not among" in words for words in verdict(school, march=first).unproven)
    change_checkpoints(school, "DELETE FROM checkpoints WHERE number = 1")
    found = verdict(school, march=first)
    assert found.faults == []
    assert (
        "march is not among the checkpoints that are kept here, though all are kept: it was "
        "deleted, or signed elsewhere."
    ) in found.unproven


@pytest.mark.parametrize("value", ["a text", "bytes", "a negative number", "a broken text"])
def test_a_key_epoch_that_is_none_stops_writing_in_words_and_no_page(school, value):
    school.forget(ADA)
    put_value(ledger_file(school.folder), "ledger_info", "value", value, "name = 'key_epoch'")
    again = school.again()
    with pytest.raises(LedgerDamaged, match="key epoch that is no number"):
        again.opt_out(BEN)
    again.catch_up()
    assert again.app.views.parked() == []
    staff = Staff(again)
    assert "Ben" in staff.read("/campaigns/" + again.app.status.campaigns()[0].campaign_id)
    assert faults(again) == ["the key epoch in the table ledger_info is no number"]
