"""A third verifier of bundles. Its author knew docs/reference/bundle.md and no code of the project.

So what it finds is what the page says. A correction of the page is followed here from its words,
and so is what was added to the page later: bundles of a number, witnesses. It reads the whole
bundle into memory and stops at the first fault.
"""

import base64
import binascii
import hashlib
import itertools
import json
import math
import re
import stat
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kit import page_number, page_stamps

Event = dict[str, Any]
LIMIT = 1 << 24
LAST = (1 << 22) - 1  # the greatest number that can be 16 * turn + stage
NUMBER = r"[1-9][0-9]{0,14}"
KEY = re.compile(rf"([!-*,-~]{{1,200}})\+([0-9a-f]{{8}})\+([A-Za-z0-9+/=]+)(?: until ({NUMBER}))?")
BASE = {"manifest.json", "README.txt", "keys.txt", "ledger.ndjson", "verify.py", "verify.html"}
CLAIMS = {
    "all": [],
    "campaign": ["campaign_id"],
    "delivery": ["campaign_id", "delivery_id"],
    "number": ["contact_id"],
}
FURTHER = {"campaign": {"standings.txt"}, "number": {"number.txt"}}
DEEPEST = 20
LEAF = [
    *("seq", "stream_id", "version", "topic", "recorded_at", "actor", "campaign_id"),
    *("delivery_id", "contact_id", "turn", "rank", "code", "reason", "next_at", "sid", "dedupe"),
]
ALWAYS = {"seq", "stream_id", "version", "topic", "recorded_at"}
ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
SMALL_ORDER = {0, 1, 2**255 - 20, ORDER_8, 2**255 - 19 - ORDER_8}
IDS = {"stream_id", "campaign_id", "delivery_id", "contact_id"}
NUMBERS = {"seq", "version", "recorded_at", "turn", "rank", "next_at"}
README = """\
A bundle of Delivery Ledger: {claim}, of {origin} with {size:,} events

    python -I verify.py

checks it. This needs Python 3.11 or newer, and no connection. Without Python, open verify.html in
a browser and choose this bundle. Name the checkpoints and keys that you received earlier: only
these prove that nobody replaced the whole bundle.

    python -I verify.py --key "KEY" checkpoint-of-march.txt

verify.py and verify.html come from those who gave you this bundle. Read them, or take them from
the source of Delivery Ledger and name this bundle: verify.py --bundle FOLDER-OR-ZIP

Names, numbers and texts are sealed: in `state`, under `private`. Everything else can be read.
"""


class Refused(Exception):  # noqa: N818 - it is an answer, not an error of this program
    """Something on the page does not hold."""


def need(holds: object, why: str) -> None:
    """Refuse the bundle unless this holds."""
    if not holds:
        raise Refused(why)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def unbase64(text: str, size: int | None = None) -> bytes:
    """Decode base64 that has the one right form, and the number of bytes if that is known."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(f"{text[:20]!r} is not base64") from None
    need(base64.b64encode(data).decode() == text, f"{text[:20]!r} is not the base64 of its bytes")
    need(size in (None, len(data)), f"{text[:20]!r} is not {size} bytes")
    return data


def is_id(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[A-Za-z0-9_-]{1,80}", value) is not None


def is_number(value: object, least: int = 0) -> bool:
    return type(value) is int and value >= least


def text_of(data: bytes, name: str) -> str:
    """Decode a file of the bundle."""
    need(not data.startswith(b"\xef\xbb\xbf"), f"{name} begins with a byte order mark")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused(f"{name} is not UTF-8") from None


def lines_of(data: bytes, name: str) -> list[str]:
    """Split a file whose lines all end with U+000A, and of which none is empty."""
    lines = text_of(data, name).split("\n")
    need(lines.pop() == "" and all(lines), f"{name} has an empty line, or its end is missing")
    return lines


def json_object(text: str, what: str) -> dict[str, Any]:
    """Parse one JSON object with the limits of the page; null is left to those who read types."""

    def number(digits: str) -> int:
        need(len(digits) <= 16 and digits[0] != "-", f"{what} has the number {digits[:20]}")
        need(int(digits) < 1 << 53, f"{what} has the number {digits}")
        return int(digits)

    def other(token: str) -> None:
        raise Refused(f"{what} has the number {token[:20]}")

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len(dict(pairs)) == len(pairs), f"{what} has a member twice")
        return dict(pairs)

    try:
        decoder = json.JSONDecoder(
            object_pairs_hook=members, parse_int=number, parse_float=other, parse_constant=other
        )
        value = decoder.decode(text)
        json.dumps(value, ensure_ascii=False).encode()  # fails at a lone surrogate
    except (ValueError, RecursionError):
        raise Refused(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise Refused(f"{what} is not a JSON object")
    need(depth(value) <= DEEPEST, f"{what} is nested too deeply")
    return value


def depth(value: object) -> int:
    """How many objects and arrays are in each other."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


# --- files ---


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of a folder, which holds only regular files, checkpoints and stamps."""
    files = {}
    for path in [*folder.iterdir(), *folder.glob("checkpoints/*"), *folder.glob("stamps/*")]:
        name, mode = path.relative_to(folder).as_posix(), path.lstat().st_mode
        if name in ("checkpoints", "stamps"):
            need(stat.S_ISDIR(mode), f"{name} is not a folder")
        else:
            need(stat.S_ISREG(mode), f"{name} is not a regular file")
            files[name] = path.read_bytes()
    return files


def zip_directory(data: bytes) -> tuple[list[tuple[Any, ...]], int]:
    """Read a zip file's directory: its entries as they follow in the file, and where it begins."""
    need(len(data) >= 22 and data[-22:-18] == b"PK\5\6", "the zip file does not end as it must")
    disk, disk2, count, count2, length, start, comment = struct.unpack("<4H2LH", data[-18:])
    need(disk == disk2 == comment == 0 and count == count2, "the zip file's end record is wrong")
    need(start + length == len(data) - 22, "the directory does not end at the end record")
    need(count != 0xFFFF and 0xFFFFFFFF not in (length, start), "the zip file is too large")
    entries, at = [], start
    for _ in range(count):
        need(at + 46 <= len(data) - 22 and data[at : at + 4] == b"PK\1\2", "the directory is wrong")
        field = struct.unpack("<6xBx2H4x3L3H4x2L", data[at : at + 46])
        version, flags, method, crc, packed, size, n, extra, note, external, offset = field
        need(version <= 63, "an entry of the zip file needs another version")
        need(0xFFFFFFFF not in (packed, size, offset), "an entry has its size elsewhere")
        need(note == 0, "an entry of the zip file has a comment")
        name = data[at + 46 : at + 46 + n]
        entries.append((offset, name, flags, method, crc, packed, size, external >> 28))
        at += 46 + n + extra
    need(at == len(data) - 22, "the zip file's directory has another size than it says")
    return sorted(entries), start


def read_zip(data: bytes) -> dict[str, bytes]:
    """Read the files of a zip file."""
    entries, directory = zip_directory(data)
    files: dict[str, bytes] = {}
    least = most = 0  # where the next entry may begin
    for start, name, flags, method, crc, packed, size, kind in entries:
        what = f"the entry {name!r}"
        need(name.isascii() and name.decode() not in files, f"{what} is there twice")
        need(least <= start <= most, f"{what} does not begin where the last one ends")
        head = data[start : start + 30]
        need(len(head) == 30 and head[:4] == b"PK\3\4", f"{what} has no local header")
        flags2, method2, crc2, *sizes, n, extra = struct.unpack("<6x2H4x3L2H", head)
        at = start + 30 + n + extra
        need(data[start + 30 : at - extra] == name, f"{what} has two names")
        need((flags, method) == (flags2, method2), f"{what} has two headers")
        need(flags & ~0x080E == 0 and method in (0, 8), f"{what} has unknown flags or method")
        if not flags & 8:
            need(crc == crc2, f"{what} has two checksums")
            need(sizes in ([packed, size], [0xFFFFFFFF] * 2), f"{what} has two sizes")
        folder = name in (b"checkpoints/", b"stamps/")
        allowed = stat.S_IFDIR if folder else stat.S_IFREG
        need(kind in (0, allowed >> 12), f"{what} has the type of another sort of file")
        need(size <= 200 * packed + (1 << 20), f"{what} is packed too densely")
        least = at + packed
        most = least + (24 if flags & 8 else 0)
        need(least <= directory, f"{what} does not end before the directory")
        content = data[at:least]
        if method == 8:
            inflate = zlib.decompressobj(-15)
            try:
                content = inflate.decompress(content, size + 1)
            except zlib.error:
                raise Refused(f"{what} cannot be unpacked") from None
            need(inflate.eof and not inflate.unused_data, f"{what} does not end at its end")
        need(len(content) == size, f"{what} has another size than the directory says")
        need(zlib.crc32(content) == crc, f"{what} has another checksum")
        need(not (folder and content), "a folder has content")
        files[name.decode()] = content
    need(least <= directory <= most, "the directory does not begin where the last entry ends")
    return {name: content for name, content in files.items() if not name.endswith("/")}


# --- keys and checkpoints ---


@dataclass(frozen=True)
class Key:
    """A public key, and the greatest size at which it counts."""

    id: bytes
    public: bytes
    until: int | None

    def end(self) -> float:
        """The greatest size at which it counts."""
        return math.inf if self.until is None else self.until

    def signed(self, text: bytes, signature: bytes) -> bool:
        for point in (self.public, signature[:32]):
            y = int.from_bytes(point, "little") % 2**255
            if len(signature) != 64 or y >= 2**255 - 19 or y in SMALL_ORDER:
                return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True)
class Witness:
    """A witness's name and key."""

    name: str
    key: Key

    def cosigned(self, text: bytes, behind_id: bytes) -> bool:
        time = int.from_bytes(behind_id[:8], "big")
        return self.key.signed(f"cosignature/v1\ntime {time}\n".encode() + text, behind_id[8:])


def parse_key(line: str, origin: str) -> Key:
    """Read a line of keys.txt, or one that the reader gives."""
    match = KEY.fullmatch(line)
    if match is None or match[1] != origin:
        raise Refused(f"{line[:80]!r} is not a key of {origin}")
    raw = unbase64(match[3], 33)
    right = raw[0] == 1 and sha256(f"{origin}\n".encode() + raw)[:4].hex() == match[2]
    need(right, f"the key {match[2]} is not of Ed25519 or has another id")
    return Key(bytes.fromhex(match[2]), raw[1:], int(match[4]) if match[4] else None)


def parse_keys(lines: Sequence[str], origin: str) -> list[Key]:
    """Read keys.txt: the key that is in use, then those that were replaced, the newest first."""
    keys = [parse_key(line, origin) for line in lines]
    need(keys and keys[0].until is None, "the first key is not in use")
    ends = [key.until for key in keys[1:] if key.until is not None]
    need(len(ends) == len(keys) - 1, "two keys are in use")
    need(ends == sorted(ends, reverse=True), "the ends of the replaced keys rise")
    need(len({key.id for key in keys}) == len(keys), "a key is there twice")
    return keys


def parse_witness(line: str) -> Witness:
    """Read the key of a witness."""
    match = KEY.fullmatch(line)
    if match is None or match[4]:
        raise Refused(f"{line[:80]!r} is not a key of a witness")
    raw = unbase64(match[3], 33)
    right = raw[0] == 4 and sha256(f"{match[1]}\n".encode() + raw)[:4].hex() == match[2]
    need(right, f"the key {match[2]} is not of type 4 or has another id")
    return Witness(match[1], Key(bytes.fromhex(match[2]), raw[1:], None))


def shorter(key: Key, named: Sequence[Key]) -> Key:
    """A key of the bundle as far as it counts by the reader's line of it too."""
    ends = [key.until, *(own.until for own in named if own.public == key.public)]
    return replace(key, until=min((end for end in ends if end), default=None))


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint, and its signatures as (name, id, signature)."""

    name: str
    origin: str
    size: int
    root: bytes
    standings: bytes
    signed: bytes
    signatures: list[tuple[str, bytes, bytes]]

    def cosigners(self, witnesses: Sequence[Witness]) -> set[bytes]:
        """Find the public keys that cosigned it; refuse a wrong cosignature by one of them."""
        found = set()
        for name, key_id, signature in self.signatures:
            for witness in witnesses:
                if (name, key_id) == (witness.name, witness.key.id):
                    right = witness.cosigned(self.signed, signature)
                    need(right, f"{self.name} has a wrong cosignature")
                    found.add(witness.key.public)
        return found

    def check_signatures(self, keys: Sequence[Key], also: Sequence[Key] = ()) -> None:
        """Refuse a wrong signature by a known key, or that no key of `keys` counts and signed."""
        counts = False
        for name, key_id, signature in self.signatures:
            for key in [*keys, *also]:
                if (name, key_id) == (self.origin, key.id):
                    need(key.signed(self.signed, signature), f"{self.name} has a wrong signature")
                    counts |= key in keys and self.size <= key.end()
        need(counts, f"no key that counts has signed {self.name}")


def parse_checkpoint(text: str, name: str, origin: str) -> Checkpoint:
    """Read a signed note."""
    lines = text.split("\n")
    whole = len(lines) >= 7 and lines.pop() == "" and lines[4] == ""
    need(whole, f"{name} does not have the lines of a checkpoint")
    need(lines[0] == origin, f"{name} is of another ledger")
    need(re.fullmatch(NUMBER, lines[1]), f"{name} has a wrong size")
    need(lines[3].startswith("standings "), f"{name} has no digest of statuses")
    need(len(lines) <= 5 + 64, f"{name} has more than 64 signatures")
    signatures = []
    for line in lines[5:]:
        match = re.fullmatch(r"— ([!-*,-~]{1,200}) ([!-~]+)", line)
        if match is None:
            raise Refused(f"{name} has a line that is not a signature")
        raw = unbase64(match[2])
        need(len(raw) > 4, f"{name} has a signature without content")
        signatures.append((match[1], raw[:4], raw[4:]))
    root, digest = (unbase64(text, 32) for text in (lines[2], lines[3].removeprefix("standings ")))
    signed = "".join(f"{line}\n" for line in lines[:4]).encode()
    return Checkpoint(name, origin, int(lines[1]), root, digest, signed, signatures)


def bundle_checkpoints(files: Mapping[str, bytes], origin: str) -> list[Checkpoint]:
    """Read the checkpoints of the bundle in their order."""
    found = []
    for name in files:
        if name.startswith("checkpoints/"):
            match = re.fullmatch(rf"checkpoints/([0-9]{{6,}})-at-({NUMBER})\.txt", name)
            if match is None:
                raise Refused(f"{name} is not the name of a checkpoint")
            found.append((int(match[1]), match[1], int(match[2]), name))
    read = []
    for place, (_, number, size, name) in enumerate(sorted(found), start=1):
        need(number == f"{place:06}", f"{name} should have the number {place}")
        read.append(parse_checkpoint(text_of(files[name], name), name, origin))
        need(read[-1].size == size, f"{name} is of another size than its name says")
    sizes = [checkpoint.size for checkpoint in read]
    need(sizes == sorted(sizes), "the sizes of the checkpoints fall")
    return read


# --- time stamps ---


def check_stamps(files: Mapping[str, bytes], checkpoints: Sequence[Checkpoint]) -> None:
    """Check the names of the time stamps, and of which checkpoint each is."""
    found = []
    for name in files:
        if name.startswith("stamps/"):
            match = re.fullmatch(r"stamps/([0-9]{6,})-of-([0-9]{6,})\.tsr", name)
            if match is None:
                raise Refused(f"{name} is not the name of a time stamp")
            found.append((int(match[1]), match[1], match[2], name))
    for place, (_, number, of, name) in enumerate(sorted(found), start=1):
        need(number == f"{place:06}", f"{name} should have the number {place}")
        need(1 <= int(of) <= len(checkpoints), f"{name} is of no checkpoint")
        need(of == f"{int(of):06}", f"{name} is not padded to six digits")
        try:
            page_stamps.check_stamp(files[name], files[checkpoints[int(of) - 1].name])
        except page_stamps.NotAStamp as error:
            raise Refused(f"{name}: {error}") from None


# --- the ledger ---


class Tree:
    """The tree over the lines of ledger.ndjson, each of which is a whole subtree."""

    def __init__(self) -> None:
        self.size = 0
        self._lines: dict[int, tuple[int, bytes]] = {}
        self._known: dict[tuple[int, int], bytes] = {}

    def add(self, count: int, root: bytes) -> None:
        self._lines[self.size] = (count, root)
        self.size += count

    def root(self, low: int, high: int) -> bytes:
        """Compute the root over the leaves from low up to but not including high."""
        count, root = self._lines.get(low, (0, b""))
        if count == high - low:
            return root
        need(high - low > 1 and high <= self.size, "a checkpoint ends inside or behind the lines")
        if (low, high) not in self._known:
            middle = low + (1 << (high - low - 1).bit_length() - 1)
            both = self.root(low, middle) + self.root(middle, high)
            self._known[low, high] = sha256(b"\1" + both)
        return self._known[low, high]


def check_event(event: Event, what: str) -> None:
    """Check the members of an event, and its rank."""
    need(event.keys() >= ALWAYS, f"{what} lacks a member")
    need(event.keys() <= {*LEAF, "state", "state_digest"}, f"{what} has an unknown member")
    need(("state" in event) != ("state_digest" in event), f"{what} has no state, or two")
    for name, value in event.items():
        if name in NUMBERS:
            right = is_number(value, 1 if name in ("seq", "version") else 0)
        else:
            right = is_id(value) if name in IDS else isinstance(value, str)
        need(right, f"{name} of {what} has a wrong value")
    rank = event.get("rank", 16)
    right = rank - LAST in (10, 11) or (16 <= rank <= LAST and rank % 16 <= 8)
    need(right, f"{what} has the unknown rank {rank}")
    archives = event["topic"] == "CampaignArchived"
    need(not archives or "campaign_id" in event, f"{what} archives no campaign")


def is_shown(event: Event, claim: Mapping[str, str]) -> bool:
    """Whether a bundle with this claim may have this event, as it is given."""
    if claim["kind"] == "number":
        return (event.get("contact_id") == claim["contact_id"]) == ("state" in event)
    if "state_digest" in event:
        return False
    if claim["kind"] == "all":
        return True
    stream, delivery = event["stream_id"], event.get("delivery_id")
    return event.get("campaign_id") == claim["campaign_id"] and (
        claim["kind"] == "campaign"
        or stream == delivery == claim["delivery_id"]
        or (stream == claim["campaign_id"] and delivery is None)
    )


def leaf(event: Event) -> bytes:
    if "state" in event:
        state = sha256(event["state"].encode())
    else:
        state = unbase64(event["state_digest"], 32)
    row = [*(event.get(name) for name in LEAF), state]
    return sha256(b"\0\2" + msgspec.msgpack.encode(row))


def read_ledger(data: bytes, claim: Mapping[str, str]) -> tuple[list[Event], Tree]:
    """Read the lines of ledger.ndjson: the shown events, and the tree over all events."""
    events: list[Event] = []
    tree, versions, time, closed = Tree(), Counter[str](), 0, False
    for number, line in enumerate(lines_of(data, "ledger.ndjson"), start=1):
        what = f"line {number} of ledger.ndjson"
        need(len(line.encode()) < LIMIT, f"{what} is too long")
        need(not closed, f"{what} follows a hidden line that must be the last")
        item = json_object(line, what)
        if "hidden" in item:
            count, root = item["hidden"], item.get("root")
            if len(item) != 2 or not isinstance(root, str):
                raise Refused(f"{what} has wrong members")
            need(is_number(count, 1) and claim["kind"] != "all", f"{what} hides wrong events")
            whole = 1 << (count - 1).bit_length()
            need(tree.size % whole == 0, f"{what} is at a place that the tree does not have")
            closed = count != whole
            tree.add(count, unbase64(root, 32))
            continue
        check_event(item, what)
        need(item["seq"] == tree.size + 1, f"{what} has a wrong seq")
        versions[item["stream_id"]] += 1
        need(item["version"] == versions[item["stream_id"]], f"{what} has a wrong version")
        need(item["recorded_at"] >= time, f"{what} is earlier than the event before it")
        need(is_shown(item, claim), f"{what} is not an event that the claim shows")
        time = item["recorded_at"]
        events.append(item)
        tree.add(1, leaf(item))
    return events, tree


def status_digests(events: Sequence[Event]) -> Callable[[int], list[bytes]]:
    """Prepare the digests of the campaigns, in the order of their ids, at any size."""
    ends: dict[str, int] = {}
    for event in events:
        if event["topic"] == "CampaignArchived":
            ends.setdefault(event["campaign_id"], event["seq"])
    facts = []
    for event in events:
        campaign, delivery, rank = (event.get(n) for n in ("campaign_id", "delivery_id", "rank"))
        alive = event["seq"] < ends.get(campaign or "", math.inf)
        if campaign is not None and delivery is not None and rank is not None and alive:
            facts.append((campaign, delivery, -rank, event["seq"], event))
    facts.sort(key=lambda fact: fact[:4])

    def digests(size: int) -> list[bytes]:
        early = [fact for fact in facts if fact[3] <= size]
        found = []
        for campaign, rest in itertools.groupby(early, key=lambda fact: fact[0]):
            text = msgspec.msgpack.encode(campaign)
            for delivery, group in itertools.groupby(rest, key=lambda fact: fact[1]):
                own = [fact[4] for fact in group]
                stages = Counter(event["rank"] % 16 for event in own)
                first = own[0] if 4 <= own[0]["rank"] % 16 <= 8 else {}
                why = [first.get(name) for name in ("code", "reason", "next_at")]
                standing = [delivery, own[0]["rank"], *why, stages[1] - stages[4]]
                text += msgspec.msgpack.encode(standing)
            found.append(sha256(text))
        return found

    return digests


def check_number(events: Sequence[Event], page: str, manifest: Mapping[str, Any]) -> None:
    """Check that number.txt is what the events of the contact say."""
    own = []
    for event in events:
        if "state" in event:
            state = json_object(event["state"], f"the state of event {event['seq']}")
            own.append({**event, "state": state})
    streams = {event["stream_id"] for event in own}
    mixed = any("state" not in event and event["stream_id"] in streams for event in events)
    need(not mixed, "an event of somebody else is in a stream of the contact")
    minutes = page_number.distances(page, len(own))
    if minutes is None:
        raise Refused("number.txt does not have the lines of the events")
    right = page_number.page(
        own,
        minutes,
        claim=in_words(manifest["claim"]),
        origin=manifest["origin"],
        size=manifest["size"],
    )
    need(page == right, "number.txt says something else than the events")


# --- the whole ---


@dataclass(frozen=True)
class Reader:
    """What the reader brings."""

    keys: Sequence[str]
    checkpoints: Sequence[bytes]
    witnesses: Sequence[str]
    quorum: int | None


def check_manifest(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Check the manifest, the names and sizes of all files, and README.txt."""
    need("manifest.json" in files, "the bundle is of the first format")
    for name, data in files.items():
        need(name == "ledger.ndjson" or len(data) <= LIMIT, f"{name} is too long")
        if name not in ("verify.py", "verify.html") and not name.startswith("stamps/"):
            text_of(data, name)
    manifest = json_object(text_of(files["manifest.json"], "manifest.json"), "manifest.json")
    need(manifest.get("format") == 2, "the bundle is of another format")
    members = {"format", "origin", "claim", "size", "shown", "files"}
    need(manifest.keys() == members, "manifest.json has wrong members")
    origin, claim, listed = manifest["origin"], manifest["claim"], manifest["files"]
    right = isinstance(origin, str) and re.fullmatch("[!-*,-~]{1,200}", origin) is not None
    need(right, "the manifest's origin is wrong")
    kind = claim.get("kind") if isinstance(claim, dict) else None
    if not isinstance(kind, str) or kind not in CLAIMS:
        raise Refused("the claim is unknown")
    need(claim.keys() == {"kind", *CLAIMS[kind]}, "the claim has wrong members")
    need(all(is_id(claim[name]) for name in CLAIMS[kind]), "the claim has a wrong id")
    ids = [claim[name] for name in CLAIMS[kind]]
    need(len(set(ids)) == len(ids), "the claim has an id twice")
    need(is_number(manifest["size"], 1) and is_number(manifest["shown"], 1), "a number is wrong")
    right = isinstance(listed, list) and all(isinstance(name, str) for name in listed)
    need(right and sorted(listed) == sorted(files), "the manifest lists other files")
    plain = {name for name in files if not name.startswith(("checkpoints/", "stamps/"))}
    need(plain == BASE | FURTHER.get(kind, set()), "files are wrong")
    readme = README.format(claim=in_words(claim), origin=origin, size=manifest["size"])
    need(files["README.txt"] == readme.encode(), "README.txt has another text")
    return manifest


def in_words(claim: Mapping[str, str]) -> str:
    """The claim as README.txt names it."""
    kind = claim["kind"]
    if kind == "number":
        return f"the number of {claim['contact_id']}"
    return "all events" if kind == "all" else f"{kind} {claim[CLAIMS[kind][-1]]}"


def check_campaign(data: bytes, digest: bytes, own: Sequence[bytes]) -> None:
    """Check that the campaign's own digest is among those that the last checkpoint binds."""
    lines = lines_of(data, "standings.txt")
    need(all(re.fullmatch("[0-9a-f]{64}", line) for line in lines), "standings.txt has wrong lines")
    all_digests = [bytes.fromhex(line) for line in lines]
    need(sha256(b"".join(all_digests)) == digest, "standings.txt is not what was signed")
    right = len(own) == 1 and all_digests.count(own[0]) == 1
    need(right, "the campaign's statuses are not in standings.txt once")


def compare(
    checkpoints: Sequence[Checkpoint],
    newest: Checkpoint,
    kind: str,
    events: Sequence[Event],
    tree: Tree,
) -> None:
    """Compare each checkpoint with the tree, and with the digest of the statuses."""
    digests_at = status_digests(events)
    known = next((i for i, event in enumerate(events) if event["seq"] != i + 1), len(events))
    for checkpoint in checkpoints:
        what, size = checkpoint.name, checkpoint.size
        need(tree.root(0, size) == checkpoint.root, f"{what} has another root")
        if kind == "all" or (kind == "number" and size <= known):
            computed = sha256(b"".join(digests_at(size)))
            need(computed == checkpoint.standings, f"{what} has another digest of statuses")
        elif size == newest.size:
            same = checkpoint.standings == newest.standings
            need(same, f"{what} differs from the last one in the digest of statuses")


def check_witnesses(
    checkpoints: Sequence[Checkpoint], last: Checkpoint, lines: Sequence[str], quorum: int | None
) -> None:
    """Check that enough of the witnesses have cosigned the last checkpoint."""
    witnesses = [parse_witness(line) for line in lines]
    cosigners: set[bytes] = set()
    for checkpoint in checkpoints:
        if checkpoint.signed == last.signed:
            cosigners |= checkpoint.cosigners(witnesses)
    needed = len(witnesses) if quorum is None else quorum
    need(len(cosigners) >= needed, f"{len(cosigners)} witnesses have cosigned {last.name}")


def check_all(files: Mapping[str, bytes], reader: Reader) -> None:
    """Check everything on the page."""
    keys, checkpoints = reader.keys, reader.checkpoints
    manifest = check_manifest(files)
    origin, claim, size = manifest["origin"], manifest["claim"], manifest["size"]
    own_keys = parse_keys(lines_of(files["keys.txt"], "keys.txt"), origin)
    reader_keys = [parse_key(line, origin) for line in keys]
    need(len({key.id for key in reader_keys}) == len(keys), "the reader names a key twice")
    own_keys = [shorter(key, reader_keys) for key in own_keys]
    inside = bundle_checkpoints(files, origin)
    need(inside and inside[-1].size == size, "no checkpoint is of the size of the bundle")
    check_stamps(files, inside)
    brought = []
    for number, data in enumerate(checkpoints, start=1):
        name = f"the reader's checkpoint {number}"
        brought.append(parse_checkpoint(text_of(data, name), name, origin))
    for checkpoint in inside:
        checkpoint.check_signatures(own_keys, reader_keys)
    if reader_keys:
        inside[-1].check_signatures(reader_keys)
    for checkpoint in brought:
        checkpoint.check_signatures(reader_keys or own_keys)
    events, tree = read_ledger(files["ledger.ndjson"], claim)
    shown = [event for event in events if "state" in event]
    need(len(shown) == manifest["shown"], "another number of events is shown")
    need(tree.size == size, "the lines have another number of events")
    compare([*inside, *brought], inside[-1], claim["kind"], events, tree)
    if claim["kind"] == "campaign":
        check_campaign(files["standings.txt"], inside[-1].standings, status_digests(events)(size))
    if claim["kind"] == "delivery":
        streams = {event["stream_id"] for event in events}
        wanted = {claim["campaign_id"], claim["delivery_id"]}
        need(streams == wanted, "no event of one of the two streams is shown")
    if claim["kind"] == "number":
        check_number(events, text_of(files["number.txt"], "number.txt"), manifest)
    check_witnesses([*inside, *brought], inside[-1], reader.witnesses, reader.quorum)


def verify(
    bundle: Path,
    keys: Sequence[str],
    checkpoints: Sequence[bytes],
    witnesses: Sequence[str] = (),
    quorum: int | None = None,
) -> str | None:
    """Say why a folder or zip file is refused; None if it is accepted."""
    reader = Reader(keys, checkpoints, witnesses, quorum)
    try:
        files = read_folder(bundle) if bundle.is_dir() else read_zip(bundle.read_bytes())
        check_all(files, reader)
    except (Refused, OSError) as fault:
        return f"{fault}."
    return None
