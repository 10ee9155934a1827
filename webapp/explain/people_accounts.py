"""What readers learn about people's accounts: their state, their role, and what changed of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ledger.domain.events import (
    AccountAccessGiven,
    AccountAdded,
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    AccountRemoved,
    AccountRoleChanged,
    AccountSessionsEnded,
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
        case AccountAdded():
            return f"Account of {name} added: {event.role}{_numbers(event)}"
        case AccountRoleChanged() if event.old_role == event.role:
            shown = "shown to" if event.sees_numbers else "masked for"
            return f"Phone numbers are {shown} {name}"
        case AccountRoleChanged():
            change = f"changed from {event.old_role} to {event.role}"
            return f"Role of {name} {change}{_numbers(event)}"
        case AccountAccessGiven():
            return f"Gave {name} {_GIVEN[event.means]}"
        case AccountSessionsEnded():
            return f"Signed {name} out {'everywhere' if event.is_everywhere else 'in one place'}"
        case AccountDisabled():
            return f"Account of {name} disabled"
        case AccountEnabled():
            return f"Account of {name} enabled again"
        case AccountRemoved():
            return f"Account of {name} removed"
    raise TypeError(event)


def _numbers(event: AccountAdded | AccountRoleChanged) -> str:
    return ", who sees phone numbers" if event.sees_numbers else ""
