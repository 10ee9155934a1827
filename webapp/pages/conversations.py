"""The two panels, selection and conversation, for all campaigns and as a campaign's Activity tab.

`inbox.py` has what they show, `conversation_acts.py` what staff decide about a conversation.
"""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledger.errors import BadInput, Refused
from webapp.acts import REPLY
from webapp.assignees import assignable
from webapp.current import application
from webapp.pages import live
from webapp.pages.campaign_head import campaign_frame, campaign_head
from webapp.pages.common import actor, status
from webapp.pages.conversation_opting import conversation_page
from webapp.pages.inbox import (
    Inbox,
    answering,
    blocks_of,
    cannot_be_sent,
    read_inbox,
    segments_sentence,
)
from webapp.permissions import Permission, needs
from webapp.replying import reply_to, why_it_waits

blueprint = Blueprint("conversations", __name__)


@blueprint.get("/conversations", defaults={"contact_id": None})
@blueprint.get("/conversations/<contact_id>", endpoint="show")
@needs(Permission.SEE_WORDS)
def index(contact_id: str | None) -> ResponseReturnValue:
    """Show all conversations, those that need a reply first, and the chosen one."""
    inbox = read_inbox(None, contact_id)
    if live.is_asked_for():
        return live.answer(blocks_of(inbox))
    return _page(inbox)


@blueprint.post("/conversations")
@needs(Permission.SEE_WORDS)
def search() -> ResponseReturnValue:
    """Search the conversations. A search is posted, so that no address holds a name or number."""
    return _search_page(None)


@blueprint.get("/campaigns/<campaign_id>/activity", defaults={"contact_id": None})
@blueprint.get("/campaigns/<campaign_id>/activity/<contact_id>")
@needs(Permission.SEE_WORDS)
def activity(campaign_id: str, contact_id: str | None) -> ResponseReturnValue:
    """Show the conversations of one campaign's contacts, each with that campaign's message."""
    campaign = status().campaign(campaign_id)
    inbox = read_inbox(campaign_id, contact_id)
    if live.is_asked_for():
        return live.answer([campaign_head(campaign), *blocks_of(inbox)], campaign.counts)
    return _page(inbox)


@blueprint.post("/campaigns/<campaign_id>/activity")
@needs(Permission.SEE_WORDS)
def search_activity(campaign_id: str) -> ResponseReturnValue:
    """Search the conversations of one campaign's contacts."""
    return _search_page(campaign_id)


def _search_page(campaign_id: str | None) -> ResponseReturnValue:
    words, contact_id = request.form.get("q", "").strip(), request.form.get("chosen") or None
    inbox = read_inbox(campaign_id, contact_id, words)
    if not words:
        return redirect(inbox.address(contact_id), code=303)
    return _page(inbox)


@blueprint.post("/conversations/<contact_id>")
@needs(REPLY)
def answer(contact_id: str) -> ResponseReturnValue:
    """Send a reply to this person, and show the conversation; a reply not sent stays in the box."""
    campaign_id = request.form.get("campaign_id") or None
    text, name = request.form.get("words", ""), request.form.get("request", "")
    try:
        application().ledger.execute(reply_to(contact_id, text, actor(), name)).result()
    except (Refused, BadInput) as refusal:
        inbox = read_inbox(campaign_id, contact_id)
        problem = str(refusal)
        if inbox.chosen and inbox.chosen.is_opted_out:
            problem = cannot_be_sent(inbox.chosen)
        code = 409 if isinstance(refusal, Refused) else 422
        return _page(inbox, words=text, problem=f"Not sent. {problem}"), code
    if wait := why_it_waits():
        flash(wait, "warning")
    return redirect(f"{conversation_page(contact_id, campaign_id)}#words", code=303)


@blueprint.post("/conversations/<contact_id>/segments")
@needs(Permission.ACT)
def segments(contact_id: str) -> ResponseReturnValue:  # noqa: ARG001 - of the address alone
    """Return how many segments the reply takes so far, for the box."""
    return segments_sentence(request.form.get("words", ""))


def _page(inbox: Inbox, words: str = "", problem: str | None = None) -> str:
    blocks = blocks_of(inbox)
    context = {
        "inbox": inbox,
        "chosen": inbox.chosen,
        "assignable": assignable(application().accounts),
        "answering": answering(inbox, words, problem),
        "segments": segments_sentence(words),
    }
    if inbox.scope.campaign_id is None:
        return render_template(
            "conversations/index.html",
            **context,
            blocks={block.id: block for block in blocks},
            live=live.page(blocks),
        )
    campaign = status().campaign(inbox.scope.campaign_id)
    return render_template(
        "conversations/activity.html", **context, **campaign_frame(campaign, "activity", *blocks)
    )
