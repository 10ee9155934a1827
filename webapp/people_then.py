"""The accounts at a past moment, read from their events: who had which role, and how one signed in.

Passwords and the last sign-in have no history here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger.domain.events import (
    AccountAdded,
    AccountAddedByProvider,
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    AccountFactorsReset,
    AccountOfficesSet,
    AccountPasskeyAdded,
    AccountPasskeyRemoved,
    AccountRemoved,
    AccountRoleChanged,
    AccountTwoFactorTurnedOff,
    AccountTwoFactorTurnedOn,
)
from ledger.domain.people import STREAM
from webapp.accounts.account import Account
from webapp.accounts.factors import FactorCounts
from webapp.bootstrap import Application
from webapp.explain.event_problems import sound
from webapp.permissions import Access


@dataclass(frozen=True)
class PastAccount:
    """An account right after some event, and what it had beside a password."""

    account: Account
    has_two_factor: bool = False
    passkeys: frozenset[str] = frozenset()

    @property
    def factors(self) -> FactorCounts:
        """How many there are."""
        return FactorCounts(has_two_factor=self.has_two_factor, passkeys=len(self.passkeys))


def people_then(app: Application, until: int) -> Sequence[PastAccount]:
    """Return the accounts right after a seq, by name."""
    accounts: dict[str, PastAccount] = {}
    names = app.accounts.names()
    for recorded in sound(app.ledger.reader.stream(STREAM)):
        event = recorded.event
        if recorded.seq > until or not isinstance(event, AccountEvent):
            continue
        if isinstance(event, AccountAdded | AccountAddedByProvider):
            name = names.get(event.account_id, event.account_id)
            accounts[event.account_id] = PastAccount(_added(event, name))
        elif isinstance(event, AccountRemoved):
            accounts.pop(event.account_id, None)
        elif event.account_id in accounts:
            accounts[event.account_id] = _after(accounts[event.account_id], event)
    return sorted(accounts.values(), key=lambda each: each.account.name.casefold())


def _added(event: AccountAdded | AccountAddedByProvider, name: str) -> Account:
    shows = isinstance(event, AccountAdded) and event.sees_numbers
    return Account(
        user_id=event.account_id,
        name=name,
        password_hash=None,
        epoch=0,
        access=Access(event.role, shows),
    )


def _after(past: PastAccount, event: AccountEvent) -> PastAccount:
    account, access = past.account, past.account.access
    match event:
        case AccountRoleChanged() if access:
            changed = replace(access, role=event.role, sees_numbers=event.sees_numbers)
            return replace(past, account=replace(account, access=changed))
        case AccountOfficesSet() if access:
            changed = replace(access, office_ids=frozenset(event.office_ids))
            return replace(past, account=replace(account, access=changed))
        case AccountDisabled() | AccountEnabled():
            is_disabled = isinstance(event, AccountDisabled)
            return replace(past, account=replace(account, is_disabled=is_disabled))
        case AccountTwoFactorTurnedOn() | AccountTwoFactorTurnedOff():
            return replace(past, has_two_factor=isinstance(event, AccountTwoFactorTurnedOn))
        case AccountPasskeyAdded():
            return replace(past, passkeys=past.passkeys | {event.passkey_id})
        case AccountPasskeyRemoved():
            return replace(past, passkeys=past.passkeys - {event.passkey_id})
        case AccountFactorsReset():
            return replace(past, has_two_factor=False, passkeys=frozenset())
    return past
