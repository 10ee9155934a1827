"""The event of a stray text's stream."""

from dataclasses import dataclass

from ledger.domain.events.base import Event, Form


@dataclass(frozen=True, kw_only=True)
class StrayCallbackReceived(Event):
    """A genuine callback that belongs to no delivery of this ledger, or has a wrong token.

    A text without a sender is one, too, as it belongs to no contact.
    """

    cause: str
    sid: str
    status: str
    dedupe: str
    contact_id: str | None
    private: Form | None

    @property
    def subject_id(self) -> str:
        """The contact that was texted, where the callback names one; else the stray itself."""
        return self.contact_id or self.originator_id
