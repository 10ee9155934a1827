"""Texts of a campaign that were sent and never confirmed: their list, and accounting for them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from ledger.domain.unconfirmed import unconfirmed_before
from ledger.errors import Refused
from webapp.acts import ACCOUNT_FOR
from webapp.current import application
from webapp.explain.unconfirmed import accounted_sentence
from webapp.pages.common import actor, now, status, with_refusal_shown
from webapp.pages.filters import check_filters
from webapp.pages.moments import past
from webapp.permissions import Permission, needs
from webapp.shown_moment import unconfirmed
from webapp.unconfirmed import account_for_unconfirmed

blueprint = Blueprint("unconfirmed", __name__)

_MOST_ROWS = 200


@blueprint.get("/campaigns/<campaign_id>/unconfirmed")
@needs(Permission.SEE_STATUS)
def index(campaign_id: str) -> ResponseReturnValue:
    """List the texts that no carrier will confirm."""
    check_filters(())
    campaign, moment = status().campaign(campaign_id), past()
    before = unconfirmed_before((moment and moment.at) or now())
    texts = unconfirmed().texts(campaign_id, before, _MOST_ROWS)
    return render_template(
        "overview/unconfirmed.html",
        campaign=campaign,
        count=unconfirmed().count(campaign_id, before),
        rows=[status().contact(text.delivery_id) for text in texts],
    )


@blueprint.post("/campaigns/<campaign_id>/unconfirmed")
@needs(ACCOUNT_FOR)
def perform(campaign_id: str) -> ResponseReturnValue:
    """Account for all of them, and show the campaign."""
    back = url_for("overview.show", campaign_id=campaign_id)
    try:
        done = account_for_unconfirmed(application(), campaign_id, actor())
    except Refused as refusal:
        return with_refusal_shown(back, refusal)
    flash(accounted_sentence(done.texts, is_complete=done.is_complete), "success")
    return redirect(back, code=303)
