"""Opting out contacts that somebody ticked in a campaign: the page that asks, and the act.

A resend to ticked contacts is in `acts.py`, as every resend is.
"""

from collections.abc import Sequence
from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.contacts import OptOut
from ledger.domain.vocabulary import OptOutMeans
from ledger.errors import BadInput, NotFound, Refused
from projections.campaigns.rows import ContactRow
from webapp.acts import CHANGE_CONTACT
from webapp.current import application
from webapp.explain.numbers import counted
from webapp.explain.opt_outs import MEANS_LABELS
from webapp.pages.common import actor
from webapp.pages.sizes import MOST_TICKED
from webapp.permissions import needs

blueprint = Blueprint("ticked", __name__, url_prefix="/campaigns/<campaign_id>/ticked")


@blueprint.get("/opt-out")
@needs(CHANGE_CONTACT)
def confirm_opt_out(campaign_id: str) -> ResponseReturnValue:
    """Show whose numbers are opted out."""
    campaign = application().status.campaign(campaign_id)
    contacts = _ticked(campaign_id, request.args.getlist("delivery_id"))
    return render_template(
        "campaigns/opt_out_ticked.html", campaign=campaign, contacts=contacts, means=MEANS_LABELS
    )


@blueprint.post("/opt-out")
@needs(CHANGE_CONTACT)
def opt_out(campaign_id: str) -> ResponseReturnValue:
    """Opt the numbers out, one after the other; those that are opted out already stay so."""
    means = request.form.get("means")
    contacts = _ticked(campaign_id, request.form.getlist("delivery_id"))
    done = 0
    for contact in contacts:
        command = OptOut(
            contact.contact_id,
            actor(),
            contact.phone or None,
            means=OptOutMeans(means) if means in list(MEANS_LABELS) else None,
        )
        with suppress(Refused):
            application().ledger.execute(command).result()
            done += 1
    flash(f"{counted(done, 'number')} opted out: nothing more is sent to them.", "success")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), code=303)


def _ticked(campaign_id: str, delivery_ids: Sequence[str]) -> list[ContactRow]:
    """Return the ticked contacts; raises `BadInput` for none of them or too many."""
    if not delivery_ids:
        raise BadInput("Nobody is selected. Go back, and select the contacts first.")
    if len(delivery_ids) > MOST_TICKED:
        raise BadInput(f"Select at most {MOST_TICKED} contacts.")
    contacts = [application().status.contact(each) for each in dict.fromkeys(delivery_ids)]
    for contact in contacts:
        if contact.campaign_id != campaign_id:
            raise NotFound(f"There is no delivery {contact.delivery_id} in this campaign.")
    return contacts
