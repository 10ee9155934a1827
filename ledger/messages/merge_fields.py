"""The names of merge fields: from the headings of columns, and as staff misspell them in a message.

Standard library only. What a message is, `template.py` decides.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_OPENING = r"{\[<\u00ab\u2039\uff5b\uff3b\uff1c"
_CLOSING = r"}\]>\u00bb\u203a\uff5d\uff3d\uff1e"
_NAME = rf"([^\n()|%#@*{_OPENING}{_CLOSING}]{{1,60}})"
_SPELLINGS = tuple(
    map(
        re.compile,
        (
            # {first_name} [First Name] <<first_name>> ${first_name} %{first_name} {name|there}
            rf"[$%#@]?[{_OPENING}]+[$%#@=]?{_NAME}(?:\|[^\n{{}}]*)?[$%#@]?[{_CLOSING}]+",
            rf"\(\(+{_NAME}\)\)+",
            r"\(\s*([^\W_]+(?:_[^\W_]+)+)\s*\)",  # (first_name), but not an ordinary (grade)
            rf"\*\|{_NAME}\|\*",
            r"\$([A-Za-z]\w{0,59})",
            rf"(?P<mark>%%?|##?|@@|\|\|?|~~?|__){_NAME}(?P=mark)",
        ),
    )
)
_PATH = re.compile(r"[.:]")
_SHORT_NAMES = {"fname": ("firstname", "first"), "lname": ("lastname", "last", "surname")}
"""What mailing programs call a name, without `_` → what columns call it."""


class MisspelledField(NamedTuple):
    """What was written, such as `{First Name}`, and the field that it means."""

    written: str
    name: str


def field_name(heading: str) -> str:
    """Return the merge field of a column heading: lower case, `_` for anything but a-z and 0-9."""
    letters = unicodedata.normalize("NFKD", heading).casefold()
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def braced(name: str) -> str:
    """Return a field as it is written in a message."""
    return "{{" + name + "}}"


def misspelled_field(text: str, offered: Sequence[str]) -> MisspelledField | None:
    """Return the first of the offered fields that stands in other brackets in this text."""
    fields = {_squeezed(name): name for name in reversed(offered)}
    for spelling in _SPELLINGS:
        for match in spelling.finditer(text):
            for name in _meanings(match[match.re.groups]):
                if name in fields:
                    return MisspelledField(match[0].strip(), fields[name])
    return None


def _meanings(written: str) -> Iterator[str]:
    """Yield the fields that may be meant, without `_`: of `contact.FNAME` also the first name."""
    for part in (written, _PATH.split(written)[-1]):
        name = _squeezed(field_name(part))
        yield from (name, *_SHORT_NAMES.get(name, ()))


def _squeezed(name: str) -> str:
    return name.replace("_", "")
