"""Who is signed in where: sessions that every process can end at once.

The browser's cookie carries the token of a session. It counts only while its row is here, so a
copied cookie is worth nothing after signing out, whichever process is asked.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import Refused
from ledger.store.engine import reading, writing
from webapp.accounts.account import Account, account_of
from webapp.accounts.table import sessions, staff

SIGNED_IN_FOR = timedelta(hours=12)
_MOST_OF_ACCOUNT = 20
"""A person who signs in once more is signed out where they signed in longest ago."""
_ID_CHARACTERS = 12
_LONGEST_BROWSER = 400

_OWNER = (
    sa.select(*staff.c.values())
    .join(sessions, sessions.c.user_id == staff.c.user_id)
    .where(
        sessions.c.token_hash == sa.bindparam("token", type_=sa.Text),
        sessions.c.expires_at > sa.bindparam("now", type_=sa.BigInteger),
    )
)


@dataclass(frozen=True)
class SessionOrigin:
    """Where somebody signs in."""

    address: str = ""
    """The client's network."""
    browser: str = ""
    """As the browser names itself."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """Where somebody is signed in."""

    session_id: str
    """The first characters of the token's digest, which open nothing."""
    ends_at: datetime
    started_at: datetime | None
    """None for one that an earlier version began."""
    origin: SessionOrigin
    is_this: bool
    """Whether the present request belongs to it."""


def new_token() -> str:
    """Return the token of a session or a link."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


class Sessions:
    """The sessions of all staff; every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def start(self, token: str, user_id: str, epoch: int, origin: SessionOrigin) -> None:
        """Start a session of twelve hours for an account that was looked up in this epoch.

        Raises `Refused` where its access was ended, or its password changed, since then.
        """
        now = self._clock.now()
        row = {
            "token_hash": digest_of(token),
            "user_id": user_id,
            "expires_at": to_microseconds(now + SIGNED_IN_FOR),
            "started_at": to_microseconds(now),
            "address": origin.address,
            "browser": origin.browser[:_LONGEST_BROWSER],
        }
        of_account = sa.update(staff).where(staff.c.user_id == user_id)
        with writing(self._engine) as connection:
            check_epoch(connection, user_id, epoch)
            connection.execute(of_account.values(signed_in_at=to_microseconds(now)))
            connection.execute(sa.insert(sessions).values(row))
            _end_oldest(connection, user_id)

    def owner_of(self, token: str) -> Account | None:
        """Return the account of a session; None where it has ended."""
        now = to_microseconds(self._clock.now())
        with reading(self._engine) as connection:
            row = connection.execute(_OWNER, {"token": digest_of(token), "now": now}).one_or_none()
        return account_of(row) if row else None

    def of(self, user_id: str, token: str | None = None) -> list[Session]:
        """Return the sessions of an account, the newest first; `token` is that of this request."""
        column = sessions.c
        query = sa.select(*column.values()).where(
            column.user_id == user_id, column.expires_at > to_microseconds(self._clock.now())
        )
        this = digest_of(token) if token else None
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(column.expires_at.desc())).all()
        return [_session(row, is_this=row.token_hash == this) for row in rows]

    def end_one(self, user_id: str, session_id: str) -> bool:
        """End one session of an account; return whether it was there."""
        with writing(self._engine) as connection:
            return end_one(connection, user_id, session_id)

    def end(self, token: str) -> None:
        """End one session, wherever its cookie was copied to."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.token_hash == digest_of(token)))


def _session(row: sa.Row[Any], *, is_this: bool) -> Session:
    started_at = row.started_at
    return Session(
        session_id=row.token_hash[:_ID_CHARACTERS],
        ends_at=from_microseconds(row.expires_at),
        started_at=None if started_at is None else from_microseconds(started_at),
        origin=SessionOrigin(row.address or "", row.browser or ""),
        is_this=is_this,
    )


def check_epoch(connection: sa.Connection, user_id: str, epoch: int) -> None:
    """Raise `Refused` unless the account is in this epoch, where it stays until the commit."""
    row = sa.select(staff.c.epoch).where(staff.c.user_id == user_id).with_for_update()
    if connection.scalar(row) != epoch:
        raise Refused("Your account was changed meanwhile. Sign in again.")


def _end_oldest(connection: sa.Connection, user_id: str) -> None:
    column = sessions.c
    of_account = sa.select(column.token_hash).where(column.user_id == user_id)
    oldest = of_account.order_by(column.expires_at.desc()).offset(_MOST_OF_ACCOUNT)
    connection.execute(sa.delete(sessions).where(column.token_hash.in_(oldest)))


def is_in_progress(user_id: str, session_id: str, now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that this session of an account has not ended."""
    return sa.exists().where(
        _is_one(user_id, session_id), sessions.c.expires_at > to_microseconds(now)
    )


def end_one(connection: sa.Connection, user_id: str, session_id: str) -> bool:
    """End one session of an account; return whether it was there."""
    one = sa.delete(sessions).where(_is_one(user_id, session_id))
    return connection.execute(one).rowcount > 0


def _is_one(user_id: str, session_id: str) -> sa.ColumnElement[bool]:
    column = sessions.c
    first_characters = sa.func.substr(column.token_hash, 1, _ID_CHARACTERS)
    return sa.and_(column.user_id == user_id, first_characters == session_id)


def end_all(connection: sa.Connection, user_id: str) -> None:
    """End every session of this staff member."""
    connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))
