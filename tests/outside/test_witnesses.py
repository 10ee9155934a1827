"""Witnesses as an operator sees them; most are of another program, which shares no code."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from kit import bundles, tlog
from kit.commands import SchoolInProcess
from kit.foreign_witness import NAME, ForeignWitness, foreign_witness
from kit.forging import forget_checkpoints, forging, recompute
from kit.processes import School, reserve_port
from kit.store import ledger_file

ADA, BEN, CLEO = "Ada,+14155550101", "Ben,+14155550102", "Cleo,+14155550103"


@pytest.fixture
def foreign() -> Iterator[ForeignWitness]:
    with foreign_witness() as witness:
        yield witness


@pytest.fixture
def witnessed(school: SchoolInProcess, foreign: ForeignWitness) -> SchoolInProcess:
    """A school of five events, whose key a foreign witness knows."""
    school.launch(ADA, BEN)
    key = school.run("checkpoint").stderr.removeprefix("Key: ").strip()
    foreign.log = tlog.Vkey(key)
    return replace(school, settings={"LEDGER_WITNESSES": foreign.setting})


def opt_out(school: School, contact: str) -> None:
    assert school.run("contact", "opt-out", contact.partition(",")[2]).returncode == 0


def problem(school: SchoolInProcess) -> str:
    """Why a checkpoint that is made now is not cosigned."""
    done = school.run("checkpoint")
    assert (done.returncode, "foreign.example" in done.stdout) == (0, False)
    return done.stderr.partition("\n")[2].removeprefix("Not cosigned: ")


def test_a_checkpoint_is_cosigned_and_kept_so(witnessed, foreign):
    first = witnessed.run("checkpoint")
    assert first.stderr.endswith(f"Cosigned by {NAME}.\n")
    assert foreign.vkey.signed(first.stdout)
    assert first.stdout.count("\N{EM DASH}") == 2
    for contact in (ADA, BEN, CLEO):
        opt_out(witnessed, contact)
        assert foreign.vkey.signed(witnessed.run("checkpoint").stdout)
    assert [request.split("\n")[0] for request in foreign.requests] == [
        *("old 0", "old 5", "old 7", "old 9")
    ]
    assert witnessed.read("verify")["ok"]
    assert foreign.vkey.signed(witnessed.run("tlog-proof", "2").stdout.partition("\n\n")[2])
    with witnessed.serving_in_thread():
        answer = requests.get(f"{witnessed.url}/checkpoint", timeout=10)
    assert foreign.vkey.signed(answer.text)


def test_a_bundle_has_the_cosignatures(witnessed, foreign):
    opt_out(witnessed, ADA)
    bundle = witnessed.folder / "all.zip"
    assert witnessed.run("export", "--all", "--out", str(bundle)).returncode == 0
    answer = bundles.verified(bundle, "--key", foreign.log.text)
    assert answer.code == 0, answer.text
    newest = max((bundles.unpack(bundle) / "checkpoints").iterdir())
    assert foreign.vkey.signed(newest.read_text())


def test_the_verifier_of_a_bundle_demands_cosignatures(witnessed, foreign):
    bundle, key = witnessed.folder / "all.zip", foreign.vkey.text
    stranger = ForeignWitness().vkey.text
    witnessed.run("export", "--all", "--out", str(bundle))
    answer = bundles.verified(bundle, "--witness", key)
    ids = f"saw no other history of this ledger: {foreign.vkey.id.hex()}"
    assert answer.code == 0
    assert f"cosigned by 1 of 1 witnesses that you named, which {ids}" in answer.text
    assert bundles.verified(bundle, "--witness", key, "--witness", stranger).code == 1
    some = bundles.verified(bundle, "--witness", key, "--witness", stranger, "--quorum", "1")
    assert some.code == 0
    twice = bundles.verified(bundle, "--witness", key, "--witness", key)
    assert "was cosigned by 1 witnesses; you demand 2 of 2 witnesses" in twice.text
    log = bundles.verified(bundle, "--witness", foreign.log.text)
    assert (log.code, "is not of type 4" in log.text) == (1, True)


def test_a_bundle_whose_cosignature_was_changed_is_wrong(witnessed, foreign):
    bundle = witnessed.folder / "all.zip"
    witnessed.run("export", "--all", "--out", str(bundle))
    folder = bundles.unpack(bundle)
    newest = max((folder / "checkpoints").iterdir())
    text, _, lines = newest.read_text().partition("\n\n")
    log, cosignature, *_ = lines.splitlines(keepends=True)
    later = foreign.line(f"{text}\n").replace(cosignature[-12:], f"AAAA{cosignature[-8:]}")
    newest.write_text(f"{text}\n\n{log}{later}")
    assert bundles.verified(folder).code == 0
    answer = bundles.verified(folder, "--witness", foreign.vkey.text)
    assert (answer.code, "bears no valid signature by the key" in answer.text) == (1, True)


def test_a_witness_that_saw_another_size_is_asked_again_from_there(witnessed, foreign):
    witnessed.run("checkpoint")
    at_four = foreign.last
    opt_out(witnessed, ADA)
    witnessed.run("checkpoint")
    foreign.last = at_four
    opt_out(witnessed, BEN)
    assert foreign.vkey.signed(witnessed.run("checkpoint").stdout)
    assert [request.split("\n")[0] for request in foreign.requests[2:]] == ["old 7", "old 5"]


def test_a_ledger_that_was_restored_with_its_record_gets_no_cosignature(witnessed, foreign):
    backup = shutil.copytree(witnessed.folder, witnessed.folder.parent / "whole machine")
    witnessed.run("checkpoint")
    opt_out(witnessed, ADA)
    witnessed.run("checkpoint")
    restored = replace(witnessed, folder=backup)
    assert problem(restored) == (
        f"{NAME} has cosigned a checkpoint of 7 events, and this one has 5: the ledger lost its "
        "end, or an old backup was restored.\n"
    )
    restored.launch(BEN, CLEO)
    assert problem(restored) == (
        f"{NAME} refuses: the checkpoint does not continue the last one that it cosigned. An old "
        "backup was restored, or events were changed by other means; see what "
        "`delivery-ledger verify` says.\n"
    )


def test_a_history_that_was_rewritten_by_somebody_with_the_key_gets_no_cosignature(
    witnessed, foreign
):
    witnessed.run("checkpoint")
    with forging(ledger_file(witnessed.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq = 2")
        recompute(file)
        forget_checkpoints(file)
    (witnessed.folder / "ledger.signing_record").unlink()
    assert "refuses: the checkpoint does not continue" in problem(witnessed)
    demanded = ("verify", "--witness", foreign.vkey.text)
    assert witnessed.run("verify").returncode == 0
    assert witnessed.run(*demanded).stdout.splitlines()[0] == (
        "WRONG 1 of 1 cosignatures are demanded, and the newest checkpoint, of 5 events, has 0; "
        "none has them."
    )


def test_why_a_witness_does_not_cosign_is_said_in_words(witnessed, foreign):
    cases = {
        (404, ""): "does not know this ledger: give its operator the line `Key: …`.",
        (403, ""): "does not know the key that signs here: give its operator the present line "
        "`Key: …`.",
        (409, ""): "cosigned another checkpoint meanwhile.",
        (500, ""): "answered with HTTP status 500.",
        (302, ""): "answered with HTTP status 302.",
        (200, ""): "answered, but without a valid cosignature.",
        (200, "hello\n"): "answered, but without a valid cosignature.",
        (200, foreign.line("another text\n")): "answered, but without a valid cosignature.",
        (200, 70_000 * "A"): "did not answer (TimeoutError).",
    }
    found = {}
    for answer in cases:
        foreign.answer = answer
        found[answer] = problem(witnessed)
    assert found == {answer: f"{NAME} {words}\n" for answer, words in cases.items()}
    gone = replace(
        witnessed, settings={"LEDGER_WITNESSES": f"{foreign.vkey.text} http://127.0.0.1:9"}
    )
    assert problem(gone) == f"{NAME} did not answer (ConnectionError).\n"


def test_a_setting_that_names_no_witness_is_refused(school):
    refused = "delivery-ledger: LEDGER_WITNESSES must be pairs of a witness's public key and its"
    log = tlog.Log("log.example").vkey
    for wrong in ("w1", "w1 https://w.example", f"{log} https://w.example"):
        done = replace(school, settings={"LEDGER_WITNESSES": wrong}).run("campaign", "list")
        assert (done.returncode, done.stderr.startswith(refused)) == (1, True)


def test_a_key_whose_cosignatures_leave_out_the_statuses_is_refused(school):
    data = b"\x06" + bytes(1312)
    key_id = tlog.sha256(b"w.example\n" + data)[:4].hex()
    key = f"w.example+{key_id}+{tlog.b64encode(data).decode()}"
    assert school.run("verify", "--witness", key).stderr == (
        "delivery-ledger: w.example is an ML-DSA-44 key. Its cosignatures do not sign the line "
        "`standings` of a checkpoint, so they are not counted; ask the witness for its Ed25519 "
        "key.\n"
    )


# A quorum.


def test_verify_demands_some_of_several_witnesses(witnessed, foreign):
    stranger = ForeignWitness().vkey.text
    both = ("verify", "--witness", foreign.vkey.text, "--witness", stranger)
    witnessed.run("checkpoint")
    assert witnessed.run(*both, "--quorum", "1").returncode == 0
    assert witnessed.run("verify", "--quorum", "1").returncode == 0
    assert witnessed.run(*both).stdout.splitlines()[0] == (
        "WRONG 2 of 2 cosignatures are demanded, and the newest checkpoint, of 5 events, has 1; "
        "none has them."
    )
    opt_out(witnessed, ADA)
    foreign.answer = (500, "")
    witnessed.run("checkpoint")
    assert witnessed.run(*both, "--quorum", "1").stdout.splitlines()[0] == (
        "WRONG 1 of 2 cosignatures are demanded, and the newest checkpoint, of 7 events, has 0; "
        "the newest one that has them is of 5."
    )
    assert witnessed.run(*both, "--quorum", "3").returncode == 2
    assert witnessed.run("verify", "--quorum", "2").returncode == 2


def test_one_key_with_two_names_counts_once(witnessed, foreign):
    witnessed.run("checkpoint")
    key = foreign.vkey.text
    done = witnessed.run("verify", "--witness", key, "--witness", key, "--quorum", "2")
    assert "WRONG 2 of 2 cosignatures are demanded" in done.stdout


def test_a_cosignature_on_a_checkpoint_that_was_kept_elsewhere_counts(witnessed, foreign):
    file = witnessed.folder / "kept.txt"
    witnessed.run("checkpoint", "--out", str(file))
    with forging(ledger_file(witnessed.folder)) as ledger:
        ledger.execute("DELETE FROM checkpoints WHERE number > 1")
    demanded = ("verify", "--witness", foreign.vkey.text)
    assert witnessed.run(*demanded).returncode == 1
    assert witnessed.run(*demanded, "--against", str(file)).returncode == 0


# The witness that ships with the program.


def test_the_programs_own_witness_cosigns_and_goes_on_after_a_restart(school):
    school.launch(ADA)
    key = school.run("checkpoint").stderr.removeprefix("Key: ").strip()
    port = str(reserve_port())
    command = ("witness", "--name", "own.example/w1", "--log", key, "--port", port)
    for size in (4, 6):
        with school.running(*command) as process:
            assert process.stdout is not None
            witness = process.stdout.readline().removeprefix("Key: ").strip()
            pair = f"{witness} http://127.0.0.1:{port}"
            asking = replace(school, settings={"LEDGER_WITNESSES": pair})
            note = asking.run("checkpoint").stdout
            assert note.split("\n")[1] == str(size)
            assert tlog.Vkey(witness).signed(note)
        opt_out(school, ADA if size == 4 else BEN)
    (school.folder / "witness" / "witness.cosigned").unlink()
    refused = school.run(*command)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "It says what was cosigned last." in refused.stderr
