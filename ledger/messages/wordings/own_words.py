"""The words that a person wrote, without what a phone or a mail program added to them.

Stop            ─▶   Stop
--
Sent from my iPhone
"""

import re
from collections.abc import Collection

_QUOTATION = re.compile(r"[\"“”„«]([^\"“”„«»]*)(?:[\"“”»]|$)")
_WORD = re.compile(r"\w+")
_QUOTED_WORDS = 3
"""A quotation of this many words repeats another text; a shorter one may be a keyword in quotes."""


def own_lines(text: str, *, signatures: Collection[str], quotations: Collection[str]) -> str:
    """Return the text without lines that quote an older text and without a signature.

    A line that starts with one of `signatures` ends the text, and one that ends with one of
    `quotations` ("… wrote:") as well; a text with no other lines stays as it is. All are in lower
    case, and without accents as the text is.
    """
    lines: list[str] = []
    for line in text.splitlines():
        stripped = line.strip().casefold()
        if any(stripped.startswith(start) for start in signatures) and lines:
            break
        if any(stripped.endswith(end) for end in quotations):
            break
        if not stripped.startswith(">"):
            lines.append(line)
    return "\n".join(lines) or text


def without_quotations(text: str) -> str:
    """Return the text with each longer quotation replaced by the word "quotation".

    Phones answer a text with a reaction that repeats it: Liked “No school. Reply STOP to end”.
    A text that is nothing but a quotation stays as it is.
    """
    outside = _QUOTATION.sub(_shorten, text)
    return outside if _WORD.search(outside.replace("quotation", "")) else text


def _shorten(quotation: re.Match[str]) -> str:
    is_long = len(_WORD.findall(quotation[1])) >= _QUOTED_WORDS
    return " quotation " if is_long else quotation[0]
