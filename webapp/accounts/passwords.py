"""The rule for passwords and their hashing, for the command line and the pages.

A password must be long, and needs no special characters or regular changes (NIST SP 800-63B).
"""

import unicodedata
from collections.abc import Mapping

from passlib.context import CryptContext

SCHEME = "argon2"
SHORTEST = 10
LONGEST = 128


def normalised(password: str) -> str:
    """Return the password as it is hashed; `é` from any keyboard becomes the same characters."""
    return unicodedata.normalize("NFKD", password)


def fault_of(password: str) -> str | None:
    """Return a sentence about what is wrong with a password, or None."""
    length = len(password.strip())
    if SHORTEST <= length <= LONGEST:
        return None
    return f"A password has {SHORTEST} to {LONGEST} characters; this one has {length}."


def hashing(options: Mapping[str, int]) -> CryptContext:
    """Return what hashes and checks passwords; `options` set costs such as `argon2__time_cost`."""
    return CryptContext(schemes=[SCHEME], **options)
