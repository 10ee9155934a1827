"""One resend that waits for approval: what it names, and the answer to it."""

from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.resend_requests import RefuseResend, WithdrawResend, resend_request_of
from ledger.errors import Refused, StoreUnavailable
from ledger.unit_of_work import Command
from webapp.acts import APPROVE_LAUNCH, CHANGE_CAMPAIGN
from webapp.current import application
from webapp.explain.campaign_acts import resend_message
from webapp.explain.resend_requests import resend_end
from webapp.pages.common import actor, with_refusal_shown
from webapp.pages.fitting import may
from webapp.permissions import Permission, needs
from webapp.resend_requests import approve as approve_request
from webapp.resend_requests import review
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("resend_requests", __name__, url_prefix="/launch-requests/resends")

_CATCH_UP_SECONDS = 2.0


@blueprint.get("/<resend_id>")
@needs(CHANGE_CAMPAIGN)
def show(resend_id: str) -> str:
    """Show which contacts the request names, why they had failed, and what it would do now."""
    app = application()
    found = resend_request_of(SoundAggregates(app.ledger.reader), resend_id)
    events = app.ledger.reader.stream(resend_id)
    if found.asked is None or not found.is_waiting:
        campaign_id = events[0].campaign_id or ""
        last = events[-1]
        end = resend_end(last, _name_of(last.event.actor))
        campaign = app.status.campaign(campaign_id)
        return render_template("resend_requests/over.html", campaign=campaign, end=end)
    asked = found.asked
    shown = review(app, asked.campaign_id, asked.selection)
    return render_template(
        "resend_requests/show.html",
        resend_id=resend_id,
        campaign=app.status.campaign(asked.campaign_id),
        asked=asked,
        asked_by=_name_of(asked.actor),
        asked_at=events[0].recorded_at,
        is_own=found.is_asker(actor()),
        causes=shown.causes,
        plan=shown.plan,
    )


@blueprint.post("/<resend_id>/approve")
@needs(APPROVE_LAUNCH)
def approve(resend_id: str) -> ResponseReturnValue:
    """Approve the resend, and try its contacts again."""
    app = application()
    try:
        done = approve_request(
            app, resend_id, actor(), may_exceed_spending=may(Permission.APPROVE_SPENDING)
        )
    except Refused as refusal:
        return with_refusal_shown(_page(resend_id), refusal)
    flash(*resend_message(done))
    with suppress(StoreUnavailable):  # it is done; the views follow
        app.views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
    campaign_id = resend_request_of(app.ledger.reader, resend_id).approved().campaign_id
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), code=303)


@blueprint.post("/<resend_id>/refuse")
@needs(APPROVE_LAUNCH)
def refuse(resend_id: str) -> ResponseReturnValue:
    """Refuse the resend."""
    explanation = request.form.get("explanation", "")
    command = RefuseResend(resend_id, actor(), explanation=explanation)
    return _answer(command, resend_id, "Refused: nobody is tried again.")


@blueprint.post("/<resend_id>/withdraw")
@needs(CHANGE_CAMPAIGN)
def withdraw(resend_id: str) -> ResponseReturnValue:
    """Withdraw a request; only the person who made it may."""
    command = WithdrawResend(resend_id, actor())
    return _answer(command, resend_id, "Request withdrawn: nobody is tried again.")


def _answer(command: Command[None], resend_id: str, done: str) -> ResponseReturnValue:
    try:
        application().ledger.execute(command).result()
    except Refused as refusal:
        return with_refusal_shown(_page(resend_id), refusal)
    flash(done, "success")
    return redirect(url_for("launch_requests.index"), code=303)


def _page(resend_id: str) -> str:
    return url_for("resend_requests.show", resend_id=resend_id)


def _name_of(user_id: str) -> str:
    return application().accounts.name_of(user_id) or user_id
