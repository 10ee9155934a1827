"""What queries of conversations return to pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.domain.standing import Standing
from ledger.domain.vocabulary import MessageStatus


class InboxFilter(StrEnum):
    """Which conversations staff look at."""

    ALL = "all"
    NEEDS_REPLY = "needs-reply"
    MINE = "mine"


@dataclass(frozen=True, kw_only=True)
class InboxScope:
    """What a list of conversations is limited to."""

    chosen: InboxFilter = InboxFilter.ALL
    user_id: str = ""
    """Whose conversations `MINE` are."""
    campaign_id: str | None = None
    """Only contacts of this campaign, each with its message of that campaign."""
    search: str = ""
    """Parts of names or numbers, or words of texts from people and replies to them."""


@dataclass(frozen=True, kw_only=True)
class MessageRow:
    """A message bubble: a delivery with all its attempts, or an inbound text."""

    message_id: str
    seq: int
    """Of the enrolment or the inbound text: its order among the messages of its conversation."""
    last_seq: int
    """Of the last event about it."""
    is_inbound: bool
    campaign_id: str | None
    """None for an inbound text, and for an answer by staff."""
    campaign_name: str | None
    body: str
    """Empty once its personal data is forgotten."""
    standing: Standing | None
    """The standing of its delivery; None for an inbound text."""
    forgotten_at: datetime | None
    is_confirmation: bool = False
    """Whether it confirms an opt-out; no other text may go to an opted-out number."""
    is_of_other_office: bool = False
    """Whether it belongs to an office that is not seen; then nothing else is known of it."""

    @property
    def status(self) -> MessageStatus | None:
        """The message status (R3, R4, R5); None for an inbound text and before any attempt."""
        return self.standing.message_status if self.standing else None

    @property
    def attempts(self) -> int:
        """The number of attempts started and not put back."""
        return self.standing.attempts if self.standing else 0


@dataclass(frozen=True, kw_only=True)
class Correspondent:
    """A contact with messages."""

    phone: str
    name: str
    forgotten_at: datetime | None
    is_opted_out: bool
    needs_reply: bool
    """Whether a text from them waits for a reply."""
    assignee: str | None
    """The id of the user who looks after the conversation; None: nobody."""


@dataclass(frozen=True, kw_only=True)
class ConversationRow:
    """A row of the selection panel: a correspondent with the latest message."""

    contact_id: str
    phone: str
    name: str
    forgotten_at: datetime | None
    """When number, name and texts were destroyed; None while the number is known."""
    last_seq: int
    """The event that put it in this place of the list."""
    message: MessageRow | None
    """None where no message belongs to that event, as somebody altered it."""


@dataclass(frozen=True, kw_only=True)
class ConversationPage:
    """A page of the selection panel, the latest first."""

    rows: Sequence[ConversationRow]
    next_before: tuple[int, str] | None
    """The value of `before` for the next page, a seq and a contact; None on the last page."""


@dataclass(frozen=True, kw_only=True)
class Thread:
    """A page of one conversation, the oldest first."""

    rows: Sequence[MessageRow]
    earlier_before: int | None
    """The value of `before` for the earlier page, a seq; None at the beginning."""


@dataclass(frozen=True, kw_only=True)
class InboxRow(ConversationRow):
    """A row of the selection panel as staff work through it."""

    needs_reply: bool
    sent: MessageRow | None
    """The latest text to the person, whose mark the row bears; None where there is none."""
    assignee: str | None
    """The id of the user who looks after it; None: nobody."""


@dataclass(frozen=True, kw_only=True)
class InboxPage:
    """A page of the selection panel: those that need a reply first, each group latest first."""

    rows: Sequence[InboxRow]
    next_before: tuple[int, str] | None
    """The value of `before` for the next page; None on the last page. The contact is empty while
    conversations follow that need a reply."""


@dataclass(frozen=True, kw_only=True)
class InboxCounts:
    """How many conversations there are of some kinds; each count ends at `MOST_COUNTED`."""

    needs_reply: int
    waiting_since_seq: int | None
    """The oldest text that needs a reply."""
    mine: int


MOST_COUNTED = 1000
"""A greater number says no more to people, and would take long to count."""
