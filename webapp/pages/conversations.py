"""The two panels, selection and conversation, for all campaigns and as a campaign's Activity tab.

Here is the list, and the form of a reply; `chosen_conversation.py` has the right panel.
"""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from ledger.errors import BadInput, Refused
from ledger.messages.phone_numbers import display
from webapp.acts import REPLY
from webapp.current import application
from webapp.pages import live
from webapp.pages.campaign_head import campaign_frame
from webapp.pages.chosen_conversation import chosen_conversation
from webapp.pages.common import actor, conversations, status, with_refusal_shown
from webapp.pages.conversation_opting import conversation_page
from webapp.pages.moments import past
from webapp.pages.sizes import PAGE_ROWS
from webapp.permissions import Permission, needs
from webapp.replying import reply_to, when_sent
from webapp.whole_numbers import whole_number

blueprint = Blueprint("conversations", __name__)


@blueprint.get("/conversations", defaults={"contact_id": None})
@blueprint.get("/conversations/<contact_id>", endpoint="show")
@needs(Permission.SEE_WORDS)
def index(contact_id: str | None) -> ResponseReturnValue:
    """Show all conversations, the latest first, and the chosen one."""
    if live.is_asked_for():
        return live.answer(_panels(None, contact_id))
    return _whole_page(contact_id)


def _whole_page(contact_id: str | None) -> str:
    return render_template(
        "conversations/index.html",
        block=_panels(None, contact_id),
        answering=_answering(contact_id, None),
    )


@blueprint.get("/campaigns/<campaign_id>/activity", defaults={"contact_id": None})
@blueprint.get("/campaigns/<campaign_id>/activity/<contact_id>")
@needs(Permission.SEE_WORDS)
def activity(campaign_id: str, contact_id: str | None) -> ResponseReturnValue:
    """Show the conversations of one campaign's contacts, each with that campaign's message."""
    campaign = status().campaign(campaign_id)
    block = _panels(campaign_id, contact_id)
    if live.is_asked_for():
        return live.answer(block)
    frame = campaign_frame(campaign, "activity")
    return render_template(
        "conversations/activity.html",
        **frame,
        block=block,
        answering=_answering(contact_id, campaign_id),
    )


@blueprint.post("/conversations/<contact_id>")
@needs(REPLY)
def answer(contact_id: str) -> ResponseReturnValue:
    """Send a reply to this person, and show the conversation."""
    campaign_id = request.form.get("campaign_id") or None
    text, name = request.form.get("words", ""), request.form.get("request", "")
    try:
        application().ledger.execute(reply_to(contact_id, text, actor(), name)).result()
    except Refused as refusal:
        return with_refusal_shown(conversation_page(contact_id, campaign_id), refusal)
    except BadInput as refusal:
        flash(str(refusal), "error")
        return _whole_page(contact_id), 422
    flash(when_sent(), "success")
    return redirect(conversation_page(contact_id, campaign_id), code=303)


@dataclass(frozen=True, kw_only=True)
class Answering:
    """What the form of a reply needs."""

    contact_id: str
    name: str
    campaign_id: str | None
    request: str
    """The name of the request, so that pressing twice sends once."""
    words: str


def _answering(contact_id: str | None, campaign_id: str | None) -> Answering | None:
    """Return the form for the chosen conversation; None if this person cannot be texted."""
    app = application()
    if past():
        return None
    person = app.conversations.correspondent(contact_id) if contact_id else None
    if contact_id is None or person is None or not person.phone or person.is_opted_out:
        return None
    return Answering(
        contact_id=contact_id,
        name=person.name or display(person.phone),
        campaign_id=campaign_id,
        request=app.ledger.identity.new_request(),
        words=request.form.get("words", ""),
    )


def _panels(campaign_id: str | None, contact_id: str | None) -> live.Block:
    page = conversations().conversations(campaign_id=campaign_id, before=_cursor(), size=PAGE_ROWS)
    return live.make_block(
        "conversations/_panels.html",
        conversations=page,
        latest_events=application().ledger.reader.events_by_seq(
            [row.last_seq for row in page.rows]
        ),
        chosen=chosen_conversation(contact_id, campaign_id) if contact_id else None,
        campaign_id=campaign_id,
        before=request.args.get("before"),
        cursor_text=_cursor_text,
    )


# The cursor of the list of conversations: seq and contact id, as in "48210.con_fg3iipp2".


def _cursor() -> tuple[int, str] | None:
    text = request.args.get("before")
    if not text:
        return None
    seq, _, contact_id = text.partition(".")
    return whole_number(seq), contact_id


def _cursor_text(cursor: tuple[int, str]) -> str:
    return ".".join(map(str, cursor))
