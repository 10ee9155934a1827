"""Signed notes: a text, an empty line, and one line for each signature.

The format is C2SP's signed-note v1.0.0, https://c2sp.org/signed-note, with Ed25519 only:

    — delivery-ledger/led_4k3j… 8Ox3dQ…base64 of key id and signature…
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import BadInput

_ED25519 = b"\x01"
_ID_BYTES = 4
_DASH = "\N{EM DASH} "


@dataclass(frozen=True)
class NamedKey:
    """A public key and its name."""

    name: str
    public: Ed25519PublicKey

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public.public_bytes_raw()
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """Name, id and key as one line, for those who verify."""
        encoded = base64.b64encode(_ED25519 + self.public.public_bytes_raw()).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


def sign(text: str, name: str, keys: Iterable[Ed25519PrivateKey]) -> str:
    """The text as a note, signed with each of the keys under that name."""
    return text + "\n" + "".join(_signature_line(text, name, key) for key in keys)


def _signature_line(text: str, name: str, key: Ed25519PrivateKey) -> str:
    signature = NamedKey(name, key.public_key()).id + key.sign(text.encode())
    return f"{_DASH}{name} {base64.b64encode(signature).decode()}\n"


def text_of(note: str) -> str:
    """The text of a note, whatever keys signed it; raises `BadInput` for no signed note."""
    text, _ = _parts(note)
    return text


def is_signed(note: str, keys: Iterable[NamedKey]) -> bool:
    """Whether a key signed this note, and no signature by these keys is wrong.

    Signatures by other keys are ignored. Raises `BadInput` for no signed note.
    """
    text, signatures = _parts(note)
    known = {(key.name, key.id): key for key in keys}
    checks = [
        _verifies(known[name, key_id], signature, text)
        for name, key_id, signature in signatures
        if (name, key_id) in known
    ]
    return bool(checks) and all(checks)


def signer_ids(note: str, name: str) -> set[bytes]:
    """The ids of all keys of that name that are said to have signed this note.

    Raises `BadInput` for no signed note.
    """
    _, signatures = _parts(note)
    return {key_id for key_name, key_id, _ in signatures if key_name == name}


def _verifies(key: NamedKey, signature: bytes, text: str) -> bool:
    try:
        key.public.verify(signature, text.encode())
    except InvalidSignature:
        return False
    return True


def _parts(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text, and for each signature the key's name, its id and the signature."""
    text, gap, signed = note.rpartition("\n\n")
    lines = signed.removesuffix("\n").split("\n")
    if not gap or not signed.endswith("\n") or not all(line.startswith(_DASH) for line in lines):
        raise BadInput("this is no signed note")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise BadInput("a signature of this note is not base64") from error
    return name, decoded[:_ID_BYTES], decoded[_ID_BYTES:]
