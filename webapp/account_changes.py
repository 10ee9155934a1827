"""How accounts are changed: each change is recorded in the ledger first, and then done.

The accounts are locked meanwhile, so that two administrators cannot shut each other out. What a
crash leaves between the two is done at the next start, or by a running server within seconds.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from ledger.commands.people import RecordAccountChange
from ledger.domain.events import AccountEvent, Header
from ledger.domain.people import STREAM
from ledger.domain.people import People as RecordedPeople
from ledger.ledger import Ledger
from webapp.accounts import Accounts
from webapp.accounts.account import Account
from webapp.accounts.roster import Roster
from webapp.explain.event_problems import sound


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of accounts, under the lock of all."""

    roster: Roster
    record: Callable[..., None]
    """Records an event and does it: `record(by, AccountEnabled, user_id)`."""
    is_done: Callable[[str | None], bool]
    """Whether a request of a program was carried out before."""


@dataclass(frozen=True, kw_only=True)
class AccountChange(Change):
    """A change of one account."""

    account: Account


class AccountChanges:
    """Locks the accounts, records changes, and does them."""

    def __init__(self, ledger: Ledger, accounts: Accounts) -> None:
        self._ledger, self._accounts = ledger, accounts

    @contextmanager
    def changing(self, user_id: str) -> Iterator[AccountChange]:
        """Lock the accounts, to change one of them. Raises `NotFound`."""
        with self.changing_any() as change:
            account = change.roster.account(user_id)
            yield AccountChange(**vars(change), account=account)

    @contextmanager
    def changing_any(self) -> Iterator[Change]:
        """Lock the accounts, to change what belongs to them or to a system."""
        with self._changing() as roster:
            record = partial(self._record, roster)
            yield Change(roster=roster, record=record, is_done=self._is_done)

    def complete(self) -> None:
        """Do what was recorded and not done, because a process was killed in between."""
        changes = len(self._ledger.reader.stream(STREAM))
        if changes != self._accounts.applied_changes:
            with self._changing():
                pass

    @contextmanager
    def _changing(self) -> Iterator[Roster]:
        """Lock the accounts, with all recorded changes done."""
        with self._accounts.changing() as roster:
            recorded = self._ledger.reader.stream(STREAM)
            for each in sound(recorded[roster.applied :]):
                if isinstance(each.event, AccountEvent):
                    roster.apply(each.event)
            if roster.applied != len(recorded):
                roster.set_applied(len(recorded))
            yield roster

    def _is_done(self, request: str | None) -> bool:
        """Whether a request was carried out before; to be asked while the accounts are locked."""
        if request is None:
            return False
        return request in self._ledger.reader.load(RecordedPeople, STREAM).requests

    def _record(
        self, roster: Roster, by: str, kind: type[AccountEvent], account_id: str, **fields: Any
    ) -> None:
        """Record the change, and do it."""
        change = RecordAccountChange(by, change_of(kind, account_id, **fields))
        apply_change(roster, change, self._ledger.execute(change).result())


def change_of(
    kind: type[AccountEvent], account_id: str, **fields: Any
) -> Callable[[Header], AccountEvent]:
    """Return what makes the event of a change, once its place in the stream is known."""
    return lambda header: kind(**header, account_id=account_id, **fields)


def apply_change(roster: Roster, change: RecordAccountChange, version: int) -> None:
    """Do what was recorded as the change of this number."""
    header: Header = {"originator_id": STREAM, "originator_version": version, "actor": change.by}
    roster.apply(change.change(header))
    roster.set_applied(version)
