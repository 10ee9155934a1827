"""The names that staff give to campaigns, contact lists and templates, as they are stored."""

import unicodedata

from ledger.errors import BadInput

LONGEST_NAME = 200


def checked_name(written: str, what: str) -> str:
    """Return a name on one line, with single spaces and without control characters.

    A message loses its control characters in the same way. Raises `BadInput` for a name that is
    then blank or too long; `what` has it, such as "campaign".
    """
    name = " ".join("".join(filter(_is_kept, written)).split())
    if not name:
        raise BadInput(f"The {what} has no name; give it one that staff will recognise.")
    if len(name) > LONGEST_NAME:
        raise BadInput(f"The {what}'s name is longer than {LONGEST_NAME} characters.")
    return name


def name_key(name: str) -> str:
    """Return a name as it is compared: case and the ways to write an accent do not count."""
    return unicodedata.normalize("NFKC", name).casefold()


def _is_kept(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) != "Cc"
