"""Forgeries, each caught by what docs/explanation/proof.md says catches it."""

import shutil

import pytest

from kit.forging import forget_checkpoints, forging, put, recompute, rows
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO, World
from ledger.proof.ledger_verifier import VerificationResult
from ledger.proof.recomputation import Fault
from ledger.proof.signed_note import sign, text_of
from ledger.proof.signing_keys import KeyFile
from webapp.parts.proof import verify_ledger


@pytest.fixture
def school(world: World) -> World:
    """A campaign to three, sent; Ada's text was delivered, Ben's failed. Fifteen events."""
    campaign = world.launch([ADA, BEN, CLEO])
    world.send()
    world.clock.advance(seconds=60)
    world.callback(world.delivery(campaign, ADA), status="delivered")
    world.callback(world.delivery(campaign, BEN), status="undelivered", code=30006)
    world.clock.advance(seconds=60)
    world.callback(world.delivery(campaign, CLEO), status="sent")
    return world


@pytest.fixture
def kept_elsewhere(school: World) -> str:
    """A checkpoint of the whole, in an auditor's hands."""
    return school.app.checkpoints.make().note


def verdict(world: World, **outside: str) -> VerificationResult:
    world.close()
    return verify_ledger(world.app.settings, outside, lambda _done, _total: None)


def first_fault(world: World, **outside: str) -> Fault:
    return verdict(world, **outside).faults[0]


def forge(world: World):
    world.close()
    return forging(ledger_file(world.folder))


def test_an_honest_ledger_is_verified_whole(school, kept_elsewhere):
    found = verdict(school, auditor=kept_elsewhere)
    assert (found.right_count, found.kept_count, found.outside_count) == (15, 1, 1)
    assert found.faults == []
    assert found.unproven == []


def test_without_an_outside_checkpoint_it_says_what_it_cannot_prove(school):
    (words,) = verdict(school).unproven
    assert "kept elsewhere" in words


def test_events_newer_than_the_outside_checkpoint_are_reported(school, kept_elsewhere):
    school.opt_out(CLEO)
    (words,) = verdict(school, auditor=kept_elsewhere).unproven
    assert words.startswith("Events #16 to #")


# Caught by the leaves.


@pytest.mark.parametrize(
    "change",
    [
        "state = replace(state, 'delivered', 'deliverez')",
        "recorded_at = recorded_at - 1",
        "code = '30003'",
        "rank = rank + 1",
        "sid = NULL",
        "actor = 'somebody'",
        "leaf = zeroblob(32)",
        "state = 'text'",
        "recorded_at = 'soon'",
    ],
)
def test_an_edited_event_is_joined(school, change):
    with forge(school) as file:
        file.execute(f"UPDATE events SET {change} WHERE seq = 13")
    assert first_fault(school).seq == 13


def test_a_byte_changed_that_makes_a_column_unreadable_is_joined(school):
    with forge(school) as file:
        file.execute("UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE seq = 13")
    assert first_fault(school) == Fault(13, "the database cannot read it")


def test_two_events_swapped_are_named(school):
    with forge(school) as file:
        for old, new in ((7, 99), (9, 7), (99, 9)):
            file.execute(f"UPDATE events SET seq = {new} WHERE seq = {old}")
    assert first_fault(school).seq == 7


# All of them are found, and counted.


def test_every_wrong_event_is_named_and_the_others_are_counted_as_right(school, kept_elsewhere):
    with forge(school) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq IN (3, 13)")
        file.execute("UPDATE events SET leaf = zeroblob(32) WHERE seq = 5")
        file.execute("DELETE FROM events WHERE seq IN (9, 10)")
    found = verdict(school, auditor=kept_elsewhere)
    assert list(map(str, found.faults)) == [
        "#3: what it says is not what was recorded",
        "#5: what it says is not what was recorded",
        "#9: it is missing, and all up to #10",
        "#13: what it says is not what was recorded",
    ]
    assert (found.right_count, found.wrong_count, found.fault_count) == (10, 5, 4)
    assert "Checkpoints of more than 0 events: the events do not lead up to them." in found.unproven


def test_a_wrong_event_does_not_hide_that_the_others_are_those_of_the_checkpoint(
    school, kept_elsewhere
):
    with forge(school) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 13")
    found = verdict(school, auditor=kept_elsewhere)
    assert (found.right_count, found.wrong_count) == (14, 1)
    assert found.unproven == ["Keys: they are checked only where every event is right."]


def test_many_wrong_events_are_all_counted_and_the_first_twenty_are_listed(world):
    world.launch([f"+1415555{number:04}" for number in range(100, 140)])
    with forge(world) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq > 5")
    found = verdict(world)
    assert (found.right_count, found.wrong_count, found.fault_count) == (5, 37, 37)
    assert [fault.seq for fault in found.faults] == list(range(6, 26))


def test_an_event_with_a_seq_far_away_is_found_at_once(school):
    with forge(school) as file:
        put(file, rows(file)[-1] | {"seq": 10**15, "version": 9, "dedupe": None})
    found = verdict(school)
    assert str(found.faults[0]) == "#16: it is missing, and all up to #999999999999999"
    assert found.right_count == 15


def test_events_that_the_database_cannot_read_do_not_hide_those_behind_them(school):
    with forge(school) as file:
        file.execute("UPDATE events SET actor = CAST(x'ff' AS TEXT) WHERE seq IN (4, 13)")
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 15")
    found = verdict(school)
    assert [fault.seq for fault in found.faults] == [4, 13, 15]
    assert (found.right_count, found.wrong_count) == (12, 3)


# Caught by the seqs and the head.


def test_an_event_deleted_from_the_middle_is_missing(school):
    with forge(school) as file:
        file.execute("DELETE FROM events WHERE seq = 9")
    assert first_fault(school) == Fault(9, "it is missing")


def test_the_newest_event_deleted_is_missing_from_the_head(school):
    with forge(school) as file:
        file.execute("DELETE FROM events WHERE seq = 15")
    assert first_fault(school).seq == 15


def test_an_event_put_in_is_joined(school):
    with forge(school) as file:
        put(file, rows(file)[-1] | {"seq": 16, "version": 9, "dedupe": None})
    assert first_fault(school).seq == 16


def test_an_event_put_in_with_all_its_own_in_order_stands_behind_the_head(school):
    with forge(school) as file:
        kept = file.execute("SELECT * FROM ledger_head").fetchone()
        last = rows(file)[-1]
        put(file, last | {"seq": 16, "version": last["version"] + 1, "dedupe": None})
        recompute(file)
        file.execute("UPDATE ledger_head SET seq = ?, recorded_at = ?, frontier = ?", kept[1:])
    assert first_fault(school) == Fault(16, "it stands behind the ledger's head; it was put in")


def test_another_frontier_at_the_head_is_reported(school):
    with forge(school) as file:
        file.execute("UPDATE ledger_head SET frontier = zeroblob(length(frontier))")
    assert "the frontier at the ledger's head" in str(first_fault(school))


def test_a_missing_head_is_reported(school):
    with forge(school) as file:
        file.execute("DELETE FROM ledger_head")
    assert "head is gone" in str(first_fault(school))


def test_an_event_put_in_before_the_first_is_joined(school):
    with forge(school) as file:
        put(file, rows(file)[-1] | {"seq": 0, "version": 9, "dedupe": None})
    assert first_fault(school).seq == 0


# Caught by the order of streams and times, though leaves and frontier are computed again.


def test_a_deletion_with_all_other_events_renumbered_is_found_by_its_stream(school):
    with forge(school) as file:
        (delivery,) = file.execute("SELECT stream_id FROM events WHERE seq = 7").fetchone()
        file.execute("DELETE FROM events WHERE seq = 7")
        for seq in range(8, 16):
            file.execute(f"UPDATE events SET seq = {seq - 1} WHERE seq = {seq}")
        following = "SELECT min(seq) FROM events WHERE stream_id = ? AND seq >= 7"
        (expected,) = file.execute(following, [delivery]).fetchone()
        recompute(file)
    fault = first_fault(school)
    assert fault.seq == expected
    assert "version" in fault.words


def test_a_back_dated_event_is_earlier_than_the_one_before_it(school):
    with forge(school) as file:
        file.execute("UPDATE events SET recorded_at = recorded_at - 90000000 WHERE seq = 15")
        recompute(file)
    assert first_fault(school) == Fault(15, "it was recorded earlier than the event before it")


NO_OBJECT, NAME_OF_NO_TEXT, VALUE_OF_NO_TEXT = b"[]", b'{"\xff":1}', b'{"a":"\xff"}'


@pytest.mark.parametrize(
    "change",
    [
        *("state = x'7b'", "topic = 'TextRead'", "rank = 15", "rank = 'x'"),
        *(f"state = x'{e.hex()}'" for e in (NO_OBJECT, NAME_OF_NO_TEXT, VALUE_OF_NO_TEXT)),
    ],
)
def test_an_event_that_no_program_wrote_is_joined(school, change):
    with forge(school) as file:
        file.execute(f"UPDATE events SET {change} WHERE seq = 14")
        recompute(file)
    assert first_fault(school).seq == 14


# Caught by the checkpoints that are kept, though everything was computed again.


def rewrite(world: World) -> None:
    """Ben's text was delivered after all, says a forger who knows everything but the key."""
    with forge(world) as file:
        file.execute(
            "UPDATE events SET rank = (SELECT rank FROM events WHERE seq = 13), code = NULL, "
            "reason = NULL WHERE seq = 14"
        )
        recompute(file)


def test_a_rewritten_history_does_not_match_a_checkpoint(school, kept_elsewhere):
    rewrite(school)
    fault = first_fault(school)
    assert fault.seq == 1
    assert "up to #15, is not what checkpoint 1 was made of" in fault.words


def test_between_two_checkpoints_the_place_is_narrowed_down(world):
    campaign = world.launch([BEN])
    world.send()
    world.app.checkpoints.make()
    world.callback(world.delivery(campaign, BEN), status="undelivered", code=30006)
    world.app.checkpoints.make()
    with forge(world) as file:
        file.execute("UPDATE events SET code = '30003' WHERE seq = 7")
        recompute(file)
    assert first_fault(world).seq == 7


def test_a_checkpoint_signed_by_another_key_is_reported(school, kept_elsewhere):
    school.app.settings.signing_key.unlink()
    assert verdict(school).faults == []
    KeyFile(school.app.settings.signing_key).read_or_make()
    assert "checkpoint 1 bears no valid signature" in str(first_fault(school))


def test_a_checkpoint_that_was_spoilt_does_not_hide_the_event_that_was(school, kept_elsewhere):
    with forge(school) as file:
        file.execute("UPDATE checkpoints SET note = 'nothing'")
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 13")
    event, note = verdict(school, auditor=kept_elsewhere).faults
    assert event.seq == 13
    assert note.words == "checkpoint 1 cannot be used: this is no signed note"


def test_statuses_that_were_never_so_are_not_those_of_the_checkpoint(school, kept_elsewhere):
    true = school.app.checkpoints.latest().note
    false = true.replace("standings ", "standings AAAA", 1)
    false = (
        false[: false.index("standings ")]
        + "standings "
        + 43 * "A"
        + "=\n\n"
        + true.split("\n\n")[1]
    )
    found = verdict(school, auditor=false)
    assert "the statuses up to here are not those of auditor" in str(found.faults[0])


def test_a_checkpoint_that_a_replaced_key_signed_afterwards_is_reported(school):
    replaced = KeyFile(school.app.settings.signing_key).read_or_make().signing
    school.app.checkpoints.rotate_key()
    school.opt_out(CLEO)
    note = school.app.checkpoints.make().note
    assert verdict(school, auditor=note).faults == []
    forged = sign(text_of(note), note.split("\n")[0], [replaced])
    (fault,) = verdict(school, auditor=forged).faults
    assert str(fault) == "auditor is signed by a key that was replaced before it"


# Caught by a checkpoint kept elsewhere, and by nothing else.


def test_a_rewritten_history_without_checkpoints_needs_one_from_outside(school, kept_elsewhere):
    rewrite(school)
    with forge(school) as file:
        forget_checkpoints(file)
    assert verdict(school).faults == []
    assert "is not what auditor was made of" in str(first_fault(school, auditor=kept_elsewhere))


def test_a_restored_backup_needs_a_checkpoint_from_outside(school, tmp_path):
    school.close()
    backup = tmp_path / "backup"
    shutil.copy(ledger_file(tmp_path), backup)
    school.opt_out(CLEO)
    kept_elsewhere = school.app.checkpoints.make().note
    school.close()
    shutil.copy(backup, ledger_file(tmp_path))
    assert verdict(school).faults == []
    fault = first_fault(school, auditor=kept_elsewhere)
    assert fault.seq == 16
    assert "it is missing" in fault.words


def test_two_signed_histories_cannot_both_be_the_ledger(school, tmp_path, kept_elsewhere):
    """A forger with the key as well signs the second history; whoever holds the first sees it."""
    rewrite(school)
    with forge(school) as file:
        forget_checkpoints(file)
    school.app.settings.signing_record.unlink()
    liar = school.again()
    second = liar.app.checkpoints.make().note
    liar.close()
    assert verdict(school, second=second).faults == []
    assert first_fault(school, first=kept_elsewhere).seq == 1


def test_the_newest_events_deleted_with_head_and_checkpoints_need_one_from_outside(
    school, kept_elsewhere
):
    with forge(school) as file:
        file.execute("DELETE FROM events WHERE seq > 13")
        recompute(file)
        forget_checkpoints(file)
    assert verdict(school).faults == []
    assert first_fault(school, auditor=kept_elsewhere).seq == 14


def test_a_checkpoint_of_another_ledger_proves_nothing_of_this_one(school, kept_elsewhere):
    other = kept_elsewhere.replace(school.app.ledger.ledger_id, 32 * "0")
    assert "is of another ledger" in str(first_fault(school, auditor=other))
