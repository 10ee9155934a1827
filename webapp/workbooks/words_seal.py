"""Seals the words of a search that a job keeps: they may be a name or a number of somebody."""

import base64
import binascii
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import BadInput

_NONCE_BYTES = 12
_UNREADABLE = "The words of the search cannot be read. Start it again."


class WordsSeal:
    """Encrypts words under a key that is made from the program's secret key."""

    def __init__(self, secret: str) -> None:
        key = hmac.new(secret.encode(), b"words of a background job", hashlib.sha256).digest()
        self._cipher = AESGCM(key)

    def sealed(self, words: str, job_id: str) -> str:
        """Return the words so that the program alone can read them; blank ones stay blank."""
        if not words:
            return ""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        encrypted = self._cipher.encrypt(nonce, words.encode(), job_id.encode())
        return base64.b64encode(nonce + encrypted).decode()

    def opened(self, sealed: str, job_id: str) -> str:
        """Return the words. Raises `BadInput` where they were sealed by another program."""
        if not sealed:
            return ""
        try:
            data = base64.b64decode(sealed, validate=True)
            nonce, encrypted = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, encrypted, job_id.encode()).decode()
        except (binascii.Error, InvalidTag, ValueError) as error:
            raise BadInput(_UNREADABLE) from error
