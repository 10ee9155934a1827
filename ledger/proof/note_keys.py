"""Public keys of logs and witnesses, with names, as C2SP's signed-note defines them.

    delivery-ledger/led_4k3j…+33d76b4f+ARpc2QcU…

Two types are read: a log's Ed25519 key, and a witness's Ed25519 key, whose signature has a time
(https://c2sp.org/tlog-cosignature). Both sign the whole text of a checkpoint, with its line
`standings`. An ML-DSA-44 cosignature signs size and root alone, so it is not counted here.
"""

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass
from enum import IntEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.errors import BadInput
from ledger.proof.ed25519 import is_signature
from ledger.proof.strict_base64 import decoded

ID_BYTES = 4
TIME_BYTES = 8


class SignatureType(IntEnum):
    """The byte before a public key, which says what its signatures sign."""

    LOG = 1
    """The text."""
    WITNESS = 4
    """A time, then the text."""


_ML_DSA = 6
_NAME = re.compile(r"[!-*,-~]{1,200}")


@dataclass(frozen=True)
class NamedKey:
    """A public key, its name, and what its signatures sign."""

    name: str
    public: Ed25519PublicKey
    type: SignatureType = SignatureType.LOG

    @classmethod
    def parse(cls, text: str, expected: SignatureType) -> "NamedKey":
        """Read a key of that type, as `str` writes it; raises `BadInput`."""
        name, *_, encoded = (*text.split("+", 2), "")[:3]
        try:
            data = decoded(encoded)
        except BadInput:
            data = b""
        if data[:1] == bytes([_ML_DSA]) and expected is SignatureType.WITNESS:
            raise BadInput(
                f"{name} is an ML-DSA-44 key. Its cosignatures do not sign the line `standings` of "
                "a checkpoint, so they are not counted; ask the witness for its Ed25519 key."
            )
        try:
            key = cls(name, Ed25519PublicKey.from_public_bytes(data[1:]), expected)
        except ValueError:
            key = None
        if key is None or str(key) != text or not is_key_name(name):
            raise BadInput(
                f"{text!r} is no public key of a {expected.name.lower()}: name, id and Ed25519 key "
                f"of type {expected:d}, joined by plus signs."
            )
        return key

    @property
    def id(self) -> bytes:
        """The four bytes that name the key in a signature."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._data).digest()[:ID_BYTES]

    @property
    def _data(self) -> bytes:
        return bytes([self.type]) + self.public.public_bytes_raw()

    def __str__(self) -> str:
        """Name, id and key as one line, for those who verify."""
        return f"{self.name}+{self.id.hex()}+{b64encode(self._data).decode()}"

    def verifies(self, signature: bytes, text: str) -> bool:
        """Whether this key made that signature of the text."""
        signed = text
        if self.type is SignatureType.WITNESS:
            time, signature = signature[:TIME_BYTES], signature[TIME_BYTES:]
            signed = cosigned_text(int.from_bytes(time, "big"), text)
        return is_signature(self.public, signature, signed.encode())


def cosigned_text(time: int, text: str) -> str:
    """What a witness signs of a checkpoint's text; `time` is in seconds since 1970 UTC."""
    return f"cosignature/v1\ntime {time}\n{text}"


def is_key_name(name: str) -> bool:
    """Whether a key may have that name: visible ASCII without a plus sign, as in bundles."""
    return _NAME.fullmatch(name) is not None
