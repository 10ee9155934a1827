"""The signing key, in a file outside the database, with the public keys of earlier signing keys.

The file is PEM, readable by its owner only: first the private key, then the public keys, so that
earlier checkpoints can still be verified.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from ledger import atomic_file
from ledger.errors import BadSetting
from ledger.proof.note_keys import NamedKey

_BLOCK = re.compile(rb"-----BEGIN [^-]+-----.+?-----END [^-]+-----", re.DOTALL)


@dataclass(frozen=True)
class SigningKeys:
    """The key that signs, and the public keys of earlier ones."""

    signing: Ed25519PrivateKey
    earlier: Sequence[Ed25519PublicKey]

    @property
    def public(self) -> Sequence[Ed25519PublicKey]:
        """All public keys, the present one first."""
        return [self.signing.public_key(), *self.earlier]

    def named(self, name: str) -> list[NamedKey]:
        """All public keys with that name."""
        return [NamedKey(name, key) for key in self.public]

    def rotated(self) -> "SigningKeys":
        """A new signing key, with these keys as earlier ones."""
        return SigningKeys(Ed25519PrivateKey.generate(), self.public)


class KeyFile:
    """The file of the signing keys."""

    def __init__(
        self, path: Path | None, *, elsewhere: str = "set LEDGER_SIGNING_KEY to a file elsewhere"
    ) -> None:
        """`path` is None if the setting is missing; `elsewhere` says how to choose another."""
        self._given = path
        self._elsewhere = elsewhere

    @property
    def path(self) -> Path:
        """Where the file is; raises `BadSetting` if the setting is missing."""
        if self._given is None:
            raise BadSetting(
                "LEDGER_SIGNING_KEY is not set; with PostgreSQL it names the file that signs "
                "checkpoints, the same for every process and outside the database."
            )
        return self._given

    def read(self) -> SigningKeys | None:
        """Return the keys; None without a file. Raises `BadSetting` for a file without a key."""
        if self._given is None:
            return None
        try:
            return keys_in(self.path.read_bytes(), f"The signing key {self.path}")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise BadSetting(f"The signing key {self.path} cannot be read: {error}.") from error

    def read_or_make(self) -> SigningKeys:
        """Return the keys; make them first if there is no file. Raises `BadSetting`."""
        keys = self.read()
        if keys is not None:
            return keys
        first = SigningKeys(Ed25519PrivateKey.generate(), [])
        with self._write_errors(), contextlib.suppress(FileExistsError):  # another process did
            atomic_file.create(self.path, _encoded(first))
        return self.read_or_make()

    @property
    def _next(self) -> "KeyFile":
        """The file of the keys that follow, until they replace the present ones."""
        return KeyFile(self.path.with_name(f"{self.path.name}.next"))

    def read_next(self) -> SigningKeys | None:
        """Return the keys that a rotation wrote and did not put in place; None without any."""
        return self._next.read() if self._given else None

    def write_next(self, keys: SigningKeys) -> None:
        """Write the keys that will replace the present ones. Raises `BadSetting`."""
        path = self._next.path
        with (
            self._write_errors(),
            atomic_file.replacing(path) as file,
        ):
            file.write(_encoded(keys))

    def use_next(self) -> SigningKeys:
        """Put the next keys in the place of the present ones, and return them."""
        with self._write_errors():
            atomic_file.move(self._next.path, self.path)
        return self.read_or_make()

    @contextlib.contextmanager
    def _write_errors(self) -> Iterator[None]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            yield
        except OSError as error:
            raise BadSetting(
                f"The signing key {self.path} cannot be written ({error.strerror}). Make its "
                f"folder writable, or {self._elsewhere}."
            ) from error


def keys_in(content: bytes, name: str) -> SigningKeys:
    """Return the keys in the content of such a file; raises `BadSetting`, which names it."""
    try:
        first, *others = _BLOCK.findall(content)
        signing = load_pem_private_key(first, password=None)
        earlier = [load_pem_public_key(other) for other in others]
    except (ValueError, TypeError) as error:
        raise BadSetting(f"{name} cannot be read: {error}.") from error
    public = [key for key in earlier if isinstance(key, Ed25519PublicKey)]
    if not isinstance(signing, Ed25519PrivateKey) or len(public) < len(earlier):
        raise BadSetting(f"{name} is no Ed25519 key.")
    return SigningKeys(signing, public)


def _encoded(keys: SigningKeys) -> bytes:
    private = keys.signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    earlier = [
        key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) for key in keys.earlier
    ]
    return b"".join([private, *earlier])
