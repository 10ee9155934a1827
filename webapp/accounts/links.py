"""Sign-in links, each of which signs one staff member in once."""

from datetime import timedelta

import sqlalchemy as sa

from ledger.clock import Clock, to_microseconds
from ledger.errors import Refused
from ledger.store.engine import reading, writing
from ledger.store.upsert import insert_into
from webapp.accounts.sessions import digest_of, new_token
from webapp.accounts.table import sign_in_links, staff
from webapp.accounts.ways_in import is_admitted

COMMAND_LIFETIME = timedelta(hours=24)
"""Of a link that an administrator sends to somebody."""
START_LIFETIME = timedelta(hours=1)
"""Of a link that a server makes at its start."""


class SignInLinks:
    """The links of all staff that are not used yet; every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def new(self, user_id: str, *, origin: str, lifetime: timedelta) -> str:
        """Return the token of a new link. It voids the earlier one of the same origin only.

        So a server that starts, or a command on another machine, leaves the links of others.
        Raises `Refused` for an account that is disabled, or was removed.
        """
        token = new_token()
        values = {
            "token_hash": digest_of(token),
            "expires_at": to_microseconds(self._clock.now() + lifetime),
        }
        new = insert_into(self._engine.dialect.name, sign_in_links)
        upsert = new.values(user_id=user_id, origin=origin, **values).on_conflict_do_update(
            index_elements=["user_id", "origin"], set_=values
        )
        may_sign_in = sa.select(staff.c.user_id).where(staff.c.user_id == user_id, is_admitted())
        with writing(self._engine) as connection:
            if connection.scalar(may_sign_in.with_for_update()) is None:
                raise Refused("This account is disabled or removed: no link lets it in.")
            connection.execute(upsert)
        return token

    def owner_of(self, token: str) -> str | None:
        """Return whom a link signs in, without using it; None for a used, old or wrong token."""
        query = sa.select(sign_in_links.c.user_id).where(self._is_open(token))
        with reading(self._engine) as connection:
            user_id: str | None = connection.scalar(query)
        return user_id

    def redeem(self, token: str) -> str | None:
        """Use a link: return the user id; None for a used, old or wrong token."""
        use = (
            sa.delete(sign_in_links).where(self._is_open(token)).returning(sign_in_links.c.user_id)
        )
        with writing(self._engine) as connection:
            user_id: str | None = connection.scalar(use)
        return user_id

    def _is_open(self, token: str) -> sa.ColumnElement[bool]:
        return sa.and_(
            sign_in_links.c.token_hash == digest_of(token),
            sign_in_links.c.expires_at > to_microseconds(self._clock.now()),
        )


def void_all(connection: sa.Connection, user_id: str) -> None:
    """Void every link of this staff member."""
    connection.execute(sa.delete(sign_in_links).where(sign_in_links.c.user_id == user_id))
