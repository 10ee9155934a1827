"""The fields of the provider's callbacks, answers and records, in whatever type they are written.

"ErrorCode=30005&ErrorCode="    {"code": 30005.0}    {"error_code": null}    " Delivered"
"""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from ledger.messages.outside_text import encodable

_CODE = re.compile(r"\s*0*([1-9][0-9]{0,8})(?:\.0*)?\s*")
_LONGEST_WORD = 100
"""Twilio's SIDs and statuses are far shorter; an index of PostgreSQL takes 2,700 bytes."""

T = TypeVar("T")


def code_of(value: object) -> str | None:
    """Return an error code as plain digits; None for what is no whole number above zero."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = _CODE.fullmatch(str(value))
    return match[1] if match else None


def word_of(value: object) -> str:
    """Return a SID or a status of at most 100 characters; blank for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return encodable(str(value).strip(), _LONGEST_WORD)


def status_of(value: object) -> str:
    """Return a status in lower case; blank for none."""
    return word_of(value).lower()


def last_of(
    parameters: Sequence[tuple[str, str]], name: str, read: Callable[[str], T | None]
) -> T | None:
    """Return what `read` makes of the last parameter of that name from which it gets anything."""
    values = (read(value) for other, value in reversed(parameters) if other == name)
    return next((value for value in values if value), None)
