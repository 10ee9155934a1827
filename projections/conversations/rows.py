"""The shapes in which pages see conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.standing import Standing
from ledger.domain.vocabulary import MessageStatus


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """One bubble: a delivery, however many attempts it took, or a text that came in."""

    message_id: str
    seq: int
    """Where it stands among the messages of its conversation."""
    is_inbound: bool
    campaign_id: str | None
    """None for what came in, and for an answer of staff."""
    campaign_name: str | None
    body: str
    """Empty once what was personal in it is forgotten."""
    first_at: datetime
    last_at: datetime
    standing: Standing | None
    """Where its delivery stands; None for what came in."""
    forgotten_at: datetime | None

    @property
    def status(self) -> MessageStatus | None:
        """The mark (R3, R4, R5); None for what came in and what was never tried."""
        return self.standing.message_status if self.standing else None

    @property
    def attempts(self) -> int:
        """Attempts started and not put back."""
        return self.standing.attempts if self.standing else 0


@dataclass(frozen=True, kw_only=True)
class Correspondent:
    """Somebody we have texted or heard from."""

    phone: str
    name: str
    forgotten_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class ConversationRow:
    """One line of the selection panel: a correspondent with the latest message."""

    contact_id: str
    phone: str
    name: str
    forgotten_at: datetime | None
    """When number, name and words were destroyed; None while the number is known."""
    last_at: datetime
    message: MessageRow


@dataclass(frozen=True, kw_only=True)
class ConversationPage:
    """A stretch of the selection panel, the latest first; go on with `next_before`."""

    rows: Sequence[ConversationRow]
    next_before: tuple[int, str] | None
    """Ask for `before` this seq and contact to see the stretch behind; None at the end."""


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A stretch of one conversation, the oldest first; go back with `earlier_before`."""

    rows: Sequence[MessageRow]
    earlier_before: int | None
    """Ask for `before` this seq to see the stretch before; None at the beginning."""
