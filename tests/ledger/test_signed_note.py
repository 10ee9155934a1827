"""Signed notes and checkpoints: the published formats, byte for byte."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import BadInput
from ledger.proof.checkpoint import Checkpoint, origin_of
from ledger.proof.note_keys import NamedKey
from ledger.proof.signed_note import is_signed, sign, text_of

PUBLISHED = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\N{EM DASH} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n"
)
"""The example of Go's package sumdb/note, with the key that goes with it."""
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

NAME = "delivery-ledger/test"
CHECKPOINT = Checkpoint(
    origin=origin_of("test"), size=20852163, root=bytes(range(32)), standings=32 * b"\x07"
)


def fresh() -> tuple[Ed25519PrivateKey, NamedKey]:
    private = Ed25519PrivateKey.generate()
    return private, NamedKey(NAME, private.public_key())


@pytest.fixture
def published_key() -> NamedKey:
    name, _, encoded = PUBLISHED_KEY.split("+", 2)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)[1:])
    return NamedKey(name, public)


def test_a_published_note_is_known_by_its_published_key(published_key):
    assert str(published_key) == PUBLISHED_KEY
    assert is_signed(PUBLISHED, [published_key])
    assert text_of(PUBLISHED).endswith("your problem is.\n")


def test_a_published_note_with_one_letter_changed_is_not(published_key):
    assert not is_signed(PUBLISHED.replace("answer", "Answer"), [published_key])


def test_a_note_signed_with_two_keys_is_known_by_either():
    (one, one_known), (two, two_known) = fresh(), fresh()
    note = sign("text\n", NAME, [one, two])
    assert is_signed(note, [one_known])
    assert is_signed(note, [two_known])


def test_a_signature_by_a_stranger_counts_for_nothing():
    (one, one_known), (_, other_known) = fresh(), fresh()
    assert not is_signed(sign("text\n", NAME, [one]), [other_known])
    assert is_signed(sign("text\n", NAME, [one]), [other_known, one_known])


def test_a_wrong_signature_by_a_known_key_spoils_the_right_ones():
    (one, one_known), (two, two_known) = fresh(), fresh()
    right, wrong = sign("text\n", NAME, [one]), sign("other\n", NAME, [two])
    both = right + wrong.partition("\n\n")[2]
    assert is_signed(both, [one_known])
    assert not is_signed(both, [one_known, two_known])


ME = "\N{EM DASH} me "


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n- me AAAAAAA=\n",
        f"text\n\n{ME}AAA\n",
        f"text\n\n{ME}AAAAAA==\n",  # no byte behind the key's id
        f"text\n\n{ME}AAAAAAB=\n",  # the same bytes as AAAAAAA=
        f"text\n\n{ME}AAAA AAA=\n",
        "text\n\n\N{EM DASH} m+e AAAAAAA=\n",
        "text\n\n\N{EM DASH}  AAAAAAA=\n",
        "text\n\n" + 65 * f"{ME}AAAAAAA=\n",
    ],
)
def test_what_is_no_signed_note_is_refused(note):
    with pytest.raises(BadInput):
        text_of(note)


def test_a_note_may_have_64_signatures():
    assert text_of("text\n\n" + 64 * f"{ME}AAAAAAA=\n") == "text\n"


def test_a_checkpoint_is_origin_size_root_and_one_more_line():
    assert str(CHECKPOINT).split("\n") == [
        "delivery-ledger/test",
        "20852163",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "standings BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
        "",
    ]
    assert Checkpoint.parse(str(CHECKPOINT)) == CHECKPOINT


@pytest.mark.parametrize(
    ("there", "instead"),
    [("20852163", "020852163"), ("20852163", "many"), ("standings ", ""), ("AAEC", "A\nEC")],
)
def test_a_text_that_no_checkpoint_gives_is_refused(there, instead):
    with pytest.raises(BadInput):
        Checkpoint.parse(str(CHECKPOINT).replace(there, instead))
