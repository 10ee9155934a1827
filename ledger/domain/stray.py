"""A stray text: genuine callbacks report on it, but it belongs to no delivery of this ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.actors import TWILIO
from ledger.domain.aggregate import Aggregate
from ledger.domain.events import Event, Form, StrayCallbackReceived


@dataclass(frozen=True, kw_only=True)
class StrayText(Aggregate):
    """One stray text; the ledger knows only its callbacks."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, StrayCallbackReceived):
            raise self.not_found("a stray text")
        return {}

    def receive(
        self,
        *,
        cause: str,
        sid: str,
        status: str,
        dedupe: str,
        contact_id: str | None,
        form: Form | None,
    ) -> StrayCallbackReceived:
        """Record a callback; `cause` says why it belongs to no delivery."""
        return StrayCallbackReceived(
            **self.header(TWILIO),
            cause=cause,
            sid=sid,
            status=status,
            dedupe=dedupe,
            contact_id=contact_id,
            private=form,
        )
