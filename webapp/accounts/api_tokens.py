"""Tokens of the API, as their rows say: whose each is, what it may do, and until when.

A token belongs to a person, and then acts as that person, or to a system, which acts under an id of
its own. Only a hash of a token is stored. Tokens are made and ended in
`webapp.token_changes`.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, from_microseconds, to_microseconds
from ledger.errors import BadInput, NotFound
from ledger.store.engine import reading, writing
from webapp.accounts.account import access_of
from webapp.accounts.names import name_key
from webapp.accounts.sessions import digest_of
from webapp.accounts.table import api_tokens
from webapp.accounts.token_format import is_api_token
from webapp.permissions import Access

USUAL_LIFETIME = timedelta(days=90)
LONGEST_LIFETIME = timedelta(days=366)
MOST_OF_OWNER = 20
"""Tokens of one person or system that can be used at the same time."""
_USE_IS_WRITTEN_AFTER = timedelta(minutes=1)
_SYSTEM = "sys_"


class TokenState(StrEnum):
    """Whether a token can be used."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True)
class ApiToken:
    """One token, without the secret itself."""

    token_id: str
    start: str
    """The first characters of the secret, by which people know it."""
    owner_id: str
    """The id under which it acts: `usr_…` of a person, `sys_…` of a system."""
    name: str
    """What its maker called it; of a system, the name of the system."""
    access: Access
    """The most that it may do; a person's token may also do no more than the person."""
    made_at: datetime
    made_by: str
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None
    """When it was last used, to the minute."""

    @property
    def is_of_system(self) -> bool:
        """Whether it belongs to a system."""
        return is_system(self.owner_id)

    def state_at(self, now: datetime) -> TokenState:
        """Return whether it can be used at that time."""
        if self.revoked_at is not None:
            return TokenState.REVOKED
        return TokenState.ACTIVE if now < self.expires_at else TokenState.EXPIRED


@dataclass(frozen=True, kw_only=True)
class TokenOrder:
    """A token that is to be made."""

    name: str
    access: Access
    lifetime: timedelta = USUAL_LIFETIME

    def check(self) -> None:
        """Raise `BadInput` for a time that is too short or too long."""
        if not timedelta(days=1) <= self.lifetime <= LONGEST_LIFETIME:
            raise BadInput(f"A token lasts from 1 to {LONGEST_LIFETIME.days} days.")


def is_system(owner_id: str) -> bool:
    """Whether an id is that of a system, rather than a person's."""
    return owner_id.startswith(_SYSTEM)


class ApiTokens:
    """The tokens of a ledger's API; every method raises `StoreUnavailable`."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock

    def find(self, secret: str) -> ApiToken | None:
        """Return the token with this secret, in whatever state; None where there is none."""
        if not is_api_token(secret):
            return None
        return next(iter(self._where(api_tokens.c.token_hash == digest_of(secret))), None)

    def with_id(self, token_id: str) -> ApiToken:
        """Return a token. Raises `NotFound`."""
        for token in self._where(api_tokens.c.token_id == token_id):
            return token
        raise NotFound(f"There is no API token {token_id}. See the list of tokens for their ids.")

    def of(self, owner_id: str) -> list[ApiToken]:
        """Return the tokens of a person or a system, the newest first."""
        return self._where(api_tokens.c.owner_id == owner_id)

    def of_systems(self) -> list[ApiToken]:
        """Return the tokens of all systems, the newest first."""
        return self._where(api_tokens.c.owner_id.startswith(_SYSTEM, autoescape=True))

    def all(self) -> list[ApiToken]:
        """Return every token, the newest first."""
        return self._where(sa.true())

    def system_names(self) -> dict[str, str]:
        """Return system id → name, of all that can have acted."""
        return {token.owner_id: token.name for token in reversed(self.of_systems())}

    def note_use(self, token: ApiToken) -> None:
        """Store that a token is used now; at most once a minute is anything written."""
        now = self._clock.now()
        if token.used_at is not None and now - token.used_at < _USE_IS_WRITTEN_AFTER:
            return
        used = sa.update(api_tokens).where(api_tokens.c.token_id == token.token_id)
        with writing(self._engine) as connection:
            connection.execute(used.values(used_at=to_microseconds(now)))

    def _where(self, condition: sa.ColumnElement[bool]) -> list[ApiToken]:
        column = api_tokens.c
        query = sa.select(*column.values()).where(condition)
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(column.made_at.desc(), column.token_id)).all()
        return [_token(row) for row in rows]


# Inside a transaction that changes accounts.


def system_id(connection: sa.Connection, name: str) -> str:
    """Return the id of the system with this name; a new one where no token has the name."""
    column = api_tokens.c
    query = sa.select(column.owner_id).where(
        column.name_key == name_key(name), column.owner_id.startswith(_SYSTEM, autoescape=True)
    )
    return connection.scalar(query.limit(1)) or _SYSTEM + secrets.token_hex(8)


def count_active(connection: sa.Connection, owner_id: str, now: datetime) -> int:
    """Return how many tokens of a person or system can be used."""
    column = api_tokens.c
    query = sa.select(sa.func.count()).where(
        column.owner_id == owner_id,
        column.revoked_at.is_(None),
        column.expires_at > to_microseconds(now),
    )
    return connection.scalar(query) or 0


def add_token(connection: sa.Connection, secret: str, token: ApiToken) -> None:
    """Store a new token."""
    row: Mapping[str, Any] = {
        "token_id": token.token_id,
        "token_hash": digest_of(secret),
        "start": token.start,
        "owner_id": token.owner_id,
        "name": token.name,
        "name_key": name_key(token.name),
        "role": token.access.role,
        "sees_numbers": token.access.sees_numbers,
        "office_ids": " ".join(sorted(token.access.office_ids)),
        "made_at": to_microseconds(token.made_at),
        "made_by": token.made_by,
        "expires_at": to_microseconds(token.expires_at),
    }
    connection.execute(sa.insert(api_tokens).values(row))


def end_tokens(connection: sa.Connection, now: datetime, *, of: str = "", token: str = "") -> None:
    """End the token with an id, or all of somebody; those that were ended keep their time."""
    column = api_tokens.c
    chosen = column.token_id == token if token else column.owner_id == of
    ended = sa.update(api_tokens).where(chosen, column.revoked_at.is_(None))
    connection.execute(ended.values(revoked_at=to_microseconds(now)))


def _token(row: sa.Row[Any]) -> ApiToken:
    return ApiToken(
        token_id=row.token_id,
        start=row.start,
        owner_id=row.owner_id,
        name=row.name,
        access=access_of(row),
        made_at=from_microseconds(row.made_at),
        made_by=row.made_by,
        expires_at=from_microseconds(row.expires_at),
        revoked_at=None if row.revoked_at is None else from_microseconds(row.revoked_at),
        used_at=None if row.used_at is None else from_microseconds(row.used_at),
    )
