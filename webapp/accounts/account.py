"""One account as its row says."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger.clock import from_microseconds
from ledger.domain.vocabulary import Role
from webapp.permissions import Access


@dataclass(frozen=True, kw_only=True)
class Account:
    """One staff member, as stored."""

    user_id: str
    name: str
    password_hash: str | None
    epoch: int
    """How often all access of this account was ended; see `table.staff`."""
    access: Access | None = None
    """What this account may do; None for a name of the command line, which is no account."""
    is_disabled: bool = False
    signed_in_at: datetime | None = None
    """When somebody last signed in; None where it is not known."""

    @property
    def has_password(self) -> bool:
        """Whether this person can sign in without a link."""
        return self.password_hash is not None

    @property
    def may_sign_in(self) -> bool:
        """Whether a password or a link lets this person in."""
        return self.access is not None and not self.is_disabled


def access_of(row: sa.Row[Any]) -> Access:
    """Return what a row, of staff or of a token, says that it may do and see."""
    office_ids = frozenset(row.office_ids.split())
    return Access(Role(row.role), row.sees_numbers, office_ids=office_ids)


def account_of(row: sa.Row[Any]) -> Account:
    """Return the account of a whole row of the table of staff."""
    at = row.signed_in_at
    return Account(
        user_id=row.user_id,
        name=row.name,
        password_hash=row.password_hash,
        epoch=row.epoch,
        access=access_of(row) if row.role else None,
        is_disabled=row.disabled_at is not None,
        signed_in_at=None if at is None else from_microseconds(at),
    )
