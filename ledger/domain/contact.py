"""A contact as its own stream tells it: whether the number may be texted (R16), or was forgotten.

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
    """One number at one version of its stream; version 0 is a number never heard of."""

    is_opted_out: bool = False
    opt_out_source: str | None = None
    was_forgotten: bool = False
    """Whether it was ever forgotten; an upload since then may have brought new personal data."""

    @property
    def contact_id(self) -> str:
        """The contact whose stream this is."""
        return self.stream_id

    @property
    def is_blocked_by_provider(self) -> bool:
        """Whether the provider blocks the number by itself, until the person texts START."""
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
        """Nothing more to this number; refused when that is known already.

        After staff's opt-out the person's own, or the provider's, is news: Twilio blocks then too.
        """
        if self.is_opted_out and not self.is_new_opt_out(source):
            raise Refused("This number is opted out already.")
        return ContactOptedOut(
            **self.header(actor), source=source, private=PhoneNumber(phone=phone) if phone else None
        )

    def is_new_opt_out(self, source: str) -> bool:
        """Whether an opt-out from there changes anything that is known."""
        return not self.is_opted_out or (self.opt_out_source == "staff" and source != "staff")

    def opt_in(self, actor: str, source: str, phone: str | None) -> ContactOptedIn:
        """The number may be texted again; refused when it is not opted out."""
        if not self.is_opted_out:
            raise Refused("This number is not opted out.")
        return ContactOptedIn(
            **self.header(actor), source=source, private=PhoneNumber(phone=phone) if phone else None
        )

    def forget(self, actor: str) -> ContactForgotten:
        """Nothing personal is to be left; an opt-out stays."""
        return ContactForgotten(**self.header(actor))
