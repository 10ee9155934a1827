"""Following up a campaign: its parts with their counts, and a draft to the contacts of one."""

from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.access import Export
from ledger.commands.drafts import save_draft
from ledger.domain.events import FollowUp
from ledger.domain.vocabulary import ExportKind, FollowUpPart
from ledger.errors import BadInput, NotFound
from webapp.acts import LAUNCH
from webapp.current import application
from webapp.follow_ups import follow_up_order
from webapp.pages.access import record_export
from webapp.pages.common import actor, now
from webapp.pages.moments import past
from webapp.permissions import needs
from webapp.reports.files import ReportForm
from webapp.reports.parts import CampaignParts
from webapp.whole_numbers import optional_number

blueprint = Blueprint("follow_ups", __name__)


@blueprint.get("/campaigns/<campaign_id>/follow-up")
@needs(LAUNCH)
def choose(campaign_id: str) -> str:
    """Show the parts of the campaign, with the number of contacts in each."""
    app, moment = application(), past()
    seq = moment.seq if moment else app.views.position().seq
    at = (moment.at or app.ledger.reader.time_at(seq)) if moment else now()
    parts = CampaignParts(app, campaign_id, seq, at)
    return render_template(
        "campaigns/follow_up.html",
        campaign=parts.campaign,
        counts=parts.counts(),
        seq=seq,
        at=at,
        request_id=app.ledger.identity.new_request(),
    )


@blueprint.post("/campaigns/<campaign_id>/follow-up")
@needs(LAUNCH)
def begin(campaign_id: str) -> ResponseReturnValue:
    """Save a draft to the contacts of one part, and show it."""
    app, part = application(), request.form.get("part", "")
    if part not in list(FollowUpPart):
        raise NotFound(f"A campaign has no part {part}.")
    shown = app.views.position().seq
    seq = min(optional_number(request.form.get("seq")) or shown, shown)
    at = max(_moment(), app.ledger.reader.time_at(seq))
    order = follow_up_order(app, campaign_id, FollowUpPart(part), seq, at)
    given = request.form.get("request", "")
    draft_id = save_draft(
        app.ledger,
        order,
        actor(),
        zone=app.settings.time_zone,
        request=f"{part} {given}" if given else "",
    )
    return redirect(url_for("launching.new", draft=draft_id), code=303)


def _moment() -> datetime:
    """Return the time of the page on which the button was pressed; now without one."""
    text = request.form.get("at", "")
    try:
        moment = datetime.fromisoformat(text) if text else now()
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput("This page is damaged. Open the campaign and press Follow up again.")
    return min(moment, now())


def record_follow_up(follow_up: FollowUp) -> None:
    """Record that somebody opened a draft with the rows of an earlier campaign."""
    export = Export(
        kind=ExportKind.CONTACTS,
        form=ReportForm.CSV,
        campaign_id=follow_up.campaign_id,
        until=follow_up.seq,
    )
    record_export(export)
