"""The events of a contact's stream; they concern the number in every campaign (R16)."""

from dataclasses import dataclass

from ledger.domain.events.base import Event, Form, PhoneNumber


@dataclass(frozen=True, kw_only=True)
class ContactEvent(Event):
    """An event of a contact's stream."""

    @property
    def contact_id(self) -> str:
        """The contact whose stream this is."""
        return self.originator_id


@dataclass(frozen=True, kw_only=True)
class ContactOptedOut(ContactEvent):
    """No text is sent to the number any more (R16)."""

    source: str
    """`staff`, `inbound` (the person texted STOP) or `provider` (Twilio answered 21610)."""
    private: PhoneNumber | None


@dataclass(frozen=True, kw_only=True)
class ContactOptedIn(ContactEvent):
    """The number may be texted again."""

    source: str
    private: PhoneNumber | None


@dataclass(frozen=True, kw_only=True)
class ContactForgotten(ContactEvent):
    """The contact's key was destroyed in the same commit; what it sealed cannot be read."""


@dataclass(frozen=True, kw_only=True)
class InboundReceived(ContactEvent):
    """The number sent a text."""

    sid: str
    dedupe: str
    private: Form | None
