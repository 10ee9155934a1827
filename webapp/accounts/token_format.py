"""What a token of the API looks like; programs that search for leaked secrets recognise it.

    dlt_0pXf4hQm3nCqkq8Zr1cQyB5sJ7wLxT2vUe9GdKaRiNo1mPbWzF3k

After `dlt_` come 256 random bits in 43 letters and digits, and six of a checksum, so that a slip or
an invention is noticed without asking a database.
"""

import re
import secrets
import string
import zlib

_PREFIX = "dlt_"
_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM_CHARACTERS, _CHECKSUM_CHARACTERS = 43, 6
_SHOWN_CHARACTERS = 8
TOKEN = re.compile(rf"{_PREFIX}[0-9A-Za-z]{{{_RANDOM_CHARACTERS + _CHECKSUM_CHARACTERS}}}")


def new_api_token() -> str:
    """Return a new random token."""
    return _with_checksum(_PREFIX + _written(secrets.randbits(256), _RANDOM_CHARACTERS))


def is_api_token(text: str) -> bool:
    """Whether a text can be a token: its form and its checksum are right."""
    return bool(TOKEN.fullmatch(text)) and text == _with_checksum(text[:-_CHECKSUM_CHARACTERS])


def start_of_token(token: str) -> str:
    """Return the characters by which people know a token: `dlt_0pXf4hQm`."""
    return token[: len(_PREFIX) + _SHOWN_CHARACTERS]


def _with_checksum(start: str) -> str:
    return start + _written(zlib.crc32(start.encode()), _CHECKSUM_CHARACTERS)


def _written(number: int, length: int) -> str:
    characters = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))
