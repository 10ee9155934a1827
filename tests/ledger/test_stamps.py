"""Time stamps: what is asked for, what is kept, what bundles say of them, and what is refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import page_stamps, page_verifier
from kit.bundles import export, unpack, verified
from kit.forging import forging
from kit.store import ledger_file
from kit.time_stamps import (
    ANSWER,
    FIRST,
    FORGED_STAMPS,
    NOTE,
    QUERY,
    TIME,
    add_stamp,
    stamp_of,
    with_bytes,
)
from kit.witnessed_bundles import ONE
from kit.world import ADA, BEN, World
from ledger.errors import BadInput, LedgerDamaged, NotFound
from ledger.proof import verify
from ledger.proof.kept_checkpoints import keep
from ledger.proof.ledger_verifier import VerificationResult
from ledger.proof.stamps import query_of
from webapp.parts.proof import verify_ledger


def stamped(world: World) -> str:
    """Have the newest checkpoint stamped; return its note."""
    note = world.app.stamps.query()[0].note
    world.app.stamps.attach(stamp_of(note))
    return note


def verified_ledger(world: World) -> VerificationResult:
    return verify_ledger(world.app.settings, {}, lambda _done, _total: None)


# Asking, and keeping.


def test_the_query_is_the_one_that_openssl_makes():
    assert query_of(NOTE) == QUERY


def test_an_answer_of_openssl_is_read():
    stamp = verify.stamp_of(ANSWER, "it")
    assert (stamp.digest, f"{stamp.time:%Y-%m-%d %H:%M:%S UTC}") == (QUERY[24:56], TIME)


def test_a_query_is_for_a_checkpoint_of_all_events(world):
    world.launch([BEN])
    newest, query = world.app.stamps.query()
    assert newest == world.app.checkpoints.latest()
    assert newest.size == world.app.ledger.reader.head()
    assert query == query_of(newest.note)


def test_an_answer_is_kept_once(world):
    world.launch([BEN])
    note = stamped(world)
    world.launch([ADA])
    world.app.checkpoints.make()
    checkpoint, stamp = world.app.stamps.attach(stamp_of(note))
    assert (checkpoint.note, f"{stamp.time:%H:%M}") == (note, "18:58")
    folder = unpack(export(world, world.folder / "all.zip"))
    assert [file.name for file in (folder / "stamps").iterdir()] == ["000001-of-000001.tsr"]


def test_what_stamps_no_kept_checkpoint_is_refused(world):
    with pytest.raises(NotFound, match=r"^The time stamp is of no checkpoint that this ledger"):
        world.app.stamps.attach(ANSWER)
    world.launch([BEN])
    world.app.checkpoints.make()
    with pytest.raises(NotFound):
        world.app.stamps.attach(ANSWER)


@pytest.mark.parametrize("answer", [b"", b"Noon.", ANSWER[:-1], ANSWER + b"\0"])
def test_what_is_no_answer_is_refused(world, answer):
    with pytest.raises(BadInput, match=r"^This answer is not a time stamp of SHA-256, as in RFC"):
        world.app.stamps.attach(answer)


def test_a_refusal_of_the_authority_is_refused(world):
    refusal = with_bytes(ANSWER, b"\x30\3\2\1\0", b"\x30\3\2\1\2")
    with pytest.raises(BadInput, match=r"^This answer: the stamping authority refused to stamp\.$"):
        world.app.stamps.attach(refusal)


# Bundles.


@pytest.mark.parametrize("kind", ["all", "campaign", "number"])
def test_a_bundle_has_the_stamp_of_an_earlier_checkpoint(world, kind):
    campaign_id = world.launch([BEN])
    stamped(world)
    world.send()
    out = world.folder / f"{kind}.zip"
    if kind == "number":
        scope = world.app.exporter.number_scope(world.contact(BEN), is_complete=False)
        world.app.exporter.write(scope, out, against={}, progress=lambda _done, _total: None)
    else:
        export(world, out, **({"campaign_id": campaign_id} if kind == "campaign" else {}))
    checkpoint = f"checkpoints/000001-at-{world.app.checkpoints.kept(until=99)[0].size}.txt"
    for bundle in (out, unpack(out)):
        answer = verified(bundle)
        assert answer.code == 0, answer.text
        assert f"Proven: {FIRST}: it is a time stamp of {checkpoint}\n" in answer.text
        assert (
            f"Not proven: {FIRST}: that the checkpoint existed at {TIME}. The signature of the "
            "stamping authority was not checked. With a certificate that you trust, this does: "
            f"openssl ts -verify -in {FIRST} -data {checkpoint} -CAfile FILE\n" in answer.text
        )
        assert page_verifier.verify(bundle, [], []) is None


def test_a_bundle_of_a_part_has_the_newest_stamped_checkpoint_alone(world):
    campaign_id = world.launch([BEN])
    stamped(world)
    world.opt_out(ADA)
    stamped(world)
    world.opt_in(ADA)
    world.app.checkpoints.make()
    world.opt_out(ADA)
    folder = unpack(export(world, world.folder / "x.zip", campaign_id=campaign_id))
    sizes = [each.size for each in world.app.checkpoints.kept(until=99)]
    assert sorted(file.name for file in (folder / "checkpoints").iterdir()) == [
        f"000001-at-{sizes[1]}.txt",
        f"000002-at-{sizes[-1]}.txt",
    ]
    assert verified(folder).code == 0


def test_the_newest_checkpoint_may_be_stamped_by_several(world):
    campaign_id = world.launch([BEN])
    note = stamped(world)
    world.app.stamps.attach(with_bytes(stamp_of(note), b"20261126185830Z", b"20261126185831Z"))
    folder = unpack(export(world, world.folder / "x.zip", campaign_id=campaign_id))
    names = sorted(file.name for file in (folder / "stamps").iterdir())
    assert names == ["000001-of-000001.tsr", "000002-of-000001.tsr"]
    assert verified(folder).code == 0
    assert page_verifier.verify(folder, [], []) is None


@pytest.mark.parametrize("is_all", [True, False])
def test_a_stamped_checkpoint_may_be_cosigned_later(world, is_all):
    """It is then kept once more, and the stamp is of the note before that."""
    campaign_id = world.launch([BEN])
    stamped(world)
    newest = world.app.checkpoints.latest()
    with world.app.store.writing() as connection:
        keep(connection, replace(newest, note=newest.note + ONE.line(newest.note)))
    asked = {} if is_all else {"campaign_id": campaign_id}
    folder = unpack(export(world, world.folder / "x.zip", **asked))
    answer = verified(folder, "--witness", ONE.key)
    assert answer.code == 0, answer.text
    assert f"{FIRST}: it is a time stamp of checkpoints/000001-at-{newest.size}.txt" in answer.text
    assert page_verifier.verify(folder, [], [], [ONE.key]) is None


@pytest.mark.parametrize("kind", ["all", "delivery"])
def test_every_forged_stamp_is_refused_with_the_reason(bundles, kind, tmp_path):
    wrong = []
    for number, (forge, words) in enumerate(FORGED_STAMPS):
        folder = Path(shutil.copytree(bundles / kind, tmp_path / str(number)))
        forge(folder)
        answer, why = verified(folder), page_verifier.verify(folder, [], [])
        if answer.code != 1 or words not in answer.text or why is None:
            wrong.append((words, answer, why))
    assert wrong == []


def test_a_bundle_with_stamps_may_be_zipped_again(bundles, tmp_path):
    add_stamp(bundles / "all")
    again = Path(shutil.make_archive(str(tmp_path / "again"), "zip", bundles / "all"))
    assert verified(again).code == 0
    assert page_verifier.verify(again, [], []) is None


READ = ANSWER.index(b"20261126185830Z") + 15
"""Where the part ends that is read; behind it are certificate and signature."""


@given(place=st.integers(0, READ - 1), byte=st.integers(0, 255), cut=st.integers(0, 3))
def test_the_program_and_the_page_alone_read_the_same_stamps(place, byte, cut):
    data = bytearray(ANSWER[: len(ANSWER) - cut])
    data[place] = byte
    try:
        is_stamp = verify.stamp_of(bytes(data), "it").digest == QUERY[24:56]
    except verify.Wrong:
        is_stamp = False
    try:
        page_stamps.check_stamp(bytes(data), NOTE.encode())
        is_right = True
    except page_stamps.NotAStamp:
        is_right = False
    assert is_stamp is is_right


# Verifying the ledger.


def test_verify_says_that_signatures_of_stamps_were_not_checked(world):
    world.launch([BEN])
    stamped(world)
    result = verified_ledger(world)
    assert result.faults == []
    told = [words for words in result.unproven if words.startswith("Time stamps (1): ")]
    assert "the signatures of the stamping authorities were not checked" in told[0]


@pytest.mark.parametrize("answer", [ANSWER, b"Noon.", "Noon."])
def test_a_stamp_that_was_changed_is_a_fault(world, answer):
    world.launch([BEN])
    stamped(world)
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE ledger_info SET value = ? WHERE name LIKE 'stamp:%'", [answer])
    faults = [str(fault) for fault in verified_ledger(world).faults]
    assert faults == ["time stamp 1 is of no checkpoint that is kept"]


def test_no_bundle_is_made_with_a_stamp_that_was_changed(world):
    world.launch([BEN])
    stamped(world)
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE ledger_info SET value = x'00' WHERE name LIKE 'stamp:%'")
    with pytest.raises(LedgerDamaged, match=r"^A time stamp that the ledger keeps was changed"):
        export(world, world.folder / "all.zip")
