"""The stream of changes to people's accounts.

Who has which account is in the accounts' own database; this says only which change is the next, and
who is shut out. Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    AccountRemoved,
    Event,
)
from ledger.errors import Refused

STREAM = "people"


@dataclass(frozen=True, kw_only=True)
class People(Aggregate):
    """All changes of accounts up to one version of the stream."""

    shut_out: frozenset[str] = frozenset()
    """The ids of accounts that are disabled or removed."""
    requests: frozenset[str] = frozenset()
    """The requests that were carried out."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, AccountEvent):
            raise self.not_found("the accounts")
        requests = with_request(self.requests, event.request)
        return {"shut_out": self._shut_out_with(event), "requests": requests}

    def _shut_out_with(self, event: AccountEvent) -> frozenset[str]:
        match event:
            case AccountDisabled() | AccountRemoved():
                return self.shut_out | {event.account_id}
            case AccountEnabled():
                return self.shut_out - {event.account_id}
            case _:
                return self.shut_out

    def check_not_shut_out(self, account_id: str) -> None:
        """Raise `Refused` for somebody whose account is disabled or removed."""
        if account_id in self.shut_out:
            raise Refused("Your account is disabled or removed. Ask an admin.")
