"""Legal holds on one person: those in force, placing one, and releasing one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.legal_holds import LONGEST_REASON, PlaceLegalHold, ReleaseLegalHold
from ledger.errors import Refused
from webapp.acts import HOLD
from webapp.contact_ids import contact_ids_of_person
from webapp.current import application
from webapp.legal_holds import legal_holds_on_person
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import needs
from webapp.whole_numbers import optional_number

blueprint = Blueprint("legal_holds", __name__, url_prefix="/deliveries/<delivery_id>/legal-holds")


@blueprint.get("")
@needs(HOLD)
def index(delivery_id: str) -> str:
    """Show the legal holds in force, and the form of another one."""
    app = application()
    row = app.status.contact(delivery_id)
    streams = app.ledger.reader.streams(contact_ids_of_person(app, row.contact_id))
    return render_template(
        "contacts/legal_holds.html",
        row=row,
        legal_holds=legal_holds_on_person(list(streams.values()), app.accounts.names()),
        longest_reason=LONGEST_REASON,
    )


@blueprint.post("")
@needs(HOLD)
def place(delivery_id: str) -> ResponseReturnValue:
    """Keep the contact from being forgotten."""
    contact_id = application().status.contact(delivery_id).contact_id
    command = PlaceLegalHold(contact_id, request.form.get("reason", ""), actor())
    try:
        number = application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_contact_page(delivery_id), refusal)
    flash(f"Legal hold {number} placed: this contact cannot be forgotten.", "success")
    return redirect(_contact_page(delivery_id), code=303)


@blueprint.post("/release")
@needs(HOLD)
def release(delivery_id: str) -> ResponseReturnValue:
    """End a legal hold."""
    contact_id = application().status.contact(delivery_id).contact_id
    number = optional_number(request.form.get("hold"))
    try:
        released = (
            application().ledger.execute(ReleaseLegalHold(contact_id, actor(), number)).result()
        )
    except Refused as refusal:
        return with_refusal_shown(_contact_page(delivery_id), refusal)
    flash(f"Legal hold {released} released.", "success")
    return redirect(_contact_page(delivery_id), code=303)


def _contact_page(delivery_id: str) -> str:
    return url_for("contacts.show", delivery_id=delivery_id)
