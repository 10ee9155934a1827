"""The rule for passwords, for the command line and the pages.

A password must be long, and needs no special characters or regular changes (NIST SP 800-63B).
"""

import unicodedata

from ledger.errors import BadInput
from ledger.messages.outside_text import encodable

SCHEME = "argon2"
SHORTEST = 10
LONGEST = 128
_LONGEST_HASHED = 4096
"""The limit of passlib, in characters after normalising."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""What stands for bytes that are no text; nobody could type such a password again."""


def normalised(password: str) -> str:
    """Return the password as it is hashed; `é` from any keyboard becomes the same characters."""
    return unicodedata.normalize("NFKD", password)


def is_hashable(password: str) -> bool:
    """Return whether the hasher takes this; nothing else can be anybody's password."""
    if len(password) > _LONGEST_HASHED or encodable(password) != password:
        return False
    return len(normalised(password)) <= _LONGEST_HASHED


def is_damaged(text: str) -> bool:
    """Return whether a text was made of bytes that are no text."""
    return encodable(text) != text or _REPLACEMENT in text


def fault_of(password: str) -> str | None:
    """Return a sentence about what is wrong with a new password, or None.

    Blanks at its ends count towards the longest, not towards the shortest.
    """
    if is_damaged(password):
        return "A password is text; this one has damaged characters. Type it again."
    inner, length = len(password.strip()), len(password)
    if inner >= SHORTEST and length <= LONGEST:
        return None
    found = inner if inner < SHORTEST else length
    return f"A password has {SHORTEST} to {LONGEST} characters; this one has {found}."


def check(password: str) -> None:
    """Raise `BadInput` with what is wrong with a new password, if anything is."""
    fault = fault_of(password)
    if fault:
        raise BadInput(fault)
