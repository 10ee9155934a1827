"""Recalling a campaign: a page with what has gone and what has not, then what came of it."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.repository import campaign_of
from ledger.errors import BadSetting, Refused
from webapp.acts import RECALL
from webapp.current import application
from webapp.explain.recalls import canceling_sentence, not_sent_sentence
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import needs
from webapp.recalling import Recalled, cursor_in, recall, written_cursor
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("recalling", __name__)

_SECONDS = 5.0
"""How long a page waits for Twilio; what is left is asked for when the button is pressed again."""


@blueprint.get("/campaigns/<campaign_id>/recall")
@needs(RECALL)
def confirm(campaign_id: str) -> ResponseReturnValue:
    """Show what has gone, what can still be withdrawn, and what Twilio may still cancel."""
    try:
        source = SoundAggregates(application().ledger.reader)
        campaign_of(source, campaign_id).check_allowed("recall")
    except Refused as refusal:
        return with_refusal_shown(url_for("campaigns.show", campaign_id=campaign_id), refusal)
    return _page(campaign_id)


@blueprint.post("/campaigns/<campaign_id>/recall")
@needs(RECALL)
def perform(campaign_id: str) -> ResponseReturnValue:
    """Recall the campaign, and show what came of it."""
    before = cursor_in(request.form.get("before", ""))
    try:
        done = recall(
            application(),
            campaign_id,
            actor(),
            before=before,
            seconds=_SECONDS,
            stated_reason=request.form.get("reason"),
        )
    except (BadSetting, Refused) as refusal:
        return with_refusal_shown(url_for("campaigns.show", campaign_id=campaign_id), refusal)
    application().views.catch_up(budget_seconds=_SECONDS)
    return _page(campaign_id, done)


def _page(campaign_id: str, done: Recalled | None = None) -> str:
    status = application().status
    return render_template(
        "campaigns/recall.html",
        campaign=status.campaign(campaign_id),
        numbers=status.recall_numbers(campaign_id),
        results=[not_sent_sentence(done.waiting), canceling_sentence(done.canceling)]
        if done
        else [],
        before=written_cursor(done.canceling.before) if done else "",
    )
