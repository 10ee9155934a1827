"""The Overview tab of a campaign."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from ledger.errors import NotFound
from projections.campaigns.rows import CampaignRow
from webapp.acts import CHANGE_CAMPAIGN
from webapp.campaign_overview import campaign_overview
from webapp.charts.delivery_chart import Range
from webapp.current import application
from webapp.followers import have_followers_read
from webapp.pages import live
from webapp.pages.campaign_head import campaign_frame, campaign_head
from webapp.pages.common import status
from webapp.pages.filters import check_filters
from webapp.pages.fitting import may
from webapp.pages.moments import past
from webapp.permissions import Permission, needs

blueprint = Blueprint("overview", __name__)


@blueprint.get("/campaigns/<campaign_id>/overview")
@needs(Permission.SEE_STATUS)
def show(campaign_id: str) -> ResponseReturnValue:
    """Show how far a campaign is, why texts failed, and how fast texts arrived."""
    if past() is None:
        have_followers_read(application())
    campaign = status().campaign(campaign_id)
    block = _block(campaign)
    if live.is_asked_for():
        return live.answer([campaign_head(campaign), block], campaign.counts)
    return render_template("overview/show.html", **campaign_frame(campaign, "overview", block))


def _block(campaign: CampaignRow) -> live.Block:
    names = {str(key): name for key, name in application().accounts.names().items()}
    return live.make_block(
        "overview",
        "overview/_campaign.html",
        campaign=campaign,
        overview=campaign_overview(campaign, names, _range(), may_act=may(CHANGE_CAMPAIGN)),
    )


def _range() -> Range | None:
    """Return the part of the time that the address asks for; None where it leaves the choice."""
    check_filters(["range"])
    value = request.args.get("range")
    if value and value not in list(Range):
        raise NotFound(f"There is no range {value}. There is: {', '.join(Range)}.")
    return Range(value) if value else None
