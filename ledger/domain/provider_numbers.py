"""Phone numbers as Twilio writes them, such as the `From` of a text. Standard library only.

whatsapp:+14155550101   a number of another channel
 14155550101            a plus that was not encoded in a form is read as a blank
12345, SCHOOL           a short code and a name are no numbers
"""

import re

from ledger.domain.phone_spellings import reachable

_CHANNELS = re.compile(r"(?:[a-z][\w.+-]*:)+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s().-]+")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_WITHOUT_PLUS = re.compile(r"[1-9][0-9]{10,14}")


def number_in(text: str) -> str:
    """Return the E.164 number in what Twilio wrote; the same text if it has none."""
    channel = _CHANNELS.match(text.lstrip())
    written = text.lstrip()[channel.end() :] if channel else text
    compact = _SEPARATORS.sub("", written)
    is_plus_missing = written.startswith(" ") or not channel
    if is_plus_missing and _WITHOUT_PLUS.fullmatch(compact):
        compact = f"+{compact}"
    return reachable(compact) if _E164.fullmatch(compact) else text


def is_e164(text: str) -> bool:
    """Whether this is a number in E.164, in the spelling that reaches the phone."""
    return bool(_E164.fullmatch(text)) and reachable(text) == text
