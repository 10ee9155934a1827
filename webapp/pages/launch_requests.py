"""Launches that wait for approval: the list, what would be launched, and the answer to it."""

from collections.abc import Callable
from contextlib import suppress

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.launch_requests import ApproveLaunch, RefuseLaunch, WithdrawLaunch
from ledger.domain.campaign import Campaign
from ledger.domain.events import LaunchRefused, LaunchVoided
from ledger.domain.launch_rules import LaunchSize
from ledger.errors import NotFound, Refused, StoreUnavailable
from ledger.messages.message_variants import template_of_text
from ledger.messages.wording_sizes import wording_of
from ledger.unit_of_work import Command
from webapp.acts import APPROVE_LAUNCH, LAUNCH
from webapp.current import application
from webapp.explain.launch_requests import (
    cause_sentence,
    request_end,
    start_note,
)
from webapp.launch_checks import launch_check
from webapp.pages.common import actor, now, with_refusal_shown
from webapp.pages.fitting import may
from webapp.permissions import Permission, needs
from webapp.sound_aggregates import SoundAggregates
from webapp.whole_numbers import optional_number

blueprint = Blueprint("launch_requests", __name__, url_prefix="/launch-requests")

_CATCH_UP_SECONDS = 2.0


@blueprint.get("")
@needs(Permission.SEE_STATUS)
def index() -> str:
    """List every launch, and every resend, that waits for approval."""
    app = application()
    return render_template(
        "launch_requests/index.html",
        requests=app.launch_requests.waiting(),
        resends=app.resend_requests.waiting(),
        names=app.accounts.names(),
    )


@blueprint.get("/<campaign_id>")
@needs(LAUNCH)
def show(campaign_id: str) -> ResponseReturnValue:
    """Show what would be launched, as the person who asked saw it, and as it is now."""
    app = application()
    source = SoundAggregates(app.ledger.reader)
    campaign = source.load(Campaign, campaign_id)
    if not campaign.exists:
        raise NotFound("There is no such request. Look at the list of those that wait.")
    if campaign.state is not None:
        return redirect(url_for("campaigns.show", campaign_id=campaign_id))
    name = campaign.text.name if campaign.text else "this campaign"
    if campaign.launch_request is None:
        return render_template("launch_requests/over.html", name=name, end=_end_of(campaign_id))
    asked = campaign.launch_request
    size = LaunchSize(asked.contact_count, asked.segments, asked.office_id)
    check = launch_check(app.ledger.reader, size, now())
    return render_template(
        "launch_requests/show.html",
        campaign_id=campaign_id,
        name=name,
        asked=asked,
        asked_by=_name_of(asked.actor),
        is_own=campaign.is_asker(actor()),
        is_admin_needed=any(cause.is_spending for cause in (*asked.causes, *check.causes)),
        may_exceed_spending=may(Permission.APPROVE_SPENDING),
        cause=cause_sentence(asked),
        start_note=start_note(asked, now()),
        left_out=app.launch_requests.left_out(campaign_id),
        variants=campaign.text.variants if campaign.text else None,
        price=app.settings.price,
        spending_left=check.spending_left,
        **_row(campaign_id, campaign),
    )


def _row(campaign_id: str, campaign: Campaign) -> dict[str, object]:
    """Return the text of one contact, whose row the address names, and its neighbours."""
    position = max(optional_number(request.args.get("row")) or 1, 1)
    contact = application().launch_requests.contact_at(campaign_id, position)
    shown: dict[str, object] = {"row": position, "contact": contact, "body": None}
    if contact is None or contact.fields is None or campaign.text is None:
        return shown
    template = template_of_text(campaign.text)
    body, wording = template.merge(contact.fields), wording_of(template, contact.fields)
    return shown | {"body": body, "wording": wording}


@blueprint.post("/<campaign_id>/approve")
@needs(APPROVE_LAUNCH)
def approve(campaign_id: str) -> ResponseReturnValue:
    """Approve and launch."""
    app = application()
    command = ApproveLaunch(
        campaign_id,
        actor(),
        may_exceed_spending=may(Permission.APPROVE_SPENDING),
        undo_seconds=app.settings.undo_seconds,
        zones=app.launch_requests.zones(campaign_id),
    )
    there = url_for("campaigns.show", campaign_id=campaign_id)
    answer = _answer(command, campaign_id, "Approved and launched.", lambda: there)
    with suppress(StoreUnavailable):  # it is launched; the views follow
        app.views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
    return answer


@blueprint.post("/<campaign_id>/refuse")
@needs(APPROVE_LAUNCH)
def refuse(campaign_id: str) -> ResponseReturnValue:
    """Refuse the launch."""
    explanation = request.form.get("explanation", "")
    command = RefuseLaunch(campaign_id, actor(), explanation=explanation)
    return _answer(command, campaign_id, "Refused: nobody is texted.", _list_page)


@blueprint.post("/<campaign_id>/withdraw")
@needs(LAUNCH)
def withdraw(campaign_id: str) -> ResponseReturnValue:
    """Withdraw a request; only the person who made it may."""
    command = WithdrawLaunch(campaign_id, actor())
    return _answer(command, campaign_id, "Request withdrawn: nobody is texted.", _list_page)


def _answer(
    command: Command[None], campaign_id: str, done: str, there: Callable[[], str]
) -> ResponseReturnValue:
    try:
        application().ledger.execute(command).result()
    except Refused as refusal:
        here = url_for("launch_requests.show", campaign_id=campaign_id)
        return with_refusal_shown(here, refusal)
    flash(done, "success")
    return redirect(there(), code=303)


def _list_page() -> str:
    return url_for("launch_requests.index")


def _end_of(campaign_id: str) -> str:
    events = application().ledger.reader.stream(campaign_id)
    ends = [each for each in events if isinstance(each.event, LaunchRefused | LaunchVoided)]
    return request_end(ends[-1], _name_of(ends[-1].event.actor)) if ends else ""


def _name_of(user_id: str) -> str:
    return application().accounts.name_of(user_id) or user_id
