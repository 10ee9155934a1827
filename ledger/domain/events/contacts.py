"""The events of a contact's stream, whichever campaigns the number is in (R16)."""

from dataclasses import dataclass

from ledger.domain.events.base import Event, Form, PhoneNumber


@dataclass(frozen=True, kw_only=True)
class ContactEvent(Event):
    """An event of a contact's stream, whichever campaigns the number is in."""

    @property
    def contact_id(self) -> str:
        """The contact whose stream this is."""
        return self.originator_id


@dataclass(frozen=True, kw_only=True)
class ContactOptedOut(ContactEvent):
    """Nothing more is sent to the number (R16)."""

    source: str
    """`staff`, `inbound` (a STOP came) or `provider` (a 21610 came)."""
    private: PhoneNumber | None


@dataclass(frozen=True, kw_only=True)
class ContactOptedIn(ContactEvent):
    """The number may be texted again."""

    source: str
    private: PhoneNumber | None


@dataclass(frozen=True, kw_only=True)
class ContactForgotten(ContactEvent):
    """The contact's key was destroyed in the same commit: nothing sealed under it can be read."""


@dataclass(frozen=True, kw_only=True)
class InboundReceived(ContactEvent):
    """A text came from the number."""

    sid: str
    dedupe: str
    private: Form | None
