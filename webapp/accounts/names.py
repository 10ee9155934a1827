"""The names of staff: how they are compared, and which ones an account may have."""

import unicodedata

from ledger.domain.characters import FILLERS, SELECTORS
from ledger.errors import BadInput
from webapp.accounts import passwords

_LONGEST_NAME = 64
LONGEST_TYPED_NAME = 4 * _LONGEST_NAME
"""A name may be longer before its characters are composed."""
_MONGOLIAN_SELECTORS = "\u180b\u180c\u180d\u180f"
_SHOWN_AS_NOTHING = frozenset(FILLERS + SELECTORS + _MONGOLIAN_SELECTORS)
"""Characters that are printable to Python."""


def name_key(name: str) -> str:
    """Return a name as it is compared; blank for what can be no name."""
    if len(name) > LONGEST_TYPED_NAME:
        return ""
    normal = unicodedata.normalize("NFKC", name).strip()
    return normal.casefold() if normal.isprintable() else ""


def cleaned_name(name: str) -> str:
    """Return a name as it is stored. Raises `BadInput` for what can be no name of an account."""
    cleaned = unicodedata.normalize("NFKC", name).strip()
    if not 1 <= len(cleaned) <= _LONGEST_NAME or not cleaned.isprintable():
        raise BadInput(f"A staff member's name is 1 to {_LONGEST_NAME} characters on one line.")
    return cleaned


def check_can_be_typed(name: str) -> None:
    """Raise `BadInput` for a name with which nobody could sign in.

    A shell may have such a login name, and its user can act all the same.
    """
    if passwords.is_damaged(name) or not _can_be_seen(name):
        raise BadInput("A staff member's name has letters and digits that can be seen.")


def _can_be_seen(name: str) -> bool:
    """Whether a name has letters or digits, and nothing that is shown as nothing."""
    return any(map(str.isalnum, name)) and not any(map(_SHOWN_AS_NOTHING.__contains__, name))
