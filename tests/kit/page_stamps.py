"""Time stamps for `page_verifier`, by the words of docs/reference/bundle.md alone."""

import re
from datetime import UTC, datetime
from hashlib import sha256


class NotAStamp(Exception):  # noqa: N818 - it is an answer, not an error of this program
    """It is no time stamp of this checkpoint."""


def need(holds: object, why: str) -> None:
    if not holds:
        raise NotAStamp(why)


def element(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    """Return the content of the element at that place, and where the next one begins."""
    need(len(data) >= at + 2 and data[at] == tag, f"it lacks an element {tag:#x}")
    length, at = data[at + 1], at + 2
    if length > 127:
        count = length - 128
        need(1 <= count <= 4 and at + count <= len(data), "it has a wrong length")
        length, at = int.from_bytes(data[at : at + count], "big"), at + count
        need(length.bit_length() > 8 * (count - 1), "it has a length in too many bytes")
        need(length > 127, "it has a length in too many bytes")
    need(at + length <= len(data), "it is cut off")
    return data[at : at + length], at + length


def elements(data: bytes, *tags: int) -> list[bytes]:
    """Return the contents of the first elements, which have these tags."""
    at, found = 0, []
    for tag in tags:
        content, at = element(data, at, tag)
        found.append(content)
    return found


def alone(data: bytes) -> bytes:
    """Return the content of the sequence that is all of the data."""
    content, end = element(data, 0, 0x30)
    need(end == len(data), "it has something behind it")
    return content


def number_of(identifier: bytes) -> str:
    """Write an object identifier in decimal, such as 1.2.840."""
    need(identifier and identifier[-1] < 128, "it has an identifier that is cut off")
    numbers, value = [], 0
    for before, byte in zip(b"\0" + identifier, identifier, strict=False):
        need(byte != 128 or before > 127, "it has an identifier in too many bytes")
        value = value << 7 | byte & 127
        if byte < 128:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def check_stamp(data: bytes, checkpoint: bytes) -> None:
    """Check that a time stamp is of this checkpoint."""
    status, token = elements(alone(data), 0x30, 0x30)
    need(elements(status, 2)[0] in (b"\0", b"\1"), "it is a refusal")
    kind, wrapped = elements(token, 6, 0xA0)
    need(number_of(kind) == "1.2.840.113549.1.7.2", "it is not signed data")
    signed = elements(wrapped, 0x30)[0]
    kind, wrapped = elements(elements(signed, 2, 0x31, 0x30)[2], 6, 0xA0)
    need(number_of(kind) == "1.2.840.113549.1.9.16.1.4", "it has no TSTInfo")
    info = alone(elements(wrapped, 4)[0])
    version, _, imprint, _, time = elements(info, 2, 6, 0x30, 2, 0x18)
    need(version == b"\1", "it is of another version")
    algorithm, digest = elements(imprint, 0x30, 4)
    identifier = elements(algorithm, 6)[0]
    need(number_of(identifier) == "2.16.840.1.101.3.4.2.1", "it has another hash")
    need(digest == sha256(checkpoint).digest(), "it stamps something else")
    match = re.fullmatch(rb"([0-9]{4})" + 5 * rb"([0-9]{2})" + rb"(?:\.[0-9]{1,9})?Z", time)
    if match is None:
        raise NotAStamp("it has no time")
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise NotAStamp("it has a time that does not exist") from None
    need(year >= 1970, "it has a time before 1970")
