"""Verify a bundle of Delivery Ledger, offline.

    python -I verify.py [--bundle FOLDER-OR-ZIP] [--key KEY]... [CHECKPOINT-FILE]...
                        [--witness KEY]... [--quorum COUNT]

This file is part of every bundle. It needs Python 3.11 and nothing else. Without --bundle it
checks the folder that it is in. A CHECKPOINT-FILE is a checkpoint that you received earlier and
kept. A KEY is a line "Key: ..." that you received earlier, without the word "Key: ". With
--witness, the newest checkpoint must be cosigned by COUNT of these witnesses, by default by all.

The answer says what is proven and what is not. Exit codes: 0 everything that the bundle claims is
proven, 1 something is wrong or is not proven, 2 wrong usage.

docs/reference/bundle.md in the source of Delivery Ledger describes the format. The parts below:
encodings, signatures, keys, checkpoints, time stamps, the files of a bundle, the manifest, the
events, the page about a number, and last the answer.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - auditors have other versions than the project
    sys.exit("verify.py needs Python 3.11 or newer.")
if __name__ == "__main__" and not sys.flags.safe_path:
    # Otherwise Python would import a json.py from the folder of this file.
    sys.path[:] = [folder for folder in sys.path if folder not in {"", sys.path[0]}]

import argparse
import hashlib
import json
import os
import re
import stat
import struct
import zipfile
import zlib
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import IO, Any, NamedTuple, NoReturn, Protocol

FORMAT = 2
"""The number in the manifest; bundles without a manifest are of an earlier format."""

LISTED_FAULTS = 20
MOST_SIGNATURES = 64
LONGEST_LINE = LARGEST_SMALL_FILE = 1 << 24
DEEPEST = 20
"""How many objects and arrays may be in each other, in the state of an event."""
LARGEST_NUMBER = (1 << 53) - 1
"""Every JSON reader has integers up to here; as microseconds since 1970 it is the year 2255."""
USUAL_ZIP_FLAGS = 0x080E  # level of compression, sizes behind the data, names in UTF-8
INFLATES_TO = 200
"""No file of a bundle is this many times as large as its compressed form, plus a mebibyte."""


class Wrong(Exception):  # noqa: N818 - it is the answer, not an error of this program
    """What is wrong with the bundle; nothing further can be checked."""


class NotProven(Wrong):
    """The bundle may be genuine, but it does not prove what it should."""


def sha256(data: bytes) -> bytes:
    """The hash of leaves, nodes and digests."""
    return hashlib.sha256(data).digest()


def comma(number: int) -> str:
    """2099 as 2,099."""
    return f"{number:,}"


def printable(text: str) -> str:
    """The text with escapes for what a terminal would obey, or could not show."""
    return "".join(
        char if " " <= char <= "~" else char.encode("unicode_escape").decode() for char in text
    )


# Encodings. Each value has one encoding only; every other one is refused.


def base64_bytes(text: str, length: int, what: str) -> bytes:
    """The bytes of standard, padded base64."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        data = b""
    if len(data) != length or b64encode(data).decode() != text:
        raise Wrong(f"{what} is not {length} bytes in base64")
    return data


def json_object(data: bytes) -> dict[str, Any]:
    """The members of a JSON object; no member twice, small integers only. Raises ValueError."""
    value = json.loads(
        data.decode(),
        object_pairs_hook=_members,
        parse_int=_integer,
        parse_float=_no,
        parse_constant=_no,
    )
    if type(value) is not dict:
        raise ValueError("it is not a JSON object")
    return value


def content_of(state: str) -> dict[str, Any]:
    """The members of an event's state, of any types. Raises ValueError."""
    members = json_object(state.encode())
    json.dumps(members, ensure_ascii=False).encode()  # raises ValueError at half a surrogate pair
    if _depth(members) > DEEPEST:
        raise ValueError("it is nested too deeply")
    return members


def _depth(value: Any) -> int:
    """How many objects and arrays are in each other."""
    values = value.values() if type(value) is dict else value if type(value) is list else None
    return 0 if values is None else 1 + max(map(_depth, values), default=0)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("it gives a field twice")
    return members


def _integer(digits: str) -> int:
    if digits.startswith("-") or len(digits) > 16 or int(digits) > LARGEST_NUMBER:
        raise ValueError(f"{digits[:20]} is out of range")
    return int(digits)


def _no(number: str) -> NoReturn:
    raise ValueError(f"{number} is not an integer")


def pack(value: Any) -> bytes:
    """MessagePack of None, an integer, a string, bytes or a list, each in its shortest form."""
    if value is None:
        return b"\xc0"
    if isinstance(value, str):
        text = value.encode()
        return _pack_head(len(text), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + text
    if isinstance(value, int):
        return _pack_number(value)
    if isinstance(value, bytes):
        return _pack_head(len(value), 0, 0, (0xC4, 0xC5, 0xC6)) + value
    return _pack_head(len(value), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(map(pack, value))


def _pack_number(value: int) -> bytes:
    """One byte if that is enough, else a type byte and 1, 2, 4 or 8 bytes."""
    is_negative = value < 0
    if -32 <= value < 128:
        return value.to_bytes(1, "big", signed=is_negative)
    bits = (~value).bit_length() + 1 if is_negative else value.bit_length()
    power = (bits > 8) + (bits > 16) + (bits > 32)
    mark = (0xD0 if is_negative else 0xCC) + power
    return bytes([mark]) + value.to_bytes(1 << power, "big", signed=is_negative)


@lru_cache(maxsize=4096)
def _pack_head(length: int, short: int, shorter_than: int, marks: tuple[int | None, ...]) -> bytes:
    """The type and length of a string, bytes or a list."""
    if length < shorter_than:
        return bytes([short + length])
    for mark, size in zip(marks, (1, 2, 4), strict=True):
        if mark is not None and length < 256**size:
            return bytes([mark]) + length.to_bytes(size, "big")
    raise OverflowError(length)


# Signatures: Ed25519 as in RFC 8032, section 5.1. A point is (X, Y, Z, T): x = X/Z, y = Y/Z,
# x*y = T/Z.

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]
NEUTRAL: Point = (0, 1, 1, 0)


def _add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0])
    b = (p[1] + p[0]) * (q[1] + q[0])
    c = 2 * D * p[3] * q[3]
    d = 2 * p[2] * q[2]
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def _point(encoded: bytes) -> Point | None:
    """The point with that encoding; None if there is none."""
    number = int.from_bytes(encoded, "little")
    is_odd, y = number >> 255, number & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and is_odd):
        return None
    x = P - x if x % 2 != is_odd else x
    return x, y, 1, x * y % P


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _is_of_small_order(point: Point) -> bool:
    """Whether it is one of the eight points with which anything can be signed."""
    for _ in range(3):
        point = _add(point, point)
    return point[0] == 0 and point[1] == point[2]


def is_signature(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether this key signed this message; keys and signatures of small order are refused."""
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    base = _point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    point, nonce = _point(key), _point(r)
    if len(signature) != 64 or s >= ORDER or point is None or base is None or nonce is None:
        return False
    if _is_of_small_order(point) or _is_of_small_order(nonce):
        return False
    k = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % ORDER
    minus = (P - point[0], point[1], 1, P - point[3])
    summands = (NEUTRAL, base, minus, _add(base, minus))
    total = NEUTRAL  # becomes s * base - k * point
    for bit in reversed(range(253)):
        total = _add(_add(total, total), summands[(s >> bit & 1) + 2 * (k >> bit & 1)])
    return _encoded(total) == r


# Keys: `name+id+base64`, and ` until SIZE` behind a key that was replaced when the ledger had SIZE
# events. The id is the beginning of a hash, as in https://c2sp.org/signed-note.


LOG, WITNESS = 1, 4


class Key(NamedTuple):
    """A public key. It counts for checkpoints of at most `until` events; None is no limit."""

    name: str
    id: str
    public: bytes
    until: int | None
    type: int = LOG
    """1 for a key of a ledger, 4 for one of a witness; the byte before the encoded key."""

    def limited(self, known: Iterable["Key"]) -> "Key":
        """The key as far as it counts by these lines too, if they have it."""
        limits = [key.until for key in [self, *known] if key[:3] == self[:3] and key.until]
        return self._replace(until=min(limits, default=None))

    def counts_at(self, size: int) -> bool:
        """Whether the key had not been replaced yet when the ledger had that size."""
        return self.until is None or size <= self.until

    def signed(self, signature: bytes, text: str) -> bool:
        """Whether this key signed the text; a witness signs the time before it, too."""
        if self.type == WITNESS:
            time, signature = signature[:8], signature[8:]
            text = f"cosignature/v1\ntime {int.from_bytes(time, 'big')}\n{text}"
        return is_signature(self.public, signature, text.encode())

    def __str__(self) -> str:
        """The id, and up to where the key counts."""
        return self.id if self.until is None else f"{self.id} (until #{comma(self.until)})"


KEY = re.compile(
    r"([!-*,-~]{1,200})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})(?: until ([1-9]\d{0,14}))?", re.ASCII
)


def key_of(line: str, where: str, kind: int = LOG) -> Key:
    """Read one key of that type."""
    match = KEY.fullmatch(line)
    if match is None:
        raise Wrong(f"{where}: {line!r} is not a key")
    name, key_id, encoded, until = match.groups()
    data = base64_bytes(encoded, 33, f"{where}: the key {key_id}")
    if sha256(f"{name}\n".encode() + data)[:4].hex() != key_id:
        raise Wrong(f"{where}: the id {key_id} is not that of its key")
    if data[0] != kind:
        raise Wrong(f"{where}: the key {key_id} is not of type {kind}")
    if kind == WITNESS and until:
        raise Wrong(f"{where}: the key {key_id} of a witness has no end")
    return Key(name, key_id, data[1:], int(until) if until else None, kind)


def keys_of(text: str, origin: str) -> list[Key]:
    """Read keys.txt: the key in use, then replaced ones, each replaced earlier than the one above.

    All have the origin of the ledger as their name.
    """
    keys = [key_of(line, "keys.txt") for line in lines_of(text, "keys.txt")]
    limits = [LARGEST_NUMBER if key.until is None else key.until for key in keys]
    if [key.until is None for key in keys] != [True] + [False] * (len(keys) - 1):
        raise Wrong("keys.txt: the first key alone has no limit")
    if limits != sorted(limits, reverse=True):
        raise Wrong("keys.txt: the keys are not in order, the newest first")
    if any(key.name != origin for key in keys):
        raise Wrong(f"keys.txt: a key is not of {origin}")
    if len({key.id for key in keys}) < len(keys):
        raise Wrong("keys.txt: a key is there twice")
    return keys


def check_known(keys: Sequence[Key], origin: str) -> None:
    """The keys that the reader named: all of this ledger, none twice."""
    for key in keys:
        if key.name != origin:
            raise Wrong(f"--key: the key {key.id} is not of {origin}")
    if len({key.id for key in keys}) < len(keys):
        raise Wrong("--key: a key is named twice")


def lines_of(text: str, where: str) -> list[str]:
    """The lines of a text; each ends with a newline and none is empty."""
    lines = text.split("\n")
    if lines.pop() or not all(lines) or not lines:
        raise Wrong(f"{where}: it is not made of lines, each ended by a newline and none empty")
    return lines


# Checkpoints: https://c2sp.org/tlog-checkpoint, signed as in https://c2sp.org/signed-note.


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint: `where` is its file, `text` what was signed, `signers` the keys that count."""

    where: str
    origin: str
    size: int
    root: bytes
    standings: bytes
    text: str
    signatures: Sequence[tuple[str, str, bytes]]
    """Key name, key id, signature."""

    def signers(self, keys: Iterable[Key]) -> list[Key]:
        """The keys that signed it; raises `Wrong` if a signature by one of them is wrong.

        No two of them have the same id.
        """
        known = {(key.name, key.id): key for key in keys}
        found = []
        for name, key_id, signature in self.signatures:
            key = known.get((name, key_id))
            if key is None:
                continue  # the format asks to ignore signatures by others
            if not key.signed(signature, self.text):
                raise Wrong(f"{self.where} bears no valid signature by the key {key.id}")
            found.append(key)
        return found


CHECKPOINT = re.compile(
    r"([!-*,-~]{1,200})\n([1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\n"
    r"standings ([A-Za-z0-9+/]{43}=)\n",
    re.ASCII,
)
SIGNATURE = re.compile(r"\N{EM DASH} ([!-*,-~]{1,200}) ([A-Za-z0-9+/]+={0,2})")


def checkpoint_of(data: bytes, where: str) -> Checkpoint:
    """Read a checkpoint; its signatures are not checked yet."""
    try:
        note = data.decode()
    except ValueError:
        raise Wrong(f"{where} is not a checkpoint: it is not UTF-8") from None
    text, _, signed = note.rpartition("\n\n")
    match = CHECKPOINT.fullmatch(f"{text}\n")
    if match is None:
        raise Wrong(f"{where} is not a checkpoint of Delivery Ledger")
    origin, size, root, standings = match.groups()
    lines = lines_of(signed, where)
    if len(lines) > MOST_SIGNATURES:
        raise Wrong(f"{where} has more than {MOST_SIGNATURES} signatures")
    return Checkpoint(
        where,
        origin,
        int(size),
        base64_bytes(root, 32, f"{where}: the root"),
        base64_bytes(standings, 32, f"{where}: the digest of the statuses"),
        f"{text}\n",
        [_signature_of(line, where) for line in lines],
    )


def _signature_of(line: str, where: str) -> tuple[str, str, bytes]:
    match = SIGNATURE.fullmatch(line)
    try:
        data = b64decode(match[2], validate=True) if match else b""
    except ValueError:
        data = b""
    if match is None or len(data) < 5 or b64encode(data).decode() != match[2]:
        raise Wrong(f"{where}: {line!r} is not a signature")
    return match[1], data[:4].hex(), data[4:]


# Time stamps: answers of stamping authorities as in RFC 3161, in DER. Which checkpoint one stamps
# is read here. The authority's signature is not checked: that needs certificates, and a library.

SEQUENCE, SET, INTEGER, OCTETS, OBJECT_ID, TIME, WRAPPED = 0x30, 0x31, 2, 4, 6, 0x18, 0xA0
SIGNED_DATA = bytes.fromhex("2a864886f70d010702")  # 1.2.840.113549.1.7.2
STAMP_INFO = bytes.fromhex("2a864886f70d0109100104")  # 1.2.840.113549.1.9.16.1.4
SHA_256 = bytes.fromhex("608648016503040201")  # 2.16.840.1.101.3.4.2.1
STAMP_TIME = re.compile(rb"((?:19[7-9]\d|[2-9]\d\d\d)\d{10})(?:\.\d{1,9})?Z")


class Stamp(NamedTuple):
    """A time stamp: the SHA-256 of what it stamps, and the time that it says."""

    digest: bytes
    time: datetime


class Der:
    """Reads elements of DER, one behind the other; raises `Wrong`."""

    def __init__(self, data: bytes, where: str) -> None:
        self._data, self._where, self._place = data, where, 0

    def take(self, tag: int) -> bytes:
        """The content of the next element, which must have this tag."""
        head, place = self._data[self._place : self._place + 2], self._place + 2
        length = head[-1] if len(head) == 2 and head[0] == tag else 0x80
        if length >= 0x80:
            size = self._data[place : place + length - 0x80]
            place, length = place + length - 0x80, int.from_bytes(size, "big")
            if not 1 <= len(size) <= 4 or size[0] == 0 or length < 0x80:
                raise self.wrong()
        content = self._data[place : place + length]
        if len(content) < length:
            raise self.wrong()
        self._place = place + length
        return content

    def inside(self, tag: int) -> "Der":
        """The elements in the next one, which must have this tag."""
        return Der(self.take(tag), self._where)

    def only(self, tag: int) -> "Der":
        """The same, where nothing may follow."""
        elements = self.inside(tag)
        if self._place < len(self._data):
            raise self.wrong()
        return elements

    def need(self, tag: int, content: bytes) -> None:
        """Read the next element, which must be this one."""
        if self.take(tag) != content:
            raise self.wrong()

    def wrong(self) -> Wrong:
        """What is said of any other data."""
        return Wrong(f"{self._where} is not a time stamp of SHA-256, as in RFC 3161 and DER")


def stamp_of(data: bytes, where: str) -> Stamp:
    """Read an answer of a stamping authority; its signature is not checked."""
    answer = Der(data, where).only(SEQUENCE)
    if answer.inside(SEQUENCE).take(INTEGER) not in {b"\0", b"\1"}:
        raise Wrong(f"{where}: the stamping authority refused to stamp")
    token = answer.inside(SEQUENCE)
    token.need(OBJECT_ID, SIGNED_DATA)
    signed = token.inside(WRAPPED).inside(SEQUENCE)
    signed.take(INTEGER)
    signed.take(SET)
    content = signed.inside(SEQUENCE)
    content.need(OBJECT_ID, STAMP_INFO)
    info = content.inside(WRAPPED).inside(OCTETS).only(SEQUENCE)
    info.need(INTEGER, b"\1")
    info.take(OBJECT_ID)
    imprint = info.inside(SEQUENCE)
    imprint.inside(SEQUENCE).need(OBJECT_ID, SHA_256)
    digest = imprint.take(OCTETS)
    info.take(INTEGER)
    match = STAMP_TIME.fullmatch(info.take(TIME))
    if match is None or len(digest) != 32:
        raise info.wrong()
    try:
        time = datetime.strptime(f"{match[1].decode()}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        raise info.wrong() from None
    return Stamp(digest, time)


# The files of a bundle, in a folder or in a zip file. Nothing is ever unpacked.


FOLDERS = {"checkpoints/", "stamps/"}


class Files(Protocol):
    """Where the files of a bundle are."""

    def names(self) -> list[str]:
        """The names of all files, with `/` between folder and file."""

    def open(self, name: str) -> IO[bytes]:
        """Open one of them."""

    def size(self, name: str) -> int:
        """How many bytes it should have."""


class Folder:
    """A folder that holds a bundle. Links and devices are refused."""

    def __init__(self, path: Path, ignored: Iterable[Path]) -> None:
        """`ignored` are the reader's own files, which may lie beside those of the bundle."""
        self._path = path
        self._ignored = {os.path.realpath(file) for file in ignored}

    def names(self) -> list[str]:
        return sorted(self._names(self._path, ""))

    def _names(self, folder: Path, prefix: str) -> Iterator[str]:
        with os.scandir(folder) as scanned:
            entries = list(scanned)
        for entry in entries:
            name, mode = prefix + entry.name, entry.stat(follow_symlinks=False).st_mode
            if not prefix and os.path.realpath(entry.path) in self._ignored:
                continue
            if stat.S_ISDIR(mode) and f"{name}/" in FOLDERS:
                yield from self._names(Path(entry.path), f"{name}/")
            elif stat.S_ISREG(mode):
                yield name
            else:
                raise Wrong(f"{name} is not a file of a bundle: it is a folder, a link or a device")

    def open(self, name: str) -> IO[bytes]:
        return (self._path / name).open("rb")

    def size(self, name: str) -> int:
        return (self._path / name).stat().st_size


class Zip:
    """A zip file that holds a bundle and nothing else: no comment, no gap, no second directory."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self._check_layout(path)
        except (zipfile.BadZipFile, struct.error, NotImplementedError, UnicodeError) as error:
            raise Wrong(f"the zip file cannot be read: {error}") from error

    def names(self) -> list[str]:
        names = self._zip.namelist()
        if len(set(names)) < len(names):
            raise Wrong("the zip file has a name twice")
        return sorted(name for name in names if not name.endswith("/"))

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(name)

    def size(self, name: str) -> int:
        return self._zip.getinfo(name).file_size

    def _check_layout(self, path: Path) -> None:
        """The entries fill the file from its first byte to the directory, which ends the file."""
        entries = self._zip.infolist()
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            end = most = 0
            for entry in sorted(entries, key=lambda entry: entry.header_offset):
                self._check_entry(entry)
                file.seek(entry.header_offset)
                lengths = self._check_header(entry, file)
                if not 0 <= entry.header_offset - end <= most:
                    raise Wrong("the zip file has something before or between its files")
                end = entry.header_offset + 30 + lengths
                file.seek(end)
                self._check_data(entry, file)
                end += entry.compress_size
                most = 24 if entry.flag_bits & 8 else 0  # then sizes and CRC stand behind the data
            file.seek(size - 22)
            magic, disks, here, total, length, start, comment = struct.unpack(
                "<4sIHHIIH", file.read(22)
            )
            if total == 0xFFFF or 0xFFFFFFFF in {length, start}:
                raise NotProven(
                    "the zip file is too large to be read; unpack it and name its folder"
                )
            is_ended = magic == b"PK\5\6" and start + length + 22 == size and not comment
            is_read = (start, total) == (self._zip.start_dir, len(entries)) and here == total
            if not (is_ended and is_read) or disks or not 0 <= start - end <= most:
                raise Wrong("the zip file has something behind its files")
            file.seek(start)
            self._check_directory(file.read(length), total)

    @staticmethod
    def _check_directory(directory: bytes, count: int) -> None:
        """The directory is made of that many entries, each with its own sizes and place."""
        place = 0
        for _ in range(count):
            packed, size, name, extra, comment, offset = struct.unpack_from(
                "<20xIIHHH8xI", directory, place
            )
            if 0xFFFFFFFF in {packed, size, offset}:
                raise Wrong("the zip file: its directory gives a size elsewhere")
            place += 46 + name + extra + comment
        if place != len(directory):
            raise Wrong("the zip file cannot be read: its directory is damaged")

    @staticmethod
    def _check_data(entry: zipfile.ZipInfo, file: IO[bytes]) -> None:
        """The data of an entry end where its compressed form does."""
        left, is_right = entry.compress_size, entry.compress_size == entry.file_size
        if entry.compress_type == zipfile.ZIP_DEFLATED:
            inflate, size = zlib.decompressobj(-15), 0
            while left and (data := file.read(min(left, 1 << 16))):
                left -= len(data)
                while data and not inflate.eof:
                    size += len(inflate.decompress(data, 1 << 20))
                    data = inflate.unconsumed_tail
            is_ended = inflate.eof and not left and not inflate.unused_data
            is_right = is_ended and size == entry.file_size
        if not is_right:
            raise Wrong(f"the bundle or a checkpoint cannot be read: {entry.filename} is damaged")

    @staticmethod
    def _check_header(entry: zipfile.ZipInfo, file: IO[bytes]) -> int:
        """Compare an entry's header with the directory; return the length of what follows it."""
        magic, flags, method, crc, *sizes, name, extra = struct.unpack(
            "<4s2xHH4xIIIHH", file.read(30)
        )
        if magic != b"PK\3\4" or file.read(name) != entry.orig_filename.encode("ascii"):
            raise Wrong("the zip file cannot be read: a file has two names")
        told = [entry.compress_size, entry.file_size]
        is_told = crc == entry.CRC and sizes in (told, [0xFFFFFFFF, 0xFFFFFFFF])
        if (flags, method) != (entry.flag_bits, entry.compress_type) or not (is_told or flags & 8):
            raise Wrong(f"the zip file: {entry.filename} has two descriptions")
        return int(name) + int(extra)

    @staticmethod
    def _check_entry(entry: zipfile.ZipInfo) -> None:
        name, mode = entry.orig_filename, entry.external_attr >> 16
        is_usual = stat.S_IFMT(mode) in {0, stat.S_IFDIR if entry.is_dir() else stat.S_IFREG}
        if entry.flag_bits & ~USUAL_ZIP_FLAGS:
            raise Wrong(f"the zip file: {name} is encrypted, or packed in an unknown way")
        if name != entry.filename or "\\" in name or entry.comment or not is_usual:
            raise Wrong(f"the zip file: {name} is not a file of a bundle")
        if entry.is_dir() and (name not in FOLDERS or entry.file_size or entry.CRC):
            raise Wrong(f"the zip file: {name} is not a folder of a bundle")
        if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise Wrong(f"the zip file: {name} is encrypted, or packed in an unknown way")
        if entry.file_size > INFLATES_TO * entry.compress_size + (1 << 20):
            raise Wrong(f"the zip file: {name} would be {comma(entry.file_size)} bytes large")


def read(files: Files, name: str) -> bytes:
    """The whole content of a small file."""
    with files.open(name) as file:
        data = file.read(LARGEST_SMALL_FILE + 1)
    if len(data) > LARGEST_SMALL_FILE:
        raise Wrong(f"{name} is larger than {comma(LARGEST_SMALL_FILE)} bytes")
    check_size(files, name, len(data))
    return data


def check_size(files: Files, name: str, size: int) -> None:
    """The file must have as many bytes as it should; a zip file can be wrong about it."""
    if size != files.size(name):
        raise Wrong(f"the bundle or a checkpoint cannot be read: {name} is damaged")


def read_text(files: Files, name: str) -> str:
    """The whole text of a small file."""
    try:
        return read(files, name).decode()
    except UnicodeDecodeError:
        raise Wrong(f"{name} is not UTF-8") from None


# The manifest: what the bundle claims. It is not signed, since a forger of a bundle can change its
# claim as well. So a claim never weakens a check: it decides which check is made, and the
# answer names it. A smaller claim has a smaller answer.


class Claim(NamedTuple):
    """A kind of claim: the ids that name it, and the files that it needs beside the usual ones."""

    ids: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


CLAIMS = {
    "all": Claim(),
    "campaign": Claim(("campaign_id",), ("standings.txt",)),
    "delivery": Claim(("campaign_id", "delivery_id")),
    "number": Claim(("contact_id",), ("number.txt",)),
}
FILES = ("README.txt", "keys.txt", "ledger.ndjson", "manifest.json", "verify.html", "verify.py")
CHECKPOINT_FILE = re.compile(r"checkpoints/(\d{6,})-at-([1-9]\d{0,14})\.txt", re.ASCII)
STAMP_FILE = re.compile(r"stamps/(\d{6,})-of-(\d{6,})\.tsr", re.ASCII)
ID = re.compile(r"[A-Za-z0-9_-]{1,80}", re.ASCII)
ORIGIN = re.compile(r"[!-*,-~]{1,200}", re.ASCII)
MEMBERS = {"format", "origin", "claim", "size", "shown", "files"}

README = """\
A bundle of Delivery Ledger: {what}

    python -I verify.py

checks it. This needs Python 3.11 or newer, and no connection. Without Python, open verify.html in
a browser and choose this bundle. Name the checkpoints and keys that you received earlier: only
these prove that nobody replaced the whole bundle.

    python -I verify.py --key "KEY" checkpoint-of-march.txt

verify.py and verify.html come from those who gave you this bundle. Read them, or take them from
the source of Delivery Ledger and name this bundle: verify.py --bundle FOLDER-OR-ZIP

Names, numbers and texts are sealed: in `state`, under `private`. Everything else can be read.
"""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a bundle claims to hold.

    {"format": 2, "origin": "delivery-ledger/7db4…", "claim": {"kind": "campaign", "campaign_id":
    "cam_…"}, "size": 2099, "shown": 10, "files": ["README.txt", …]}
    """

    origin: str
    kind: str
    ids: dict[str, str]
    size: int
    """How many events the ledger had."""
    shown: int
    """How many of these the bundle shows."""
    files: Sequence[str]

    def __str__(self) -> str:
        """The claim in words, such as `campaign cam_…`."""
        if self.kind == "number":
            return f"the number of {self.ids['contact_id']}"
        return f"{self.kind} {self.ids[f'{self.kind}_id']}" if self.ids else "all events"

    def readme(self) -> str:
        """The text of README.txt."""
        what = f"{self}, of {self.origin} with {comma(self.size)} events"
        return README.format(what=what)

    def shows(self, event: dict[str, Any]) -> bool:
        """Whether the bundle may show this event."""
        is_whole = "state" in event
        if self.kind == "number":
            is_of_number: bool = event.get("contact_id") == self.ids["contact_id"]
            return is_of_number == is_whole
        if self.kind == "all" or not is_whole:
            return is_whole
        campaign_id, delivery_id = self.ids["campaign_id"], self.ids.get("delivery_id")
        stream = (event["stream_id"], event.get("delivery_id"))
        is_of_claim = stream in {(campaign_id, None), (delivery_id, delivery_id)}
        is_of_campaign = event.get("campaign_id") == campaign_id
        return is_of_campaign and (is_of_claim or self.kind == "campaign")

    def checkpoints(self) -> list[str]:
        """The names of the checkpoints, in their order."""
        return _numbered(self.files, CHECKPOINT_FILE)

    def stamps(self) -> list[tuple[str, str]]:
        """The name of each time stamp, in their order, and that of the checkpoint it stamps."""
        by_number = {name.split("-")[0]: name for name in self.checkpoints()}
        pairs = [(name, STAMP_FILE.fullmatch(name)) for name in _numbered(self.files, STAMP_FILE)]
        return [(name, by_number[f"checkpoints/{match[2]}"]) for name, match in pairs if match]

    def document(self) -> dict[str, Any]:
        """The members of manifest.json."""
        return {
            "format": FORMAT,
            "origin": self.origin,
            "claim": {"kind": self.kind, **self.ids},
            "size": self.size,
            "shown": self.shown,
            "files": list(self.files),
        }


def _numbered(names: Iterable[str], pattern: re.Pattern[str]) -> list[str]:
    """Those of the names that have this form, in the order of their numbers."""
    found = [name for name in names if pattern.fullmatch(name)]
    return sorted(found, key=lambda name: (len(name.split("-")[0]), name))


def manifest_of(data: bytes) -> Manifest:
    """Read manifest.json."""
    try:
        members = json_object(data)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"manifest.json cannot be read: {error}") from error
    if members.get("format") != FORMAT or type(members["format"]) is not int:
        raise NotProven(f"manifest.json is not of format {FORMAT}, which is all that I can check")
    if members.keys() != MEMBERS:
        odd = ", ".join(sorted(members.keys() ^ MEMBERS))
        raise Wrong(f"manifest.json has unknown or missing fields: {odd}")
    kind, ids = _claim_of(members["claim"])
    origin, size, shown, files = (members[name] for name in ("origin", "size", "shown", "files"))
    if type(origin) is not str or not ORIGIN.fullmatch(origin):
        raise Wrong("manifest.json: the origin is not a name")
    if type(size) is not int or type(shown) is not int or not 0 < shown <= size <= LARGEST_NUMBER:
        raise Wrong("manifest.json: size and shown are not numbers of events")
    if type(files) is not list or not all(type(name) is str for name in files):
        raise Wrong("manifest.json: files is not a list of names")
    needed = {*FILES, *CLAIMS[kind].files}
    others = [f for f in files if CHECKPOINT_FILE.fullmatch(f) or STAMP_FILE.fullmatch(f)]
    if sorted(files) != sorted([*needed, *others]) or len(set(files)) < len(files):
        odd = ", ".join(sorted(needed ^ (set(files) - set(others)))) or "a name twice"
        raise Wrong(f"manifest.json: the files are not those of such a bundle: {odd}")
    manifest = Manifest(
        origin=origin, kind=kind, ids=ids, size=size, shown=shown, files=sorted(files)
    )
    _check_checkpoint_names(manifest.checkpoints(), size)
    _check_stamp_names(_numbered(files, STAMP_FILE), len(manifest.checkpoints()))
    return manifest


def _claim_of(claim: Any) -> tuple[str, dict[str, str]]:
    kind = claim.get("kind") if type(claim) is dict else None
    if type(kind) is not str or kind not in CLAIMS:
        raise NotProven("manifest.json makes a claim that I do not know")
    ids = {name: claim.get(name) for name in CLAIMS[kind].ids}
    if claim != {"kind": kind, **ids}:
        raise Wrong("manifest.json: the claim has unknown or missing fields")
    if not all(type(value) is str and ID.fullmatch(value) for value in ids.values()):
        raise Wrong("manifest.json: the claim names something that is not an id")
    if len(set(ids.values())) < len(ids):
        raise Wrong("manifest.json: the claim names one id twice")
    return kind, ids


def _check_checkpoint_names(names: Sequence[str], size: int) -> None:
    """Numbered from 1, of sizes that never fall; the last one is of the whole ledger."""
    places = [(m[1], int(m[2])) for m in map(CHECKPOINT_FILE.fullmatch, names) if m]
    sizes = [at for _, at in places]
    numbers = [f"{number:06}" for number in range(1, len(names) + 1)]
    if [number for number, _ in places] != numbers or sizes != sorted(sizes):
        raise Wrong("manifest.json: the checkpoints are not numbered in order")
    if sizes[-1:] != [size]:
        raise Wrong(f"manifest.json: no checkpoint is of exactly {comma(size)} events")


def _check_stamp_names(names: Sequence[str], checkpoint_count: int) -> None:
    """Numbered from 1; each of one of the checkpoints."""
    places = [(m[1], m[2]) for m in map(STAMP_FILE.fullmatch, names) if m]
    of_checkpoints = {f"{number:06}" for number in range(1, checkpoint_count + 1)}
    if [number for number, _ in places] != [f"{n:06}" for n in range(1, len(names) + 1)]:
        raise Wrong("manifest.json: the time stamps are not numbered in order")
    if not {checkpoint for _, checkpoint in places} <= of_checkpoints:
        raise Wrong("manifest.json: a time stamp is of no checkpoint of the bundle")


# The events: the tree, the streams, and the standing of every delivery.

COLUMNS = (
    *("seq", "stream_id", "version", "topic", "recorded_at", "actor", "campaign_id"),
    *("delivery_id", "contact_id", "turn", "rank", "code", "reason", "next_at", "sid", "dedupe"),
)
"""What an event has, in the order in which it is hashed; and last `state`."""
NUMBERS = {"seq", "version", "recorded_at", "turn", "rank", "next_at"}
IDS = {"stream_id", "campaign_id", "delivery_id", "contact_id"}
NEEDED = {"seq", "stream_id", "version", "topic", "recorded_at"}
CONTENTS = {"state", "state_digest"}
"""An event has one of these; the digest only in a bundle of a number, if it is of another one."""
KNOWN = {*COLUMNS, *CONTENTS}

DELIVERED = 1 << 22  # ranks from here on; below, a rank is 16 * turn + stage
GOOD_RANKS = {DELIVERED + 9, DELIVERED + 10}  # delivered, read
STARTED, PUT_BACK, LAST_STAGE = 1, 4, 8
EXPLAINED = range(4, 9)  # only in these stages do a code, a reason and a next attempt count


class Tree:
    """The Merkle tree of RFC 6962 as perfect subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.is_ended = False
        self.parts: list[tuple[int, bytes]] = []

    def add(self, size: int, root: bytes) -> None:
        """Add the next subtree; its place must be one that the tree has for this size.

        Only the last one may have a size that is not a power of two.
        """
        if size < 1 or self.is_ended or self.size % (1 << (size - 1).bit_length()):
            raise Wrong(f"a part of the tree is out of place behind #{comma(self.size)}")
        self.is_ended = size.bit_count() > 1
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
        self._digests: dict[str, bytes] = {}

    def add(self, event: dict[str, Any]) -> None:
        """Count one more event."""
        campaign, delivery, rank = map(event.get, ("campaign_id", "delivery_id", "rank"))
        if event["topic"] == "CampaignArchived":
            self.archived.add(event["campaign_id"])  # what follows changes no status any more
        if campaign is None or delivery is None or rank is None or campaign in self.archived:
            return
        self._digests.pop(campaign, None)
        deliveries = self.campaigns.setdefault(campaign, {})
        standing = deliveries.setdefault(delivery, [-1, None, None, None, 0])
        if rank < DELIVERED:
            standing[4] += {STARTED: 1, PUT_BACK: -1}.get(rank % 16, 0)
        if rank > standing[0]:
            is_explained = rank < DELIVERED and rank % 16 in EXPLAINED
            fact = event if is_explained else {}
            standing[:4] = rank, fact.get("code"), fact.get("reason"), fact.get("next_at")

    def digests(self) -> list[bytes]:
        """The digest of each campaign: its id, then each delivery's id and standing, in order."""
        for campaign in self.campaigns.keys() - self._digests.keys():
            deliveries = self.campaigns[campaign]
            standings = (pack([delivery, *deliveries[delivery]]) for delivery in sorted(deliveries))
            self._digests[campaign] = sha256(pack(campaign) + b"".join(standings))
        return [self._digests[campaign] for campaign in sorted(self._digests)]


class Events:
    """The lines of ledger.ndjson, each checked as it is added."""

    def __init__(self, manifest: Manifest, fault: Callable[[str], None]) -> None:
        """`fault` is called with each fault, in words."""
        self.tree, self.standings = Tree(), Standings()
        self.shown = self.wrong = self.recorded_at = self.shift = 0
        self.hidden = 0
        self.of_number: list[dict[str, Any]] = []
        """The shown events, in a bundle of a number, each with its state as an object."""
        self.other_streams: set[str] = set()
        """The streams of the events that have a digest instead of their state."""
        self.versions: dict[str, int] = {}
        self._manifest, self._fault = manifest, fault

    def add(self, line: bytes) -> None:
        """Add the next line; faults of an event are reported, and the next lines are added."""
        after = self.tree.size
        try:
            members = json_object(line)
            if "hidden" in members:
                self._add_hidden(members)
            else:
                self._add_event(_checked(members))
        except (ValueError, OverflowError, RecursionError) as error:
            self._wrong(f"the line behind #{comma(after)} cannot be read: {error}")
            self.tree.add(1, bytes(32))  # it takes the place of an event

    def _add_hidden(self, members: dict[str, Any]) -> None:
        size, root = members["hidden"], members.get("root")
        if members.keys() != {"hidden", "root"} or type(size) is not int or type(root) is not str:
            raise ValueError("it is neither an event nor a count of hidden ones")
        if self._manifest.kind == "all":
            self._fault(f"events behind #{comma(self.tree.size)} are hidden; all are claimed")
        self.tree.add(size, base64_bytes(root, 32, f"the root behind #{comma(self.tree.size)}"))
        self.hidden += size

    def _add_event(self, event: dict[str, Any]) -> None:
        seq, stream, version = event["seq"], event["stream_id"], event["version"]
        values = [event.get(name) for name in COLUMNS]
        is_of_number = self._manifest.kind == "number" and "state" in event
        state = content_of(event["state"]) if is_of_number else {}
        leaf = sha256(b"\x00\x02" + pack([*values, _state_digest(event)]))
        self.tree.add(1, leaf)
        name, place = f"#{comma(seq)}", self.tree.size + self.shift
        if seq != place:
            self._wrong(f"{name} stands at the place of #{comma(place)}")
            self.shift = seq - self.tree.size
        elif version != self.versions.get(stream, 0) + 1:
            self._wrong(f"{name} does not follow the event before it in its stream")
        elif event["recorded_at"] < self.recorded_at:
            self._wrong(f"{name} was recorded earlier than the event before it")
        elif not self._manifest.shows(event):
            self._wrong(f"{name} is no event of {self._manifest}")
        self.versions[stream], self.recorded_at = version, event["recorded_at"]
        self.standings.add(event)
        self.shown += "state" in event
        if is_of_number:
            self.of_number.append(event | {"state": state})
        elif "state" not in event:
            self.other_streams.add(stream)

    def _wrong(self, words: str) -> None:
        self.wrong += 1
        self._fault(words)


def _checked(members: dict[str, Any]) -> dict[str, Any]:
    """The event, if its fields are known, present, of the right type and in range."""
    if not NEEDED <= members.keys() <= KNOWN or len(CONTENTS & members.keys()) != 1:
        odd = (NEEDED - members.keys()) | (members.keys() - KNOWN) or CONTENTS
        raise ValueError(f"unknown or missing fields: {', '.join(sorted(odd))}")
    for name, value in members.items():
        if type(value) is not (int if name in NUMBERS else str):
            raise ValueError(f"{name} has a value of the wrong type")
        if name in IDS and not ID.fullmatch(str(value)):
            raise ValueError(f"{name} is not an id")
    if not _is_rank(members.get("rank", 16)):
        raise ValueError(f"there is no rank {members['rank']}")
    if members["topic"] == "CampaignArchived" and "campaign_id" not in members:
        raise ValueError("it archives no campaign")
    return members


def _state_digest(event: dict[str, Any]) -> bytes:
    if "state" in event:
        return sha256(event["state"].encode())
    return base64_bytes(event["state_digest"], 32, f"the state_digest of #{comma(event['seq'])}")


def _is_rank(rank: int) -> bool:
    return rank in GOOD_RANKS or (16 <= rank < DELIVERED and rank % 16 <= LAST_STAGE)


# The page about a number, number.txt. It is written from the shown events, here as in the program
# that makes bundles, and compared. The only thing that is taken from the page is how far each of
# its local times is from UTC; the instant must be that of the event.

NUMBER_PAGE = """\
What was recorded of {who}, in {origin} up to #{size}

{counts}

Each dated line is one event, in the order in which they were recorded: the time at the school and
its distance from UTC, the event's number, who recorded it (staff by their id), and what happened.
The number, the name and the words of the texts are sealed, so they are not on this page. The
verifiers in this bundle compare every line of this page with the events, and say whether these are
all events of the number.

{events}

Each text, by the events above:

{texts}

Each request to stop. A text whose attempt began earlier may still have arrived after it:

{requests}
"""
NO_LINES = "There is none."
NOTHING_BEGAN = "no attempt to send began"
STOP, LIFT = "ContactOptedOut", "ContactOptedIn"
UNTIL = {STOP: "until the next one at ", LIFT: "until it was lifted at "}
DATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ([+-])(\d\d):([0-5]\d)  #", re.ASCII)
MOST_FROM_UTC = 14 * 60
SIMPLE = re.compile(r"[A-Za-z0-9_.:@+-]{1,80}", re.ASCII)
STAGES = (
    "it waits, and no attempt to send began",
    "an attempt to send began, and nothing is recorded of its outcome",
    "nobody knows whether Twilio has the text",
    "Twilio has the text, and has reported no delivery",
    "put back, to be tried again",
    "failed",
    "not delivered, and may be tried again",
    "failed for good",
    "withdrawn before it was sent",
)
SENTENCES = {
    "ContactEnrolled": "{delivery_id}: a text was planned, in {campaign_id}",
    "AttemptStarted": "{delivery_id}: an attempt to send began",
    "AttemptAccepted": "{delivery_id}: Twilio took the text, SID {sid}",
    "AttemptRefused": "{delivery_id}: Twilio did not take the text: {stage}[; code {code}]",
    "AttemptOutcomeUnknown": "{delivery_id}: nobody knows whether Twilio has the text",
    "AttemptLapsed": "{delivery_id}: no trace of the text was found: {stage}",
    "AttemptSettled": "{delivery_id}: staff decided about an unknown outcome: {stage}",
    "DeliveryAccountedFor": "{delivery_id}: staff expect no report on the text any more",
    "CallbackReceived": "{delivery_id}: Twilio reported on the text: {stage}[; code {code}]",
    "StatusFetched": "{delivery_id}: Twilio was asked about the text: {stage}[; code {code}]",
    "DeliveryWithdrawn": "{delivery_id}: the text was withdrawn[; reason {reason}]",
    "ResendRequested": "{delivery_id}: staff asked to send the text again",
    "ContactOptedOut": "A REQUEST TO STOP was recorded[: {source}][; how it came: {means}]"
    "[; when it came: {received_at}]",
    "ContactOptedIn": "The number may be texted again[: {source}]",
    "ConsentRecorded": "A consent to get texts was recorded",
    "ContactForgotten": "The personal data of the number was destroyed",
    "RowsLeftOut": "A row of a contact file has the number, and was not texted",
    "ContactListed": "A row of a contact list that the school keeps has the number",
    "CampaignLegalHoldPlaced": "A legal hold was placed on campaign {campaign_id}",
    "CampaignLegalHoldReleased": "A legal hold on campaign {campaign_id} was released",
    "LegalHoldPlaced": "A legal hold was placed: the personal data must be kept",
    "LegalHoldReleased": "A legal hold was released",
    "InboundReceived": "The number sent a text, SID {sid}[, judged as {wording}]",
    "PossibleOptOutDismissed": "Staff decided that the text {sid} asks for no stop",
    "NumberMarkedFixed": "Staff corrected the number in the school's records",
    "ConversationDone": "Staff decided that the texts of the number need no reply",
    "ConversationAssigned": "Staff decided who answers the number[: {assignee}]",
    "LineTypeLookedUp": "Twilio was asked what kind of line the number is",
    "WordsViewed": "Somebody at the school looked at texts of the number",
    "MessagePreviewed": "Somebody at the school looked at the preview of a text",
    "DataExported": "Somebody at the school exported data of the number as a file",
    "PermalinkMade": "Somebody at the school made a permalink of a page about the number",
    "PermalinkRead": "A permalink of a page about the number was read",
    "PermalinkRevoked": "Somebody at the school revoked a permalink of a page about the number",
}
"""Topic to sentence. A part in brackets is left out if the event does not have its value."""
MEANINGS = {
    "source": {
        "staff": "by staff",
        "inbound": "by a text on which Twilio acts, such as STOP or START",
        "words": "by a text in the person's own words",
        "provider": "by Twilio, which refused a text",
    },
    "wording": {
        "opt_out": "a request to stop",
        "possible_opt_out": "perhaps a request to stop",
        "opt_in": "a request to be texted again",
        "help": "a request for help",
        "ordinary": "neither a request to stop nor one to be texted again",
    },
}
OPTIONAL = re.compile(r"\[([^\[\]{}]*)\{(\w+)\}\]", re.ASCII)


def number_page(manifest: Manifest, events: Sequence[dict[str, Any]], zone: Sequence[int]) -> str:
    """The text of number.txt; `zone` has for each event how many minutes it is east of UTC.

    An event's `state` is here an object.
    """
    dated = [_dated(event, minutes) for event, minutes in zip(events, zone, strict=True)]
    return NUMBER_PAGE.format(
        who=manifest,
        origin=manifest.origin,
        size=comma(manifest.size),
        counts=_counts(events),
        events="\n".join(dated),
        texts="\n".join(_texts(events)) or NO_LINES,
        requests="\n".join(f"A{line[1:]}." for line in requests_of(events)) or NO_LINES,
    )


def minutes_of(page: str) -> list[int]:
    """How many minutes each dated line of the page is east of UTC."""
    marks = [match for line in page.split("\n") if (match := DATED.match(line))]
    return [(60 * int(m[2]) + int(m[3])) * (-1 if m[1] == "-" else 1) for m in marks]


def _dated(event: dict[str, Any], minutes: int) -> str:
    """Return 2025-11-21 10:31:07 -05:00  #7  sender  del_…: an attempt to send began."""
    utc = datetime.fromtimestamp(event["recorded_at"] // 10**6, UTC)
    local = utc + timedelta(minutes=minutes)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    time = f"{local:%Y-%m-%d %H:%M:%S} {sign}{hours:02}:{rest:02}"
    sentence = SENTENCES.get(event["topic"], "{topic}")
    words = {**event["state"], **event, "stage": _stage(event.get("rank"))}
    told = OPTIONAL.sub(
        lambda part: part[1] + _words(words, part[2]) if type(words.get(part[2])) is str else "",
        sentence,
    )
    told = re.sub(r"\{(\w+)\}", lambda part: _words(words, part[1]), told)
    more = ". It confirms a request to stop" if _is_confirmation(event) else ""
    return f"{time}  #{comma(event['seq'])}  {_words(words, 'actor')}  {told}{more}."


def _words(values: dict[str, Any], name: str) -> str:
    """The value of that name in words; one that could pass for other words is left out."""
    value = values.get(name)
    if type(value) is not str:
        return "(none)"
    if name == "stage":
        return value
    meaning = MEANINGS.get(name, {}).get(value, value)
    return meaning if SIMPLE.fullmatch(value) else "(see the event)"


def _stage(rank: int | None) -> str:
    if rank is None:
        return "nothing that changes the status"
    if rank >= DELIVERED:
        return "delivered" if rank == DELIVERED + 9 else "delivered, and read"
    return STAGES[rank % 16]


def _is_confirmation(event: dict[str, Any]) -> bool:
    return event["topic"] == "ContactEnrolled" and type(event["state"].get("confirm_before")) is str


def _statuses(events: Iterable[dict[str, Any]]) -> dict[str, int]:
    """Delivery to the rank of its status by these events, in the order of ids."""
    standings = Standings()
    for event in events:
        standings.add(event)
    ranks = {d: s[0] for each in standings.campaigns.values() for d, s in each.items()}
    return dict(sorted(ranks.items()))


def _attempts(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["topic"] == "AttemptStarted"]


def _counts(events: Sequence[dict[str, Any]]) -> str:
    ranks = _statuses(events)
    delivered = sum(rank >= DELIVERED for rank in ranks.values())
    stops = sum(event["topic"] == STOP for event in events)
    return (
        f"Texts planned: {comma(len(ranks))}. Attempts to send: {comma(len(_attempts(events)))}. "
        f"Texts delivered: {comma(delivered)}. Requests to stop: {comma(stops)}."
    )


def _texts(events: Sequence[dict[str, Any]]) -> Iterator[str]:
    """For each delivery: its status by these events, and how many attempts began."""
    started = Counter(event.get("delivery_id") for event in _attempts(events))
    for delivery, rank in _statuses(events).items():
        yield f"{delivery}: {_stage(rank)}. Attempts to send: {comma(started[delivery])}."


def requests_of(events: Sequence[dict[str, Any]]) -> list[str]:
    """For each request to stop: which attempts began after it, until the next or a lift."""
    confirmations = {event.get("delivery_id") for event in events if _is_confirmation(event)}
    marks = [place for place, event in enumerate(events) if event["topic"] in (STOP, LIFT)]
    lines = []
    for place, end in zip_longest(marks, marks[1:]):
        if events[place]["topic"] == LIFT:
            continue
        started = _attempts(events[place:end])
        against = [e for e in started if e.get("delivery_id") not in confirmations]
        confirming = [e for e in started if e.get("delivery_id") in confirmations]
        until = "up to the last event" if end is None else UNTIL[events[end]["topic"]]
        at = "" if end is None else _numbers([events[end]])
        words = f"attempts to send began: {_numbers(against)}" if against else NOTHING_BEGAN
        more = f"; attempts to send a confirmation: {_numbers(confirming)}" if confirming else ""
        lines.append(
            f"after the request to stop {_numbers([events[place]])}, {until}{at}, {words}{more}"
        )
    return lines


def _numbers(events: Iterable[dict[str, Any]]) -> str:
    return ", ".join(f"#{comma(event['seq'])}" for event in events)


# The answer.


@dataclass
class Answer:
    """What was found: faults; or what is proven, and what is not."""

    fault_count: int = 0
    wrong_events: int = 0
    faults: list[str] = field(default_factory=list)
    proven: list[str] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)

    def fault(self, words: str) -> None:
        """Add a fault; the first ones are listed, all are counted."""
        self.fault_count += 1
        if self.fault_count <= LISTED_FAULTS:
            self.faults.append(words)

    def __str__(self) -> str:
        """The answer in lines; with a fault, nothing is proven."""
        if self.faults:
            more = self.fault_count - len(self.faults)
            lines = [*self.faults, *([f"and {comma(more)} more faults"] if more else [])]
            if self.wrong_events:
                lines.append(f"{comma(self.wrong_events)} of the events shown are wrong")
            return "\n".join(f"WRONG: {printable(line)}" for line in lines)
        first, *others = self.proven
        lines = [f"Right: {first}", *(f"Proven: {words}" for words in others)]
        return "\n".join(map(printable, [*lines, *(f"Not proven: {w}" for w in self.unproven)]))


class Quorum(NamedTuple):
    """How many of these witnesses must have cosigned the newest checkpoint."""

    witnesses: Sequence[Key] = ()
    needed: int = 0


def verify(
    files: Files,
    known: Sequence[Key],
    outside: Sequence[Checkpoint],
    quorum: Quorum = Quorum(),  # noqa: B008 - it never changes
) -> Answer:
    """Check the bundle in these files; raises `NotProven` where it says too little to be checked.

    `known` are the keys that the reader received earlier, `outside` the checkpoints.
    """
    answer = Answer()
    try:
        verification = Verification(files, known, outside, answer)
        verification.run()
        verification.demand(quorum)
    except NotProven:
        raise
    except Wrong as wrong:
        answer.fault(str(wrong))
    return answer


class Verification:
    """One verification of one bundle."""

    def __init__(
        self, files: Files, known: Sequence[Key], outside: Sequence[Checkpoint], answer: Answer
    ) -> None:
        self.files, self.known, self.outside, self.answer = files, known, outside, answer
        self.manifest = self._read_manifest()
        check_known(known, self.manifest.origin)
        listed = keys_of(read_text(files, "keys.txt"), self.manifest.origin)
        self.keys = [key.limited(known) for key in listed]
        self.kept = [checkpoint_of(read(files, n), n) for n in self.manifest.checkpoints()]
        self.events = Events(self.manifest, answer.fault)

    def _read_manifest(self) -> Manifest:
        """The manifest; the files must be those that it names, and README.txt be its text."""
        names = self.files.names()
        if "manifest.json" not in names:
            raise NotProven(
                "it has no manifest.json, like bundles of an earlier version, so nothing says "
                "what it must contain; ask for a new bundle"
            )
        manifest = manifest_of(read(self.files, "manifest.json"))
        unknown, missing = set(names) - set(manifest.files), set(manifest.files) - set(names)
        if unknown:
            raise Wrong(f"a bundle of {manifest} has no file {min(unknown)}")
        if missing:
            raise Wrong(f"{min(missing)} is missing; a bundle of {manifest} has it")
        if read_text(self.files, "README.txt") != manifest.readme():
            raise Wrong("README.txt does not describe what the manifest claims")
        return manifest

    def run(self) -> None:
        """Check everything, and say what follows."""
        for checkpoint in self.kept:
            if not checkpoint.where.endswith(f"-at-{checkpoint.size}.txt"):
                raise Wrong(f"{checkpoint.where} is of #{comma(checkpoint.size)}")
            self._check_signed(checkpoint, self.keys)
            checkpoint.signers(self.known)  # raises if one of their signatures is wrong
        for checkpoint in self.outside:
            self._check_signed(checkpoint, self.known or self.keys)
        self._check_known()
        self._read_events()
        {
            "all": self._prove_all,
            "campaign": self._prove_campaign,
            "delivery": self._prove_delivery,
            "number": self._prove_number,
        }[self.manifest.kind]()
        self._say_who_signed()
        self._check_stamps()
        self._say_what_is_covered()
        self._compare_programs()

    # Checkpoints.

    def _check_signed(self, checkpoint: Checkpoint, keys: Sequence[Key]) -> None:
        """It must be of this ledger, and signed by a key that counted at its size."""
        where, size = checkpoint.where, checkpoint.size
        if checkpoint.origin != self.manifest.origin:
            self.answer.fault(f"{where} is of another ledger, {checkpoint.origin}")
            return
        signers = checkpoint.signers(keys)
        if not signers:
            self.answer.fault(f"{where} bears no valid signature by a known key")
        elif not any(key.counts_at(size) for key in signers):
            self.answer.fault(
                f"{where} is of #{comma(size)}, signed by a retired key, {signers[0]}"
            )

    def _check_known(self) -> None:
        """The newest checkpoint must be signed by a key that the reader named, if there is any."""
        newest = self.kept[-1]
        if self.known and not self._is_by_known(newest):
            ids = ", ".join(sorted({key_id for _, key_id, _ in newest.signatures}))
            self.answer.fault(
                f"{newest.where} bears no valid signature by a key that you named, but by {ids}: "
                "somebody else made this bundle, or the key was changed"
            )

    def _is_by_known(self, checkpoint: Checkpoint) -> bool:
        return any(key.counts_at(checkpoint.size) for key in checkpoint.signers(self.known))

    def demand(self, quorum: Quorum) -> None:
        """The witnesses must have cosigned the newest checkpoint; a key counts once."""
        newest = self.kept[-1]
        same = [each for each in (*self.kept, *self.outside) if each.text == newest.text]
        cosigners = {key.public: key for each in same for key in each.signers(quorum.witnesses)}
        demanded = f"{quorum.needed} of {len(quorum.witnesses)} witnesses that you named"
        if len(cosigners) < quorum.needed:
            self.answer.fault(
                f"{newest.where} was cosigned by {len(cosigners)} witnesses; you demand {demanded}"
            )
        elif cosigners:
            ids = ", ".join(sorted(key.id for key in cosigners.values()))
            self.answer.proven.append(
                f"cosigned by {demanded}, which saw no other history of this ledger: {ids}"
            )

    # Events.

    def _read_events(self) -> None:
        """Read ledger.ndjson, and compare the tree with each checkpoint when it has its size."""
        manifest, events, at = self.manifest, self.events, self._checkpoints_by_size()
        size = 0
        with self.files.open("ledger.ndjson") as file:
            while line := file.readline(LONGEST_LINE):
                if not line.endswith(b"\n"):
                    raise Wrong("ledger.ndjson: a line has no end, or is too long")
                size += len(line)
                events.add(line)
                for checkpoint in at.pop(events.tree.size, ()):
                    self._compare(checkpoint)
        check_size(self.files, "ledger.ndjson", size)
        for missed in sorted(at):
            names = ", ".join(checkpoint.where for checkpoint in at[missed])
            self.answer.fault(
                f"{names}: this bundle does not show the ledger at that size, #{comma(missed)}; "
                "ask for one that does"
            )
        self.answer.wrong_events = events.wrong
        if (events.shown, events.tree.size) != (manifest.shown, manifest.size):
            self.answer.fault(
                f"ledger.ndjson shows {comma(events.shown)} of {comma(events.tree.size)} events; "
                f"the manifest says {comma(manifest.shown)} of {comma(manifest.size)}"
            )

    def _checkpoints_by_size(self) -> dict[int, list[Checkpoint]]:
        by_size: dict[int, list[Checkpoint]] = {}
        for checkpoint in [*self.kept, *self.outside]:
            by_size.setdefault(checkpoint.size, []).append(checkpoint)
        return by_size

    def _compare(self, checkpoint: Checkpoint) -> None:
        """The tree, and the statuses where all are known, must be those of the checkpoint."""
        size = comma(checkpoint.size)
        if checkpoint.root != self.events.tree.root():
            self.answer.fault(f"the events up to #{size} are not those of {checkpoint.where}")
        if self.manifest.kind == "all" or self._is_number_complete():
            digest = sha256(b"".join(self.events.standings.digests()))
        elif checkpoint.size == self.manifest.size:
            digest = self.kept[-1].standings
        else:
            return
        if checkpoint.standings != digest:
            self.answer.fault(f"the statuses up to #{size} are not those of {checkpoint.where}")

    # What each claim proves.

    def _prove_all(self) -> None:
        count = len(self.kept)
        checkpoints = "the checkpoint" if count == 1 else f"each of {comma(count)} checkpoints"
        size, origin = comma(self.manifest.size), self.manifest.origin
        self.answer.proven += [
            f"all {size} events of {origin}: complete and unchanged",
            f"all campaigns: every status proven, at {checkpoints} of the bundle",
        ]

    def _prove_campaign(self) -> None:
        """The digest of its statuses must be among those that the newest checkpoint binds."""
        listed, newest = self._listed_digests(), self.kept[-1]
        shown = self.events.standings.digests()
        if sha256(b"".join(listed)) != newest.standings:
            self.answer.fault(f"standings.txt: the statuses are not those of {newest.where}")
        elif not shown:
            self.answer.fault(f"{self.manifest}: no delivery is shown, so no status is proven")
        elif len(shown) > 1 or listed.count(shown[0]) != 1:
            self.answer.fault(
                f"{self.manifest}: the statuses are not those of {newest.where}: something is left "
                "out or was changed"
            )
        self.answer.proven += [f"{self.manifest}: every status proven", self._places()]
        self.answer.unproven.append(
            f"{self.manifest}: that it has no other event without effect on a status, such as a "
            "later pause"
        )

    def _listed_digests(self) -> list[bytes]:
        lines = lines_of(read_text(self.files, "standings.txt"), "standings.txt")
        if not all(re.fullmatch(r"[0-9a-f]{64}", line, re.ASCII) for line in lines):
            raise Wrong("standings.txt is not made of digests")
        return [bytes.fromhex(line) for line in lines]

    def _prove_delivery(self) -> None:
        for stream in self.manifest.ids.values():
            if stream not in self.events.versions:
                self.answer.fault(f"{self.manifest}: no event of {stream} is shown")
        self.answer.proven.append(f"{self.manifest}: {self._places()}")
        self.answer.unproven.append(
            f"{self.manifest}: its status, since newer events of it may be hidden"
        )

    def _is_number_complete(self) -> bool:
        """Whether every event up to here says whom it concerns."""
        return self.manifest.kind == "number" and not self.events.hidden

    def _prove_number(self) -> None:
        """The page must be what the events say; only without hidden events are these all."""
        manifest, events, answer = self.manifest, self.events.of_number, self.answer
        self._compare_page(events)
        mixed = {event["stream_id"] for event in events} & self.events.other_streams
        for stream in sorted(mixed):
            answer.fault(f"{manifest}: an event of {stream} concerns another number")
        requests = requests_of(events)
        answer.proven.append(f"{manifest}: {self._places()}")
        if self._is_number_complete():
            answer.proven += [
                f"{manifest}: no other event of the {comma(manifest.size)} concerns it",
                "all campaigns: every status proven, and so that of each of its texts",
                *(f"{manifest}: {words}" for words in requests),
            ]
        else:
            answer.proven += [f"{manifest}: by the events shown, {words}" for words in requests]
            answer.unproven.append(
                f"{manifest}: that these are all its events. Other texts to it, newer statuses and "
                "newer requests to stop may be among the hidden events, which do not say whom they "
                "concern. A bundle that was made with --complete proves it"
            )
        answer.proven.append("number.txt: every line is what the events say")
        answer.unproven += [
            f"{manifest}: which number that is, and that it has no second id: a secret key made it",
            f"{manifest}: what was sent to it by other means than this ledger",
        ]

    def _compare_page(self, events: Sequence[dict[str, Any]]) -> None:
        page = read_text(self.files, "number.txt")
        minutes = minutes_of(page)
        if len(minutes) != len(events) or any(abs(east) > MOST_FROM_UTC for east in minutes):
            self.answer.fault("number.txt does not have one dated line for each event")
            return
        right = number_page(self.manifest, events, minutes)
        if page != right:
            pairs = zip_longest(page.split("\n"), right.split("\n"))
            place = next(place for place, pair in enumerate(pairs, 1) if pair[0] != pair[1])
            self.answer.fault(f"number.txt: line {comma(place)} is not what the events say")

    def _places(self) -> str:
        return (
            f"{comma(self.manifest.shown)} events unchanged, none missing between them, at their "
            f"places in {self.manifest.origin} of {comma(self.manifest.size)} events"
        )

    # What else to say.

    def _say_who_signed(self) -> None:
        ids = ", ".join(map(str, self.keys))
        if not self.known:
            self.answer.unproven.append(
                f"who made this bundle: the keys are its own, {ids}. Anybody can make a bundle "
                "with a key of their own. Compare these ids with the key that you were given, or "
                "name it with --key"
            )
            return
        signers = [k for k in self.kept[-1].signers(self.known) if k.counts_at(self.manifest.size)]
        self.answer.proven.append(f"signed by a key that you named: {', '.join(map(str, signers))}")
        if all(key.until is None for key in signers):
            self.answer.unproven.append(
                f"that this key was in use at #{comma(self.manifest.size)}: who holds a replaced "
                'key can still sign with it. If it was replaced, name its end: --key "KEY until N"'
            )
        others = sum(not self._is_by_known(kept) for kept in self.kept)
        if others:
            self.answer.unproven.append(
                f"who signed older checkpoints of the bundle ({comma(others)} of "
                f"{comma(len(self.kept))}): their keys were not named. The bundle's keys: {ids}"
            )

    def _check_stamps(self) -> None:
        """Each time stamp must be one of the checkpoint that its name says."""
        for where, checkpoint in self.manifest.stamps():
            stamp = stamp_of(read(self.files, where), where)
            if stamp.digest != sha256(read(self.files, checkpoint)):
                self.answer.fault(f"{where} is not a time stamp of {checkpoint}")
            self.answer.proven.append(f"{where}: it is a time stamp of {checkpoint}")
            self.answer.unproven.append(
                f"{where}: that the checkpoint existed at {stamp.time:%Y-%m-%d %H:%M:%S} UTC. The "
                "signature of the stamping authority was not checked. With a certificate that you "
                f"trust, this does: openssl ts -verify -in {where} -data {checkpoint} -CAfile FILE"
            )

    def _say_what_is_covered(self) -> None:
        size = self.manifest.size
        newest = max((checkpoint.size for checkpoint in self.outside), default=0)
        for checkpoint in self.outside:
            self.answer.proven.append(
                f"{checkpoint.where}: the events up to #{comma(checkpoint.size)} are those of "
                "your checkpoint"
            )
            is_partial = self.manifest.kind != "all" and not self._is_number_complete()
            if is_partial and checkpoint.size < size:
                self.answer.unproven.append(
                    f"{checkpoint.where}: the statuses at #{comma(checkpoint.size)}; a bundle of "
                    "all events shows them"
                )
        if newest < size:
            whom = "are newer than every" if newest else "were compared with no"
            self.answer.unproven.append(
                f"events #{comma(newest + 1)} to #{comma(size)} {whom} checkpoint of your own: "
                "the holder of the signing key could have rewritten them"
            )
        self.answer.unproven.append(f"events after #{comma(size)}: not covered")

    def _compare_programs(self) -> None:
        """The bundle cannot prove its own programs; the reader may have a copy to compare with."""
        read(self.files, "verify.html")
        if read(self.files, "verify.py") != Path(__file__).read_bytes():
            self.answer.unproven.append(
                "the verify.py of the bundle: it is not the one that gives this answer"
            )


# The command.


def files_at(path: Path, ignored: Iterable[Path]) -> Files:
    """The files of the bundle at that path, a folder or a zip file."""
    return Folder(path, ignored) if path.is_dir() else Zip(path)


def main(words: Sequence[str]) -> int:
    """Print the answer, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="verify.py", description="Verify a bundle of Delivery Ledger.", allow_abbrev=False
    )
    parser.add_argument("--bundle", type=Path, metavar="FOLDER-OR-ZIP", default=HERE)
    parser.add_argument("--key", action="append", default=[], help="a key that you were given")
    parser.add_argument("--witness", action="append", default=[], help="the key of a witness")
    parser.add_argument("--quorum", type=int, help="how many of these must have cosigned")
    parser.add_argument("checkpoints", type=Path, nargs="*", metavar="CHECKPOINT-FILE")
    asked = parser.parse_args(words)
    count = len(asked.witness) if asked.quorum is None else asked.quorum
    if asked.quorum is not None and not 1 <= count <= len(asked.witness):
        parser.error("--quorum must be from 1 to the number of witnesses")
    try:
        known = [key_of(key.removeprefix("Key: "), "--key") for key in asked.key]
        outside = [checkpoint_of(file.read_bytes(), str(file)) for file in asked.checkpoints]
        witnesses = [key_of(key, "--witness", WITNESS) for key in asked.witness]
        files = files_at(asked.bundle, asked.checkpoints)
        answer = verify(files, known, outside, Quorum(witnesses, count))
    except NotProven as error:
        return refuse(f"This bundle is not fully proven: {printable(str(error))}.")
    except Wrong as wrong:
        return refuse(f"WRONG: {printable(str(wrong))}")
    except (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        return refuse(f"WRONG: the bundle or a checkpoint cannot be read: {printable(str(error))}")
    if answer.faults:
        return refuse(str(answer))
    print(answer)
    return 0


def refuse(answer: str) -> int:
    """Print the answer to stderr, and return exit code 1."""
    print(answer, file=sys.stderr)
    return 1


HERE = Path(__file__).parent

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
