"""Sealing: personal data is one encrypted part of an event, under a key of its contact.

AES-GCM from `cryptography`, bound to the event, so that a sealed part cannot be moved to another.
Contact keys are stored in the ledger's database, wrapped by the master key; once a contact's key is
destroyed, what it sealed can never be read again.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.errors import LedgerDamaged, WrongKey
from ledger.store.contact_keys import key_epoch, wrapped_keys
from ledger.store.engine import reading
from ledger.store.schema import INFO_VALUE, ledger_info

_KEY_BYTES = 32
_NONCE_BYTES = 12
FINGERPRINT_BYTES = 4
_WRAPPING_DIGITS = 32
_MOST_CACHED = 20_000
_TRUSTED_SECONDS = 0.25
_NO_EPOCH = -1


def master_key(secret: str) -> bytes:
    """Derive the 32-byte key that wraps all others from a secret of any length."""
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"delivery-ledger master key").derive(
        secret.encode()
    )


def seal(key: bytes, plain: bytes, bound_to: str) -> bytes:
    """Encrypt `plain`, bound to a name or an event; the result is 28 bytes longer."""
    return _sealed(AESGCM(key), plain, bound_to)


def _sealed(cipher: AESGCM, plain: bytes, bound_to: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound_to.encode())


def unseal(key: bytes, sealed: bytes, bound_to: str) -> bytes:
    """Decrypt what was sealed.

    Raises `WrongKey` for another key, for bytes that were bound to something else, or altered, and
    for what is no sealed data at all.
    """
    return _unsealed(AESGCM(key), sealed, bound_to)


def _unsealed(cipher: AESGCM, sealed: bytes, bound_to: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, TypeError, ValueError) as error:
        raise WrongKey(f"The sealed data of {bound_to} does not open with this key.") from error


def fingerprint(key: bytes) -> bytes:
    """Return four bytes that show which key something was sealed with."""
    return hashlib.sha256(b"delivery-ledger key" + key).digest()[:FINGERPRINT_BYTES]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A subject's first key, and the same wrapped by the master key."""

    plain: bytes
    wrapped: bytes


@dataclass
class _Cache:
    """The keys unwrapped in one epoch; discarded together when the next begins."""

    epoch: int
    keys: dict[str, bytes] = field(default_factory=dict)


class Keyring:
    """The contact keys of one ledger, unwrapped as they are needed.

    A key that another process destroyed may open what is read for a quarter of a second more;
    nothing is written with it (see `contact_keys.py`).
    """

    def __init__(self, engine: sa.Engine, master: bytes) -> None:
        self._engine = engine
        self._master = master
        self._master_cipher = AESGCM(master)  # made once: it wraps and unwraps every key
        self._cache = _Cache(_NO_EPOCH)
        self._trusted_until = 0.0

    @property
    def epoch(self) -> int:
        """The key epoch of the unwrapped keys; raises `WrongKey` as `keys_of` does."""
        return self._current().epoch

    def invalidate(self) -> None:
        """Make the next use ask the store whether keys were destroyed."""
        self._trusted_until = 0.0

    def keys_of(
        self,
        subject_ids: Collection[str],
        read: Callable[[Collection[str]], dict[str, bytes]] | None = None,
    ) -> dict[str, bytes]:
        """Return subject → key, for the subjects that have one.

        `read` returns wrapped keys within a transaction of the caller. Raises `WrongKey` once the
        ledger has another master key.
        """
        cache = self._current().keys
        keys = {s: cache[s] for s in subject_ids if s in cache}
        missing = [s for s in dict.fromkeys(subject_ids) if s not in keys]
        if missing and len(cache) + len(missing) > _MOST_CACHED:
            cache.clear()
            cache.update(keys)  # the caller uses them again at once, one by one
        if missing:
            for subject, wrapped in (read or self._read_wrapped)(missing).items():
                keys[subject] = cache[subject] = _unsealed(self._master_cipher, wrapped, subject)
        return keys

    def _read_wrapped(self, subject_ids: Collection[str]) -> dict[str, bytes]:
        with reading(self._engine) as connection:
            return wrapped_keys(connection, subject_ids)

    def key_of(self, subject_id: str) -> bytes | None:
        """Return the key of one subject, mostly from the cache; None where it has none."""
        key = self._current().keys.get(subject_id)
        return self.keys_of([subject_id]).get(subject_id) if key is None else key

    def _current(self) -> _Cache:
        """Return the cache of the present epoch; a thread may still fill that of an older one."""
        if time.monotonic() >= self._trusted_until:
            with reading(self._engine) as connection:
                epoch = _epoch_for_reading(connection)
                query = sa.select(ledger_info).where(ledger_info.c.name == "identity_key")
                info = {row.name: row.value for row in connection.execute(query)}
            if epoch != self._cache.epoch:
                self._check_master_key(info)
                self._cache = _Cache(epoch)
            self._trusted_until = time.monotonic() + _TRUSTED_SECONDS
        return self._cache

    def _check_master_key(self, info: Mapping[str, bytes]) -> None:
        try:
            identity_key(info, self._master)
        except WrongKey as error:
            raise WrongKey(
                "The master key was changed while this program ran. Restart it with "
                "LEDGER_MASTER_KEY set to the new one."
            ) from error

    def new_keys(self, subject_ids: Iterable[str]) -> dict[str, NewKey]:
        """Return subject → a new key, to be written with the subject's first sealed event."""
        keys = {subject: secrets.token_bytes(_KEY_BYTES) for subject in subject_ids}
        return {s: NewKey(key, _sealed(self._master_cipher, key, s)) for s, key in keys.items()}


def _epoch_for_reading(connection: sa.Connection) -> int:
    """Return the present epoch; while it is damaged, no key is destroyed."""
    try:
        return key_epoch(connection)
    except LedgerDamaged:
        return _NO_EPOCH


def identity_key(info: Mapping[str, bytes], master: bytes) -> bytes:
    """Unwrap the ledger's identity key, which also checks the master key.

    Raises `WrongKey` with the settings to check.
    """
    try:
        return unseal(master, info["identity_key"], "identity_key")
    except WrongKey as error:
        raise WrongKey(
            "The master key does not open this ledger. Set LEDGER_MASTER_KEY (or, where that was "
            "never set, LEDGER_SECRET_KEY) to the value this ledger was made with, or that its "
            "master key was changed to."
        ) from error


def wrapping(engine: sa.Engine) -> str:
    """Return a text that stands for the master key, tells nothing of it, and changes with it.

    Raises `StoreUnavailable`.
    """
    query = sa.select(INFO_VALUE).where(ledger_info.c.name == "identity_key")
    with reading(engine) as connection:
        wrapped: bytes | None = connection.scalar(query)
    return hashlib.sha256(wrapped or b"").hexdigest()[:_WRAPPING_DIGITS]


def new_identity_key(master: bytes) -> bytes:
    """Return a new identity key, wrapped, for a new ledger."""
    return seal(master, secrets.token_bytes(_KEY_BYTES), "identity_key")
