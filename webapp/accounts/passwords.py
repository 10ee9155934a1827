"""What a password must be, and how it is hashed: one rule for the command line and the pages.

Long rather than odd, as NIST SP 800-63B asks: no character classes, no forced changes.
"""

import unicodedata
from collections.abc import Mapping

from passlib.context import CryptContext

SCHEME = "argon2"
SHORTEST = 10
LONGEST = 128


def normalised(password: str) -> str:
    """The password as it is hashed, so that every keyboard's `é` is the same `é`."""
    return unicodedata.normalize("NFKD", password)


def fault_of(password: str) -> str | None:
    """A sentence about what is wrong with this password, or None when it will do."""
    length = len(password.strip())
    if SHORTEST <= length <= LONGEST:
        return None
    return f"A password has {SHORTEST} to {LONGEST} characters; this one has {length}."


def hashing(options: Mapping[str, int]) -> CryptContext:
    """What hashes and checks passwords; `options` are its costs, as in `argon2__time_cost`."""
    return CryptContext(schemes=[SCHEME], **options)
