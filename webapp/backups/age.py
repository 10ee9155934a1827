"""Encryption of backups in the format age, https://age-encryption.org/v1, by the library pyrage.

The command `age` opens them too. Data is encrypted and decrypted in parts, so that memory does not
grow with it.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from os import fdopen, pipe
from typing import IO, Protocol

import pyrage

from ledger.errors import BadInput

LONGEST_PART = 65_536
_RECIPIENTS = (pyrage.x25519.Recipient, pyrage.ssh.Recipient)
_ALTERED = "The backup is damaged: it is not whole, or it was altered. Use another copy of it."
_NOT_OPENED = "The private key does not open this backup. Give that of one of its recipients."


class Identity(Protocol):
    """A private key that opens what was encrypted to its public key."""


class Recipient(Protocol):
    """A public key that data is encrypted to."""


class NewIdentity(Identity, Protocol):
    """A private key that was just made; its text is `AGE-SECRET-KEY-1…`."""

    def to_public(self) -> Recipient:
        """Return its public key."""


def new_identity() -> NewIdentity:
    """Return a new private key."""
    identity: NewIdentity = pyrage.x25519.Identity.generate()
    return identity


def recipient_in(text: str) -> Recipient:
    """Return the public key `age1…` or `ssh-ed25519 …`; raises `BadInput` for other text."""
    for kind in _RECIPIENTS:
        try:
            recipient: Recipient = kind.from_str(text.strip())
        except pyrage.RecipientError:
            continue
        return recipient
    raise BadInput(
        "A recipient is a public key of age, such as age1…, or of SSH, such as ssh-ed25519 …; "
        "`age-keygen` makes a pair of keys."
    )


def identities_in(content: bytes) -> list[Identity]:
    """Return the private keys in a file of `age-keygen` or of `ssh-keygen`; raises `BadInput`."""
    try:
        if b"-----BEGIN " in content:
            return [pyrage.ssh.Identity.from_buffer(content)]
        lines = [line.strip() for line in content.decode().splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        identities: list[Identity] = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (pyrage.IdentityError, UnicodeDecodeError) as error:
        raise BadInput(
            "The file of --identity holds no private key that can be read. Give the file that "
            "`age-keygen` or `ssh-keygen` wrote, without a passphrase of its own."
        ) from error
    return identities


def encrypted_by_passphrase(content: bytes, passphrase: str) -> bytes:
    """Encrypt a little; takes about a second, so that guessing takes long."""
    encrypted: bytes = pyrage.passphrase.encrypt(content, passphrase)
    return encrypted


def decrypted_by_passphrase(content: bytes, passphrase: str) -> bytes:
    """Decrypt it; raises `BadInput` for another passphrase."""
    try:
        decrypted: bytes = pyrage.passphrase.decrypt(content, passphrase)
    except pyrage.DecryptError as error:
        raise BadInput(
            "The passphrase is not the one of this backup, or the file was altered."
        ) from error
    return decrypted


def encrypt(parts: Iterable[bytes], file: IO[bytes], recipients: Iterable[Recipient]) -> None:
    """Write the parts encrypted; raises what the parts and the file raise."""
    source, target = _Source(parts), _Target(file)
    try:
        pyrage.encrypt_io(source, target, list(recipients))
    except (pyrage.EncryptError, OSError):
        if error := source.error or target.error:
            raise error from None
        raise


@contextmanager
def decrypting(file: IO[bytes], identities: Iterable[Identity]) -> Iterator[IO[bytes]]:
    """Yield the decrypted data, which is read to its end after the block.

    Raises `BadInput` where no identity opens it, and where it is not whole or was altered: then
    what was read may be cut short.
    """
    receiving, sending = pipe()
    with ThreadPoolExecutor(1, "decryption") as threads, fdopen(receiving, "rb") as plain:
        decrypted = threads.submit(_decrypt, file, fdopen(sending, "wb"), list(identities))
        try:
            yield plain
            while plain.read(LONGEST_PART):
                pass
        except BaseException:
            plain.close()  # or the thread would wait for somebody who reads
            fault = decrypted.exception()
            if isinstance(fault, BadInput):
                raise fault from None
            raise
        decrypted.result()


def _decrypt(file: IO[bytes], plain: IO[bytes], identities: list[Identity]) -> None:
    with plain:
        target = _Target(plain)
        try:
            pyrage.decrypt_io(file, target, identities)
        except (pyrage.DecryptError, OSError) as error:
            if target.error:
                raise target.error from None
            is_other_key = "No matching keys" in str(error)
            raise BadInput(_NOT_OPENED if is_other_key else _ALTERED) from error


class _Source:
    """A file that is read from parts; keeps their error, of which pyrage keeps the words only."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._left = memoryview(b"")
        self.error: BaseException | None = None

    def read(self, size: int = LONGEST_PART) -> bytes:
        try:
            while not self._left:
                self._left = memoryview(next(self._parts))
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        part, self._left = self._left[:size], self._left[size:]
        return bytes(part)


class _Target:
    """A file that is written; keeps its error in the same way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: BaseException | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except BaseException as error:
            self.error = error
            raise

    def flush(self) -> None:
        try:
            self._file.flush()
        except BaseException as error:
            self.error = error
            raise
