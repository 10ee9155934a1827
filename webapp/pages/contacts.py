"""One contact of one campaign: why it has its status, what happened, and opting the number out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ledger.contact import Contact
from ledger.errors import LedgerError
from ledger.verbs import contacts as verbs
from ledger.verbs.lookup import contact_of
from projections.status.queries import ContactRow
from webapp.pages.common import actor, application, names_of_staff, now, with_refusal_shown
from webapp.pages.live import page_or_block
from webapp.timeline import timeline
from webapp.why import explain

_MOMENTS_SHOWN = 100

blueprint = Blueprint("contacts", __name__, url_prefix="/deliveries/<delivery_id>")


@blueprint.get("")
def show(delivery_id: str) -> Response:
    """The contact page."""
    found = application()
    row = found.status.contact(delivery_id)
    streams = found.ledger.streams([delivery_id, row.campaign_id, row.contact_id])
    delivery, campaign, contact = streams.values()
    since = delivery[0].seq
    happened = [*delivery, *(e for e in (*campaign, *contact) if e.seq > since)]
    moments = timeline(happened, found.codes, names_of_staff())
    return page_or_block(
        "contacts/show.html",
        "contacts/_contact.html",
        row=row,
        why=explain(delivery, campaign, contact, found.codes, now()),
        moments=moments[:_MOMENTS_SHOWN],
        moment_count=len(moments),
        others=[r for r in found.status.deliveries_to(row.contact_id) if r != row],
        now=now(),
    )


@blueprint.get("/opt-out")
def confirm_opt_out(delivery_id: str) -> Response | str:
    """What an opt-out of this number will do, in numbers."""
    row = application().status.contact(delivery_id)
    if row.is_opted_out:
        flash("This number is opted out already.", "info")
        return redirect(_back(row), code=303)
    effect = application().status.opt_out_effect(row.contact_id)
    return render_template("contacts/opt_out.html", row=row, effect=effect, back=_back(row))


@blueprint.post("/opt-out")
def opt_out(delivery_id: str) -> Response:
    """Nothing more to this number."""
    row = application().status.contact(delivery_id)
    try:
        withdrawn = verbs.opt_out(application().ledger, row.phone, actor())
    except LedgerError as error:
        return with_refusal_shown(_back(row), error)
    deliveries = "1 waiting delivery" if withdrawn == 1 else f"{withdrawn} waiting deliveries"
    flash(f"Opted out. Nothing more is sent to this number; {deliveries} withdrawn.", "success")
    return redirect(_back(row), code=303)


@blueprint.get("/opt-in")
def confirm_opt_in(delivery_id: str) -> Response | str:
    """What an opt-in of this number will do, and what it will not."""
    row = application().status.contact(delivery_id)
    if not row.is_opted_out:
        flash("This number is not opted out.", "info")
        return redirect(_back(row), code=303)
    return render_template(
        "contacts/opt_in.html",
        row=row,
        back=_back(row),
        contact=_contact(row),
        twilio_still_blocks=verbs.TWILIO_STILL_BLOCKS,
    )


@blueprint.post("/opt-in")
def opt_in(delivery_id: str) -> Response:
    """The number may be texted again."""
    row = application().status.contact(delivery_id)
    try:
        is_blocked = verbs.opt_in(application().ledger, row.phone, actor())
    except LedgerError as error:
        return with_refusal_shown(_back(row), error)
    flash("Opted in. This number may be texted again.", "success")
    if is_blocked:
        flash(verbs.TWILIO_STILL_BLOCKS, "warning")
    return redirect(_back(row), code=303)


def _contact(row: ContactRow) -> Contact:
    return contact_of(application().ledger, row.contact_id)


def _back(row: ContactRow) -> str:
    """To the contact page, or to the campaign where the act was begun there."""
    if request.values.get("back") == "campaign":
        return url_for("campaigns.show", campaign_id=row.campaign_id)
    return url_for("contacts.show", delivery_id=row.delivery_id)
