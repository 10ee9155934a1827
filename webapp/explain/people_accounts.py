"""What readers learn about people's accounts: their state, their role, and what changed of them."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ledger.domain.events import (
    AccountAccessGiven,
    AccountAdded,
    AccountAddedByProvider,
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    AccountFactorsReset,
    AccountOfficesSet,
    AccountPasskeyAdded,
    AccountPasskeyRemoved,
    AccountProviderLinked,
    AccountRecoveryCodesMade,
    AccountRecoveryCodeUsed,
    AccountRemoved,
    AccountRoleChanged,
    AccountSessionsEnded,
    AccountTwoFactorTurnedOff,
    AccountTwoFactorTurnedOn,
    ApiTokenMade,
    ApiTokenRevoked,
)
from ledger.domain.vocabulary import Role, SignInMeans
from webapp.explain.numbers import counted, plural

if TYPE_CHECKING:  # hashing of passwords, which is beside it, is slow to import
    from webapp.accounts.account import Account

SOMEBODY = "somebody"
"""Whose account it is, where no name is known or shown."""

ROLE_LABELS: Mapping[Role, str] = {
    Role.VIEWER: "Viewer",
    Role.STAFF: "Staff",
    Role.APPROVER: "Approver",
    Role.AUDITOR: "Auditor",
    Role.ADMIN: "Admin",
}
ROLE_SENTENCES: Mapping[Role, str] = {
    Role.VIEWER: "sees campaigns and statuses, with phone numbers masked unless you show them",
    Role.STAFF: "sees everything and does all that campaigns need",
    Role.APPROVER: "does what staff do, and approves what others prepared",
    Role.AUDITOR: "sees everything and exports the audit trail, and changes nothing",
    Role.ADMIN: "does everything, and changes people, settings and keys",
}
_PLAIN_CHANGES: Mapping[type[AccountEvent], str] = {
    AccountDisabled: "Account of {name} disabled",
    AccountEnabled: "Account of {name} enabled again",
    AccountRemoved: "Account of {name} removed",
    AccountTwoFactorTurnedOn: "Two-factor sign-in of {name} turned on",
    AccountTwoFactorTurnedOff: "Two-factor sign-in of {name} turned off",
    AccountRecoveryCodesMade: "Recovery codes of {name} made",
    AccountRecoveryCodeUsed: "A recovery code of {name} used",
    AccountPasskeyAdded: "A passkey of {name} added",
    AccountPasskeyRemoved: "A passkey of {name} removed",
    AccountProviderLinked: "Account of {name} linked with the identity provider",
    AccountFactorsReset: "Passkeys and two-factor sign-in of {name} reset",
}
_GIVEN = {SignInMeans.PASSWORD: "a new password", SignInMeans.LINK: "a sign-in link"}


def account_state(account: "Account") -> str:
    """Return "active" or "disabled"."""
    return "disabled" if account.is_disabled else "active"


def revoked_permalinks(count: int) -> str:
    """Say how many permalinks were revoked with an account; blank for none."""
    if not count:
        return ""
    return (
        f"{counted(count, 'open permalink')} of this person {plural(count, 'was', 'were')} revoked."
    )


def account_change(event: AccountEvent, name: str = SOMEBODY) -> str:
    """Return what happened: "Role of J. Ortiz changed from staff to admin"."""
    match event:
        case ApiTokenMade() | ApiTokenRevoked():
            return _token_change(event, name)
        case AccountAdded():
            return f"Account of {name} added: {event.role}{_numbers(event)}"
        case AccountAddedByProvider():
            return f"Account of {name} added by the identity provider: {event.role}"
        case AccountRoleChanged():
            return _role_change(event, name)
        case AccountAccessGiven():
            return f"Gave {name} {_GIVEN[event.means]}"
        case AccountOfficesSet(office_ids=office_ids):
            return f"Let {name} see {_offices(office_ids)}"
        case AccountSessionsEnded():
            return f"Signed {name} out {'everywhere' if event.is_everywhere else 'in one place'}"
    return _PLAIN_CHANGES[type(event)].format(name=name)


def _token_change(event: ApiTokenMade | ApiTokenRevoked, name: str) -> str:
    if isinstance(event, ApiTokenRevoked):
        return f"API token of {name} revoked"
    return f"API token of {name} made: {event.role}{_numbers(event)}"


def _role_change(event: AccountRoleChanged, name: str) -> str:
    if event.old_role == event.role:
        shown = "shown to" if event.sees_numbers else "masked for"
        return f"Phone numbers are {shown} {name}"
    return f"Role of {name} changed from {event.old_role} to {event.role}{_numbers(event)}"


def _offices(office_ids: Collection[str]) -> str:
    return f"only {counted(len(office_ids), 'office')}" if office_ids else "all offices"


def _numbers(event: AccountAdded | AccountRoleChanged | ApiTokenMade) -> str:
    return ", who sees phone numbers" if event.sees_numbers else ""
