"""Passkeys, authenticator apps and recovery codes: reading them, and what each use changes.

What adds or ends them is recorded as an event first, in `webapp.factors`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.store.engine import reading, writing
from webapp.accounts.factor_tables import passkeys, recovery_codes, two_factor


@dataclass(kw_only=True)
class Passkey:
    """A passkey of somebody. Flask-Security chose most of the names, and sets `sign_count`."""

    passkey_id: str
    user_id: str
    name: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    added_at: datetime
    used_at: datetime | None = None
    usage: str = "first"
    """Flask-Security's word for a passkey that needs no password beside it."""
    extensions: str | None = None
    backup_state: bool = False
    device_type: str = ""
    lastuse_datetime: datetime | None = None
    """Set by Flask-Security at each use; `used_at` is what is stored."""


@dataclass(frozen=True)
class TwoFactor:
    """The authenticator app of somebody."""

    secret: str
    """Encrypted, as Flask-Security's TOTP factory reads it."""
    last_counter: int | None
    """Codes up to this one were used."""


@dataclass(frozen=True)
class Factors:
    """All that one person has."""

    two_factor: TwoFactor | None = None
    recovery_codes: Mapping[int, str] = field(default_factory=dict)
    """Number → HMAC of each code that is left."""
    passkeys: tuple[Passkey, ...] = ()


@dataclass(frozen=True)
class FactorCounts:
    """What the list of people says of one person."""

    has_two_factor: bool
    passkeys: int


class FactorStore:
    """What all people have; every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def of(self, user_id: str) -> Factors:
        """Return what one person has."""
        with reading(self._engine, is_consistent=True) as connection:
            row = connection.execute(_of(two_factor, user_id)).one_or_none()
            codes = connection.execute(_of(recovery_codes, user_id)).all()
            keys = connection.execute(
                _of(passkeys, user_id).order_by(passkeys.c.added_at, passkeys.c.passkey_id)
            ).all()
        return Factors(
            two_factor=None if row is None else TwoFactor(row.secret, row.last_counter),
            recovery_codes={code.number: code.digest for code in codes},
            passkeys=tuple(map(_passkey, keys)),
        )

    def counts(self) -> dict[str, FactorCounts]:
        """Return user id → counts, of everybody who has something."""
        with reading(self._engine, is_consistent=True) as connection:
            with_app = set(connection.scalars(sa.select(two_factor.c.user_id)))
            keys = Counter(connection.scalars(sa.select(passkeys.c.user_id)))
        return {
            user_id: FactorCounts(user_id in with_app, keys[user_id])
            for user_id in with_app | keys.keys()
        }

    def passkey(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey with this credential id, if any."""
        query = sa.select(passkeys).where(passkeys.c.credential_id == credential_id)
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return _passkey(row) if row else None

    def use_passkey(self, passkey: Passkey) -> None:
        """Store that a passkey was used now, and its count of signatures."""
        change = sa.update(passkeys).where(passkeys.c.passkey_id == passkey.passkey_id)
        used_at = to_microseconds(self._clock.now())
        with writing(self._engine) as connection:
            connection.execute(change.values(sign_count=passkey.sign_count, used_at=used_at))

    def use_counter(self, user_id: str, counter: int) -> bool:
        """Store that the code of this counter was used; False where it was used already."""
        column = two_factor.c
        change = sa.update(two_factor).where(
            column.user_id == user_id,
            sa.or_(column.last_counter.is_(None), column.last_counter < counter),
        )
        with writing(self._engine) as connection:
            return connection.execute(change.values(last_counter=counter)).rowcount > 0


def _of(table: sa.Table, user_id: str) -> sa.Select[Any]:
    return sa.select(table).where(table.c.user_id == user_id)


def _passkey(row: sa.Row[Any]) -> Passkey:
    return Passkey(
        passkey_id=row.passkey_id,
        user_id=row.user_id,
        name=row.name,
        credential_id=row.credential_id,
        public_key=row.public_key,
        sign_count=row.sign_count,
        transports=row.transports.split(),
        added_at=from_microseconds(row.added_at),
        used_at=None if row.used_at is None else from_microseconds(row.used_at),
    )
