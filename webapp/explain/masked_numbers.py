"""Phone numbers in text for readers who may not see them: only their last two digits are left."""

import re

_NUMBER = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?)"
    r"|(?<![\w#])\+?\(?\d(?:[\s().\u2010-\u2015/\-]{0,3}\d){6,14}(?!\w)"
)
"""Seven to fifteen digits, with what people write between them; a date is none."""


def without_numbers(text: str) -> str:
    """Return the text with each phone number as "•••01"."""
    return _NUMBER.sub(lambda found: found[0] if found["date"] else f"•••{found[0][-2:]}", text)
