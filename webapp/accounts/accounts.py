"""Staff accounts: stable ids for the ledger, names and passwords.

Events hold the id only; names are stored here, so that they can be changed or forgotten. Sessions,
links and limits have modules of their own; the pages are in `webapp.accounts.pages`.
"""

import pkgutil
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from ledger.clock import Clock, SystemClock, to_microseconds
from ledger.domain.vocabulary import Role
from ledger.errors import NotFound, StoreUnavailable
from ledger.lazy_property import lazy_property
from ledger.store.engine import reading, writing, writing_alone
from webapp.accounts import passwords
from webapp.accounts.account import Account, account_of
from webapp.accounts.api_tokens import ApiTokens
from webapp.accounts.factors import FactorStore
from webapp.accounts.failed_sign_ins import FailedSignIns
from webapp.accounts.identities import Identities
from webapp.accounts.limits import SignInLimits, forget_lowest
from webapp.accounts.links import SignInLinks
from webapp.accounts.names import check_can_be_typed, cleaned_name, name_key
from webapp.accounts.roster import Roster, end_access
from webapp.accounts.sessions import Sessions, check_epoch
from webapp.accounts.table import (
    create_tables,
    former_staff,
    known_addresses,
    sessions,
    sign_in_limits,
    sign_in_links,
    staff,
)
from webapp.accounts.ways_in import has_lasting_way_in, is_admitted

if TYPE_CHECKING:
    from webapp.accounts.hashing import PasswordHasher

_HASHER = "webapp.accounts.hashing:PasswordHasher"
"""Its library is slow to import, and only a password needs it."""

_LIVE_FOR_A_TIME = (sessions, sign_in_links, sign_in_limits, known_addresses)
"""Tables whose rows end at `expires_at`."""


class Accounts:
    """The accounts in the database of `engine`; creates the tables when they are missing.

    Threads and processes may share the database. Tests make password hashing cheap by
    `hash_options`. `is_provider_only`: neither a password nor a passkey signs anybody in. Every
    method raises `StoreUnavailable` when the database cannot be used.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        secret_key: str,
        clock: Clock | None = None,
        hash_options: Mapping[str, int] | None = None,
        is_provider_only: bool = False,
    ) -> None:
        self._engine, self._is_provider_only = engine, is_provider_only
        self.clock = clock or SystemClock()
        self.failed_sign_ins = FailedSignIns(engine, self.clock)
        self.factors = FactorStore(engine, self.clock)
        self.identities = Identities(engine)
        self.limits = SignInLimits(engine, self.clock, secret_key)
        self.links = SignInLinks(engine, self.clock)
        self.sessions = Sessions(engine, self.clock)
        self.api_tokens = ApiTokens(engine, self.clock)
        self._hash_options = hash_options or {}
        # A server without accounts still takes callbacks.
        with suppress(StoreUnavailable), writing_alone(engine) as connection:
            create_tables(connection)

    @lazy_property
    def hasher(self) -> "PasswordHasher":
        """What hashes and checks passwords."""
        hasher: PasswordHasher = pkgutil.resolve_name(_HASHER)(self._hash_options)
        return hasher

    def id_of(self, name: str) -> str:
        """Return the id under which somebody acts; an unknown name gets one, but no account."""
        cleaned = cleaned_name(name)
        account = self.with_name(cleaned)
        if account:
            return account.user_id
        with writing_alone(self._engine) as connection:
            return _find_or_create(connection, cleaned)

    def id_to_sign_in(self, name: str) -> str:
        """Return the id of somebody who is to sign in, whose name must be one that can be typed."""
        check_can_be_typed(cleaned_name(name))
        return self.id_of(name)

    def known(self, name: str) -> Account:
        """Return the account with this name. Raises `NotFound` for an unknown name."""
        account = self.with_name(name)
        if account is None or account.access is None:
            raise NotFound(f"There is no account named {cleaned_name(name)}. Check the name.")
        return account

    def known_id_of(self, name: str) -> str:
        """Return the id of the account with this name. Raises `NotFound` for an unknown name."""
        return self.known(name).user_id

    def is_former(self, name: str) -> bool:
        """Return whether somebody of this name had an account that was removed."""
        with reading(self._engine) as connection:
            names = connection.scalars(sa.select(former_staff.c.name))
            return name_key(name) in map(name_key, names)

    def name_of(self, user_id: str) -> str | None:
        """Return the name behind an id; None for an unknown id."""
        account = self.with_id(user_id)
        return account.name if account else None

    def names(self) -> dict[str, str]:
        """Return id → name of all who can have acted: staff, former colleagues, systems."""
        former, present = former_staff.c, staff.c
        with reading(self._engine) as connection:
            rows = [
                *connection.execute(sa.select(former.user_id, former.name)),
                *connection.execute(sa.select(present.user_id, present.name)),
            ]
        return {row.user_id: row.name for row in rows} | self.api_tokens.system_names()

    def all(self) -> list[Account]:
        """Return every account, by name; names of the command line alone are no accounts."""
        with_role = sa.select(*staff.c.values()).where(staff.c.role.is_not(None))
        with reading(self._engine) as connection:
            rows = connection.execute(with_role.order_by(staff.c.name_key))
            return [account_of(row) for row in rows]

    def has_anyone_with_password(self) -> bool:
        """Return whether any staff member can sign in without a link."""
        with_password = sa.exists().where(staff.c.password_hash.is_not(None))
        with reading(self._engine) as connection:
            return bool(connection.scalar(sa.select(with_password)))

    def has_admin_with_lasting_way_in(self) -> bool:
        """Return whether some admin can sign in without a link."""
        can_enter = has_lasting_way_in(is_provider_only=self._is_provider_only)
        admin = sa.exists().where(staff.c.role == Role.ADMIN, is_admitted(), can_enter)
        with reading(self._engine) as connection:
            return bool(connection.scalar(sa.select(admin)))

    def hash_of(self, password: str) -> str:
        """Return the hash of a new password. Raises `BadInput` for one that breaks the rules."""
        passwords.check(password)
        return self.hasher.hash(passwords.normalised(password))

    @property
    def applied_changes(self) -> int:
        """The number of the last of the ledger's changes of accounts that was done here."""
        with reading(self._engine) as connection:
            return Roster(connection, self.clock.now()).applied

    @contextmanager
    def changing(self) -> Iterator[Roster]:
        """Open a transaction that changes who may sign in; no other such one is open meanwhile."""
        with writing_alone(self._engine) as connection:
            now, is_provider_only = self.clock.now(), self._is_provider_only
            yield Roster(connection, now, is_provider_only=is_provider_only)

    def sign_out_everywhere(self, user_id: str) -> None:
        """End every session of this staff member, and void their links."""
        with writing(self._engine) as connection:
            end_access(connection, user_id)

    def with_id(self, user_id: str) -> Account | None:
        """Return the account with this id, if any."""
        return self._find(staff.c.user_id == user_id)

    def with_name(self, name: str) -> Account | None:
        """Return the account with this name, if any; upper and lower case are equal."""
        return self._find(staff.c.name_key == name_key(name))

    def save(self, account: Account) -> None:
        """Store the password of an account in another hash. Raises `Refused` as `renew` does."""
        with writing(self._engine) as connection:
            check_epoch(connection, account.user_id, account.epoch)
            _change(connection, account.user_id, password_hash=account.password_hash)

    def renew(self, account: Account) -> int:
        """Store a new password hash, and end what was opened before; return the new epoch.

        Raises `Refused` where an administrator ended the access of the account meanwhile.
        """
        with writing(self._engine) as connection:
            check_epoch(connection, account.user_id, account.epoch)
            end_access(connection, account.user_id, password_hash=account.password_hash)
        return account.epoch + 1

    def unlock(self, name: str | None) -> int:
        """Forget wrong passwords with this name; None: all. Return how many counts there were.

        Raises `NotFound`.
        """
        if name is not None:
            self.known_id_of(name)
        return self.limits.forget(None if name is None else name_key(name))

    def sweep(self) -> None:
        """Remove sessions, links and counts that are over."""
        now = to_microseconds(self.clock.now())
        with writing(self._engine) as connection:
            for table in _LIVE_FOR_A_TIME:
                connection.execute(sa.delete(table).where(table.c.expires_at <= now))
            forget_lowest(connection)

    def _find(self, where: sa.ColumnElement[bool]) -> Account | None:
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(*staff.c.values()).where(where)).one_or_none()
        return account_of(row) if row else None


def _change(connection: sa.Connection, user_id: str, **changes: Any) -> None:
    connection.execute(sa.update(staff).where(staff.c.user_id == user_id).values(**changes))


def _find_or_create(connection: sa.Connection, name: str) -> str:
    """Return the id; under the write lock, so that two processes cannot create one person twice."""
    query = sa.select(staff.c.user_id).where(staff.c.name_key == name_key(name))
    existing: str | None = connection.scalar(query)
    if existing:
        return existing
    user_id = "usr_" + secrets.token_hex(8)
    row = {"user_id": user_id, "name": name, "name_key": name_key(name)}
    connection.execute(sa.insert(staff).values(row))
    return user_id
