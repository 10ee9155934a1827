"""Bundles of which a reader demands that witnesses have cosigned them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kit.forged_bundles import newest
from ledger.proof.note_keys import NamedKey, SignatureType
from ledger.proof.signed_note import cosignature, text_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Cosigner(NamedTuple):
    """A witness that the test plays."""

    name: str
    private: Ed25519PrivateKey

    @property
    def key(self) -> str:
        return str(NamedKey(self.name, self.private.public_key(), SignatureType.WITNESS))

    def line(self, note: str) -> str:
        return cosignature(text_of(note), self.name, self.private, NOON)


def cosigner(name: str, seed: bytes) -> Cosigner:
    return Cosigner(name, Ed25519PrivateKey.from_private_bytes(32 * seed))


ONE, TWO = cosigner("one.example/w", b"1"), cosigner("two.example/w", b"2")
ALIAS = cosigner("alias.example/w", b"1")
"""The key of `ONE` under another name."""
LOG_KEY = str(NamedKey(ONE.name, ONE.private.public_key()))


def cosigned(*cosigners: Cosigner, spoil: Callable[[str], str] = str) -> Callable[[Path], None]:
    """Add cosignatures to the newest checkpoint; `spoil` changes their lines."""

    def add(folder: Path) -> None:
        note = newest(folder).read_text()
        newest(folder).write_text(note + "".join(spoil(each.line(note)) for each in cosigners))

    return add


def wrong(line: str) -> str:
    """A line in which the last byte of the signature differs; the base64 stays canonical."""
    return f"{line[:-6]}{'B' if line[-6] == 'A' else 'A'}{line[-5:]}"


def short(line: str) -> str:
    """A line whose signature is cut off behind the key's id and 5 bytes."""
    dash, name, encoded = line.split(" ")
    return f"{dash} {name} {encoded[:12]}\n"


class Demand(NamedTuple):
    """What is done to a bundle, which witnesses are named, and whether it is accepted."""

    forge: Callable[[Path], None]
    witnesses: Sequence[str]
    quorum: int | None
    is_accepted: bool


DEMANDS: dict[str, Demand] = {
    "the one that is named": Demand(cosigned(ONE), [ONE.key], None, is_accepted=True),
    "one more than is named": Demand(cosigned(ONE, TWO), [TWO.key], None, is_accepted=True),
    "both": Demand(cosigned(TWO, ONE), [ONE.key, TWO.key], None, is_accepted=True),
    "one of two": Demand(cosigned(TWO), [ONE.key, TWO.key], 1, is_accepted=True),
    "one of two, where all are demanded": Demand(
        cosigned(TWO), [ONE.key, TWO.key], None, is_accepted=False
    ),
    "none": Demand(cosigned(), [ONE.key], 1, is_accepted=False),
    "one under two names": Demand(cosigned(ONE, ALIAS), [ONE.key, ALIAS.key], 2, is_accepted=False),
    "one that is named twice": Demand(cosigned(ONE), [ONE.key, ONE.key], None, is_accepted=False),
    "one that is there twice": Demand(cosigned(ONE, ONE), [ONE.key, TWO.key], 2, is_accepted=False),
    "a wrong one beside a right one": Demand(
        lambda folder: [cosigned(ONE)(folder), cosigned(TWO, spoil=wrong)(folder)][-1],
        [ONE.key, TWO.key],
        1,
        is_accepted=False,
    ),
    "a wrong one by a witness that is not named": Demand(
        lambda folder: [cosigned(ONE)(folder), cosigned(TWO, spoil=wrong)(folder)][-1],
        [ONE.key],
        1,
        is_accepted=True,
    ),
    "one that is cut off": Demand(cosigned(ONE, spoil=short), [ONE.key], None, is_accepted=False),
    "the key of a log": Demand(cosigned(ONE), [LOG_KEY], None, is_accepted=False),
    "a key with an end": Demand(cosigned(ONE), [f"{ONE.key} until 9"], None, is_accepted=False),
    "a key with another id": Demand(
        cosigned(ONE), [ONE.key.replace("+", "+f", 1)[: len(ONE.key)]], None, is_accepted=False
    ),
}
