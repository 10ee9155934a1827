"""`verify --new`: what came since the last checkpoint that was verified, and nothing older."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kit.commands import SchoolInProcess
from kit.forging import forging, put, recompute, rows
from kit.store import ledger_file
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.signed_note import sign, text_of
from ledger.proof.signing_keys import KeyFile

ADA, BEN, CLEO = "Ada,+14155550101", "Ben,+14155550102", "Cleo,+14155550103"
SINCE_5 = (
    "Events up to #5 were verified before. They are not read again, but for the statuses of "
    "campaigns with newer events, where there is a newer checkpoint. Verify the whole from time to "
    "time, without --new."
)


@pytest.fixture
def verified(school: SchoolInProcess) -> SchoolInProcess:
    """A school whose checkpoint of five events was verified; two more events follow."""
    school.launch(ADA, BEN)
    school.run("checkpoint")
    assert school.read("verify")["ok"]
    opt_out(school, ADA)
    return school


def kept(school: SchoolInProcess) -> Path:
    """The file that says up to where the ledger was verified."""
    return school.folder / "ledger.verified"


def opt_out(school: SchoolInProcess, contact: str) -> None:
    assert school.run("contact", "opt-out", contact.partition(",")[2]).returncode == 0


def faults(school: SchoolInProcess) -> list[tuple[int | None, str]]:
    done = school.run("verify", "--new", "--json")
    found = json.loads(done.stdout)["faults"]
    assert done.returncode == bool(found)
    return [(fault["seq"], fault["words"]) for fault in found]


def test_new_events_are_verified_and_old_ones_are_not_read(verified):
    document = verified.read("verify", "--new")
    assert (document["ok"], document["size"], document["checkpoints"]) == (True, 2, 0)
    assert document["unproven"] == [SINCE_5]
    with forging(ledger_file(verified.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
    assert faults(verified) == []
    assert verified.run("verify").returncode == 1


def test_a_newer_checkpoint_is_compared_and_begins_the_next_verification(verified):
    verified.run("checkpoint")
    document = verified.read("verify", "--new")
    assert (document["size"], document["checkpoints"]) == (2, 1)
    opt_out(verified, BEN)
    document = verified.read("verify", "--new")
    assert (document["size"], document["unproven"]) == (2, [SINCE_5.replace("#5", "#7")])


def test_statuses_at_newer_checkpoints_are_folded_again(verified):
    verified.run("checkpoint")
    with forging(ledger_file(verified.folder)) as file:
        file.execute("UPDATE events SET rank = rank + 1 WHERE seq = 3")
    assert faults(verified) == [
        (5, "the statuses up to here are no longer those that were verified")
    ]


def test_statuses_that_a_newer_checkpoint_does_not_sign_are_found(verified):
    verified.run("checkpoint")
    keys = KeyFile(verified.folder / "ledger.signing_key").read()
    with forging(ledger_file(verified.folder)) as file:
        (note,) = file.execute("SELECT note FROM checkpoints WHERE size = 7").fetchone()
        false = replace(Checkpoint.parse(text_of(note)), standings=bytes(32))
        forged = sign(str(false), false.origin, [keys.signing])
        file.execute("UPDATE checkpoints SET note = ? WHERE size = 7", (forged,))
    assert faults(verified) == [
        (7, "the statuses up to here are not those of the checkpoint of 7 events")
    ]


def test_the_statuses_of_a_checkpoint_begin_the_next_verification(verified):
    for contact in (BEN, CLEO):
        verified.run("checkpoint")
        assert faults(verified) == []
        opt_out(verified, contact)
    assert "Events up to #9 were verified" in verified.read("verify", "--new")["unproven"][0]


def test_what_an_earlier_version_verified_has_no_statuses(verified):
    document = json.loads(kept(verified).read_text())
    del document["campaigns"]
    kept(verified).write_text(f"{json.dumps(document)}\n")
    verified.run("checkpoint")
    (sentence,) = verified.read("verify", "--new")["unproven"]
    assert "statuses are not recomputed, because an earlier version verified them" in sentence


def test_each_kind_of_change_since_is_found(verified):
    changes = {
        "UPDATE events SET actor = 'x' WHERE seq = 6": (6, "what it says is not what was recorded"),
        "DELETE FROM events WHERE seq = 6": (6, "it is missing, and all up to #6"),
        "DELETE FROM events WHERE seq = 7": (
            None,
            "the frontier at the ledger's head is not that of its events",
        ),
        "UPDATE events SET recorded_at = 'soon' WHERE seq = 7": (
            7,
            "what it says is not what was recorded",
        ),
        "UPDATE ledger_head SET seq = 6": (7, "it stands behind the ledger's head; it was put in"),
        "DELETE FROM events WHERE seq > 4": (
            5,
            "it is missing: the ledger had 5 events when it was verified",
        ),
        "UPDATE ledger_head SET frontier = zeroblob(length(frontier))": (
            None,
            "the frontier at the ledger's head is not that of its events",
        ),
    }
    backup = shutil.copytree(verified.folder, verified.folder.parent / "before")
    found = {}
    for change in changes:
        shutil.rmtree(verified.folder)
        shutil.copytree(backup, verified.folder)
        with forging(ledger_file(verified.folder)) as file:
            file.execute(change)
        found[change] = faults(verified)[0]
    assert found == changes


def test_changes_with_recomputed_leaves_are_found(verified):
    with forging(ledger_file(verified.folder)) as file:
        file.execute("UPDATE events SET recorded_at = 1 WHERE seq = 7")
        put(file, rows(file)[-1] | {"seq": 8, "version": 9, "recorded_at": 2, "dedupe": None})
        recompute(file)
    assert faults(verified) == [
        (7, "it was recorded earlier than the event before it"),
        (8, "its version does not follow the one before it in its stream"),
    ]


def test_an_old_event_that_was_rewritten_with_the_whole_tree_is_found_at_the_head(verified):
    with forging(ledger_file(verified.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
        recompute(file)
    assert faults(verified) == [
        (None, "the frontier at the ledger's head is not that of its events")
    ]


def test_a_checkpoint_by_a_strange_key_is_found(verified):
    verified.run("checkpoint")
    key = verified.folder / "ledger.signing_key"
    key.unlink()
    KeyFile(key).read_or_make()
    assert faults(verified) == [
        (None, "the checkpoint of 7 events bears no valid signature of this ledger's")
    ]


def test_it_is_refused_before_the_first_whole_verification(school, verified):
    (verified.folder / "ledger.verified").unlink()
    refused = (
        "delivery-ledger: No checkpoint of this ledger was verified here yet. Run "
        "`delivery-ledger verify` once without --new, after a checkpoint was made.\n"
    )
    assert verified.run("verify", "--new").stderr == refused
    (verified.folder / "ledger.verified").write_text("nothing\n")
    assert verified.run("verify", "--new").stderr == refused
    assert verified.run("verify", "--new", "--quorum", "1").returncode == 2
