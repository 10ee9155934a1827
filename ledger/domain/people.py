"""The stream of changes to people's accounts.

Who has which account is in the accounts' own database; this says only which change is the next.
Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import AccountEvent, Event

STREAM = "people"


@dataclass(frozen=True, kw_only=True)
class People(Aggregate):
    """All changes of accounts up to one version of the stream."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, AccountEvent):
            raise self.not_found("the accounts")
        return {}
