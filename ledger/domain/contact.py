"""A contact as its own stream tells it: whether the number may be texted (R16), or was forgotten.

Standard library only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ledger.domain.events import (
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    Event,
    Header,
    Number,
)
from ledger.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Contact:
    """One number at one version of its stream; version 0 is a number never heard of."""

    contact_id: str
    version: int = 0
    is_opted_out: bool = False
    opt_out_source: str | None = None
    was_forgotten: bool = False
    """Whether it was ever forgotten; an upload since then may have brought new personal data."""

    @property
    def is_blocked_by_provider(self) -> bool:
        """Whether the provider blocks the number by itself, until the person texts START."""
        return self.is_opted_out and self.opt_out_source != "staff"

    @classmethod
    def from_events(cls, contact_id: str, events: Iterable[Event]) -> "Contact":
        """The contact after these events of its stream, in their order."""
        contact = cls(contact_id=contact_id)
        for event in events:
            contact = contact.with_event(event)
        return contact

    def with_event(self, event: Event) -> "Contact":
        """The contact once this event has happened as well."""
        moved = replace(self, version=event.originator_version)
        match event:
            case ContactOptedOut():
                return replace(moved, is_opted_out=True, opt_out_source=event.source)
            case ContactOptedIn():
                return replace(moved, is_opted_out=False, opt_out_source=None)
            case ContactForgotten():
                return replace(moved, was_forgotten=True)
            case _:
                return moved

    def opt_out(self, actor: str, source: str, phone: str | None) -> ContactOptedOut:
        """Nothing more to this number; refused when that is known already.

        After staff's opt-out the person's own, or the provider's, is news: Twilio blocks then too.
        """
        if self.is_opted_out and not self.is_news(source):
            raise Refused("This number is opted out already.")
        return ContactOptedOut(
            **self.place(actor), source=source, private=Number(phone=phone) if phone else None
        )

    def is_news(self, source: str) -> bool:
        """Whether an opt-out from there changes anything that is known."""
        return not self.is_opted_out or (self.opt_out_source == "staff" and source != "staff")

    def opt_in(self, actor: str, source: str, phone: str | None) -> ContactOptedIn:
        """The number may be texted again; refused when it is not opted out."""
        if not self.is_opted_out:
            raise Refused("This number is not opted out.")
        return ContactOptedIn(
            **self.place(actor), source=source, private=Number(phone=phone) if phone else None
        )

    def forget(self, actor: str) -> ContactForgotten:
        """Nothing personal is to be left; an opt-out stays."""
        return ContactForgotten(**self.place(actor))

    def place(self, actor: str) -> Header:
        """Where the contact's next event stands."""
        return {
            "originator_id": self.contact_id,
            "originator_version": self.version + 1,
            "actor": actor,
        }
