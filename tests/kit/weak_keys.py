"""Public keys with which anybody can sign anything, and signatures that only some accept."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256, sha512
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.proof import verify
from ledger.proof.verify import NEUTRAL, ORDER, P, Point

IDENTITY = b"\1" + bytes(31)
OF_ORDER_4 = bytes(32)
OF_ORDER_8 = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
BASE = verify._point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def times(factor: int, point: Point | None) -> Point:
    """The sum of that many times the point."""
    assert point is not None
    total = NEUTRAL
    for bit in f"{factor:b}":
        total = verify._add(total, total)
        total = verify._add(total, point) if bit == "1" else total
    return total


def challenge(nonce: bytes, key: bytes, message: bytes) -> int:
    return int.from_bytes(sha512(nonce + key + message).digest(), "little") % ORDER


def sign_without_secret(key: bytes, point: Point | None, message: bytes) -> bytes:
    """Sign with a key whose point has an order of at most 8, by trying."""
    for s, multiple in ((s, multiple) for s in count(1) for multiple in range(8)):
        nonce = verify._encoded(verify._add(times(s, BASE), times(8 - multiple, point)))
        if challenge(nonce, key, message) % 8 == multiple:
            return nonce + s.to_bytes(32, "little")
    raise AssertionError


def sign_without_nonce(private: Ed25519PrivateKey, message: bytes) -> bytes:
    """Sign with the neutral element as R."""
    key = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    half = bytearray(sha512(private.private_bytes_raw()).digest()[:32])
    half[0], half[31] = half[0] & 248, half[31] & 127 | 64
    s = challenge(IDENTITY, key, message) * int.from_bytes(half, "little") % ORDER
    return IDENTITY + s.to_bytes(32, "little")


def sign_again(folder: Path, key: bytes, sign: Callable[[bytes], bytes]) -> None:
    """Make this key the bundle's, and sign its newest checkpoint with it."""
    file = max((folder / "checkpoints").iterdir())
    text = file.read_text().partition("\n\n")[0] + "\n"
    origin, data = text.split("\n")[0], b"\1" + key
    key_id = sha256(f"{origin}\n".encode() + data).digest()[:4]
    (folder / "keys.txt").write_text(f"{origin}+{key_id.hex()}+{b64encode(data).decode()}\n")
    signature = b64encode(key_id + sign(text.encode())).decode()
    file.write_text(f"{text}\n\N{EM DASH} {origin} {signature}\n")


def with_weak_key(key: bytes, point: bytes) -> Callable[[Path], None]:
    """Sign with this encoding of a point of small order."""
    return lambda folder: sign_again(
        folder, key, lambda text: sign_without_secret(key, verify._point(point), text)
    )


def with_weak_nonce(folder: Path) -> None:
    private = Ed25519PrivateKey.from_private_bytes(32 * b"w")
    key = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    sign_again(folder, key, lambda text: sign_without_nonce(private, text))


def with_more(folder: Path) -> None:
    """Add the order to S, which some do not notice."""
    private = Ed25519PrivateKey.from_private_bytes(32 * b"w")
    key = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(text: bytes) -> bytes:
        signature = private.sign(text)
        s = int.from_bytes(signature[32:], "little") + ORDER
        return signature[:32] + s.to_bytes(32, "little")

    sign_again(folder, key, sign)


WEAK_KEYS: list[Callable[[Path], None]] = [
    with_weak_key(IDENTITY, IDENTITY),
    with_weak_key((P + 1).to_bytes(32, "little"), IDENTITY),  # the same point in another encoding
    with_weak_key(b"\1" + bytes(30) + b"\x80", IDENTITY),  # again, with the sign of 0
    with_weak_key(OF_ORDER_4, OF_ORDER_4),
    with_weak_key(OF_ORDER_8, OF_ORDER_8),
    with_weak_nonce,
    with_more,
]
