"""Every verifier of signatures accepts the same ones, also where libraries differ."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kit import page_verifier
from kit.ed25519_vectors import VECTORS, Vector
from kit.weak_keys import (
    IDENTITY,
    OF_ORDER_4,
    OF_ORDER_8,
    sign_without_nonce,
    sign_without_secret,
)
from ledger.proof import ed25519, verify
from ledger.proof.note_keys import NamedKey, SignatureType, cosigned_text

Verifier = Callable[[bytes, bytes, bytes], bool]

VERIFIERS: dict[str, Verifier] = {
    "the ledger": lambda key, signature, message: ed25519.is_signature(
        Ed25519PublicKey.from_public_bytes(key), signature, message
    ),
    "verify.py": verify.is_signature,
    "the page": lambda key, signature, message: page_verifier.Key(b"", key, None).signed(
        message, signature
    ),
}


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.about)
def test_signatures_on_which_libraries_differ(verifier: str, vector: Vector):
    key, signature, message = map(bytes.fromhex, (vector.key, vector.signature, vector.message))
    assert VERIFIERS[verifier](key, signature, message) is vector.is_right


@pytest.mark.parametrize("verifier", VERIFIERS)
def test_a_signature_of_another_length_is_none(verifier):
    private = Ed25519PrivateKey.from_private_bytes(32 * b"k")
    key, right = private.public_key().public_bytes_raw(), private.sign(b"text")
    assert VERIFIERS[verifier](key, right, b"text")
    for wrong in (b"", right[:63], right + b"\0", right[:32]):
        assert not VERIFIERS[verifier](key, wrong, b"text")


WEAK = {
    "order 1": (IDENTITY, IDENTITY),
    "order 1, encoded with a y above p": ((verify.P + 1).to_bytes(32, "little"), IDENTITY),
    "order 1, with the sign of 0": (b"\1" + bytes(30) + b"\x80", IDENTITY),
    "order 4": (OF_ORDER_4, OF_ORDER_4),
    "order 8": (OF_ORDER_8, OF_ORDER_8),
}
"""Encodings of keys with which anybody can sign, and the right encoding of each point."""


@pytest.mark.parametrize("kind", SignatureType)
@pytest.mark.parametrize("weak", WEAK)
def test_no_note_and_no_cosignature_counts_by_a_key_of_small_order(weak, kind):
    key, point = WEAK[weak]
    is_witness = kind is SignatureType.WITNESS
    text = cosigned_text(7, "text\n") if is_witness else "text\n"
    signed = sign_without_secret(key, verify._point(point), text.encode())
    signature = (7).to_bytes(8, "big") + signed if is_witness else signed
    named = NamedKey("name", Ed25519PublicKey.from_public_bytes(key), kind)
    assert not named.verifies(signature, "text\n")


def test_no_signature_counts_with_an_r_of_small_order():
    private = Ed25519PrivateKey.from_private_bytes(32 * b"w")
    signature = sign_without_nonce(private, b"text\n")
    private.public_key().verify(signature, b"text\n")  # the library accepts it
    assert not NamedKey("name", private.public_key()).verifies(signature, "text\n")
