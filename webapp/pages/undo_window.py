"""The undo window of a launch: a bar on every page counts it down, with two buttons."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.undo_window import SendAtOnce, StopLaunch
from ledger.errors import Refused
from ledger.unit_of_work import Command
from webapp.acts import RECALL
from webapp.current import application
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import needs

blueprint = Blueprint("undo_window", __name__)


@blueprint.post("/campaigns/<campaign_id>/launch/stop")
@needs(RECALL)
def stop(campaign_id: str) -> ResponseReturnValue:
    """Stop the launch, so that nobody is texted."""
    return _act(
        StopLaunch(campaign_id, actor(), request.form.get("reason")),
        campaign_id,
        "Launch stopped: nobody is texted. To launch it after all, press Clone.",
    )


@blueprint.post("/campaigns/<campaign_id>/launch/send-now")
@needs(RECALL)
def send_now(campaign_id: str) -> ResponseReturnValue:
    """Let the texts go out without waiting any longer."""
    return _act(SendAtOnce(campaign_id, actor()), campaign_id, "The texts go out now.")


def _act(command: Command[None], campaign_id: str, done: str) -> ResponseReturnValue:
    campaign_page = url_for("campaigns.show", campaign_id=campaign_id)
    try:
        application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(campaign_page, refusal)
    flash(done, "success")
    return redirect(campaign_page, code=303)
