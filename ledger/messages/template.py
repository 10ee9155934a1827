"""The message of a campaign as staff write it: its merge fields, and the text of each contact.

Standard library only. Which fields a contact file offers is decided in `contact_file.py`, how many
segments a text takes in `segments.py`.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from ledger.errors import BadInput

MAX_LENGTH = 1600
"""The most characters of a merged message; Twilio refuses longer ones (21617)."""

_NAME = re.compile(r"[a-z0-9_]+")
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def field_name(heading: str) -> str:
    """Return the merge field of a column heading: lower case, `_` for anything but a-z and 0-9."""
    letters = unicodedata.normalize("NFKD", heading).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


@dataclass(frozen=True)
class Template:
    """A message as staff wrote it: the text between merge fields, and the names of the fields.

    `Hi {{name}}!` has the literals `("Hi ", "!")` and the names `("name",)`.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a message with fields such as `{{first_name}}`.

        Raises BadInput for a message that is blank, too long whatever is merged, or whose braces
        do not match. Line ends become newlines; other control characters are dropped.
        """
        opening, *rest = _clean(text).split("{{")
        pairs = [_split_field(part) for part in rest]
        template = cls((opening, *(pair[1] for pair in pairs)), tuple(pair[0] for pair in pairs))
        if any("}}" in literal for literal in template.literals):
            raise BadInput("The message has }} without {{ before it.")
        if not template.names or sum(map(len, template.literals)) > MAX_LENGTH:
            template.merge({})
        return template

    @property
    def fields(self) -> tuple[str, ...]:
        """The merge fields in use, each once, in the order of the message."""
        return tuple(dict.fromkeys(self.names))

    def check_fields(self, offered: Sequence[str]) -> None:
        """Raise BadInput where the message uses a field that the contact file does not offer."""
        unknown = [name for name in self.fields if name not in offered]
        if unknown:
            raise BadInput(_unknown_fields(unknown, offered))

    def merge(self, fields: Mapping[str, str]) -> str:
        """Return the text for one contact; a field that is not in `fields` merges as blank.

        Raises BadInput where the text is blank or longer than MAX_LENGTH.
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


def _clean(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput("The message has characters that are not text; type it again.") from None
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def _split_field(part: str) -> tuple[str, str]:
    """Split what follows a `{{` into the field's name and the text after the field."""
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


def _unknown_fields(unknown: list[str], offered: Sequence[str]) -> str:
    listed = ", ".join(map(_braced, unknown))
    near = difflib.get_close_matches(unknown[0], offered, n=1)
    hint = f" Did you mean {_braced(near[0])}?" if near else ""
    return f"The file has no column for {listed}.{hint} It has: {', '.join(offered)}."
