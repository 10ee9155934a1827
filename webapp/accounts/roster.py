"""The accounts inside one transaction that changes who may sign in.

The ledger records each change first. So this database follows the ledger's events of accounts, and
knows up to which of them it has done so: after a crash in between, the next start does the rest.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import to_microseconds
from ledger.domain.events import (
    AccountAccessGiven,
    AccountAdded,
    AccountAddedByProvider,
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    AccountFactorsReset,
    AccountOfficesSet,
    AccountProviderLinked,
    AccountRemoved,
    AccountRoleChanged,
    AccountSessionsEnded,
    ApiTokenRevoked,
)
from ledger.domain.people import STREAM
from ledger.domain.vocabulary import Role, SignInMeans
from ledger.errors import NotFound
from ledger.store.upsert import insert_into
from webapp.accounts import api_tokens
from webapp.accounts.account import Account, account_of
from webapp.accounts.factor_rows import FactorRows, end_factors
from webapp.accounts.identities import bind, owner_of, unbind
from webapp.accounts.links import void_all
from webapp.accounts.sessions import end_all, end_one, is_in_progress
from webapp.accounts.table import applied_changes, former_staff, known_addresses, staff
from webapp.accounts.ways_in import has_way_in, is_admitted


class Roster:
    """Who may sign in, and as what, under the lock of one transaction."""

    def __init__(
        self, connection: sa.Connection, now: datetime, *, is_provider_only: bool = False
    ) -> None:
        self._connection, self._now = connection, now
        self._is_provider_only = is_provider_only
        self.factors = FactorRows(connection, now)

    @property
    def applied(self) -> int:
        """The number of the last change that this database has; 0 before the first."""
        column = applied_changes.c
        query = sa.select(column.version).where(column.stream_id == STREAM)
        return self._connection.scalar(query) or 0

    def set_applied(self, version: int) -> None:
        """Store up to which change of the ledger this database has them."""
        new = insert_into(self._connection.dialect.name, applied_changes)
        upsert = new.values(stream_id=STREAM, version=version).on_conflict_do_update(
            index_elements=["stream_id"], set_={"version": version}
        )
        self._connection.execute(upsert)

    @property
    def has_account(self) -> bool:
        """Whether there is any account, rather than only names of the command line."""
        query = sa.select(sa.exists().where(staff.c.role.is_not(None)))
        return bool(self._connection.scalar(query))

    def account(self, user_id: str) -> Account:
        """Return an account. Raises `NotFound` where it was removed, or is only a name."""
        query = sa.select(*staff.c.values()).where(
            staff.c.user_id == user_id, staff.c.role.is_not(None)
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("There is no such account any more. Load the list of people again.")
        return account_of(row)

    def owner_of(self, identity: str) -> str | None:
        """Return the id of the account of a person at the provider; None if there is none."""
        return owner_of(self._connection, identity)

    def is_last_admin(self, user_id: str) -> bool:
        """Whether this is the only admin who can sign in; where none can, the only one of all."""
        admins = sa.select(staff.c.user_id).where(staff.c.role == Role.ADMIN, is_admitted())
        can_enter = has_way_in(self._now, is_provider_only=self._is_provider_only)
        with_way_in = self._connection.scalars(admins.where(can_enter)).all()
        return (with_way_in or self._connection.scalars(admins).all()) == [user_id]

    def has_session(self, user_id: str, session_id: str) -> bool:
        """Whether this session of the account goes on."""
        query = sa.select(is_in_progress(user_id, session_id, self._now))
        return bool(self._connection.scalar(query))

    def apply(self, event: AccountEvent) -> None:
        """Do what the event says; a repeat changes nothing."""
        user_id = event.account_id
        self.factors.apply(event)
        self._end_tokens(event)
        match event:
            case AccountAdded() | AccountRoleChanged():
                self._change(user_id, role=event.role, sees_numbers=event.sees_numbers)
            case AccountOfficesSet():
                self._change(user_id, office_ids=" ".join(sorted(event.office_ids)))
            case AccountDisabled():
                self._disable(user_id)
            case AccountAddedByProvider() | AccountProviderLinked():
                self._bind(event)
            case AccountEnabled():
                self._change(user_id, disabled_at=None)
            case AccountSessionsEnded(is_everywhere=True) | AccountFactorsReset():
                end_access(self._connection, user_id)
            case AccountSessionsEnded(session_id=str(session_id)):
                end_one(self._connection, user_id, session_id)
            case AccountRemoved():
                self._remove(user_id)
            case AccountAccessGiven(means=SignInMeans.PASSWORD):  # the new one is not in the event
                end_access(self._connection, user_id, password_hash=None)
            case _:
                pass  # what it did is not in the event

    def set_password(self, user_id: str, password_hash: str) -> None:
        """Store a new password, and end what was opened before."""
        end_access(self._connection, user_id, password_hash=password_hash)

    # Tokens of the API.

    def system_id(self, name: str) -> str:
        """Return the id of the system with this name, a new one where there is none."""
        return api_tokens.system_id(self._connection, name)

    def active_tokens(self, owner_id: str) -> int:
        """Return how many tokens of a person or system can be used."""
        return api_tokens.count_active(self._connection, owner_id, self._now)

    def add_token(self, secret: str, token: api_tokens.ApiToken) -> None:
        """Store a new token."""
        api_tokens.add_token(self._connection, secret, token)

    def _end_tokens(self, event: AccountEvent) -> None:
        """End the tokens of the API that end with this event."""
        match event:
            case ApiTokenRevoked():
                api_tokens.end_tokens(self._connection, self._now, token=event.token_id)
            case AccountDisabled() | AccountRemoved() | AccountProviderLinked():
                api_tokens.end_tokens(self._connection, self._now, of=event.account_id)

    def _change(self, user_id: str, **changes: Any) -> None:
        of_account = sa.update(staff).where(staff.c.user_id == user_id)
        self._connection.execute(of_account.values(changes))

    def _bind(self, event: AccountAddedByProvider | AccountProviderLinked) -> None:
        if isinstance(event, AccountAddedByProvider):
            self._change(event.account_id, role=event.role, sees_numbers=False)
        bind(self._connection, event.identity, event.account_id)

    def _disable(self, user_id: str) -> None:
        now = to_microseconds(self._now)
        end_access(self._connection, user_id, disabled_at=now, password_hash=None)
        end_factors(self._connection, user_id)

    def _remove(self, user_id: str) -> None:
        """Keep the name alone."""
        end_access(self._connection, user_id)
        end_factors(self._connection, user_id)
        unbind(self._connection, user_id)
        names = sa.select(
            staff.c.user_id, staff.c.name, sa.literal(to_microseconds(self._now))
        ).where(staff.c.user_id == user_id)
        columns = ["user_id", "name", "removed_at"]
        self._connection.execute(sa.insert(former_staff).from_select(columns, names))
        self._connection.execute(sa.delete(staff).where(staff.c.user_id == user_id))


def end_access(connection: sa.Connection, user_id: str, **changes: Any) -> None:
    """Change an account, and end all that was opened or is being opened with it as it was.

    The row of staff comes first: who opens a session waits for its lock, and sees the change.
    """
    of_account = sa.update(staff).where(staff.c.user_id == user_id)
    connection.execute(of_account.values(epoch=staff.c.epoch + 1, **changes))
    end_all(connection, user_id)
    void_all(connection, user_id)
    connection.execute(sa.delete(known_addresses).where(known_addresses.c.user_id == user_id))
