"""Acts of staff on a campaign: a page that says in numbers what will happen, then a POST.

The ledger decides what an act does, and in which states (R12-R15, R18).
"""

from collections.abc import Mapping
from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from ledger.commands.campaigns import (
    ArchiveCampaign,
    CampaignCommand,
    CloseCampaign,
    PauseCampaign,
    ResumeCampaign,
)
from ledger.commands.repository import campaign_of
from ledger.commands.resends import ResendOrder
from ledger.commands.resends import resend as resend_to
from ledger.domain.vocabulary import DeliveryStatus, Reason
from ledger.errors import (
    BadInput,
    NotFound,
    Refused,
    ResendWaitsForApproval,
    StoreUnavailable,
)
from projections.campaigns.resend_plan import Selection
from projections.campaigns.rows import ContactRow
from webapp.acts import CHANGE_CAMPAIGN
from webapp.current import application
from webapp.explain.campaign_acts import act_sentence, resend_message
from webapp.launch_checks import resend_check
from webapp.pages.common import actor, with_refusal_shown
from webapp.pages.fitting import may
from webapp.pages.sizes import MOST_TICKED
from webapp.permissions import Permission, needs
from webapp.resend_requests import named_deliveries, selection_at
from webapp.sound_aggregates import SoundAggregates
from webapp.whole_numbers import optional_number

blueprint = Blueprint("acts", __name__)

_CATCH_UP_SECONDS = 2.0


_ACTS: Mapping[str, type[CampaignCommand]] = {
    "pause": PauseCampaign,
    "resume": ResumeCampaign,
    "close": CloseCampaign,
    "archive": ArchiveCampaign,
}
"""The acts that need only a confirmation."""


def _is_for_good(place: Mapping[str, object]) -> bool:
    """Whether nobody can undo the act in the address."""
    return place.get("act") == "archive"


_ACT = "<any(pause, resume, close, archive):act>"


@blueprint.get(f"/campaigns/<campaign_id>/{_ACT}")
@needs(CHANGE_CAMPAIGN, is_fresh=_is_for_good)
def confirm(campaign_id: str, act: str) -> ResponseReturnValue:
    """Show what the act will do, in numbers."""
    try:
        campaign_of(SoundAggregates(application().ledger.reader), campaign_id).check_allowed(act)
    except Refused as refusal:
        return with_refusal_shown(_campaign_page(campaign_id), refusal)
    return render_template(
        f"campaigns/{act}.html",
        campaign=application().status.campaign(campaign_id),
        in_flight=application().status.in_flight(campaign_id),
    )


@blueprint.post(f"/campaigns/<campaign_id>/{_ACT}")
@needs(CHANGE_CAMPAIGN, is_fresh=_is_for_good)
def perform(campaign_id: str, act: str) -> ResponseReturnValue:
    """Perform the act, and show the campaign."""
    app = application()
    try:
        reason = request.form.get("reason")
        app.ledger.execute(_ACTS[act](campaign_id, actor(), stated_reason=reason)).result()
    except Refused as refusal:
        return with_refusal_shown(_campaign_page(campaign_id), refusal)
    flash(act_sentence(act, app.sending_conditions(), app.clock.now()), "success")
    return redirect(_campaign_page(campaign_id), code=303)


# Resend to all failed contacts, or to one.


@blueprint.get("/campaigns/<campaign_id>/resend")
@needs(CHANGE_CAMPAIGN)
def confirm_resend(campaign_id: str) -> ResponseReturnValue:
    """Show how many contacts would be tried again, and which are left out and why."""
    app = application()
    try:
        campaign_of(SoundAggregates(app.ledger.reader), campaign_id).check_resend()
    except Refused as refusal:
        return with_refusal_shown(_campaign_page(campaign_id), refusal)
    status, selection = app.status, _selection(request.args)
    delivery_id = selection.delivery_id
    requires_consent = app.requires_consent(campaign_id)
    return render_template(
        "campaigns/resend.html",
        campaign=status.campaign(campaign_id),
        contact=_contact(campaign_id, delivery_id) if delivery_id else None,
        selection=selection,
        causes=status.causes(campaign_id),
        plan=status.resend_plan(campaign_id, selection, requires_consent=requires_consent),
        full_plan=status.resend_plan(
            campaign_id, selection, include_unreachable=True, requires_consent=requires_consent
        ),
        rules=resend_check(app.ledger.reader, len(status.selected(campaign_id, selection))),
        seq=app.views.position().seq,
        resend_request=app.ledger.identity.new_request(),
    )


@blueprint.post("/campaigns/<campaign_id>/resend")
@needs(CHANGE_CAMPAIGN)
def resend(campaign_id: str) -> ResponseReturnValue:
    """Try the failed contacts again, and show the campaign."""
    app = application()
    named = selection_at(
        _seq(),
        _selection(request.form),
        include_unreachable="include_unreachable" in request.form,
    )
    order = ResendOrder(
        campaign_id=campaign_id,
        delivery_ids=named_deliveries(app, campaign_id, named),
        selection=named,
        request=request.form.get("request") or app.ledger.identity.new_request(),
        include_unreachable=named.include_unreachable,
        requires_consent=app.settings.requires_consent,
        may_exceed_spending=may(Permission.APPROVE_SPENDING),
    )
    try:
        done = resend_to(app.ledger, order, actor())
    except ResendWaitsForApproval as request_made:
        with suppress(StoreUnavailable):
            app.views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
        flash("Asked for approval. Nobody is texted before somebody approves it.", "success")
        there = url_for("resend_requests.show", resend_id=request_made.resend_id)
        return redirect(there, code=303)
    except Refused as refusal:
        return with_refusal_shown(_campaign_page(campaign_id), refusal)
    flash(*resend_message(done))
    return redirect(_campaign_page(campaign_id), code=303)


def _seq() -> int:
    """Return the moment of the page on which the button was pressed; now without one."""
    shown = application().views.position().seq
    return min(optional_number(request.form.get("seq")) or shown, shown)


def _selection(values: MultiDict[str, str]) -> Selection:
    """Read the selection of an address or form; a cause is "opted_out:" or "carrier:30008".

    Raises `NotFound` for another word, which must not select everybody.
    """
    reason, _, code = values.get("cause", "").partition(":")
    status = values.get("status") or "failed"
    ticked = values.getlist("delivery_id")
    if len(ticked) > MOST_TICKED:
        raise BadInput(f"Select at most {MOST_TICKED} contacts, or resend by a reason.")
    if len(ticked) > 1:
        return Selection(status=None, delivery_ids=ticked)
    if values.get("delivery_id"):
        return Selection(status=None, delivery_id=values["delivery_id"])
    if reason and reason not in list(Reason):
        raise NotFound(f"There is no reason {reason}.")
    if status not in {"any", "failed"}:
        raise NotFound(f"There is no status {status} to resend to.")
    return Selection(
        status=None if status == "any" else DeliveryStatus.FAILED,
        reason=Reason(reason) if reason else None,
        code=code or None,
    )


def _contact(campaign_id: str, delivery_id: str) -> ContactRow:
    contact = application().status.contact(delivery_id)
    if contact.campaign_id != campaign_id:
        raise NotFound(f"There is no delivery {delivery_id} in this campaign.")
    return contact


def _campaign_page(campaign_id: str) -> str:
    return url_for("campaigns.show", campaign_id=campaign_id)
