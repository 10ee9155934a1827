"""The events of people's accounts: who may sign in, and as what. All are in one stream.

They hold ids. The names are in the accounts' own database, also those of former colleagues.
"""

from dataclasses import dataclass

from ledger.domain.events.base import Event
from ledger.domain.vocabulary import Role, SignInMeans


@dataclass(frozen=True, kw_only=True)
class AccountEvent(Event):
    """An event about one account; `actor` changed it."""

    account_id: str


@dataclass(frozen=True, kw_only=True)
class AccountAdded(AccountEvent):
    """Somebody got an account."""

    role: Role
    sees_numbers: bool
    """Whether a viewer sees phone numbers."""


@dataclass(frozen=True, kw_only=True)
class AccountRoleChanged(AccountEvent):
    """An account got another role, or a viewer's phone numbers were shown or hidden."""

    old_role: Role
    role: Role
    sees_numbers: bool


@dataclass(frozen=True, kw_only=True)
class AccountAccessGiven(AccountEvent):
    """An administrator gave somebody a new password or a sign-in link."""

    means: SignInMeans


@dataclass(frozen=True, kw_only=True)
class AccountSessionsEnded(AccountEvent):
    """An administrator signed somebody out: everywhere, or in one place."""

    is_everywhere: bool
    session_id: str | None = None
    """The session that ended: the first characters of a hash, which open nothing."""


@dataclass(frozen=True, kw_only=True)
class AccountDisabled(AccountEvent):
    """Somebody was shut out until the account is enabled again."""


@dataclass(frozen=True, kw_only=True)
class AccountEnabled(AccountEvent):
    """A disabled account may be used again."""


@dataclass(frozen=True, kw_only=True)
class AccountRemoved(AccountEvent):
    """An account was removed for good; the name is kept for what the person did."""
