"""Forged bundles: each is refused with a sentence that says why, and with exit code 1."""

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from kit.bundles import (
    Answer,
    edit_lines,
    edit_text,
    hidden,
    key_line,
    recount,
    run,
    sign_all,
    verified,
)
from kit.forged_bundles import (
    FORGED,
    FORGED_FOR_A_READER,
    NO_FILES,
    STRANGER,
    change,
    checkpoints,
    cosign,
    delivery_claim,
    raise_end,
    sign_newest,
    without,
)
from kit.weak_keys import IDENTITY, OF_ORDER_4, OF_ORDER_8, sign_without_secret
from ledger.proof import verify
from ledger.proof.signed_note import sign, text_of
from ledger.proof.signing_keys import KeyFile

# Honest bundles: what is proven, and what is not.


def test_a_bundle_of_everything_proves_every_status(bundle_school):
    answer = verified(
        bundle_school.folder / "all.zip", "--key", bundle_school.key, bundle_school.newest
    )
    assert answer.code == 0, answer.text
    first, statuses, key, checkpoint, *_ = answer.text.splitlines()
    assert first.startswith("Right: all 26 events of texts.school.example/log/")
    assert statuses == (
        "Proven: all campaigns: every status proven, at each of 3 checkpoints of the bundle"
    )
    assert key.startswith("Proven: signed by a key that you named: ")
    assert checkpoint.endswith("newest.txt: the events up to #26 are those of your checkpoint")
    assert "Not proven: events after #26: not covered" in answer.text


def test_a_bundle_of_a_campaign_proves_its_statuses_and_names_what_it_does_not(bundle_school):
    answer = verified(bundle_school.folder / "campaign.zip", "--key", bundle_school.key)
    campaign = f"campaign {bundle_school.campaign_id}"
    assert answer.code == 0, answer.text
    assert f"Right: {campaign}: every status proven\n" in answer.text
    assert (
        f"Not proven: {campaign}: that it has no other event without effect on a status, such as "
        "a later pause\n" in answer.text
    )


def test_a_bundle_of_a_delivery_does_not_prove_its_status(bundle_school):
    answer = verified(bundle_school.folder / "delivery.zip", "--key", bundle_school.key)
    assert answer.code == 0, answer.text
    assert "every status" not in answer.text
    words = f"delivery {bundle_school.ben}: its status, since newer events of it may be hidden"
    assert f"Not proven: {words}\n" in answer.text


def test_without_a_key_of_the_readers_the_answer_says_whose_keys_these_are(bundle_school):
    answer = verified(bundle_school.folder / "campaign")
    assert answer.code == 0
    key_id = bundle_school.key.split("+")[1]
    assert f"Not proven: who made this bundle: the keys are its own, {key_id}, " in answer.text
    assert "(until #3). Anybody can make a bundle with a key of their own." in answer.text


def test_the_retired_key_counts_for_the_checkpoints_of_its_time(bundle_school):
    answer = verified(bundle_school.folder / "campaign", bundle_school.early)
    assert answer.code == 0, answer.text
    assert "early.txt: the events up to #3 are those of your checkpoint" in answer.text
    assert "early.txt: the statuses at #3; a bundle of all events shows them" in answer.text
    assert (
        "Not proven: events #4 to #26 are newer than every checkpoint of your own: " in answer.text
    )


def test_a_checkpoint_of_the_reader_may_lie_in_the_folder_of_the_bundle(bundles, bundle_school):
    own = shutil.copy(bundle_school.newest, bundles / "all" / "mine.txt")
    assert run(bundles / "all" / "verify.py", own).code == 0
    assert verified(bundles / "all") == Answer(
        1, "WRONG: a bundle of all events has no file mine.txt\n"
    )


def test_signatures_by_others_such_as_witnesses_are_ignored(bundles):
    """https://c2sp.org/signed-note asks for that."""
    cosign(bundles / "campaign", "witness.example/w1", times=63)
    assert verified(bundles / "campaign").code == 0


# Forged bundles.


@pytest.mark.parametrize("kind", FORGED)
def test_every_forged_bundle_is_refused_with_the_reason(bundles, kind, tmp_path):
    wrong = []
    for number, (forge, words) in enumerate([*FORGED[kind], *NO_FILES]):
        folder = Path(shutil.copytree(bundles / kind, tmp_path / str(number)))
        forge(folder)
        answer = verified(folder)
        if answer.code != 1 or not answer.text.startswith("WRONG: ") or words not in answer.text:
            wrong.append((words, answer))
    assert wrong == []


def test_all_bad_events_are_counted_and_the_first_ones_are_listed(bundles):
    folder = bundles / "all"
    edit_lines(folder, lambda found: [line.update(version=90) for line in found])
    answer = verified(folder)
    assert answer.text.startswith("WRONG: #1 does not follow the event before it in its stream\n")
    assert answer.text.splitlines()[20:] == [
        "WRONG: and 9 more faults",
        "WRONG: 26 of the events shown are wrong",
    ]


def test_a_smaller_claim_has_a_smaller_answer(bundles, bundle_school):
    """A campaign's bundle cut down to a delivery's is a bundle of a delivery, and says so."""
    folder = bundles / "campaign"
    kept = {bundle_school.campaign_id, bundle_school.ben}
    edit_lines(
        folder,
        lambda found: found.__setitem__(
            slice(None),
            [hidden(e) if "seq" in e and e["stream_id"] not in kept else e for e in found],
        ),
    )
    delivery_claim(folder, bundle_school)
    recount(folder)
    answer = verified(folder)
    assert answer.code == 0, answer.text
    assert answer.text.startswith(f"Right: delivery {bundle_school.ben}: ")
    assert "every status" not in answer.text


FUZZED = ["README.txt", "keys.txt", "ledger.ndjson", "manifest.json", "standings.txt"]


@given(name=st.sampled_from(FUZZED), place=st.integers(0), bit=st.integers(0, 7))
def test_no_bit_of_a_bundle_can_be_changed(bundle_school, tmp_path_factory, name, place, bit):
    folder = tmp_path_factory.mktemp("fuzzed") / "campaign"
    shutil.copytree(bundle_school.folder / "campaign", folder)
    data = bytearray((folder / name).read_bytes())
    # Nobody signs up to where a replaced key counts.
    end = data.index(b" until ") if name == "keys.txt" else len(data)
    data[place % end] ^= 1 << bit
    (folder / name).write_bytes(data)
    assert verified(folder).code == 1


# Keys.


def test_a_checkpoint_that_a_retired_key_signed_later_is_refused(bundles, bundle_school):
    sign_newest(bundles / "campaign", bundle_school.retired)
    answer = verified(bundles / "campaign")
    assert answer.code == 1
    assert "checkpoints/000001-at-26.txt is of #26, signed by a retired key, " in answer.text


def test_keys_of_the_reader_refuse_what_the_bundle_says_of_its_own(
    bundles, bundle_school, tmp_path
):
    wrong = []
    for number, (forge, named, words) in enumerate(FORGED_FOR_A_READER):
        folder = Path(shutil.copytree(bundles / "campaign", tmp_path / str(number)))
        forge(folder, bundle_school)
        answer = verified(folder, *(f"--key={key}" for key in named(folder, bundle_school)))
        if answer.code != 1 or words not in answer.text:
            wrong.append((words, answer))
    assert wrong == []


def test_the_answer_says_that_a_key_named_without_its_end_may_have_been_replaced(
    bundles, bundle_school
):
    raise_end(bundles / "campaign", bundle_school)
    key = key_line(bundles / "campaign", bundle_school.retired)
    answer = verified(bundles / "campaign", "--key", key)
    assert answer.code == 0
    assert (
        "Not proven: that this key was in use at #26: who holds a replaced key can still sign "
        'with it. If it was replaced, name its end: --key "KEY until N"\n' in answer.text
    )


def test_anybody_can_sign_with_a_key_of_small_order():
    """Libraries differ here, so the reference of bundles decides it."""
    for key in (IDENTITY, OF_ORDER_4, OF_ORDER_8):
        signature = sign_without_secret(key, verify._point(key), b"any text")
        Ed25519PublicKey.from_public_bytes(key).verify(signature, b"any text")
        assert not verify.is_signature(key, signature, b"any text")


def test_a_key_named_with_its_end_was_in_use(bundles, bundle_school):
    answer = verified(bundles / "all", "--key", f"{bundle_school.key} until 26")
    assert answer.code == 0
    assert "(until #26)\n" in answer.text
    assert "was in use" not in answer.text


@pytest.fixture
def strangers(bundles: Path) -> Path:
    """A bundle of everything in which Ben's failure never happened, signed by a stranger."""
    folder = bundles / "all"
    change(folder, actor="nobody")
    (folder / "keys.txt").write_text(key_line(folder, STRANGER) + "\n")
    sign_all(folder, STRANGER)
    return folder


def test_a_bundle_signed_again_by_a_stranger_is_refused_by_a_reader_who_names_the_key(
    strangers, bundle_school
):
    answer = verified(strangers, "--key", bundle_school.key)
    assert answer.code == 1
    assert "bears no valid signature by a key that you named, but by " in answer.text
    assert ": somebody else made this bundle, or the key was changed" in answer.text


def test_a_bundle_signed_again_by_a_stranger_is_refused_by_a_reader_with_a_checkpoint(
    strangers, bundle_school
):
    answer = verified(strangers, bundle_school.early)
    assert answer.code == 1
    assert "early.txt bears no valid signature by a known key" in answer.text


def test_without_either_the_answer_says_that_a_stranger_may_have_made_it(strangers):
    answer = verified(strangers)
    assert answer.code == 0
    assert "Not proven: who made this bundle: the keys are its own, " in answer.text
    assert "events #1 to #26 were compared with no checkpoint of your own: " in answer.text


def test_a_strangers_key_beside_the_genuine_one_changes_nothing_for_who_knows_it(
    strangers, bundle_school
):
    genuine = (bundle_school.folder / "all" / "keys.txt").read_text().splitlines()[0]
    edit_text(strangers, "keys.txt", "\n", f"\n{genuine} until 3\n")
    assert verified(strangers).code == 0
    assert verified(strangers, "--key", bundle_school.key).code == 1


# Checkpoints of the reader.


def own(folder: Path, text: str) -> Path:
    file = folder / "own.txt"
    file.write_text(text)
    return file


def test_a_checkpoint_of_the_reader_is_checked_in_full(bundles, bundle_school):
    note = bundle_school.newest.read_text()
    text, _, signature = note.partition("\n\n")
    origin = text.split("\n")[0]
    later = text.replace("\n26\n", "\n27\n") + "\n"
    cases = {
        note.replace(
            "log/", "log/x", 1
        ): "own.txt is of another ledger, texts.school.example/log/x",
        note[:-4] + "AA=\n": "own.txt",
        f"{later}\n{signature}": "own.txt bears no valid signature by the key ",
        sign(f"{text}\n", origin, [STRANGER]): "own.txt bears no valid signature by a known key",
        sign(
            f"{text}\n", origin, [bundle_school.retired]
        ): "own.txt is of #26, signed by a retired key, ",
        text: "own.txt is not a checkpoint of Delivery Ledger",
        "Dear auditor": "own.txt is not a checkpoint of Delivery Ledger",
    }
    for changed, words in cases.items():
        answer = verified(bundles / "all", own(bundles, changed))
        assert (answer.code, words in answer.text) == (1, True), answer.text


def test_a_genuine_checkpoint_of_another_history_is_refused(bundles, bundle_school):
    """The school signed another history; its own key makes no difference."""
    key = KeyFile(bundle_school.folder / "ledger.signing_key").read_or_make().signing
    folder = bundles / "all"
    change(folder, actor="nobody")
    sign_all(folder, key)
    assert verified(folder, "--key", bundle_school.key).code == 0
    answer = verified(folder, "--key", bundle_school.key, bundle_school.newest)
    assert answer.code == 1
    assert "the events up to #26 are not those of " in answer.text


def test_other_statuses_at_the_same_size_are_refused(bundles, bundle_school):
    key = KeyFile(bundle_school.folder / "ledger.signing_key").read_or_make().signing
    text = text_of(bundle_school.newest.read_text())
    false = text[: text.index("standings")] + "standings " + 43 * "A" + "=\n"
    file = own(bundles, sign(false, text.split("\n")[0], [key]))
    for kind in ("all", "campaign", "delivery"):
        answer = verified(bundles / kind, file)
        assert (answer.code, "the statuses up to #26 are not those of" in answer.text) == (1, True)


def test_a_checkpoint_of_a_size_that_the_bundle_does_not_show_is_refused(bundles, bundle_school):
    answer = verified(bundles / "delivery", bundle_school.early)
    assert answer.code == 1
    assert "this bundle does not show the ledger at that size, #3; ask for one that does" in (
        answer.text
    )


def test_a_checkpoint_that_is_newer_than_the_bundle_is_refused(bundles, bundle_school):
    """Everything behind #3 is cut off; the bundle is then a genuine one of an earlier day."""
    folder = bundles / "all"
    edit_lines(folder, lambda found: found.__delitem__(slice(3, None)))
    without(folder, checkpoints(folder)[-1])
    recount(folder)
    old = verified(folder, "--key", bundle_school.key)
    assert old.code == 0, old.text
    assert "Not proven: events after #3: not covered" in old.text
    answer = verified(folder, bundle_school.newest)
    assert answer.code == 1
    assert "newest.txt: this bundle does not show the ledger at that size, #26" in answer.text


# The program beside the bundle.


def test_a_module_beside_the_verifier_is_not_run(bundles, bundle_school):
    trap = "open(__file__ + '.was_run', 'w')\n"
    for name in ("json", "argparse", "hashlib", "zipfile"):
        (bundles / f"{name}.py").write_text(trap)
    verifier = shutil.copy(bundles / "all" / "verify.py", bundles)
    for isolated in (True, False):
        answer = run(verifier, "--bundle", bundles / "all", isolated=isolated)
        assert answer.code == 0, answer.text
    assert list(bundles.glob("*.was_run")) == []


def test_without_a_bundle_named_the_verifier_checks_the_folder_that_it_is_in(bundles):
    for isolated in (True, False):
        answer = run(bundles / "all" / "verify.py", isolated=isolated)
        assert answer.code == 0, answer.text


def test_wrong_usage_has_exit_code_2(bundles):
    assert run(bundles / "all" / "verify.py", "--bundel", "x").code == 2


# Bundles of other formats.


def test_a_bundle_of_the_old_format_is_not_fully_proven(bundles):
    for name in ("manifest.json", "verify.html"):
        (bundles / "campaign" / name).unlink()
    assert verified(bundles / "campaign") == Answer(
        1,
        "This bundle is not fully proven: it has no manifest.json, like bundles of an earlier "
        "version, so nothing says what it must contain; ask for a new bundle.\n",
    )


def test_a_format_or_claim_that_the_verifier_does_not_know_is_not_fully_proven(bundles):
    folder = bundles / "campaign"
    for old, new in (('"format": 2', '"format": 3'), ('"kind": "campaign"', '"kind": "school"')):
        text = (folder / "manifest.json").read_text()
        edit_text(folder, "manifest.json", old, new)
        answer = verified(folder)
        (folder / "manifest.json").write_text(text)
        assert (answer.code, "This bundle is not fully proven: " in answer.text) == (1, True)
