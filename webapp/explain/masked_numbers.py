"""Phone numbers in text for readers who may not see them: only their last two digits are left."""

import re

_NUMBER = re.compile(
    r"(?P<other>\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?"  # a date
    r"|[A-Z]{2}[0-9a-f]{32}|[0-9a-f]{64}|\b[a-z]{3}_[0-9a-z]{16,}\b)"  # a SID, a hash, an id
    r"|(?<!\d)\+?\(?\d(?:[\s().\u2010-\u2015/\-]{0,3}\d){6,14}(?!\d)"
)
"""Seven to fifteen digits, with what people write between them."""


def without_numbers(text: str) -> str:
    """Return the text with each phone number as "•••01"."""
    return _NUMBER.sub(lambda found: found["other"] or f"•••{found[0][-2:]}", text)
