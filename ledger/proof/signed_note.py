"""Signed notes: a text, an empty line, and one line for each signature.

The format is C2SP's signed-note v1.0.0, https://c2sp.org/signed-note:

    — delivery-ledger/led_4k3j… 8Ox3dQ…base64 of key id and signature…

Every value has one encoding here; notes in any other are refused, as bundles refuse them.
"""

import base64
from collections.abc import Collection, Iterable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import BadInput
from ledger.proof.note_keys import (
    ID_BYTES,
    TIME_BYTES,
    NamedKey,
    SignatureType,
    cosigned_text,
    is_key_name,
)
from ledger.proof.strict_base64 import decoded

_DASH = "\N{EM DASH} "
MOST_SIGNATURES = 64
"""A note with more is refused, as bundles refuse it."""


def sign(text: str, name: str, keys: Iterable[Ed25519PrivateKey]) -> str:
    """The text as a note, signed with each of the keys under that name."""
    lines = (_line(NamedKey(name, key.public_key()), key.sign(text.encode())) for key in keys)
    return f"{text}\n{''.join(lines)}"


def cosignature(text: str, name: str, key: Ed25519PrivateKey, now: datetime) -> str:
    """The line of a witness that saw the checkpoint with that text; `now` is rounded down."""
    time = int(now.timestamp())
    signed = key.sign(cosigned_text(time, text).encode())
    witness = NamedKey(name, key.public_key(), SignatureType.WITNESS)
    return _line(witness, time.to_bytes(TIME_BYTES, "big") + signed)


def _line(key: NamedKey, signature: bytes) -> str:
    return f"{_DASH}{key.name} {base64.b64encode(key.id + signature).decode()}\n"


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
        known[name, key_id].verifies(signature, text)
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


def signers(note: str, keys: Collection[NamedKey]) -> list[NamedKey]:
    """Those of the keys that signed this note; raises `BadInput` for no signed note."""
    return [key for key in keys if is_signed(note, [key])]


def signatures_by(lines: str, key: NamedKey) -> str:
    """Those of the signature lines that name the key, without the others.

    Raises `BadInput` where one is no signature line.
    """
    _, signatures = _parts(f"\n\n{lines}")
    return "".join(
        f"{_DASH}{name} {base64.b64encode(key_id + signature).decode()}\n"
        for name, key_id, signature in signatures
        if (name, key_id) == (key.name, key.id)
    )


def _parts(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text, and for each signature the key's name, its id and the signature."""
    text, gap, signed = note.rpartition("\n\n")
    lines = signed.removesuffix("\n").split("\n")
    if not gap or not signed.endswith("\n") or len(lines) > MOST_SIGNATURES:
        raise BadInput("this is no signed note")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not is_key_name(name):
        raise BadInput("this is no signed note")
    try:
        data = decoded(encoded)
    except BadInput as error:
        raise BadInput("a signature of this note is not base64") from error
    if len(data) <= ID_BYTES:
        raise BadInput("a signature of this note is empty")
    return name, data[:ID_BYTES], data[ID_BYTES:]
