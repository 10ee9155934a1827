"""How many segments a text takes, as Twilio counts and bills them. Standard library only."""

from dataclasses import dataclass
from enum import StrEnum

_GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _GSM7_BASIC | _GSM7_EXTENSION


class Encoding(StrEnum):
    """How a text travels: 7-bit GSM letters, or two bytes each once one letter is beyond those."""

    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


_UNIT_LIMITS = {Encoding.GSM7: (160, 153), Encoding.UCS2: (70, 67)}


@dataclass(frozen=True)
class Segments:
    """What a text costs: `units` are septets (GSM-7) or UTF-16 code units (UCS-2)."""

    encoding: Encoding
    units: int
    count: int

    @property
    def unit_limit(self) -> int:
        """The most units one segment holds: fewer when several are joined."""
        alone, joined = _UNIT_LIMITS[self.encoding]
        return alone if self.count <= 1 else joined


def count_segments(text: str) -> Segments:
    """Count segments by GSM 03.38; a character of two units is never split between two."""
    encoding = Encoding.GSM7 if _GSM7.issuperset(text) else Encoding.UCS2
    if encoding is Encoding.GSM7:
        widths = [2 if character in _GSM7_EXTENSION else 1 for character in text]
    else:
        widths = [2 if character > "\uffff" else 1 for character in text]
    alone, joined = _UNIT_LIMITS[encoding]
    units = sum(widths)
    count = min(units, 1) if units <= alone else _packed(widths, joined)
    return Segments(encoding, units, count)


def unusual_characters(text: str) -> tuple[str, ...]:
    """The characters that force UCS-2, each once, in the order of the text."""
    return tuple(dict.fromkeys(character for character in text if character not in _GSM7))


def _packed(widths: list[int], limit: int) -> int:
    count = room = 0
    for width in widths:
        if width > room:
            count, room = count + 1, limit
        room -= width
    return count
