"""Texts that may have been sent: staff decide whether each is sent again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.unknown_outcomes import SettleByStaff
from ledger.domain.vocabulary import Settlement
from ledger.errors import BadInput, Refused
from webapp.acts import DECIDE
from webapp.current import application
from webapp.explain.decisions import DECISION_SENTENCES
from webapp.pages.common import actor, status, with_refusal_shown
from webapp.permissions import Permission, needs

blueprint = Blueprint("decisions", __name__)


@blueprint.get("/decisions")
@needs(Permission.SEE_STATUS)
def index() -> ResponseReturnValue:
    """List all texts that wait for a decision of staff."""
    return render_template("decisions/index.html", rows=status().undecided())


@blueprint.get("/deliveries/<delivery_id>/decide")
@needs(DECIDE)
def confirm(delivery_id: str) -> ResponseReturnValue:
    """Show what either decision will do."""
    row = application().status.contact(delivery_id)
    if not row.needs_decision:
        flash("The outcome of this text is known by now, or Twilio is still being asked.", "info")
        return redirect(_contact_page(delivery_id), code=303)
    return render_template("decisions/decide.html", row=row)


@blueprint.post("/deliveries/<delivery_id>/decide")
@needs(DECIDE)
def decide(delivery_id: str) -> ResponseReturnValue:
    """Record the decision, and show the contact."""
    value = request.form.get("decision")
    if value not in list(Settlement):
        raise BadInput("Choose whether the text is sent again or not.")
    decision = Settlement(value)
    try:
        command = SettleByStaff(delivery_id, decision, actor(), application().codes)
        application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_contact_page(delivery_id), refusal)
    flash(DECISION_SENTENCES[decision], "success")
    return redirect(_contact_page(delivery_id), code=303)


def _contact_page(delivery_id: str) -> str:
    return url_for("contacts.show", delivery_id=delivery_id)
