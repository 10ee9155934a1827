"""Who is signed in where: sessions that every process can end at once.

The browser's cookie carries the token of a session. It counts only while its row is here, so a
copied cookie is worth nothing after signing out, whichever process is asked.
"""

import hashlib
import secrets
from datetime import timedelta

import sqlalchemy as sa

from ledger.clock import Clock, to_microseconds
from ledger.errors import Refused
from ledger.store.engine import reading, writing
from webapp.accounts.table import sessions, staff

SIGNED_IN_FOR = timedelta(hours=12)
_MOST_OF_ACCOUNT = 20
"""A person who signs in once more is signed out where they signed in longest ago."""


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

    def start(self, token: str, user_id: str, epoch: int) -> None:
        """Start a session of twelve hours for an account that was looked up in this epoch.

        Raises `Refused` where its access was ended, or its password changed, since then.
        """
        expires_at = to_microseconds(self._clock.now() + SIGNED_IN_FOR)
        row = {"token_hash": digest_of(token), "user_id": user_id, "expires_at": expires_at}
        with writing(self._engine) as connection:
            check_epoch(connection, user_id, epoch)
            connection.execute(sa.insert(sessions).values(row))
            _end_oldest(connection, user_id)

    def user_of(self, token: str) -> str | None:
        """Return the user id of a session; None where it has ended."""
        query = sa.select(sessions.c.user_id).where(
            sessions.c.token_hash == digest_of(token),
            sessions.c.expires_at > to_microseconds(self._clock.now()),
        )
        with reading(self._engine) as connection:
            user_id: str | None = connection.scalar(query)
        return user_id

    def end(self, token: str) -> None:
        """End one session, wherever its cookie was copied to."""
        with writing(self._engine) as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.token_hash == digest_of(token)))


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


def end_all(connection: sa.Connection, user_id: str) -> None:
    """End every session of this staff member."""
    connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))
