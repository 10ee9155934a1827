"""A client of transparency logs, written from the C2SP pages and RFC 9162 alone.

It shares no code with the program, and other algorithms: proofs are followed from the leaf up by
the bits of the index, as RFC 9162 says in 2.1.3.2 and 2.1.4.2.
"""

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@dataclass(frozen=True)
class Vkey:
    """A verifier key: `name+hexadecimal id+base64(type, key)`."""

    text: str

    @property
    def name(self) -> str:
        return self.text.split("+", 2)[0]

    @property
    def key(self) -> bytes:
        return b64decode(self.text.split("+", 2)[2])

    @property
    def id(self) -> bytes:
        derived = sha256(self.name.encode() + b"\n" + self.key)[:4]
        assert derived.hex() == self.text.split("+")[1]
        return derived

    def signed(self, note: str) -> bool:
        """Whether this key signed the note, as an Ed25519 signature or cosignature says."""
        text, _, signatures = note.rpartition("\n\n")
        for line in signatures.splitlines():
            dash, name, encoded = line.split(" ")
            assert dash == "\N{EM DASH}"
            data = b64decode(encoded, validate=True)
            if (name, data[:4]) == (self.name, self.id):
                return self._verifies(data[4:], f"{text}\n".encode())
        return False

    def _verifies(self, signature: bytes, text: bytes) -> bool:
        if self.key[0] == 4:
            time = int.from_bytes(signature[:8], "big")
            signature, text = signature[8:], f"cosignature/v1\ntime {time}\n".encode() + text
        try:
            Ed25519PublicKey.from_public_bytes(self.key[1:]).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def root_of_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to; RFC 9162, 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        assert sn, "the proof is too long"
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p)
        fn, sn = fn >> 1, sn >> 1
    assert not sn, "the proof is too short"
    return r


def is_consistent(first: tuple[int, bytes], second: tuple[int, bytes], proof: list[bytes]) -> bool:
    """Whether the second (size, root) continues the first; RFC 9162, 2.1.4.2."""
    (first_size, first_root), (second_size, second_root) = first, second
    if first_size == second_size:
        return first_root == second_root and not proof
    path = [first_root, *proof] if first_size.bit_count() == 1 else list(proof)
    fn, sn = first_size - 1, second_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if not sn:
            return False
        if fn & 1 or fn == sn:
            fr, sr = sha256(b"\x01" + c + fr), sha256(b"\x01" + c + sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha256(b"\x01" + sr + c)
        fn, sn = fn >> 1, sn >> 1
    return (fr, sr, sn) == (first_root, second_root, 0)


@dataclass(frozen=True)
class ProvenEntry:
    """What a tlog-proof proves: the entry of the tree, at its index."""

    index: int
    entry: bytes


def proven(proof: str, *vkeys: Vkey) -> ProvenEntry:
    """What a tlog-proof proves to somebody who demands a signature of each of these keys."""
    head, _, note = proof.partition("\n\n")
    first, extra, index, *path = head.split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    assert [vkey.text for vkey in vkeys if not vkey.signed(note)] == []
    origin, size, root = note.split("\n")[:3]
    assert origin == vkeys[0].name
    place, entry = int(index.removeprefix("index ")), b64decode(extra.removeprefix("extra "))
    nodes = [b64decode(line, validate=True) for line in path]
    leaf = sha256(b"\x00" + entry)
    assert root_of_path(place, int(size), leaf, nodes) == b64decode(root)
    return ProvenEntry(place, entry)


class Log:
    """A log of another program: entries, a key, and the requests that it sends to witnesses."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.key = Ed25519PrivateKey.generate()
        self.entries = [f"entry {number}".encode() for number in range(100)]

    @property
    def vkey(self) -> str:
        data = b"\x01" + self.key.public_key().public_bytes_raw()
        return f"{self.origin}+{self._id(data).hex()}+{b64encode(data).decode()}"

    def note(self, size: int, *, extension: str = "") -> str:
        """The signed checkpoint at that size."""
        root = b64encode(self.root(0, size)).decode()
        return self.signed(f"{self.origin}\n{size}\n{root}\n{extension}")

    def signed(self, text: str) -> str:
        data = b"\x01" + self.key.public_key().public_bytes_raw()
        signature = b64encode(self._id(data) + self.key.sign(text.encode())).decode()
        return f"{text}\n\N{EM DASH} {self.origin} {signature}\n"

    def request(self, old: int, size: int) -> str:
        """The body of `add-checkpoint` from the old size to the new one."""
        nodes = self.proof(old, 0, size, is_whole=True) if old else []
        lines = "".join(f"{b64encode(node).decode()}\n" for node in nodes)
        return f"old {old}\n{lines}\n{self.note(size)}"

    def root(self, start: int, end: int) -> bytes:
        """The hash of a list of entries; RFC 6962, 2.1."""
        if start == end:
            return sha256(b"")
        if end - start == 1:
            return sha256(b"\x00" + self.entries[start])
        middle = start + self._largest_power_below(end - start)
        return sha256(b"\x01" + self.root(start, middle) + self.root(middle, end))

    def proof(self, old: int, start: int, end: int, *, is_whole: bool) -> list[bytes]:
        """SUBPROOF of RFC 6962, 2.1.2, for the entries from start to end."""
        if old == end - start:
            return [] if is_whole else [self.root(start, end)]
        k = self._largest_power_below(end - start)
        middle = start + k
        if old <= k:
            below = self.proof(old, start, middle, is_whole=is_whole)
            return [*below, self.root(middle, end)]
        below = self.proof(old - k, middle, end, is_whole=False)
        return [*below, self.root(start, middle)]

    def _id(self, data: bytes) -> bytes:
        return sha256(self.origin.encode() + b"\n" + data)[:4]

    def _largest_power_below(self, size: int) -> int:
        power = 1
        while 2 * power < size:
            power *= 2
        return power
