"""Legal holds on one campaign: those in force, placing one, and releasing one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.legal_holds import (
    LONGEST_REASON,
    PlaceCampaignLegalHold,
    ReleaseCampaignLegalHold,
)
from ledger.errors import Refused
from webapp.acts import HOLD
from webapp.campaign_legal_holds import campaign_legal_holds
from webapp.current import application
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import needs
from webapp.whole_numbers import optional_number

blueprint = Blueprint(
    "campaign_legal_holds", __name__, url_prefix="/campaigns/<campaign_id>/legal-holds"
)


@blueprint.get("")
@needs(HOLD)
def index(campaign_id: str) -> str:
    """Show the legal holds in force, and the form of another one."""
    app = application()
    return render_template(
        "campaigns/legal_holds.html",
        campaign=app.status.campaign(campaign_id),
        legal_holds=campaign_legal_holds(app, campaign_id=campaign_id),
        longest_reason=LONGEST_REASON,
    )


@blueprint.post("")
@needs(HOLD)
def place(campaign_id: str) -> ResponseReturnValue:
    """Keep all contacts of the campaign from being forgotten."""
    command = PlaceCampaignLegalHold(campaign_id, request.form.get("reason", ""), actor())
    number = application().ledger.execute(command).result()
    flash(f"Legal hold {number} placed: no contact of this campaign can be forgotten.", "success")
    return redirect(_campaign_page(campaign_id), code=303)


@blueprint.post("/release")
@needs(HOLD)
def release(campaign_id: str) -> ResponseReturnValue:
    """End a legal hold."""
    number = optional_number(request.form.get("hold"))
    command = ReleaseCampaignLegalHold(campaign_id, actor(), number)
    try:
        released = application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_campaign_page(campaign_id), refusal)
    flash(f"Legal hold {released} released.", "success")
    return redirect(_campaign_page(campaign_id), code=303)


def _campaign_page(campaign_id: str) -> str:
    return url_for("campaigns.show", campaign_id=campaign_id)
