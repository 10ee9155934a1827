"""Answers that are kept for a day under their Idempotency-Key, in a store of all processes.

A request that came before gets the answer that it got. That nothing is done twice does not depend
on this store: where a process is killed before it keeps an answer, the request is carried out again
under the same name, and the ledger notices the repeat.

Answers may have names and numbers in them. They are encrypted under a key that is made from the
Idempotency-Key, which is stored nowhere: only who sent the request can have the answer.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.clock import Clock, to_microseconds
from ledger.errors import StoreRejected
from ledger.store.engine import reading, writing
from webapp.unwritten_counts import TablesAtFirstUse

KEPT_FOR = timedelta(hours=24)
_LEASE = timedelta(seconds=60)
"""A request that has shown no sign of life for that long was cut off, and may be sent again."""
_NONCE_BYTES = 12

metadata = sa.MetaData()

kept_answers = sa.Table(
    "api_kept_answers",
    metadata,
    sa.Column("key_hash", sa.Text, primary_key=True, comment="of the actor and the key"),
    sa.Column("request_hash", sa.Text, nullable=False),
    sa.Column("lease_until", sa.BigInteger, nullable=False, comment="microseconds since 1970 UTC"),
    sa.Column("expires_at", sa.BigInteger, nullable=False, index=True, comment="the same"),
    sa.Column("answer", sa.LargeBinary, comment="encrypted; null while it is being made"),
)


class KeptAnswer(msgspec.Struct, frozen=True):
    """An answer as it is kept."""

    status: int
    headers: dict[str, str]
    body: bytes


class InProgressError(Exception):
    """The same request is being carried out."""


class KeyReusedError(Exception):
    """Another request had this key."""


@dataclass(frozen=True)
class RequestName:
    """What a request is known by: hashes of its key, and of itself."""

    key_hash: str
    request_hash: str
    cipher_key: bytes

    @classmethod
    def of(cls, secret: str, actor: str, key: str, request: bytes) -> "RequestName":
        """Return the name of a request; the same actor, key and request have the same one."""
        digest = _Digests(secret)
        return cls(
            digest("key", actor, key).hex(),
            digest("request", actor, key, request.hex()).hex(),
            digest("cipher", actor, key),
        )


class KeptAnswers:
    """The answers of the last day; every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._tables = TablesAtFirstUse(engine, metadata)

    def begin(self, name: RequestName) -> KeptAnswer | None:
        """Begin a request; return its answer where it was carried out before.

        Raises `InProgressError` and `KeyReusedError`.
        """
        self._tables.ensure()
        self._remove_old()
        try:
            return self._claim(name)
        except StoreRejected as error:  # another process began the same request just now
            raise InProgressError from error

    def renew(self, name: RequestName) -> None:
        """Say that the request is still being carried out."""
        self._change(name, lease_until=self._at(_LEASE))

    def keep(self, name: RequestName, answer: KeptAnswer) -> None:
        """Keep the answer to a request that was carried out."""
        encoded = msgspec.msgpack.encode(answer)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        encrypted = AESGCM(name.cipher_key).encrypt(nonce, encoded, name.request_hash.encode())
        self._change(name, answer=nonce + encrypted)

    def forget(self, name: RequestName) -> None:
        """Let the key be used again, as nothing was changed."""
        column = kept_answers.c
        unanswered = sa.and_(column.key_hash == name.key_hash, column.answer.is_(None))
        with writing(self._engine) as connection:
            connection.execute(sa.delete(kept_answers).where(unanswered))

    def _claim(self, name: RequestName) -> KeptAnswer | None:
        column, now = kept_answers.c, self._at(timedelta())
        own = column.key_hash == name.key_hash
        with writing(self._engine) as connection:
            row = connection.execute(sa.select(kept_answers).where(own)).one_or_none()
            if row is None:
                new = {
                    "key_hash": name.key_hash,
                    "request_hash": name.request_hash,
                    "lease_until": self._at(_LEASE),
                    "expires_at": self._at(KEPT_FOR),
                }
                connection.execute(sa.insert(kept_answers).values(new))
                return None
            if row.request_hash != name.request_hash:
                raise KeyReusedError
            if row.answer is not None:
                return _decrypted(name, row)
            taken = sa.update(kept_answers).where(own, column.lease_until == row.lease_until)
            if (
                row.lease_until > now
                or not connection.execute(taken.values(lease_until=self._at(_LEASE))).rowcount
            ):
                raise InProgressError
            return None

    def _remove_old(self) -> None:
        old = kept_answers.c.expires_at <= self._at(timedelta())
        with reading(self._engine) as connection:
            has_old = connection.scalar(sa.select(sa.exists().where(old)))
        if has_old:
            with writing(self._engine) as connection:
                connection.execute(sa.delete(kept_answers).where(old))

    def _change(self, name: RequestName, **changes: Any) -> None:
        changed = sa.update(kept_answers).where(kept_answers.c.key_hash == name.key_hash)
        with writing(self._engine) as connection:
            connection.execute(changed.values(**changes))

    def _at(self, later: timedelta) -> int:
        return to_microseconds(self._clock.now() + later)


class _Digests:
    """Digests under the program's secret key."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def __call__(self, *words: str) -> bytes:
        encoded = [word.encode() for word in ("api answer", *words)]
        message = b"".join(len(word).to_bytes(8) + word for word in encoded)
        return hmac.new(self._secret, message, hashlib.sha256).digest()


def _decrypted(name: RequestName, row: sa.Row[Any]) -> KeptAnswer:
    try:
        nonce, encrypted = row.answer[:_NONCE_BYTES], row.answer[_NONCE_BYTES:]
        encoded = AESGCM(name.cipher_key).decrypt(nonce, encrypted, name.request_hash.encode())
    except InvalidTag as error:  # somebody changed the row
        raise KeyReusedError from error
    return msgspec.msgpack.decode(encoded, type=KeptAnswer)
