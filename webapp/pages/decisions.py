"""Texts that may have been sent: staff say whether each is sent again, or let be."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ledger.commands.unknown_outcomes import SettleByStaff
from ledger.domain.vocabulary import Settlement
from ledger.errors import BadInput, Refused
from webapp.current import application
from webapp.pages.common import actor, with_refusal_shown

Answer = str | Response

blueprint = Blueprint("decisions", __name__)

_DONE = {
    Settlement.RESEND: "It is sent again.",
    Settlement.LET_BE: "Let be: it counts as failed, unless a report says more.",
}


@blueprint.get("/decisions")
def index() -> Answer:
    """All that wait for a word of staff."""
    return render_template("decisions/index.html", rows=application().status.undecided())


@blueprint.get("/deliveries/<delivery_id>/decide")
def confirm(delivery_id: str) -> Answer:
    """What either word will do."""
    row = application().status.contact(delivery_id)
    if not row.needs_decision:
        flash("What became of this text is known, or still being asked.", "info")
        return redirect(_contact_page(delivery_id), code=303)
    return render_template("decisions/decide.html", row=row)


@blueprint.post("/deliveries/<delivery_id>/decide")
def decide(delivery_id: str) -> Answer:
    """Take the word, and show the contact."""
    word = request.form.get("decision")
    if word not in list(Settlement):
        raise BadInput("Say whether the text is sent again or let be.")
    decision = Settlement(word)
    try:
        command = SettleByStaff(delivery_id, decision, actor(), application().codes)
        application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_contact_page(delivery_id), refusal)
    flash(_DONE[decision], "success")
    return redirect(_contact_page(delivery_id), code=303)


def _contact_page(delivery_id: str) -> str:
    return url_for("contacts.show", delivery_id=delivery_id)
