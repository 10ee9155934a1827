"""How many segments a text takes, as Twilio counts and bills them. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum

# The GSM 7-bit default alphabet and its extension table: 3GPP TS 23.038, section 6.2.1.
_GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _GSM7_BASIC | _GSM7_EXTENSION


class Encoding(StrEnum):
    """How a text is sent: as 7-bit GSM characters, or in UTF-16 where one character is not GSM."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_UNIT_LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}
"""Encoding → the units that fit a segment sent alone, and one of several joined."""


@dataclass(frozen=True)
class Segments:
    """The size of a text: `units` are septets (GSM-7) or UTF-16 code units (UCS-2)."""

    encoding: Encoding
    units: int
    count: int

    @property
    def unit_limit(self) -> int:
        """The most units in one segment; fewer where several are joined."""
        alone, joined = _UNIT_LIMITS[self.encoding]
        return alone if self.count <= 1 else joined


def count_segments(text: str) -> Segments:
    """Count the segments of a text; a character of two units is never split between two."""
    characters = set(text)
    encoding = Encoding.GSM7 if characters <= _GSM7 else Encoding.UCS2
    if encoding is Encoding.GSM7:
        wide = characters & _GSM7_EXTENSION
    else:
        wide = {character for character in characters if character > "\uffff"}
    alone, joined = _UNIT_LIMITS[encoding]
    if not wide:  # as in nearly every text: much faster than character by character
        units = len(text)
        return Segments(encoding, units, 1 if 0 < units <= alone else -(-units // joined))
    widths = [2 if character in wide else 1 for character in text]
    units = sum(widths)
    count = min(units, 1) if units <= alone else _pack(widths, joined)
    return Segments(encoding, units, count)


def unusual_characters(text: str) -> tuple[str, ...]:
    """Return the characters that force UCS-2, each once, in the order of the text."""
    return tuple(dict.fromkeys(character for character in text if character not in _GSM7))


def _pack(widths: list[int], limit: int) -> int:
    """Return how many segments of `limit` units hold characters of these widths."""
    count = room = 0
    for width in widths:
        if width > room:
            count, room = count + 1, limit
        room -= width
    return count
