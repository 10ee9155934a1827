"""How far a launch has come, for a client that waits for the answer to a long one."""

from flask import Blueprint

from ledger.domain.campaign import Campaign
from webapp.acts import LAUNCH
from webapp.api.idempotency import request_name, sent_key
from webapp.api.models import drafts as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.pages.being_prepared import enrolled_count
from webapp.permissions import needs

blueprint = Blueprint("launch_progress", __name__, url_prefix="/launch-progress")


@blueprint.get("")
@operation(
    "getLaunchProgress",
    tag="Campaigns",
    answer=models.LaunchProgress,
    example=models.EXAMPLE_PROGRESS,
    takes_key=True,
    problems=[Kind.MALFORMED],
)
@needs(LAUNCH)
def show() -> Answer[models.LaunchProgress]:
    """Return how far the launch with this Idempotency-Key has come.

    The same token, or another one of the same person or system, asks.
    """
    ledger = application().ledger
    campaign_id = ledger.identity.campaign_id(request_name(sent_key()))
    campaign = ledger.reader.load(Campaign, campaign_id)
    if not campaign.exists:
        return models.LaunchProgress(
            state=models.LaunchState.NOT_BEGUN, campaign_id=None, enrolled=0
        )
    return models.LaunchProgress(
        state=_state(campaign), campaign_id=campaign_id, enrolled=enrolled_count(campaign_id)
    )


def _state(campaign: Campaign) -> models.LaunchState:
    if campaign.is_swept:
        return models.LaunchState.GIVEN_UP
    is_launched = campaign.state is not None
    return models.LaunchState.LAUNCHED if is_launched else models.LaunchState.ENROLLING
