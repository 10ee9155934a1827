"""How many segments Twilio bills for a text, by GSM 03.38 and 3GPP TS 23.040.

Written from those standards, not from Delivery Ledger's own counter, so that a mistake there shows.
"""

_ESCAPE = "\x1b"
"""Code 27 is not a character: it announces one of the extension table."""
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    f"Δ_ΦΓΛΩΠΨΣΘΞ{_ESCAPE}ÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""The default alphabet: one row for each sixteen of its 128 codes."""
_EXTENSION = {10: "\f", 20: "^", 40: "{", 41: "}", 47: "\\", 60: "[", 61: "~", 62: "]", 64: "|"}
_EXTENSION |= {101: "€"}
"""The extension table: the code that follows the escape, and the character it stands for."""

_SEPTETS = dict.fromkeys(_BASIC.replace(_ESCAPE, ""), 1) | dict.fromkeys(_EXTENSION.values(), 2)


def segment_count(text: str) -> int:
    """Count the segments of a text: 160 septets or 70 UTF-16 units in one, 153 or 67 in several."""
    if all(character in _SEPTETS for character in text):
        return _count([_SEPTETS[character] for character in text], alone=160, joined=153)
    return _count([len(c.encode("utf-16-le")) // 2 for c in text], alone=70, joined=67)


def _count(sizes: list[int], *, alone: int, joined: int) -> int:
    """Return the segments that these characters fill; no character is split between two."""
    if sum(sizes) <= alone:
        return 1 if sizes else 0
    filled = [0]
    for size in sizes:
        if filled[-1] + size > joined:
            filled.append(0)
        filled[-1] += size
    return len(filled)
