"""Whole numbers that a person or a program wrote: a seq, a position, a turn, a count.

They stand in addresses, forms, headers and options. All of them have the same limit: it is larger
than any number of this program, and every database can hold it.
"""

import re
import reprlib

from ledger.errors import BadInput
from webapp.explain.numbers import number

LARGEST = 10**15 - 1
DIGITS = "[0-9]{1,15}"
"""The numbers up to `LARGEST`, as a regular expression."""


def is_whole_number(text: str) -> bool:
    """Whether the text is a number from 0 to `LARGEST`, in ASCII digits without a sign."""
    return re.fullmatch(DIGITS, text) is not None


def whole_number(text: str) -> int:
    """Return the number that the text spells; raises `BadInput` where it is none."""
    if not is_whole_number(text):
        raise BadInput(
            f"{reprlib.repr(text)} is not a number. Write one from 0 to {number(LARGEST)}."
        )
    return int(text)


def optional_number(text: str | None) -> int | None:
    """Return the number, or None where there is no text; raises `BadInput`."""
    return whole_number(text) if text else None
