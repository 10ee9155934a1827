"""What staff decide about a conversation: that it needs no reply, and who looks after it."""

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from ledger.commands.conversations import AssignConversation, FinishConversation
from ledger.errors import BadInput, NotFound, Refused
from ledger.unit_of_work import Command
from webapp.acts import CHANGE_CONVERSATION
from webapp.assignees import assignable
from webapp.current import application
from webapp.pages.common import actor, with_refusal_shown
from webapp.pages.conversation_opting import conversation_page
from webapp.permissions import needs

blueprint = Blueprint("conversation_acts", __name__, url_prefix="/conversations/<contact_id>")


@blueprint.post("/done")
@needs(CHANGE_CONVERSATION)
def done(contact_id: str) -> ResponseReturnValue:
    """Take the conversation off the list of those that need a reply, until the person writes."""
    command = FinishConversation(contact_id, actor(), application().scope)
    return _decide(contact_id, command, "Done: no reply is needed.")


@blueprint.post("/assign")
@needs(CHANGE_CONVERSATION)
def assign(contact_id: str) -> ResponseReturnValue:
    """Let a member of staff look after the conversation, or nobody."""
    assignee = request.form.get("assignee") or None
    names = assignable(application().accounts)
    if assignee is not None and assignee not in names:
        raise BadInput("Choose somebody who has an account here and may send replies.")
    words = f"Assigned to {names[assignee]}." if assignee else "Assigned to nobody."
    command = AssignConversation(contact_id, assignee, actor(), application().scope)
    return _decide(contact_id, command, words)


def _decide(contact_id: str, command: Command[None], words: str) -> ResponseReturnValue:
    app = application()
    if app.conversations.correspondent(contact_id) is None:
        raise NotFound(f"There is no conversation {contact_id}.")
    back = conversation_page(contact_id, request.form.get("campaign_id") or None)
    try:
        app.ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(back, refusal)
    flash(words, "success")
    return redirect(back, code=303)
