"""Launches: what was checked is launched once under the name of its request."""

from dataclasses import replace

import msgspec
from flask import Response

from ledger.commands.launch import launch
from ledger.commands.recent_launches import LaunchedRecently
from ledger.domain.campaign import Campaign
from ledger.errors import WaitsForApproval
from webapp.api.authentication import caller
from webapp.api.checked_campaigns import CheckedCampaign, pointing
from webapp.api.idempotency import current_request
from webapp.api.models.launches import Launched, LineTypes, WaitingLaunch
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound
from webapp.current import application
from webapp.explain.first_texts import first_texts_sentence
from webapp.explain.launches import recent_launch_sentence
from webapp.explain.line_types import LookedUp, look_up_notes
from webapp.look_ups import planned_look_up


def launch_once(campaign: CheckedCampaign, *, again: bool) -> Launched:
    """Launch a campaign once under the name of the request, and return the answer."""
    was_launched = _is_launched(current_request().name)
    looked_up = None if was_launched else _looked_up(campaign)
    campaign_id = launched(campaign, again=again)
    return _answer(campaign, campaign_id, looked_up, is_new=not was_launched)


def launched(campaign: CheckedCampaign, *, again: bool) -> str:
    """Launch a campaign, unless this request did, and return its id."""
    app, current = application(), current_request()
    order = replace(campaign.order, file_notes=campaign.notes_for_approver())
    with pointing():
        try:
            return launch(
                app.ledger,
                order,
                caller().actor,
                launch_name=current.name,
                again=again,
                progress=lambda _enrolled: current.go_on(),
            )
        except LaunchedRecently as refusal:
            sentence = recent_launch_sentence(refusal.recent, app.clock.now(), app.scope)
            raise ProblemFound(
                Kind.LAUNCHED_RECENTLY,
                f"{sentence} It is the campaign {refusal.recent.campaign_id}. Set `again` to true "
                "to launch it once more.",
            ) from refusal


def waiting_answer(waiting: WaitsForApproval) -> Response:
    """Return the answer 202 to a launch that waits for approval.

    It is not kept for a repeat: the same request then says what was decided meanwhile.
    """
    body = WaitingLaunch(
        campaign_id=waiting.campaign_id,
        state="waits for approval",
        detail=f"{waiting} Send the same request again to learn what was decided.",
    )
    return Response(msgspec.json.encode(body), 202, mimetype="application/json")


def _answer(
    campaign: CheckedCampaign, campaign_id: str, looked_up: LookedUp | None, *, is_new: bool
) -> Launched:
    app = application()
    sentence = first_texts_sentence(campaign.order, app.sending_conditions(), app.clock.now())
    return Launched(
        id=campaign_id,
        enrolled=len(campaign.order.rows),
        skipped=campaign.skipped,
        notes=[*campaign.notes(), *look_up_notes(looked_up)],
        first_texts=sentence if is_new else None,
        line_types=_line_types(looked_up),
    )


def _line_types(looked_up: LookedUp | None) -> LineTypes | None:
    if looked_up is None:
        return None
    return LineTypes(
        asked=looked_up.asked,
        failed=looked_up.failed,
        landlines=looked_up.landlines,
        cost=looked_up.cost,
    )


def _is_launched(launch_name: str) -> bool:
    """Return whether a campaign was launched under this name."""
    ledger = application().ledger
    return ledger.reader.load(Campaign, ledger.identity.campaign_id(launch_name)).state is not None


def _looked_up(campaign: CheckedCampaign) -> LookedUp | None:
    """Look up the line types that the launch needs, where the client wants that."""
    app, order, current = application(), campaign.order, current_request()
    if not order.leaves_out_landlines:
        return None
    with pointing():  # refused before Twilio is asked, which costs
        order.check_times(app.clock.now())
    planned = planned_look_up(app, order.rows)
    return planned.carry_out(caller().actor, lambda _done, _total: current.go_on())
