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

    def start(self, token: str, user_id: str, password_hash: str | None) -> None:
        """Start a session of twelve hours for somebody with this password hash.

        Raises `Refused` where the account or its password changed since it was checked.
        """
        as_checked = sa.and_(
            staff.c.user_id == user_id, staff.c.password_hash.is_not_distinct_from(password_hash)
        )
        expires_at = to_microseconds(self._clock.now() + SIGNED_IN_FOR)
        row = {"token_hash": digest_of(token), "user_id": user_id, "expires_at": expires_at}
        with writing(self._engine) as connection:
            if connection.scalar(sa.select(staff.c.user_id).where(as_checked)) is None:
                raise Refused("Your password was changed while you signed in. Sign in again.")
            connection.execute(sa.insert(sessions).values(row))

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


def end_all(connection: sa.Connection, user_id: str) -> None:
    """End every session of this staff member."""
    connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))
