"""Conversations: the list, one of them, and a reply."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint

from ledger.commands.conversations import AssignConversation, FinishConversation
from ledger.domain.contact import Contact
from ledger.domain.vocabulary import ViewPlace
from ledger.errors import BadInput, NotFound
from ledger.unit_of_work import Command
from projections.conversations.inbox_search import is_number_searched
from projections.conversations.rows import (
    ConversationRow,
    Correspondent,
    InboxScope,
    MessageRow,
)
from webapp.acts import CHANGE_CONVERSATION, REPLY
from webapp.api.authentication import caller, may
from webapp.api.cursors import Cursors, next_link
from webapp.api.fitting import fitted
from webapp.api.idempotency import current_request, request_id
from webapp.api.models import conversations as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.assignees import assignable
from webapp.contact_ids import contact_ids_of_person
from webapp.current import application
from webapp.documents import iso, message_document
from webapp.explain.event_problems import shown_time
from webapp.permissions import Permission, needs
from webapp.replying import reply_to, when_sent
from webapp.shown_moment import conversations, status

blueprint = Blueprint("conversations", __name__, url_prefix="/conversations")

_TAG = "Conversations"


@blueprint.get("")
@operation(
    "listConversations",
    tag=_TAG,
    answer=models.ConversationPage,
    example=models.EXAMPLE_PAGE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_WORDS)
def index(query: models.ConversationQuery) -> Answer[models.ConversationPage]:
    """List the conversations with their latest texts, the latest first."""
    if query.campaign_id is not None:
        status().campaign(query.campaign_id)
    cursors = Cursors(query)
    place = cursors.place()
    page = conversations().conversations(
        campaign_id=query.campaign_id,
        before=None if place is None else tuple(place),
        size=query.limit,
    )
    documents = _messages(row.message for row in page.rows if row.message)
    cursor = cursors.cursor(page.next_before)
    items = [_summary(row, documents) for row in page.rows]
    return fitted({"items": items, "next": cursor}, models.ConversationPage), next_link(cursor)


@blueprint.post("/search")
@operation(
    "searchConversations",
    tag=_TAG,
    answer=models.InboxPage,
    example=models.EXAMPLE_INBOX,
    request_example=models.EXAMPLE_SEARCH,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_WORDS)
def search(
    query: models.ConversationSearchQuery, json: models.ConversationSearch
) -> Answer[models.InboxPage]:
    """List conversations as staff work through them: those that need a reply first.

    It is posted, as the words may be a name, a number or part of a text. Post the same with the
    cursor of a page.
    """
    if is_number_searched(json.words) and not may(Permission.SEE_NUMBERS):
        raise invalid("This token may not search for phone numbers.", pointer="/words")
    cursors = Cursors(query, words=json.words, show=json.show, campaign_id=json.campaign_id)
    place = cursors.place()
    scope = InboxScope(
        chosen=json.show,
        user_id=caller().actor,
        campaign_id=json.campaign_id,
        search=json.words.strip(),
    )
    page = conversations().page(
        scope, before=None if place is None else tuple(place), size=query.limit
    )
    documents = _messages(row.message for row in page.rows if row.message)
    items = [
        _summary(row, documents) | {"needs_reply": row.needs_reply, "assignee": row.assignee}
        for row in page.rows
    ]
    return fitted({"items": items, "next": cursors.cursor(page.next_before)}, models.InboxPage)


@blueprint.post("/<contact_id>/done")
@operation(
    "finishConversation",
    tag=_TAG,
    answer=models.ConversationDecided,
    example=models.EXAMPLE_DECIDED,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CONVERSATION)
def done(contact_id: str) -> Answer[models.ConversationDecided]:
    """Say that a conversation needs no reply, until the person writes again."""
    request = request_id(f"done {contact_id}")
    return _decide(
        contact_id, FinishConversation(contact_id, caller().actor, application().scope, request)
    )


@blueprint.post("/<contact_id>/assign")
@operation(
    "assignConversation",
    tag=_TAG,
    answer=models.ConversationDecided,
    example=models.EXAMPLE_DECIDED,
    request_example=models.EXAMPLE_ASSIGNMENT,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(CHANGE_CONVERSATION)
def assign(json: models.Assignment, contact_id: str) -> Answer[models.ConversationDecided]:
    """Say which person looks after a conversation; null: nobody."""
    if json.assignee is not None and json.assignee not in assignable(application().accounts):
        words = "Send the id of somebody who has an account here and may send replies."
        raise invalid(words, pointer="/assignee")
    request = request_id(f"assign {contact_id}")
    command = AssignConversation(
        contact_id, json.assignee, caller().actor, application().scope, request
    )
    return _decide(contact_id, command)


@blueprint.get("/<contact_id>")
@operation(
    "getConversation",
    tag=_TAG,
    answer=models.Conversation,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND],
)
@needs(Permission.SEE_WORDS)
def show(query: models.ThreadQuery, contact_id: str) -> Answer[models.Conversation]:
    """Return the texts to and from one person: the latest, and before them page by page.

    That somebody saw the words of a person is recorded, once an hour.
    """
    app, cursors, person = application(), Cursors(query), conversations().correspondent(contact_id)
    if person is None:
        raise NotFound(f"There is no conversation {contact_id}.")
    app.access_recorder.view(caller().actor, contact_id, ViewPlace.CONVERSATION)
    _, *others = contact_ids_of_person(app, contact_id)
    thread = conversations().thread(
        contact_id, same_phone=others, before=cursors.place(), size=query.limit
    )
    cursor = cursors.cursor(thread.earlier_before)
    more = {
        "opted_out": person.is_opted_out,
        "messages": list(_messages(thread.rows).values()),
        "next": cursor,
    }
    return fitted(_person(contact_id, person) | more, models.Conversation), next_link(cursor)


@blueprint.post("/<contact_id>/replies")
@operation(
    "sendReply",
    tag=_TAG,
    answer=models.ReplySent,
    example=models.EXAMPLE_SENT,
    request_example=models.EXAMPLE_REPLY,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(REPLY)
def reply(json: models.Reply, contact_id: str) -> Answer[models.ReplySent]:
    """Send a reply to one person.

    A repeat with the same Idempotency-Key sends once, whatever was cut off meanwhile. Refused where
    the number is opted out.
    """
    request = f"{current_request().name} {json.text}"
    try:
        command = reply_to(contact_id, json.text, caller().actor, request)
    except BadInput as error:
        raise invalid(str(error), pointer="/text") from error
    application().ledger.execute(command).result()
    sent = models.ReplySent(
        contact_id=command.contact_id, delivery_id=command.delivery_id, detail=when_sent()
    )
    return sent, 201


def _decide(contact_id: str, command: Command[None]) -> models.ConversationDecided:
    app = application()
    if app.conversations.correspondent(contact_id) is None:
        raise NotFound(f"There is no conversation {contact_id}.")
    app.ledger.execute(command).result()
    contact, office_ids = app.ledger.reader.load(Contact, contact_id), app.scope.office_ids or ()
    return models.ConversationDecided(
        contact_id=contact_id,
        assignee=contact.assignee_for(office_ids),
        done=contact.is_done_for(office_ids),
    )


def _summary(row: ConversationRow, documents: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return _person(row.contact_id, row) | {
        "last_seq": row.last_seq,
        "message": documents[row.message.message_id] if row.message else None,
    }


def _person(contact_id: str, person: ConversationRow | Correspondent) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "phone": person.phone or None,
        "name": person.name or None,
        "forgotten_at": iso(person.forgotten_at),
    }


def _messages(rows: Iterable[MessageRow]) -> dict[str, dict[str, Any]]:
    """Return message id → document, in the order of the rows."""
    messages = list(rows)
    seqs = {seq for message in messages for seq in (message.seq, message.last_seq)}
    events = application().ledger.reader.events_by_seq(seqs)
    times = {seq: shown_time(events.get(seq)) for seq in seqs}
    return {message.message_id: message_document(message, times) for message in messages}
