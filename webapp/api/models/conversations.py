"""Conversations: texts to and from each number, and a reply."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from ledger.domain.vocabulary import DeliveryStatus, MessageStatus
from ledger.messages.template import MAX_LENGTH
from projections.conversations.rows import InboxFilter
from webapp.api.models.base import AnswerModel, PageQuery, RequestModel
from webapp.api.models.people import EXAMPLE_CONTACT_ID, EXAMPLE_FIELDS, ContactId, ShownPerson


class Message(AnswerModel, frozen=True):
    """A text to or from a person."""

    at: Annotated[str | None, Meta(description="ISO 8601, UTC; null if its event was altered.")]
    last_at: Annotated[str | None, Meta(description="When something was last recorded about it.")]
    direction: Literal["in", "out"]
    delivery_id: Annotated[str | None, Meta(description="Null for a text from the person.")]
    campaign_id: Annotated[str | None, Meta(description="Null for a reply of staff, too.")]
    campaign: str | None
    message_status: MessageStatus | None
    delivery_status: DeliveryStatus | None
    text: Annotated[
        str | None, Meta(description="Null once it was forgotten, and for one of another office.")
    ]
    of_other_office: Annotated[
        bool, Meta(description="Whether it belongs to an office that the token does not see.")
    ]


class Correspondent(ShownPerson, frozen=True, kw_only=True):
    """Somebody with texts."""

    forgotten_at: str | None


class ConversationSummary(Correspondent, frozen=True, kw_only=True):
    """A conversation in the list."""

    last_seq: Annotated[int, Meta(description="The event that put it in its place of the list.")]
    message: Annotated[
        Message | None, Meta(description="The latest text; null where its event was altered.")
    ]


class ConversationPage(AnswerModel, frozen=True):
    """A page of conversations, the latest first."""

    items: list[ConversationSummary]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class ConversationQuery(PageQuery, frozen=True):
    """Which conversations are listed."""

    campaign_id: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="Only those of the contacts of this campaign, each with its message."),
    ] = None


class ConversationSearchQuery(PageQuery, frozen=True):
    """Which page of a search."""


class ConversationSearch(RequestModel, frozen=True):
    """Which conversations are meant."""

    words: Annotated[
        str,
        Meta(max_length=200, description="Of a name, a number or the texts; blank: all."),
    ] = ""
    show: Annotated[
        InboxFilter, Meta(description="`mine`: those that the owner of the token looks after.")
    ] = InboxFilter.ALL
    campaign_id: Annotated[str, Meta(max_length=100)] | None = None


class InboxEntry(ConversationSummary, frozen=True, kw_only=True):
    """A conversation as staff work through the list."""

    needs_reply: bool
    assignee: Annotated[str | None, Meta(description="The id of who looks after it.")]


class InboxPage(AnswerModel, frozen=True):
    """A page of conversations, those that need a reply first."""

    items: list[InboxEntry]
    next: Annotated[
        str | None, Meta(description="The cursor of the next page; null on the last page.")
    ]


class Assignment(RequestModel, frozen=True):
    """Who looks after a conversation."""

    assignee: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="The id of a person; null: nobody."),
    ]


class ConversationDecided(AnswerModel, frozen=True):
    """A conversation after a decision."""

    contact_id: ContactId
    assignee: str | None
    done: Annotated[bool, Meta(description="Whether it needs no reply.")]


class Conversation(Correspondent, frozen=True, kw_only=True):
    """The texts to and from one person."""

    opted_out: bool
    messages: Annotated[
        list[Message], Meta(description="The latest texts, or those before; the oldest first.")
    ]
    next: Annotated[str | None, Meta(description="The cursor of earlier texts; null for none.")]


class ThreadQuery(PageQuery, frozen=True):
    """Which texts of a conversation are shown."""


class Reply(RequestModel, frozen=True):
    """What is sent to a person."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_LENGTH)]


class ReplySent(AnswerModel, frozen=True):
    """A reply that was accepted."""

    contact_id: ContactId
    delivery_id: str
    detail: Annotated[str, Meta(description="When it is sent, in words.")]


_PERSON: dict[str, Any] = {
    **EXAMPLE_FIELDS,
    "forgotten_at": None,
}
_MESSAGE = Message(
    at="2026-11-23T14:02:11+00:00",
    last_at="2026-11-23T14:02:11+00:00",
    direction="in",
    delivery_id=None,
    campaign_id=None,
    campaign=None,
    message_status=None,
    delivery_status=None,
    text="Thank you! Until when?",
    of_other_office=False,
)
EXAMPLE_PAGE = ConversationPage(
    items=[ConversationSummary(**_PERSON, last_seq=48210, message=_MESSAGE)], next=None
)
EXAMPLE = Conversation(**_PERSON, opted_out=False, messages=[_MESSAGE], next=None)
EXAMPLE_REPLY = Reply(text="Until Friday at noon.")
EXAMPLE_SENT = ReplySent(
    contact_id=EXAMPLE_CONTACT_ID,
    delivery_id="del_7kz4mnb6v5c4rtya2gq3x5jw",
    detail="Your answer is sent now.",
)
EXAMPLE_SEARCH = ConversationSearch(words="late bus", show=InboxFilter.NEEDS_REPLY)
EXAMPLE_INBOX = InboxPage(
    items=[
        InboxEntry(**_PERSON, last_seq=48210, message=_MESSAGE, needs_reply=True, assignee=None)
    ],
    next=None,
)
EXAMPLE_ASSIGNMENT = Assignment(assignee="usr_3kz4mnb6")
EXAMPLE_DECIDED = ConversationDecided(
    contact_id=EXAMPLE_CONTACT_ID, assignee="usr_3kz4mnb6", done=False
)
