"""The words of a campaign: merge fields filled in, lengths, and the segments Twilio will bill.

Standard library only. Which fields a contact file offers is the business of `intake.py`.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain

from ledger.errors import BadInput

MAX_LENGTH = 1600
"""The most characters of a merged message; Twilio refuses longer ones (21617)."""

_NAME = re.compile(r"[a-z0-9_]+")
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
_GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _GSM7_BASIC | _GSM7_EXTENSION


def field_name(words: str) -> str:
    """The merge field that a column heading gives: lower case, `_` for anything but a-z and 0-9."""
    letters = unicodedata.normalize("NFKD", words).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


@dataclass(frozen=True)
class Template:
    """A message as staff wrote it: one more of `literals` than of `names`, which stand between."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a message with fields such as `{{first_name}}`.

        Raises BadInput for a message that is blank, too long whatever is merged, or whose braces
        do not fit. Line ends become newlines; other control characters are dropped.
        """
        opening, *rest = _tidy(text).split("{{")
        pairs = [_split_field(part) for part in rest]
        template = cls((opening, *(pair[1] for pair in pairs)), tuple(pair[0] for pair in pairs))
        if any("}}" in literal for literal in template.literals):
            raise BadInput("The message has }} without {{ before it.")
        if not template.names or sum(map(len, template.literals)) > MAX_LENGTH:
            template.merge({})
        return template

    @property
    def fields(self) -> tuple[str, ...]:
        """The merge fields used, each once, in the order of the message."""
        return tuple(dict.fromkeys(self.names))

    def check_fields(self, known: Iterable[str]) -> None:
        """Raise BadInput if the message uses a field that is not among `known`."""
        offered = tuple(known)
        unknown = [name for name in self.fields if name not in offered]
        if unknown:
            raise BadInput(_unknown_fields(unknown, offered))

    def merge(self, fields: Mapping[str, str]) -> str:
        """The text for one contact; a field that is not in `fields` merges as blank.

        Raises BadInput when the text is blank or longer than MAX_LENGTH.
        """
        values = [fields.get(name, "") for name in self.names]
        text = "".join(chain.from_iterable(zip(self.literals, (*values, ""), strict=True)))
        if not text.strip():
            raise BadInput("message would be empty" if self.names else "The message is empty.")
        if len(text) > MAX_LENGTH:
            raise BadInput(
                f"message would be {len(text):,} characters, the limit is {MAX_LENGTH:,}"
            )
        return text


def _tidy(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput("The message has characters that are not text; type it again.") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def _split_field(part: str) -> tuple[str, str]:
    """What follows a `{{`, as the field's name and the literal text after it."""
    inside, closing, literal = part.partition("}}")
    name = inside.strip().lower()
    if not closing:
        raise BadInput("The message has {{ without }} after it.")
    if not _NAME.fullmatch(name):
        hint = _braced(field_name(name) or "first_name")
        raise BadInput(
            f"{_braced(name[:40])} is not a merge field: "
            f"use letters a-z, digits and _ only, such as {hint}."
        )
    return name, literal


def _braced(name: str) -> str:
    return "{{" + name + "}}"


def _unknown_fields(unknown: list[str], offered: tuple[str, ...]) -> str:
    listed = ", ".join(map(_braced, unknown))
    near = difflib.get_close_matches(unknown[0], offered, n=1)
    hint = f" Did you mean {_braced(near[0])}?" if near else ""
    return f"The file has no column for {listed}.{hint} It has: {', '.join(offered)}."


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


def segments(text: str) -> Segments:
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
