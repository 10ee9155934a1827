"""Characters for readers: one that cannot be seen is shown by its name and code point."""

import unicodedata

from ledger.domain.characters import FILLERS


def character_name(character: str) -> str:
    """Return the character, or a name such as "zero width space (U+200B)"."""
    if unicodedata.category(character)[0] in "LNPS" and character not in FILLERS:
        return character
    point = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "").lower()
    return f"{name} ({point})" if name else point
