"""Characters for readers: one that cannot be seen is shown by its name and code point."""

import unicodedata

_UNSEEN = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and a symbol by their category, which show nothing."""


def character_name(character: str) -> str:
    """Return the character, or a name such as "zero width space (U+200B)"."""
    if unicodedata.category(character)[0] in "LNPS" and character not in _UNSEEN:
        return character
    point = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "").lower()
    return f"{name} ({point})" if name else point
