"""Signing as an operator sees it: what is refused, in which words, and what the cure does."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kit import bundles
from kit.commands import SchoolInProcess
from kit.forging import forget_checkpoints, forging, recompute
from kit.postgres import create_database, drop_database
from kit.store import ledger_file
from ledger.proof.signing_keys import KeyFile

ADA, BEN, CLEO = "Ada,+14155550101", "Ben,+14155550102", "Cleo,+14155550103"
CURE = (
    "Put the key file back: copy it from the machine that signs, or from its newest backup. If the "
    "key is lost for good, begin a new log with `delivery-ledger checkpoint --new-log`.\n"
)
LOST_END = (
    "Restore a newer backup; if the missing events are lost for good, begin a new log with "
    "`delivery-ledger checkpoint --new-log`.\n"
)


def record_of(school: SchoolInProcess) -> list[dict[str, object]]:
    """What was signed last, one document for each origin."""
    lines = (school.folder / "ledger.signing_record").read_text().splitlines()
    return [json.loads(line) for line in lines]


def refusal(school: SchoolInProcess, *words: str) -> str:
    """The sentence with which a command is refused; it prints nothing else."""
    done = school.run(*words)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr.removeprefix("delivery-ledger: ")


def opt_out(school: SchoolInProcess, contact: str = ADA) -> None:
    assert school.run("contact", "opt-out", contact.partition(",")[2]).returncode == 0


def export(school: SchoolInProcess, *scope: str) -> tuple[str, ...]:
    return ("export", *scope, "--out", str(school.folder / "bundle.zip"))


@pytest.fixture
def signed(school: SchoolInProcess) -> SchoolInProcess:
    """A campaign to two, and a checkpoint of its five events."""
    school.launch(ADA, BEN)
    assert school.run("checkpoint").returncode == 0
    return school


# An old backup.


@pytest.fixture(params=["sqlite", "postgresql"])
def restored(request: pytest.FixtureRequest, school: SchoolInProcess) -> Iterator[SchoolInProcess]:
    """A school that signed seven events, whose backup of five events was restored."""
    if request.param == "sqlite":
        school.launch(ADA, BEN)
        school.run("checkpoint")
        backup = shutil.copytree(school.folder, school.folder / "backup")
        keep_newest(school)
        for file in school.folder.glob("ledger.sqlite3*"):
            file.unlink()
        for file in backup.glob("ledger.sqlite3*"):
            shutil.copy(file, school.folder)
        yield school
        return
    server, url = (request.getfixturevalue(name) for name in ("postgres", "postgres_url"))
    school = at_postgresql(school, url)
    school.launch(ADA, BEN)
    school.run("checkpoint")
    backup_url = create_database(server, url.rpartition("/")[2].partition("?")[0])
    keep_newest(school)
    yield at_postgresql(school, backup_url)
    drop_database(server, backup_url)


def keep_newest(school: SchoolInProcess) -> None:
    opt_out(school, BEN)
    (school.folder / "newest.txt").write_text(school.run("checkpoint").stdout)


def at_postgresql(school: SchoolInProcess, url: str) -> SchoolInProcess:
    folder = school.folder
    settings = {
        "LEDGER_DATABASE_URL": url,
        "LEDGER_SECRET_KEY": "a secret for the tests alone",
        "LEDGER_SIGNING_KEY": str(folder / "ledger.signing_key"),
        "LEDGER_SIGNING_RECORD": str(folder / "ledger.signing_record"),
    }
    return replace(school, settings=settings)


def test_after_an_old_backup_is_restored_nothing_is_signed_that_contradicts(restored):
    before = record_of(restored)
    too_short = (
        "The ledger has 5 events, but a checkpoint of 7 was signed here: it lost its end. Nothing "
        f"is signed that contradicts that checkpoint. {LOST_END}"
    )
    assert refusal(restored, "checkpoint") == too_short
    assert refusal(restored, "checkpoint", "--rotate-key") == too_short
    assert refusal(restored, *export(restored, "--all")) == too_short
    restored.launch(CLEO)
    assert refusal(restored, "checkpoint").startswith(
        "The ledger does not continue what was signed at 7 events: an old backup was restored and "
        "used, or events were changed by other means. Nothing is signed."
    )
    assert record_of(restored) == before
    assert restored.read("verify")["checkpoints"] == 1


def test_where_events_are_lost_for_good_a_new_log_begins(restored):
    origin = record_of(restored)[0]["origin"]
    done = restored.run("checkpoint", "--new-log")
    assert done.returncode == 0, done.stderr
    new_origin, size, *_ = done.stdout.splitlines()
    assert (new_origin.rpartition("/")[0], size) == (origin, "5")
    assert done.stderr.startswith(f"Key: {new_origin}+")
    assert [line["size"] for line in record_of(restored)] == [7, 5]
    opt_out(restored)
    assert restored.run("checkpoint").stdout.splitlines()[:2] == [new_origin, "7"]
    assert restored.read("verify")["checkpoints"] == 3
    assert restored.run(*export(restored, "--all")).returncode == 0
    answer = bundles.verified(restored.folder / "bundle.zip")
    assert answer.code == 0, answer.text
    lost = restored.run("verify", "--against", str(restored.folder / "newest.txt"))
    assert lost.returncode == 1
    assert "is not what" in lost.stdout


def test_a_new_log_is_refused_where_nothing_is_lost(signed):
    assert refusal(signed, "checkpoint", "--new-log") == (
        "No new log was begun, because the current one can continue: its key is here, and the "
        "ledger continues its checkpoints.\n"
    )
    assert signed.run("checkpoint", "--new-log", "--rotate-key").returncode == 2


def test_a_new_log_is_refused_where_kept_checkpoints_say_otherwise(signed):
    with forging(ledger_file(signed.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
        recompute(file)
    refused = "The ledger does not continue what was signed at 5 events"
    opt_out(signed)
    assert refusal(signed, "checkpoint", "--new-log").startswith(refused)
    assert len(record_of(signed)) == 1


# The record.


def test_the_record_is_for_its_owner_alone_and_has_what_was_signed(signed):
    file = signed.folder / "ledger.signing_record"
    assert file.stat().st_mode & 0o777 == 0o600
    (line,) = record_of(signed)
    origin, size, root, standings = signed.run("checkpoint").stdout.splitlines()[:4]
    assert (line["origin"], line["size"], line["root"]) == (origin, int(size), root)
    assert f"standings {line['standings']}" == standings


def test_without_a_record_the_newest_kept_checkpoint_is_continued(signed):
    (signed.folder / "ledger.signing_record").unlink()
    opt_out(signed)
    assert signed.run("checkpoint").stdout.splitlines()[1] == "7"
    assert [line["size"] for line in record_of(signed)] == [7]
    (signed.folder / "ledger.signing_record").unlink()
    with forging(ledger_file(signed.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
        recompute(file)
    opt_out(signed, BEN)
    assert "does not continue what was signed at 7 events" in refusal(signed, "checkpoint")


def test_a_kept_checkpoint_that_was_changed_is_not_continued(signed):
    (signed.folder / "ledger.signing_record").unlink()
    with forging(ledger_file(signed.folder)) as file:
        file.execute("UPDATE checkpoints SET frontier = zeroblob(length(frontier))")
    assert refusal(signed, "checkpoint").startswith(
        "The checkpoint of 5 events that the ledger keeps was changed by other means."
    )


def test_a_process_that_was_killed_before_it_kept_its_checkpoint_is_continued(signed):
    with forging(ledger_file(signed.folder)) as file:
        forget_checkpoints(file)
    opt_out(signed)
    assert signed.run("checkpoint").stdout.splitlines()[1] == "7"
    assert signed.read("verify")["ok"]


def test_a_record_that_cannot_be_read_or_written_is_named(signed):
    file = signed.folder / "ledger.signing_record"
    file.write_text(file.read_text().replace('"size": 5', '"size": 7'))
    assert refusal(signed, "checkpoint") == (
        f"{file} cannot be read. It says what was signed last. Put back a copy that is not older; "
        "a file without lines takes its place only if nothing was restored from a backup.\n"
    )
    elsewhere = replace(signed, settings={"LEDGER_SIGNING_RECORD": "/proc/record"})
    opt_out(elsewhere)
    assert "or set LEDGER_SIGNING_RECORD to a file elsewhere.\n" in refusal(elsewhere, "checkpoint")


# Events that were changed.


def test_an_event_that_was_changed_since_the_last_checkpoint_is_not_signed_over(signed):
    opt_out(signed)
    with forging(ledger_file(signed.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 6")
    changed = (
        "Event #6 is not as it was recorded: it was changed by other means. Nothing is signed, and "
        "no bundle is made; restore the ledger from a backup. `delivery-ledger verify` checks all "
        "events.\n"
    )
    assert refusal(signed, "checkpoint") == changed
    assert refusal(signed, *export(signed, "--all")) == changed
    assert not (signed.folder / "bundle.zip").exists()
    assert record_of(signed)[0]["size"] == 5


def test_a_status_that_was_changed_is_not_signed(signed):
    with forging(ledger_file(signed.folder)) as file:
        file.execute("UPDATE events SET rank = rank + 7 WHERE seq = 3")
    opt_out(signed, CLEO)
    assert refusal(signed, "checkpoint") == (
        "The events up to #5 do not add up to the statuses that were signed: one was changed by "
        "other means. Nothing is signed; see what `delivery-ledger verify` says.\n"
    )


def test_no_bundle_is_made_where_an_event_was_changed_that_it_does_not_show(school):
    school.launch(ADA)
    campaign = school.launch(BEN)
    with forging(ledger_file(school.folder)) as file:
        school.run("checkpoint")
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
    assert refusal(school, *export(school, "--campaign", campaign)) == (
        "The ledger was changed by other means, so there is nothing to prove. See what "
        "`delivery-ledger verify` says.\n"
    )


# The key.


def key_id(school: SchoolInProcess) -> str:
    return school.run("checkpoint").stderr.split("+")[1]


def test_a_lost_key_is_refused_and_never_made_again(signed):
    own, key = key_id(signed), signed.folder / "ledger.signing_key"
    kept = key.rename(signed.folder / "elsewhere")
    missing = (
        f"The signing key {key} is missing, but the newest checkpoint of this ledger, of 5 "
        f"events, bears the key {own}. {CURE}"
    )
    assert refusal(signed, "checkpoint") == missing
    opt_out(signed)
    assert refusal(signed, *export(signed, "--all")) == missing
    with forging(ledger_file(signed.folder)) as file:
        forget_checkpoints(file)
    assert refusal(signed, "checkpoint") == (
        f"The signing key {key} is missing, but a checkpoint of 5 events was signed here. {CURE}"
    )
    assert not key.exists()
    kept.rename(key)
    assert signed.run("checkpoint").returncode == 0


def test_a_machine_with_another_key_is_refused(signed):
    own, key = key_id(signed), signed.folder / "ledger.signing_key"
    key.unlink()
    (other,) = KeyFile(key).read_or_make().named(record_of(signed)[0]["origin"])
    assert refusal(signed, "checkpoint") == (
        f"The signing key in {key} is {other.id.hex()}, but the newest checkpoint of this ledger, "
        f"of 5 events, bears {own}: this machine has a key of its own, or an old one. {CURE}"
    )
    assert signed.run("checkpoint", "--new-log").returncode == 0
    found = signed.read("verify")
    assert (found["ok"], found["checkpoints"]) == (True, 2)
    assert found["unproven"][0].startswith("The signatures of checkpoint 1: the key of that")


def test_an_old_key_signs_nothing_after_a_rotation(signed):
    key = signed.folder / "ledger.signing_key"
    old = key.read_bytes()
    signed.run("checkpoint", "--rotate-key")
    key.write_bytes(old)
    assert "this machine has a key of its own, or an old one" in refusal(signed, "checkpoint")


def test_a_rotation_that_was_interrupted_is_completed(signed):
    key = signed.folder / "ledger.signing_key"
    old = key.read_bytes()
    signed.run("checkpoint", "--rotate-key")
    new = key.rename(Path(f"{key}.next")).read_bytes()
    key.write_bytes(old)
    opt_out(signed)
    assert signed.run("checkpoint").returncode == 0
    assert key.read_bytes() == new
    assert signed.read("verify")["ok"]
