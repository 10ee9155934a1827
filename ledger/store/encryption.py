"""Sealing: personal data is one encrypted part of an event, under a key of its contact.

AES-GCM from `cryptography`, bound to the event's place, so that a sealed part cannot be moved to
another event. Contact keys lie in the ledger's database wrapped by the master key; without a
contact's key what was sealed under it is gone for good.
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

from ledger.errors import WrongKey
from ledger.store.contact_keys import key_epoch, wrapped_keys
from ledger.store.engine import reading
from ledger.store.schema import ledger_info

_KEY_BYTES = 32
_NONCE_BYTES = 12
FINGERPRINT_BYTES = 4
_MOST_CACHED = 20_000
_TRUSTED_SECONDS = 0.25


def master_key(secret: str) -> bytes:
    """The 32-byte key that wraps all others, from a secret of any length."""
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=b"delivery-ledger master key").derive(
        secret.encode()
    )


def seal(key: bytes, plain: bytes, place: str) -> bytes:
    """`plain` encrypted and bound to `place`; 28 bytes longer."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """What was sealed at that place; raises `WrongKey` for another key, place or altered bytes."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], place.encode())
    except InvalidTag as error:
        raise WrongKey(f"What was sealed at {place} does not open with the key at hand.") from error


def fingerprint(key: bytes) -> bytes:
    """Four bytes by which a sealed part tells whether a key is the one it was sealed with."""
    return hashlib.sha256(b"delivery-ledger key" + key).digest()[:FINGERPRINT_BYTES]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A subject's first key, and the same wrapped by the master key."""

    plain: bytes
    wrapped: bytes


@dataclass
class _Opened:
    """Keys unwrapped in one epoch; thrown away whole when the next begins."""

    epoch: int
    keys: dict[str, bytes] = field(default_factory=dict)


class Keyring:
    """The contact keys of one ledger, unwrapped as they are needed.

    What another process destroyed is known here a quarter of a second later. Within that time a
    destroyed key may still open what is read; nothing is written with it (see `store/keys.py`).
    """

    def __init__(self, engine: sa.Engine, master: bytes) -> None:
        self._engine = engine
        self._master = master
        self._opened = _Opened(-1)
        self._trusted_until = 0.0

    @property
    def epoch(self) -> int:
        """The key epoch that what is read here belongs to; raises `WrongKey` as `keys_of` does."""
        return self._current().epoch

    def invalidate(self) -> None:
        """Ask the store at the next use whether keys were destroyed."""
        self._trusted_until = 0.0

    def keys_of(
        self,
        subject_ids: Collection[str],
        read: Callable[[Collection[str]], dict[str, bytes]] | None = None,
    ) -> dict[str, bytes]:
        """Subject → key, for those that have one; `read` gives wrapped keys in a transaction.

        Raises `WrongKey` once the master key is another than the one at hand.
        """
        cache = self._current().keys
        found = {s: cache[s] for s in subject_ids if s in cache}
        missing = [s for s in dict.fromkeys(subject_ids) if s not in found]
        if missing and len(cache) + len(missing) > _MOST_CACHED:
            cache.clear()
            cache.update(found)  # these are wanted again at once, one by one
        if missing:
            for subject, wrapped in (read or self._stored)(missing).items():
                found[subject] = cache[subject] = unseal(self._master, wrapped, subject)
        return found

    def _stored(self, subject_ids: Collection[str]) -> dict[str, bytes]:
        with reading(self._engine) as connection:
            return wrapped_keys(connection, subject_ids)

    def key_of(self, subject_id: str) -> bytes | None:
        """The key of one subject, mostly one of those that were asked for together before."""
        key = self._current().keys.get(subject_id)
        return self.keys_of([subject_id]).get(subject_id) if key is None else key

    def _current(self) -> _Opened:
        """What is unwrapped of this epoch; a thread of an older one fills what nobody reads."""
        if time.monotonic() >= self._trusted_until:
            with reading(self._engine) as connection:
                epoch = key_epoch(connection)
                named = sa.select(ledger_info).where(ledger_info.c.name == "identity_key")
                info = {row.name: row.value for row in connection.execute(named)}
            if epoch != self._opened.epoch:
                self._check(info)
                self._opened = _Opened(epoch)
            self._trusted_until = time.monotonic() + _TRUSTED_SECONDS
        return self._opened

    def _check(self, info: Mapping[str, bytes]) -> None:
        try:
            identity_key(info, self._master)
        except WrongKey as error:
            raise WrongKey(
                "The master key was changed while this program ran. Restart it with "
                "LEDGER_MASTER_KEY set to the new one."
            ) from error

    def new_keys(self, subject_ids: Iterable[str]) -> dict[str, NewKey]:
        """Subject → a fresh key, to be written with the subject's first sealed event."""
        keys = {subject: secrets.token_bytes(_KEY_BYTES) for subject in subject_ids}
        return {s: NewKey(key, seal(self._master, key, s)) for s, key in keys.items()}


def identity_key(info: Mapping[str, bytes], master: bytes) -> bytes:
    """The ledger's identity key; that it opens is the check of the master key.

    Raises `WrongKey` with the settings to look at.
    """
    try:
        return unseal(master, info["identity_key"], "identity_key")
    except WrongKey as error:
        raise WrongKey(
            "The master key does not open this ledger. Set LEDGER_MASTER_KEY (or, where that was "
            "never set, LEDGER_SECRET_KEY) to the value this ledger was made with, or that its "
            "master key was changed to."
        ) from error


def new_identity_key(master: bytes) -> bytes:
    """A fresh identity key, wrapped, for a ledger's birth."""
    return seal(master, secrets.token_bytes(_KEY_BYTES), "identity_key")
