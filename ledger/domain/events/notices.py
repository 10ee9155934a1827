"""The event of who gets which notices by mail. Each person has a stream."""

from dataclasses import dataclass

from ledger.domain.events.base import Event


@dataclass(frozen=True, kw_only=True)
class MailAddress:
    """A mail address of a member of staff."""

    address: str


@dataclass(frozen=True, kw_only=True)
class NoticesChosen(Event):
    """From now on the person gets these notices at that address; without any, none."""

    account_id: str
    kinds: tuple[str, ...]
    private: MailAddress | None
