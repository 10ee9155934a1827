"""A contact: whether its number may be texted (R16), and whether it was forgotten.

Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import (
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    Event,
    PhoneNumber,
)
from ledger.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Contact(Aggregate):
    """One contact at one version of its stream; version 0 is a number without any event."""

    is_opted_out: bool = False
    opt_out_source: str | None = None
    was_forgotten: bool = False
    """Whether it was ever forgotten; a later upload may have brought new personal data."""

    @property
    def contact_id(self) -> str:
        """The contact whose stream this is."""
        return self.stream_id

    @property
    def is_blocked_by_provider(self) -> bool:
        """Whether Twilio itself blocks the number, until the person texts START."""
        return self.is_opted_out and self.opt_out_source != "staff"

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case ContactOptedOut(source=source):
                return {"is_opted_out": True, "opt_out_source": source}
            case ContactOptedIn():
                return {"is_opted_out": False, "opt_out_source": None}
            case ContactForgotten():
                return {"was_forgotten": True}
            case _:
                return {}

    def opt_out(self, actor: str, source: str, phone: str | None) -> ContactOptedOut:
        """Record that nothing more is sent to the number. Raises `Refused` without a change."""
        if self.is_opted_out and not self.is_new_opt_out(source):
            raise Refused("This number is opted out already.")
        return ContactOptedOut(
            **self.header(actor), source=source, private=PhoneNumber(phone=phone) if phone else None
        )

    def is_new_opt_out(self, source: str) -> bool:
        """Whether an opt-out from this source changes anything.

        After an opt-out by staff, one by the person or the provider does: Twilio blocks the number
        from then on.
        """
        return not self.is_opted_out or (self.opt_out_source == "staff" and source != "staff")

    def opt_in(self, actor: str, source: str, phone: str | None) -> ContactOptedIn:
        """Record that the number may be texted again. Raises `Refused` without an opt-out."""
        if not self.is_opted_out:
            raise Refused("This number is not opted out.")
        return ContactOptedIn(
            **self.header(actor), source=source, private=PhoneNumber(phone=phone) if phone else None
        )

    def forget(self, actor: str) -> ContactForgotten:
        """Record that the contact's personal data is destroyed; an opt-out stays."""
        return ContactForgotten(**self.header(actor))
