"""Phone numbers in text for readers who may not see them: only their last two digits are left."""

import re

_SEPARATOR = (
    r"[\s()./_\-\u2010-\u2015\u2212"  # that is seen: brackets, dashes and a minus sign
    r"\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]"  # that is not
)
_NUMBER = re.compile(
    r"(?P<other>(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\d-])"
    r"(?:[ T]\d\d:\d\d(?::\d\d)?)?"  # a date
    r"|[A-Z]{2}[0-9a-f]{32}|[0-9a-f]{64}|\b[a-z]{3}_[0-9a-z]{16,}\b)"  # a SID, a hash, an id
    r"|(?<!\d)\+?\(?\d(?:" + _SEPARATOR + r"{0,4}\d){6,14}(?!\d)"
)
"""Seven to fifteen digits, with what people write between them, seen or not."""


def without_numbers(text: str) -> str:
    """Return the text with each phone number as "•••01"."""
    return _NUMBER.sub(lambda found: found["other"] or f"•••{found[0][-2:]}", text)
