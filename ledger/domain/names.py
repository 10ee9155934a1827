"""The names that staff give to campaigns, contact lists and templates: as stored, and compared."""

import unicodedata

from ledger.domain.characters import FILLERS, SELECTORS
from ledger.errors import BadInput

LONGEST_NAME = 200
_SHOWN_AS_NOTHING = frozenset(FILLERS + SELECTORS)


def checked_name(written: str, what: str) -> str:
    """Return a name on one line, with single spaces and without control characters.

    A message loses its control characters in the same way. Raises `BadInput` for a name of which
    nothing can be seen, or that is too long; `what` has it, such as "campaign".
    """
    name = " ".join("".join(filter(_is_kept, written)).split())
    if not name_key(name):
        raise BadInput(f"The {what} has no name; give it one that staff will recognise.")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"The {what}'s name is longer than {LONGEST_NAME} characters.")
    return name


def name_key(name: str) -> str:
    """Return a name as it is compared; blank where nothing of it can be seen.

    Case, the ways to write an accent, spaces beside spaces, and characters that show nothing do
    not count.
    """
    seen = "".join(filter(_is_seen, unicodedata.normalize("NFKC", name)))
    return " ".join(seen.casefold().split())


def _is_seen(char: str) -> bool:
    """Whether a character shows something, or is a space."""
    if char.isspace():
        return True
    return unicodedata.category(char) not in ("Cc", "Cf") and char not in _SHOWN_AS_NOTHING


def _is_kept(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) != "Cc"
