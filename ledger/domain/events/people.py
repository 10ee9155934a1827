"""The events of people's accounts: who may sign in, and as what. All are in one stream.

They hold ids. The names are in the accounts' own database, also those of former colleagues.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.domain.events.base import Event
from ledger.domain.vocabulary import Role, SignInMeans


@dataclass(frozen=True, kw_only=True)
class AccountEvent(Event):
    """An event about one account; `actor` changed it."""

    account_id: str
    request: str | None = None
    """The id of the request that asked for it, where it is to be done once; None for others."""


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
class AccountOfficesSet(AccountEvent):
    """An account sees the campaigns of these offices alone; with none, it sees all offices."""

    office_ids: tuple[str, ...]


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


@dataclass(frozen=True, kw_only=True)
class AccountTwoFactorTurnedOn(AccountEvent):
    """Somebody's password counts only with a code of an authenticator app, from now on."""


@dataclass(frozen=True, kw_only=True)
class AccountTwoFactorTurnedOff(AccountEvent):
    """Somebody's password counts alone again; the recovery codes ended."""


@dataclass(frozen=True, kw_only=True)
class AccountRecoveryCodesMade(AccountEvent):
    """Somebody got new recovery codes, which replace the earlier ones."""


@dataclass(frozen=True, kw_only=True)
class AccountRecoveryCodeUsed(AccountEvent):
    """Somebody signed in with a recovery code, which counts no more."""

    number: int
    """Which of the codes it was, from 1."""


@dataclass(frozen=True, kw_only=True)
class AccountPasskeyAdded(AccountEvent):
    """Somebody registered a passkey. Its name is in the accounts' database."""

    passkey_id: str


@dataclass(frozen=True, kw_only=True)
class AccountPasskeyRemoved(AccountEvent):
    """Somebody removed a passkey."""

    passkey_id: str


@dataclass(frozen=True, kw_only=True)
class AccountFactorsReset(AccountEvent):
    """An administrator ended two-factor sign-in, recovery codes, passkeys and sessions."""


@dataclass(frozen=True, kw_only=True)
class AccountAddedByProvider(AccountEvent):
    """Somebody got an account at their first sign-in by the identity provider."""

    role: Role
    identity: str
    """Stands for the provider and its id of the person: a digest."""


@dataclass(frozen=True, kw_only=True)
class AccountProviderLinked(AccountEvent):
    """Somebody linked their account with the identity provider, which signs them in from now on."""

    identity: str
    """Stands for the provider and its id of the person: a digest."""


@dataclass(frozen=True, kw_only=True)
class ApiTokenMade(AccountEvent):
    """A token of the API was made for a person, or for a system; `account_id` is whose it is."""

    token_id: str
    role: Role
    sees_numbers: bool
    """Whether a viewer's token sees phone numbers."""
    expires_at: datetime
    office_ids: tuple[str, ...] = ()
    """The offices whose campaigns it sees; none: those that its owner sees."""


@dataclass(frozen=True, kw_only=True)
class ApiTokenRevoked(AccountEvent):
    """A token of the API was ended before its time."""

    token_id: str
