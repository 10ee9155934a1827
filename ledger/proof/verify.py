"""Verify a bundle of Delivery Ledger, offline.

    python verify.py [CHECKPOINT-FILE ...]

This file is part of the bundle. It needs Python 3.11 and the package `cryptography`, and nothing
of Delivery Ledger. CHECKPOINT-FILEs are checkpoints that you received earlier and kept; they prove
that nothing was rewritten since. If anything is wrong, it says what and exits with 1.

ledger.ndjson contains the ledger in order, one line for each event. A line {"hidden": n, "root": …}
replaces n events that are not shown; it has the root of their part of the tree. The root of the
whole tree (RFC 6962) is computed from these lines, and must be the root in the checkpoints.
"""

import hashlib
import json
import sys
from base64 import b64decode
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

COLUMNS = (
    *("seq", "stream_id", "version", "topic", "recorded_at", "actor", "campaign_id"),
    *("delivery_id", "contact_id", "turn", "rank", "code", "reason", "next_at", "sid", "dedupe"),
)
DELIVERED = 1 << 22  # ranks from here on; below, a rank is 16 * turn + stage
STARTED, PUT_BACK = 1, 4  # the stages that change the number of attempts
EXPLAINED = range(4, 9)  # only in these stages do a code, a reason and a next attempt count


def sha256(data: bytes) -> bytes:
    """The hash of leaves, nodes and digests."""
    return hashlib.sha256(data).digest()


def wrong(words: str) -> NoReturn:
    """Exit with 1 and say what is wrong."""
    sys.exit(f"WRONG: {words}")


# MessagePack for None, integers, strings, bytes and lists, each in its shortest form.


def pack(value: Any) -> bytes:
    """Return the value as MessagePack."""
    if value is None:
        return b"\xc0"
    if isinstance(value, int):
        return pack_number(value)
    if isinstance(value, str):
        text = value.encode()
        return head(len(text), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + text
    if isinstance(value, bytes):
        return head(len(value), 0, 0, (0xC4, 0xC5, 0xC6)) + value
    return head(len(value), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(map(pack, value))


def pack_number(value: int) -> bytes:
    """An integer: one byte if that is enough, else a type byte and 1, 2, 4 or 8 bytes."""
    if -32 <= value < 128:
        return value.to_bytes(1, "big", signed=value < 0)
    marks = (0xD0, 0xD1, 0xD2, 0xD3) if value < 0 else (0xCC, 0xCD, 0xCE, 0xCF)
    for mark, size in zip(marks, (1, 2, 4, 8), strict=True):
        try:
            return bytes([mark]) + value.to_bytes(size, "big", signed=value < 0)
        except OverflowError:
            continue
    raise OverflowError(value)


def head(length: int, short: int, shorter_than: int, marks: tuple[int | None, ...]) -> bytes:
    """The header of a string, bytes or a list: its type and length."""
    if length < shorter_than:
        return bytes([short + length])
    for mark, size in zip(marks, (1, 2, 4), strict=True):
        if mark is not None and length < 256**size:
            return bytes([mark]) + length.to_bytes(size, "big")
    raise OverflowError(length)


# Checkpoints: https://c2sp.org/tlog-checkpoint, signed as https://c2sp.org/signed-note says.


def read_keys(file: Path) -> dict[tuple[str, bytes], Ed25519PublicKey]:
    """Return (name, id) → public key, from lines `name+id+base64`."""
    keys = {}
    for line in file.read_text().split():
        name, _, encoded = line.split("+", 2)
        key = b64decode(encoded)  # begins with 1, for Ed25519
        key_id = sha256(f"{name}\n".encode() + key)[:4]
        keys[name, key_id] = Ed25519PublicKey.from_public_bytes(key[1:])
    return keys


def read_checkpoint(note: str) -> tuple[int, bytes, bytes]:
    """Return the size, the root, and the digest of all statuses."""
    _, size, root, standings = note.split("\n")[:4]
    return int(size), b64decode(root), b64decode(standings.removeprefix("standings "))


def is_signed(note: str, keys: dict[tuple[str, bytes], Ed25519PublicKey]) -> bool:
    """Whether one of these keys signed the note, and no signature by them is wrong."""
    text, _, lines = note.rpartition("\n\n")
    signature_count = 0
    for line in lines.splitlines():
        _, name, encoded = line.split(" ")
        signature = b64decode(encoded)
        key = keys.get((name, signature[:4]))
        if key is None:
            continue
        try:
            key.verify(signature[4:], f"{text}\n".encode())
        except InvalidSignature:
            return False
        signature_count += 1
    return signature_count > 0


# The ledger: its tree, its streams, and the standing of every delivery.


class Tree:
    """The tree as perfect subtrees, the largest first; only the last part may have any size."""

    def __init__(self) -> None:
        self.size = 0
        self.is_ended = False
        self.parts: list[tuple[int, bytes]] = []

    def add(self, size: int, root: bytes) -> None:
        """Add the next part."""
        if self.is_ended or size < 1:
            wrong(f"a part of the tree is out of place behind #{self.size}")
        self.is_ended = size.bit_count() > 1 or self.size % size > 0
        self.size += size
        while self.parts and self.parts[-1][0] == size:
            left = self.parts.pop()[1]
            size, root = 2 * size, sha256(b"\x01" + left + root)
        self.parts.append((size, root))

    def root(self) -> bytes:
        """The root of the present tree."""
        root = self.parts[-1][1]
        for _, left in reversed(self.parts[:-1]):
            root = sha256(b"\x01" + left + root)
        return root


class Standings:
    """Standings: a delivery's standing is its fact of greatest rank, the first of equals."""

    def __init__(self) -> None:
        self.campaigns: dict[str, dict[str, list[Any]]] = {}
        self.archived: set[str] = set()

    def add(self, event: dict[str, Any]) -> None:
        """Count one more event."""
        campaign, rank = event.get("campaign_id"), event.get("rank")
        if event["topic"] == "CampaignArchived":
            self.archived.add(event["campaign_id"])  # what follows changes no status any more
        if rank is None or "delivery_id" not in event or campaign in self.archived:
            return
        deliveries = self.campaigns.setdefault(event["campaign_id"], {})
        standing = deliveries.setdefault(event["delivery_id"], [-1, None, None, None, 0])
        if rank < DELIVERED:
            standing[4] += {STARTED: 1, PUT_BACK: -1}.get(rank % 16, 0)
        if rank > standing[0]:
            is_explained = rank < DELIVERED and rank % 16 in EXPLAINED
            fact = event if is_explained else {}
            standing[:4] = rank, fact.get("code"), fact.get("reason"), fact.get("next_at")

    def digests(self) -> list[bytes]:
        """The digest of each campaign: its id, then each delivery's id and standing, in order."""
        return [
            sha256(pack(campaign) + b"".join(pack([d, *deliveries[d]]) for d in sorted(deliveries)))
            for campaign, deliveries in sorted(self.campaigns.items())
        ]


class Bundle:
    """The tree and the standings of a bundle's lines, which are checked as they are added."""

    def __init__(self) -> None:
        self.tree, self.standings = Tree(), Standings()
        self.shown = self.recorded_at = 0
        self.versions: dict[str, int] = {}

    def add(self, line: dict[str, Any]) -> None:
        """Add the next line; an event must have its right seq, version and time."""
        if "hidden" in line:
            self.tree.add(line["hidden"], b64decode(line["root"]))
            return
        seq, stream = line["seq"], line["stream_id"]
        values = [line.get(name) for name in COLUMNS]
        self.tree.add(1, sha256(b"\x00\x02" + pack([*values, sha256(line["state"].encode())])))
        if seq != self.tree.size:
            wrong(f"#{seq} stands at the place of #{self.tree.size}")
        if line["version"] != self.versions.get(stream, 0) + 1:
            wrong(f"#{seq} does not follow the event before it in its stream")
        if line["recorded_at"] < self.recorded_at:
            wrong(f"#{seq} was recorded earlier than the event before it")
        self.versions[stream], self.recorded_at = line["version"], line["recorded_at"]
        self.standings.add(line)
        self.shown += 1


def verify(folder: Path, outside: list[Path]) -> str:
    """Check the bundle in that folder, and return a sentence that says what was proven."""
    keys = read_keys(folder / "keys.txt")
    kept = sorted((folder / "checkpoints").iterdir())
    for file in kept:
        if not is_signed(file.read_text(), keys):
            wrong(f"{file} bears no valid signature")
    claims: dict[int, list[tuple[Path, bytes, bytes]]] = {}
    for file in [*kept, *outside]:
        size, root, digest = read_checkpoint(file.read_text())
        claims.setdefault(size, []).append((file, root, digest))
    bundle = Bundle()
    with (folder / "ledger.ndjson").open(encoding="utf-8") as lines:
        for line in lines:
            bundle.add(json.loads(line))
            for file, root, digest in claims.pop(bundle.tree.size, ()):
                if root != bundle.tree.root():
                    wrong(f"the events up to #{bundle.tree.size} are not those of {file}")
                check_statuses(bundle, folder / "standings.txt", file, digest)
    if claims:
        files = ", ".join(str(file) for claimed in claims.values() for file, *_ in claimed)
        wrong(f"{files}: this bundle does not show the ledger at that size; ask for one that does")
    hidden = bundle.tree.size - bundle.shown
    return (
        f"Right: {bundle.shown} events, unchanged and at their places in a ledger of "
        f"{bundle.tree.size}; {hidden} are not shown. Compared with {len(kept)} checkpoints of the "
        f"bundle and {len(outside)} of your own."
    )


def check_statuses(bundle: Bundle, others: Path, file: Path, digest: bytes) -> None:
    """Compare all statuses if all events are shown, else those of the campaign that is shown.

    The bundle of a single delivery shows too few events for either.
    """
    digests = bundle.standings.digests()
    if bundle.shown == bundle.tree.size:
        if sha256(b"".join(digests)) != digest:
            wrong(f"the statuses up to #{bundle.tree.size} are not those of {file}")
    elif others.exists() and file.parent == others.parent / "checkpoints":
        listed = [bytes.fromhex(line) for line in others.read_text().split()]
        if sha256(b"".join(listed)) != digest or not set(digests) <= set(listed):
            wrong(f"the statuses are not those of {file}: something is left out or was changed")


if __name__ == "__main__":
    try:
        print(verify(Path(__file__).parent, [Path(word) for word in sys.argv[1:]]))
    except (OSError, ValueError, LookupError, TypeError) as error:
        wrong(f"the bundle or a checkpoint cannot be read: {error!r}")
