"""The last digits of a phone number, which staff type before they forget a person."""

import re

COUNT = 4
LAST_DIGITS_DIFFER = (
    f"These are not the last {COUNT} digits of this number, so nothing was destroyed. Look at the "
    "number above: is this the right person? Then type its last digits again."
)


def has_last_digits(phone: str, typed: str) -> bool:
    """Return whether these are the last digits of the number: "0101", or "01 01".

    Where the number is not known there is nothing to type.
    """
    return _digits(typed) == _digits(phone)[-COUNT:]


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
