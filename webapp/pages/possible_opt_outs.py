"""Texts that may ask for an opt-out: staff opt the number out, or dismiss the text (R16)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ledger.commands.contacts import DismissPossibleOptOut, OptOut
from ledger.domain.vocabulary import OptOutMeans
from ledger.errors import Refused
from projections.possible_opt_outs import PossibleOptOut
from webapp.acts import CHANGE_CONTACT
from webapp.current import application
from webapp.explain.numbers import counted
from webapp.pages.common import actor, possible_opt_outs, with_refusal_shown
from webapp.pages.sizes import PAGE_ROWS
from webapp.permissions import Permission, needs

blueprint = Blueprint("possible_opt_outs", __name__, url_prefix="/possible-opt-outs")

_DECIDED = Refused("This text does not wait for a decision any more: somebody decided before.")


@blueprint.get("")
@needs(Permission.SEE_WORDS)
def index() -> ResponseReturnValue:
    """List the texts that wait for a decision, the oldest first."""
    queries = possible_opt_outs()
    return render_template(
        "possible_opt_outs/index.html", rows=queries.waiting(PAGE_ROWS), count=queries.count()
    )


@blueprint.post("/<contact_id>/opt-out")
@needs(CHANGE_CONTACT)
def opt_out(contact_id: str) -> ResponseReturnValue:
    """Opt the number out: the text asks for it."""
    text = _waiting(contact_id)
    if text is None:
        return with_refusal_shown(_list_page(), _DECIDED)
    command = OptOut(
        contact_id,
        actor(),
        text.phone or None,
        means=OptOutMeans.TEXT,
        received_at=text.received_at,
    )
    try:
        withdrawn = application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_list_page(), refusal)
    deliveries = counted(withdrawn, "waiting delivery")
    flash(f"Opted out: nothing more is sent to this number. {deliveries} withdrawn.", "success")
    return redirect(_list_page(), code=303)


@blueprint.post("/<contact_id>/dismiss")
@needs(CHANGE_CONTACT)
def dismiss(contact_id: str) -> ResponseReturnValue:
    """Record that the text asks for no opt-out."""
    text = _waiting(contact_id)
    if text is None:
        return with_refusal_shown(_list_page(), _DECIDED)
    command = DismissPossibleOptOut(contact_id, actor(), text.message_sid)
    try:
        application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_list_page(), refusal)
    opt_out_page = url_for("conversation_opting.confirm_opt_out", contact_id=contact_id)
    link = Markup('<a href="{}">opt the number out</a>').format(opt_out_page)
    undo = Markup("Dismissed: the number may still be texted. To undo that, {}.").format(link)
    flash(undo, "success")
    return redirect(_list_page(), code=303)


def _waiting(contact_id: str) -> PossibleOptOut | None:
    """Return the text that the form names, if it still waits."""
    sid = request.form.get("message")
    texts = application().possible_opt_outs.of_contacts([contact_id])
    return next((text for text in texts if text.message_sid == sid), None)


def _list_page() -> str:
    return url_for("possible_opt_outs.index")
