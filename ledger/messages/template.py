"""The message of a campaign as staff write it: its merge fields, and the text of each contact.

    Hi {{first_name|there}}, school starts at {{start}}.

Standard library only. Which fields a contact file offers is decided in `contact_file.py`, how many
segments a text takes in `segments.py`.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger.errors import BadInput
from ledger.lazy_property import lazy_property
from ledger.messages.merge_fields import braced, field_name, misspelled_field

MAX_LENGTH = 1600
"""The most characters of a merged message; Twilio refuses longer ones (21617)."""

_NAME = re.compile(r"[a-z0-9_]+")
_SINGLE_BRACED = re.compile(r"\{[ ]*[^\W\d_][^{}\n]{0,39}\}")
_QUOTED_DEFAULT = re.compile(
    r"(?:(?:default|fallback)\s*[:=(]\s*)?[\"'\u2018\u201c](.*)[\"'\u2019\u201d]\s*\)?"
)
"""A default as other programs write it: `"there"`, `default("there")`."""
_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


@dataclass(frozen=True)
class Template:
    """A message as staff wrote it: the text between merge fields, and the fields.

    `Hi {{name|you}}!` has the literals `("Hi ", "!")`, the names `("name",)` and the defaults
    `("you",)`.
    """

    literals: tuple[str, ...]
    names: tuple[str, ...]
    defaults: tuple[str | None, ...]
    """What each field merges as where a contact's value is blank; None where none is written."""

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Read a message with fields such as `{{first_name}}` and `{{first_name|there}}`.

        Raises BadInput for a message that is blank, too long whatever is merged, or whose braces
        do not match. Line ends become newlines; other control characters are dropped, and letters
        are composed with their accents, since a text with separate ones is longer.
        """
        opening, *rest = _clean(text).split("{{")
        fields = [_split_field(part) for part in rest]
        template = cls(
            literals=(opening, *(literal for _name, _default, literal in fields)),
            names=tuple(name for name, _default, _literal in fields),
            defaults=tuple(default for _name, default, _literal in fields),
        )
        if any("}}" in literal for literal in template.literals):
            raise BadInput("The message has }} without {{ before it.")
        if not template.names or sum(map(len, template.literals)) > MAX_LENGTH:
            template.merge({})
        return template

    @property
    def fields(self) -> tuple[str, ...]:
        """The merge fields in use, each once, in the order of the message."""
        return tuple(dict.fromkeys(self.names))

    @lazy_property
    def fields_without_default(self) -> tuple[str, ...]:
        """The merge fields that leave a gap where a contact's value is blank."""
        pairs = zip(self.names, self.defaults, strict=True)
        return tuple(dict.fromkeys(name for name, default in pairs if default is None))

    @property
    def single_braced(self) -> tuple[str, ...]:
        """The words that stand in one brace, such as `{first name}`: they are sent with it."""
        return tuple(
            dict.fromkeys(word for text in self.literals for word in _SINGLE_BRACED.findall(text))
        )

    def for_contact(self, fields: Mapping[str, str]) -> "Template":
        """Return the template for a contact with these fields: this one, for everybody."""
        del fields
        return self

    def check_fields(self, offered: Sequence[str]) -> None:
        """Raise BadInput where the message uses a field that the contact file does not offer.

        A field in other brackets, such as `{first_name}`, would be sent as it is written: refused.
        So is a default in quotation marks, as other programs want them.
        """
        unknown = [name for name in self.fields if name not in offered]
        if unknown:
            raise BadInput(_unknown_fields(unknown, offered))
        for name, default in zip(self.names, self.defaults, strict=True):
            if quoted := _QUOTED_DEFAULT.fullmatch(default or ""):
                raise BadInput(
                    f"Where {name} is blank, the text would have {default} in it, with these "
                    f"marks. Write {braced(f'{name}|{quoted[1]}')}."
                )
        for literal in self.literals:
            if misspelled := misspelled_field(literal, offered):
                raise BadInput(
                    f"The message would be sent with {misspelled.written} in it. To have it "
                    f"replaced by each contact's value, write {braced(misspelled.name)}."
                )

    @lazy_property
    def _fields_and_literals(self) -> tuple[tuple[str, str | None, str], ...]:
        """The name and default of each field, and the literal after it."""
        return tuple(zip(self.names, self.defaults, self.literals[1:], strict=True))

    def merge(self, fields: Mapping[str, str]) -> str:
        """Return the text for one contact; a blank or missing value merges as the default.

        Raises BadInput where the text is blank or longer than MAX_LENGTH.
        """
        parts = [self.literals[0]]
        for name, default, literal in self._fields_and_literals:
            value = fields.get(name, "")
            parts += (value if default is None or value.strip() else default, literal)
        text = "".join(parts)
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
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)
    return unicodedata.normalize("NFC", lines)


def _split_field(part: str) -> tuple[str, str | None, str]:
    """Split what follows a `{{` into a field's name and default, and the text after the field."""
    inside, closing, literal = part.partition("}}")
    name, has_default, default = inside.partition("|")
    name = name.strip().lower()
    if not closing:
        raise BadInput("The message has {{ without }} after it.")
    if "{" in default or "}" in default:
        raise BadInput(f"{braced(inside[:40].strip())}: a default has no braces in it.")
    if not _NAME.fullmatch(name):
        hint = braced((field_name(name) or "first_name") + has_default + default.strip())
        raise BadInput(
            f"{braced(inside.strip().lower()[:40])} is not a merge field: "
            f"use letters a-z, digits and _ only, such as {hint}."
        )
    return name, default.strip() if has_default else None, literal


def _unknown_fields(unknown: list[str], offered: Sequence[str]) -> str:
    listed = ", ".join(map(braced, unknown))
    near = difflib.get_close_matches(unknown[0], offered, n=1)
    hint = f" Did you mean {braced(near[0])}?" if near else ""
    return f"The file has no column for {listed}.{hint} It has: {', '.join(offered)}."
