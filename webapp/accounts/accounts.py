"""Staff accounts: stable ids for the ledger, names, passwords and sign-in links.

Events hold the id only; names are stored here, so that they can be changed or forgotten. Sessions
are in `webapp.accounts.web`, pages in `webapp.accounts.pages`.
"""

import hashlib
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from ledger.clock import Clock, SystemClock, to_microseconds
from ledger.errors import BadInput, StoreUnavailable
from ledger.store.engine import store_errors, writing, writing_alone
from webapp.accounts import passwords
from webapp.accounts.failed_sign_ins import FailedSignIns
from webapp.accounts.table import accounts, metadata

LINK_LIFETIME = timedelta(hours=24)
_LONGEST_NAME = 64


@dataclass(frozen=True, kw_only=True)
class Account:
    """One staff member, as stored."""

    user_id: str
    name: str
    password_hash: str | None
    session_key: str


class Accounts:
    """The accounts in the database of `engine`; creates the tables when they are missing.

    Threads and processes may share the database. Tests make password hashing cheap by
    `hash_options`. Every method raises `StoreUnavailable` when the database cannot be used.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        clock: Clock | None = None,
        hash_options: Mapping[str, int] | None = None,
    ) -> None:
        self._engine = engine
        self._clock = clock or SystemClock()
        self.failed_sign_ins = FailedSignIns(engine, self._clock)
        self.hash_options = dict(hash_options or {})
        # A server without accounts still takes callbacks.
        with suppress(StoreUnavailable), writing_alone(engine) as connection:
            metadata.create_all(connection)

    def id_of(self, name: str) -> str:
        """Return the id of a staff member; an unknown name gets an account without a password."""
        cleaned = _cleaned(name)
        account = self.with_name(cleaned)
        if account:
            return account.user_id
        with writing_alone(self._engine) as connection:
            return _find_or_create(connection, cleaned)

    def name_of(self, user_id: str) -> str | None:
        """Return the name behind an id; None for an unknown id."""
        account = self.with_id(user_id)
        return account.name if account else None

    def names(self) -> dict[str, str]:
        """Return user id → name of every staff member."""
        with self._reading() as connection:
            rows = connection.execute(sa.select(accounts.c.user_id, accounts.c.name))
            return {row.user_id: row.name for row in rows}

    def has_anyone_with_password(self) -> bool:
        """Return whether any staff member can sign in without a link."""
        with_password = sa.exists().where(accounts.c.password_hash.is_not(None))
        with self._reading() as connection:
            return bool(connection.scalar(sa.select(with_password)))

    def set_password(self, name: str, password: str) -> None:
        """Change a password; ends the sessions of this staff member and voids their link.

        An unknown name gets an account. Raises `BadInput` for a password or name that breaks
        the rules.
        """
        values = {"password_hash": self._hash(password), **_new_session()}
        self._update(accounts.c.user_id == self.id_of(name), values)

    def sign_out_everywhere(self, user_id: str) -> None:
        """End every session of this staff member, and void their link."""
        self._update(accounts.c.user_id == user_id, _new_session())

    def new_sign_in_link_token(self, name: str) -> str:
        """Return a token that signs a staff member in once within 24 hours; voids an earlier one.

        An unknown name gets an account. Only the token's hash is stored.
        """
        token = secrets.token_urlsafe(32)
        expires_at = to_microseconds(self._clock.now() + LINK_LIFETIME)
        values = {"link_hash": _digest(token), "link_expires_at": expires_at}
        self._update(accounts.c.user_id == self.id_of(name), values)
        return token

    def redeem(self, token: str) -> str | None:
        """Use a link: return the user id; None for a used, old or wrong token."""
        change = (
            sa.update(accounts)
            .where(self._is_open(token))
            .values(_NO_LINK)
            .returning(accounts.c.user_id)
        )
        with self._writing() as connection:
            user_id: str | None = connection.scalar(change)
        return user_id

    def with_id(self, user_id: str) -> Account | None:
        """Return the account with this id, if any."""
        return self._find(accounts.c.user_id == user_id)

    def with_name(self, name: str) -> Account | None:
        """Return the account with this name, if any; upper and lower case are equal."""
        return self._find(accounts.c.name_key == _key(name))

    def with_session(self, session_key: str) -> Account | None:
        """Return the account whose sessions carry this key, if any."""
        return self._find(accounts.c.session_key == session_key)

    def save(self, account: Account) -> None:
        """Store the password hash and session key of an account, and void its link."""
        values = {
            "password_hash": account.password_hash,
            "session_key": account.session_key,
            **_NO_LINK,
        }
        self._update(accounts.c.user_id == account.user_id, values)

    def _find(self, where: sa.ColumnElement[bool]) -> Account | None:
        with self._reading() as connection:
            row = connection.execute(sa.select(*_ACCOUNT).where(where)).mappings().one_or_none()
        return Account(**row) if row else None

    def _hash(self, password: str) -> str:
        fault = passwords.fault_of(password)
        if fault:
            raise BadInput(fault)
        hashing = passwords.hashing(self.hash_options)
        password_hash: str = hashing.hash(passwords.normalised(password))
        return password_hash

    def _is_open(self, token: str) -> sa.ColumnElement[bool]:
        now = to_microseconds(self._clock.now())
        return sa.and_(accounts.c.link_hash == _digest(token), accounts.c.link_expires_at > now)

    def _update(self, where: sa.ColumnElement[bool], values: Mapping[str, Any]) -> None:
        with self._writing() as connection:
            connection.execute(sa.update(accounts).where(where).values(values))

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with store_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with store_errors(), writing(self._engine) as connection:
            yield connection


_ACCOUNT = [accounts.c[name] for name in Account.__dataclass_fields__]
_NO_LINK: Mapping[str, None] = {"link_hash": None, "link_expires_at": None}


def _find_or_create(connection: sa.Connection, name: str) -> str:
    """Return the id; under the write lock, so that two processes cannot create one person twice."""
    query = sa.select(accounts.c.user_id).where(accounts.c.name_key == _key(name))
    existing: str | None = connection.scalar(query)
    if existing:
        return existing
    user_id = "usr_" + secrets.token_hex(8)
    row = {"user_id": user_id, "name": name, "name_key": _key(name), **_new_session()}
    connection.execute(sa.insert(accounts).values(row))
    return user_id


def _new_session() -> dict[str, Any]:
    return {"session_key": secrets.token_hex(16), **_NO_LINK}


def _cleaned(name: str) -> str:
    cleaned = unicodedata.normalize("NFKC", name).strip()
    if not 1 <= len(cleaned) <= _LONGEST_NAME or not cleaned.isprintable():
        raise BadInput(f"A staff member's name is 1 to {_LONGEST_NAME} characters on one line.")
    return cleaned


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
