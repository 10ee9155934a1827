"""Texts that may ask for an opt-out: staff opt the number out, or dismiss the text (R16)."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ledger.errors import Refused
from projections.possible_opt_outs import PossibleOptOut
from webapp.acts import CHANGE_CONTACT
from webapp.current import application
from webapp.explain.numbers import counted
from webapp.pages.common import actor, possible_opt_outs, with_refusal_shown
from webapp.pages.sizes import PAGE_ROWS
from webapp.permissions import Permission, needs
from webapp.possible_opt_out_decisions import dismissal_of, opt_out_by, waiting_text

blueprint = Blueprint("possible_opt_outs", __name__, url_prefix="/possible-opt-outs")


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
    try:
        command = opt_out_by(_waiting(contact_id), actor())
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
    try:
        command = dismissal_of(_waiting(contact_id), actor())
        application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_list_page(), refusal)
    opt_out_page = url_for("conversation_opting.confirm_opt_out", contact_id=contact_id)
    link = Markup('<a href="{}">opt the number out</a>').format(opt_out_page)
    undo = Markup("Dismissed: the number may still be texted. To undo that, {}.").format(link)
    flash(undo, "success")
    return redirect(_list_page(), code=303)


def _waiting(contact_id: str) -> PossibleOptOut:
    """Return the text that the form names. Raises `Refused` for one that does not wait."""
    return waiting_text(contact_id, request.form.get("message", ""))


def _list_page() -> str:
    return url_for("possible_opt_outs.index")
